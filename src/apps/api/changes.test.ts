/** Merge, split, rename, move, abolish: rehearsed without a trace, dated, with equal totals, and everybody below comes along. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { forgetSessions } from '../../kernel/authority/session.procedures.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const as = async (place: number, role: Parameters<typeof city.actorAt>[1]) => api.as(await city.actorAt(place, role))
const town = await as(city.city, 'city_reviewer')
const yuzhong = await as(city.yuzhong, 'district_reviewer')
const wanzhou = await as(city.wanzhou, 'district_reviewer')
const system = <T = any>(q: any) => db.asSystem('test', (trx) => trx.rows<T>(q))
const act = { effective: '2026-03-01', basis: '渝中委编〔2026〕7 号' }
const change = (who: Visitor, body: object) => who.post('/organization-changes', { change: { ...act, ...body } })
const preview = (who: Visitor, body: object) => who.post('/organization-changes/preview', { change: { ...act, ...body } })
let n = 0
const unit = (superiorId = city.yuzhong, more: { people?: number; buildingArea?: string } = {}) =>
  city.institution({ name: `变更单位${++n}`, superiorId, regionId: superiorId === city.wanzhou ? city.regions.wanzhou : city.regions.yuzhong, ...more })
const organization = async (id: number) => (await system(sql`SELECT * FROM org.organization WHERE id = ${id}`))[0]
const placements = (id: number) => system(sql`SELECT valid_from AS f, valid_to AS t, name, region_id AS region, superior_id AS superior FROM org.placement WHERE organization_id = ${id} ORDER BY 1`)
const everything = () => system(sql`SELECT 'o', to_jsonb(o) FROM org.organization o UNION ALL SELECT 'p', to_jsonb(p) FROM org.placement p UNION ALL SELECT 'c', to_jsonb(c) FROM org.change c UNION ALL SELECT 's', to_jsonb(s) FROM auth.post s
  UNION ALL SELECT 'h', to_jsonb(h) FROM audit.change h ORDER BY 1, 2`)
const part = (people: number, buildingArea: string, name = `新设${++n}`) => ({ name, category: '026', regionId: city.regions.yuzhong, superiorId: city.yuzhong, people, buildingArea })

describe('rehearsal', () => {
  test('says what the act then says, and leaves no trace', async () => {
    const [a, b] = [await unit(city.yuzhong, { people: 30, buildingArea: '100.25' }), await unit(city.yuzhong, { people: 12, buildingArea: '0.50' })]
    await city.actorAt(a, 'filler')
    const before = await everything()
    const shown = (await preview(yuzhong, { kind: 'merge', fromIds: [a], intoId: b })).body
    expect(await everything()).toEqual(before)
    expect(shown).toMatchObject({ totalsBefore: { organizations: 2, people: 42, buildingArea: '100.75' }, totalsAfter: { organizations: 1, people: 42, buildingArea: '100.75' }, ended: [{ id: a }], created: [], postsAffected: 1 })
    const { id, ...done } = (await change(yuzhong, { kind: 'merge', fromIds: [a], intoId: b })).body
    expect(done).toEqual(shown)
    expect(id).toBeGreaterThan(0)
  })
})

describe('merge', () => {
  test('the old ones end, their posts with them, the one that stays carries the totals and the descent', async () => {
    const [a, b, into] = [await unit(), await unit(), await unit()]
    const clerk = await city.actorAt(a, 'filler')
    const me = await api.as(clerk)
    expect((await me.get(`/organizations/${a}`)).status).toBe(200)
    expect((await change(yuzhong, { kind: 'merge', fromIds: [a, b, into], intoId: into })).status).toBe(200)
    expect(await organization(a)).toMatchObject({ valid_to: '2026-03-01', directory_to: '2026-03-01', end_reason: expect.stringContaining('并入') })
    expect(await organization(into)).toMatchObject({ people: 300, building_area: '15000.00', valid_to: null })
    forgetSessions()
    expect((await me.get('/organizations')).status).toBe(403)
    const [entry] = (await yuzhong.get('/organization-changes', { organizationId: a })).body.changes
    expect(entry).toMatchObject({ kind: 'merge', basis: act.basis, successions: [{ fromId: a, toId: into }, { fromId: b, toId: into }] })
    const history = (await yuzhong.get(`/organizations/${a}/history`)).body.entries[0]
    expect(history).toMatchObject({ operation: 'organization.restructure', basis: act.basis })
    expect((await change(yuzhong, { kind: 'rename', id: a, name: '再改名' })).status).toBe(422)
  })
  test('a new one may go on with a code of an old one; nothing known stays nothing known', async () => {
    const [a, b] = [await unit(), await unit()]
    await system(sql`UPDATE org.organization SET people = NULL, building_area = NULL WHERE id IN (${a}, ${b})`)
    const { uscc } = await organization(a)
    const { body, status } = await change(yuzhong, { kind: 'merge', fromIds: [a, b], into: { ...part(0, '0'), uscc } })
    expect(status).toBe(200)
    expect(await organization(body.created[0].id)).toMatchObject({ uscc, people: null, building_area: null, valid_from: '2026-03-01' })
  })
})

describe('split', () => {
  test('only with equal totals', async () => {
    const from = await unit(city.yuzhong, { people: 10, buildingArea: '7.77' })
    const before = await everything()
    const refusal = await change(yuzhong, { kind: 'split', fromId: from, parts: [part(5, '7.70'), part(5, '0.06')] })
    expect([refusal.status, refusal.body.message]).toEqual([422, expect.stringContaining('总量不一致')])
    expect(await everything()).toEqual(before)
    const { body } = await change(yuzhong, { kind: 'split', fromId: from, parts: [part(5, '7.70'), part(5, '0.07')] })
    expect(body).toMatchObject({ totalsBefore: { people: 10, buildingArea: '7.77' }, totalsAfter: { organizations: 2, people: 10, buildingArea: '7.77' } })
    expect((await placements(body.created[0].id))).toMatchObject([{ f: '2026-03-01', t: null }])
    expect(await placements(from)).toMatchObject([{ t: '2026-03-01' }])
  })
})

describe('rename', () => {
  test('then and now', async () => {
    const id = await unit()
    const old = (await organization(id)).name
    expect((await change(yuzhong, { kind: 'rename', id, name: '改过的名字' })).status).toBe(200)
    expect(await placements(id)).toMatchObject([{ name: old, t: '2026-03-01' }, { name: '改过的名字', f: '2026-03-01', t: null }])
    const then = (await yuzhong.get('/filings/open', { form: 'energy.monthly', period: '2026-02', organizationId: id })).body.organization.name
    const now = (await yuzhong.get('/filings/open', { form: 'energy.monthly', period: '2026-03', organizationId: id })).body.organization.name
    expect([then, now]).toEqual([old, '改过的名字'])
  })
  test('not before a change that is already in the books, not in the future, not with a wrong code', async () => {
    const id = await unit()
    await change(yuzhong, { kind: 'rename', id, name: '第一次' })
    const early = await change(yuzhong, { kind: 'rename', id, name: '第二次', effective: '2026-02-01' })
    expect([early.status, early.body.message]).toEqual([422, expect.stringContaining('2026-03-01')])
    expect((await placements(id)).filter((p) => p.t === null)).toHaveLength(1)
    expect((await change(yuzhong, { kind: 'rename', id, name: '同一天再改' })).status).toBe(200)
    expect((await placements(id)).map((p) => p.name)).toHaveLength(2)
    expect((await change(yuzhong, { kind: 'rename', id, name: '明年', effective: '2099-01-01' })).status).toBe(400)
    expect((await change(yuzhong, { kind: 'rename', id, name: '错码', uscc: '125001039000000149' })).status).toBe(400)
    expect((await change(yuzhong, { kind: 'rename', id, name: '早于成立', effective: '1990-01-01' })).status).toBe(422)
  })
  test('by the city, seen by the unit', async () => {
    const id = await unit()
    await change(town, { kind: 'rename', id, name: '市里改的' })
    const mine = await as(id, 'filler')
    expect((await mine.get('/organization-changes')).body.changes).toMatchObject([{ kind: 'rename' }])
    expect((await wanzhou.get('/organization-changes')).body.changes).toEqual([])
  })
})

describe('move', () => {
  test('a department takes along everything below it, and everything that hangs on that', async () => {
    const head = await as(city.school, 'responsible')
    const values = { buildingArea: '30000', people: '2000', electricity: '60000', electricityCost: '120000', water: '3000', waterCost: '12000' }
    const { facts, findings } = (await head.post('/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: city.school, version: null, values })).body
    expect(findings).toHaveLength(1)
    // A draft is no figure yet; what was handed in is one, and moves too.
    const done = (await head.post('/filings/save', { form: 'energy.monthly', period: '2024-06', organizationId: city.school, version: null, values: { ...values, electricityCost: '42000' } })).body.facts
    expect((await head.post(`/filings/${done.id}/submit`, { version: done.version })).status).toBe(200)
    expect((await yuzhong.post(`/reviews/${facts.id}/remark`, { item: 'water', text: '请核对水表' })).status).toBe(200)
    const before = await system(sql`SELECT count(*) AS n, sum(people)::int AS p, sum(building_area)::text AS a FROM org.organization WHERE valid_to IS NULL`)
    const moved = await change(town, { kind: 'move', ids: [city.education], superiorId: city.wanzhou, regionId: city.regions.wanzhou })
    expect(moved.status).toBe(200)
    expect(await system(sql`SELECT count(*) AS n, sum(people)::int AS p, sum(building_area)::text AS a FROM org.organization WHERE valid_to IS NULL`)).toEqual(before)
    const path = `1.${city.wanzhou}.${city.education}.${city.school}.`
    expect((await organization(city.school)).org_path).toBe(path)
    const carried = await system(sql`
      SELECT 'filing' AS t, org_path FROM reports.filing WHERE id = ${facts.id} UNION ALL SELECT 'finding', org_path FROM reports.finding WHERE filing_id = ${facts.id} UNION ALL SELECT 'remark', org_path FROM reports.remark WHERE filing_id = ${facts.id}
      UNION ALL SELECT 'values', org_path FROM energy.monthly_2025 WHERE filing_id = ${facts.id} UNION ALL SELECT 'figure', org_path FROM energy.consumption WHERE filing_id = ${done.id}
      UNION ALL SELECT 'post', org_path FROM auth.post WHERE organization_id = ${city.school} UNION ALL SELECT 'person', org_path FROM auth.person WHERE id = ${(await city.actorAt(city.school, 'responsible')).personId}
      UNION ALL SELECT 'placement', org_path FROM org.placement WHERE organization_id = ${city.school}`)
    expect(carried.map((c) => c.t).sort()).toEqual(['figure', 'filing', 'finding', 'person', 'placement', 'post', 'remark', 'values'])
    expect(new Set(carried.map((c) => c.org_path))).toEqual(new Set([path]))
    forgetSessions()
    // The old district sees nothing of it, the new one everything, and the school goes on where it was.
    expect((await yuzhong.get(`/organizations/${city.school}`)).status).toBe(404)
    expect((await yuzhong.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: city.school })).status).toBe(404)
    const open = (await wanzhou.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: city.school })).body
    expect([open.findings.length, open.remarks.length]).toEqual([1, 1])
    const again = await head.post('/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: city.school, version: open.facts.version, values: { electricityCost: '42000' } })
    expect([again.status, again.body.findings]).toEqual([200, []])
    expect((await head.post(`/filings/${facts.id}/submit`, { version: again.body.facts.version })).status).toBe(200)
    expect((await wanzhou.get('/organizations', { filter: '{"kind":["institution"]}' })).body.total).toBe(3)
    // Read as divided then, January is still Yuzhong's.
    expect((await system(sql`SELECT region_id FROM reports.filing WHERE id = ${facts.id}`))[0].region_id).toBe(city.regions.yuzhong)
  })
  test('not below itself, not below an institution, not to where one cannot look', async () => {
    const department = (await system(sql`INSERT INTO org.organization (kind, name, superior_id, region_id) VALUES ('department', '某部门', ${city.yuzhong}, ${city.regions.yuzhong}) RETURNING id`))[0].id
    const below = (await system(sql`INSERT INTO org.organization (kind, name, superior_id, region_id) VALUES ('department', '某处', ${department}, ${city.regions.yuzhong}) RETURNING id`))[0].id
    expect((await change(yuzhong, { kind: 'move', ids: [department], superiorId: below })).status).toBe(422)
    expect((await change(yuzhong, { kind: 'move', ids: [department], superiorId: department })).status).toBe(422)
    expect((await change(yuzhong, { kind: 'move', ids: [below], superiorId: city.hospital })).status).toBe(400)
    expect((await change(yuzhong, { kind: 'move', ids: [below], superiorId: city.wanzhou })).status).toBe(404)
    expect((await organization(below)).superior_id).toBe(department)
  })
})

describe('abolish', () => {
  test('not while others stand below it; then with reason and successor', async () => {
    const department = (await system(sql`INSERT INTO org.organization (kind, name, superior_id, region_id) VALUES ('department', '要撤的部门', ${city.yuzhong}, ${city.regions.yuzhong}) RETURNING id`))[0].id
    const child = await unit(department)
    const refusal = await change(yuzhong, { kind: 'abolish', ids: [department], reason: '机构改革' })
    expect([refusal.status, refusal.body.message]).toEqual([422, expect.stringContaining('还有 1 个机构')])
    const other = await unit()
    expect((await change(yuzhong, { kind: 'abolish', ids: [child], reason: '机构改革', successorId: child })).status).toBe(400)
    const done = await change(yuzhong, { kind: 'abolish', ids: [child], reason: '机构改革', successorId: other })
    expect(done.body).toMatchObject({ totalsBefore: { organizations: 1 }, totalsAfter: { organizations: 0 }, ended: [{ id: child }] })
    expect((await change(yuzhong, { kind: 'abolish', ids: [child], reason: '再撤一次' })).status).toBe(422)
    expect((await change(yuzhong, { kind: 'abolish', ids: [department], reason: '机构改革' })).status).toBe(200)
  })
})
