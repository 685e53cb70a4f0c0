/**
 * People who sign in to try the sample: every role, every district, a dozen institutions of different kinds,
 * somebody with two posts, and some who moved.
 */
import type { Role } from '../../kernel/authority/roles.rules.ts'
import type { Category } from './category.rules.ts'
import type { SampleOrganization } from './organization.rules.ts'
import { stream } from './random.rules.ts'
import { CHANGE_DAY, CITY, LIANGJIANG, type SampleRegion } from './regions.ts'
import { personName, phoneNumber } from './words.rules.ts'

export interface SamplePost {
  organization: SampleOrganization
  role: Role
  validFrom: string
  validTo: string | null
}
export interface SamplePerson {
  id: number
  login: string
  name: string
  phone: string
  /** The last one is the one worn today. */
  posts: SamplePost[]
}

const SINCE = '2020-01-01'
const DAY_BEFORE_CHANGE = '2025-11-05'
const KINDS: Record<Category, string> = { '01': 'jiguan', '021': 'xuexiao', '022': 'keji', '023': 'wenhua', '024': 'yiyuan', '025': 'tiyu', '026': 'shiye', '03': 'shetuan' }
/** Region and category of the institutions whose people can sign in. */
const CHOSEN: readonly [number, Category][] = [[4, '021'], [4, '024'], [4, '01'], [4, '026'], [2, '021'], [2, '024'], [2, '026'], [LIANGJIANG, '021'], [LIANGJIANG, '01'], [10, '021'], [CITY, '01'], [CITY, '021']]

export function samplePeople(regions: readonly SampleRegion[], organizations: Iterable<SampleOrganization>): SamplePerson[] {
  const offices = new Map<number, SampleOrganization>()
  const chosen = new Map<string, SampleOrganization>()
  for (const o of organizations) {
    if (o.kind !== 'institution') offices.set(o.id, o)
    else if (!o.validTo && !o.remarks) {
      const key = `${o.regionId}/${o.category}`
      if (!chosen.has(key)) chosen.set(key, o)
    }
  }
  const people: SamplePerson[] = []
  const add = (login: string, ...posts: [SampleOrganization, Role, string?, (string | null)?][]) => {
    const draw = stream('person', login)
    people.push({
      id: people.length + 1, login, name: personName(draw), phone: phoneNumber(draw),
      posts: posts.map(([organization, role, validFrom, validTo]) => ({ organization, role, validFrom: validFrom ?? SINCE, validTo: validTo ?? null })),
    })
  }
  const city = offices.get(CITY)!
  add('shi.shenhe', [city, 'city_reviewer'])
  add('shi.lingdao', [city, 'leader'])
  add('shi.guanli', [city, 'system_administrator'])
  add('shi.anquan', [city, 'security_administrator'])
  add('shi.shenji', [city, 'audit_administrator'])
  for (const region of regions) {
    if (region.id === CITY) continue
    const office = offices.get(region.id)!
    // Reviewers of what was dissolved went to what came instead; their old posts are history.
    if (region.validTo) add(`${region.latin}.shenhe`, [office, 'district_reviewer', SINCE, DAY_BEFORE_CHANGE], [offices.get(LIANGJIANG)!, 'district_reviewer', CHANGE_DAY])
    else add(`${region.latin}.shenhe`, [office, 'district_reviewer', region.id === LIANGJIANG ? CHANGE_DAY : SINCE])
  }
  for (const [id, login] of [[104, 'yuzhong.jiaowei'], [204, 'yuzhong.weijian'], [102, 'wanzhou.jiaowei'], [143, 'liangjiang.jiaowei'], [301, 'shi.jiaowei'], [302, 'shi.weijian']] as const)
    add(login, [offices.get(id)!, 'district_reviewer', id === 143 ? CHANGE_DAY : SINCE])
  const latin = new Map(regions.map((r) => [r.id, r.latin]))
  for (const [regionId, category] of CHOSEN) {
    const at = chosen.get(`${regionId}/${category}`)
    if (!at) continue
    const since = at.validFrom > SINCE ? at.validFrom : SINCE
    const name = `${latin.get(regionId)}.${KINDS[category]}`
    add(`${name}.tianbao`, [at, 'filler', since])
    add(`${name}.fuze`, [at, 'responsible', since])
  }
  const school = chosen.get('4/021')
  const clinic = chosen.get('4/024')
  if (school && clinic) {
    add('yuzhong.jianzhi', [offices.get(104)!, 'district_reviewer'], [school, 'filler'])
    add('yuzhong.diaodong', [school, 'filler', SINCE, '2026-03-31'], [clinic, 'filler', '2026-04-01'])
  }
  return people
}
