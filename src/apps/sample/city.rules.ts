/** The whole sample as a stream of organisations, region by region, and the changes that happened to them. */
import { categoryDealer } from './category.rules.ts'
import { institutionsOf } from './institutions.rules.ts'
import { roughen, totalsOf, type SampleChange } from './irregular.rules.ts'
import { nameSource } from './names.rules.ts'
import type { SampleOrganization } from './organization.rules.ts'
import { pointSource } from './points.ts'
import { stream } from './random.rules.ts'
import { CHANGE_BASIS, CHANGE_DAY, CITY, JIANGBEI, LIANGJIANG, LIANGJIANG_ZONE, YUBEI, loadSampleRegions, type SampleRegion } from './regions.ts'
import type { Scale } from './scale.rules.ts'
import { administration, FIRST_INSTITUTION } from './tree.rules.ts'

export interface SampleCity {
  regions: SampleRegion[]
  /** Superiors come before what stands below them. */
  organizations: () => Generator<SampleOrganization>
  /** Complete once `organizations` has run to its end. */
  changes: SampleChange[]
}

/** Each region gets by its weight, none fewer than a handful; the remainder goes to the largest. */
function shares(regions: readonly SampleRegion[], count: number): Map<number, number> {
  const weighed = regions.filter((r) => r.weight > 0)
  const least = Math.floor(count / weighed.length / 3)
  const total = weighed.reduce((n, r) => n + r.weight, 0)
  const given = new Map(weighed.map((r) => [r.id, least + Math.floor(((count - least * weighed.length) * r.weight) / total)]))
  let left = count - [...given.values()].reduce((a, b) => a + b, 0)
  for (const r of [...weighed].sort((a, b) => b.weight - a.weight || a.id - b.id)) {
    if (left-- <= 0) break
    given.set(r.id, given.get(r.id)! + 1)
  }
  return given
}

export function sampleCity(scale: Scale): SampleCity {
  const regions = loadSampleRegions()
  const changes: SampleChange[] = []
  const offices = administration(regions, scale.municipalDepartments)

  function* organizations(): Generator<SampleOrganization> {
    changes.length = 0
    yield* offices
    const pointIn = pointSource()
    const sources = { deal: categoryDealer(), nameFor: nameSource(), pointIn, municipalDepartments: scale.municipalDepartments, historyFrom: '2021-01-01' }
    const given = shares(regions, scale.institutions - scale.municipalInstitutions)
    const moved: SampleOrganization[] = []
    let id = FIRST_INSTITUTION
    for (const region of regions) {
      const count = region.id === CITY ? scale.municipalInstitutions : (given.get(region.id) ?? 0)
      const made = institutionsOf(region, id, count, sources)
      id += count
      changes.push(...roughen(region, made, (code) => pointIn([code === '500101' ? '500243' : '500229'], stream('elsewhere', code))))
      moved.push(...made.filter((o) => o.placements.length > 1))
      yield* made
    }
    changes.push(...boundaryChange(offices, moved))
  }
  return { regions, organizations, changes }
}

/** 6 November 2025: three district organisations become one; institutions move and keep all they have. */
function boundaryChange(offices: readonly SampleOrganization[], moved: readonly SampleOrganization[]): SampleChange[] {
  const nobody = totalsOf([])
  const merged = [0, 100, 200].map((offset): SampleChange => ({
    kind: 'merge', effective: CHANGE_DAY, basis: CHANGE_BASIS, note: '设立两江新区（行政区）', orgPath: '1.',
    fromIds: [JIANGBEI, YUBEI, LIANGJIANG_ZONE].map((r) => r + offset).filter((id) => offices.some((o) => o.id === id)),
    toId: LIANGJIANG + offset, totals: { before: { ...nobody, organizations: 3 }, after: { ...nobody, organizations: 1 } },
  }))
  const totals = totalsOf(moved)
  return [...merged, {
    kind: 'move', effective: CHANGE_DAY, basis: CHANGE_BASIS, note: '原江北区、渝北区、两江新区（功能区）机构及划转镇街机构按新区划报送', orgPath: '1.',
    fromIds: [], toId: null, totals: { before: totals, after: totals },
  }]
}
