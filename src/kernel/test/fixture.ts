/**
 * A city small enough to be held in the head: two districts, a district department, four institutions.
 *
 *   市局 1.
 *   ├─ 渝中区中心 yuzhong
 *   │  ├─ 渝中区教委 education ── 中学 school (021), 小学 primary (021)
 *   │  └─ 渝中区医院 hospital (024)
 *   └─ 万州区中心 wanzhou ── 万州区某局 bureau (01)
 */
import { sql } from 'kysely'
import type { Actor, Database } from '../db/database.ts'
import { permissionsOf, roleLabel, type Role } from '../authority/roles.rules.ts'
import { seal } from '../authority/rights/seal.ts'
import { organizationCodeCheck, usccCheck } from '../org/organization/uscc.rules.ts'

export interface Fixture {
  city: number
  yuzhong: number
  wanzhou: number
  education: number
  school: number
  primary: number
  hospital: number
  bureau: number
  /** Region ids of data/regions.json. */
  regions: { city: number; yuzhong: number; wanzhou: number }
  /** A person with one post of this role there; the same call answers with the same person. */
  actorAt(organizationId: number, role: Role): Promise<Actor>
  /** One more post, since 2020, sealed as every right is. Answers with its id. */
  postFor(personId: number, organizationId: number, role: Role): Promise<number>
  /** One more institution, for a test that needs its own. */
  institution(values: { name: string; superiorId: number; regionId: number; category?: string; people?: number; buildingArea?: string }): Promise<number>
}

/** A code with right check characters that belongs to nobody. */
export function inventUscc(prefix: '11' | '12' | '13' | '51', regionCode: string, serial: number): string {
  const body = String(90_000_000 + serial)
  const first17 = `${prefix}${regionCode}${body}${organizationCodeCheck(body)}`
  return first17 + usccCheck(first17)
}

const REGIONS = { city: 1, yuzhong: 4, wanzhou: 2 }

export async function buildFixture(db: Database): Promise<Fixture> {
  let serial = 0
  const add = (o: { kind: string; name: string; superiorId: number | null; regionId: number; category?: string | null; people?: number | null; buildingArea?: string | null }) =>
    db.asSystem('test.fixture', async (trx) => {
      const { id } = (await trx.one<{ id: number }>(sql`
        INSERT INTO org.organization (kind, name, superior_id, region_id, uscc, category, people, building_area, directory_from, government_level)
        VALUES (${o.kind}, ${o.name}, ${o.superiorId}, ${o.regionId}, ${inventUscc(o.category === '01' ? '11' : '12', '500103', ++serial)},
                ${o.category ?? null}, ${o.people ?? null}, ${o.buildingArea ?? null}, ${o.category ? '2020-01-01' : null}, ${o.kind === 'city' ? 'city' : 'district'})
        RETURNING id`))!
      await trx.run(sql`
        INSERT INTO org.placement (organization_id, valid_from, name, region_id, superior_id, category, org_path)
        SELECT id, valid_from, name, region_id, superior_id, category, org_path FROM org.organization WHERE id = ${id}`)
      return id
    })
  const r = REGIONS
  const city = await add({ kind: 'city', name: '某市机关事务管理局', superiorId: null, regionId: r.city })
  const yuzhong = await add({ kind: 'district', name: '渝中区机关事务管理服务中心', superiorId: city, regionId: r.yuzhong })
  const wanzhou = await add({ kind: 'district', name: '万州区机关事务管理服务中心', superiorId: city, regionId: r.wanzhou })
  const education = await add({ kind: 'department', name: '渝中区教育委员会', superiorId: yuzhong, regionId: r.yuzhong })
  const school = await add({ kind: 'institution', name: '渝中区示范中学', superiorId: education, regionId: r.yuzhong, category: '021', people: 2000, buildingArea: '30000.00' })
  const primary = await add({ kind: 'institution', name: '渝中区示范小学', superiorId: education, regionId: r.yuzhong, category: '021', people: 1000, buildingArea: '12000.00' })
  const hospital = await add({ kind: 'institution', name: '渝中区示范医院', superiorId: yuzhong, regionId: r.yuzhong, category: '024', people: 800, buildingArea: '40000.00' })
  const bureau = await add({ kind: 'institution', name: '万州区示范局', superiorId: wanzhou, regionId: r.wanzhou, category: '01', people: 120, buildingArea: '6000.00' })

  // As the security administrator has approved once: an office appoints who fills and who answers below it.
  await db.asSystem('test.fixture', async (trx) => {
    const made = await trx.rows<{ id: number }>(sql`
      INSERT INTO auth.delegation (organization_id, org_path, holder_role, roles, valid_from, reason) SELECT id, org_path, h, ARRAY['filler', 'responsible'], '2020-01-01', '委托任命' FROM org.organization, unnest(ARRAY['district_reviewer', 'city_reviewer']) h WHERE id = ${city} RETURNING id`)
    await seal(trx, 'delegation', made.map((m) => m.id))
  })
  const postFor = (personId: number, organizationId: number, role: Role) => db.asSystem('test.fixture', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) SELECT ${personId}, id, ${role}, '2020-01-01', org_path FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
    await seal(trx, 'post', [id])
    return id
  })
  const known = new Map<string, Promise<Actor>>()
  const appoint = (organizationId: number, role: Role): Promise<Actor> =>
    db.asSystem('test.fixture', async (trx) => {
      const org = (await trx.one<{ name: string; path: string }>(sql`SELECT name, org_path AS path FROM org.organization WHERE id = ${organizationId}`))!
      const name = `${roleLabel(role)}${known.size}`
      const person = (await trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) VALUES (${name}, ${org.path}) RETURNING id`))!
      const post = (await trx.one<{ id: number }>(sql`
        INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) VALUES (${person.id}, ${organizationId}, ${role}, '2020-01-01', ${org.path}) RETURNING id`))!
      // A right counts only under its seal.
      await seal(trx, 'post', [post.id])
      return {
        personId: person.id, name, postId: post.id, role, organizationId, organizationName: org.name, orgPath: org.path, permissions: permissionsOf(role),
      }
    })
  return {
    city, yuzhong, wanzhou, education, school, primary, hospital, bureau, regions: r,
    actorAt(organizationId, role) {
      const key = `${organizationId} ${role}`
      if (!known.has(key)) known.set(key, appoint(organizationId, role))
      return known.get(key)!
    },
    postFor,
    institution: (v) => add({ kind: 'institution', category: '026', people: 100, buildingArea: '5000.00', ...v }),
  }
}
