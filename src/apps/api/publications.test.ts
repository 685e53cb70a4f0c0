/** A publication freezes figures, forms and who was expected; an edition from before that says "not recorded". */
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { refreshConsumption, refreshPlacement } from '../../domains/energy/consumption/consumption.ts'
import { snapshotHash } from '../../domains/energy/indicators/publications.procedures.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const system = <T = any>(q: any) => db.asSystem('test', (trx) => trx.rows<T>(q))
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
const year = { period: '2023', division: 'then', title: '2023年公共机构能源资源消费数据' }

async function file(organizationId: number, counted: boolean, start = '2023-01-01'): Promise<number> {
  return db.asSystem('test', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted, submitted_at)
      SELECT 'energy.annual', '2022', id, org_path, region_id, category, ${start}, 12, ${counted}, now() FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
    await trx.run(sql`
      INSERT INTO energy.annual_2022 (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, water)
      SELECT ${id}, id, org_path, region_id, ${start}, 1000, 10, 10000, 360 FROM org.organization WHERE id = ${organizationId}`)
    await refreshConsumption(trx, [id])
    return id
  })
}
const publish = async (more: object = {}) => (await town.post('/energy/publications', { ...year, reason: '市级审核通过', ...more })).body
const read = async (id: number, who = town) => (await who.get(`/energy/publications/${id}`)).body
const names = async (id: number, state: string, who = town) => (await who.get(`/energy/publications/${id}/reporters`, { state })).body.rows.map((r: any) => [r.name, r.why])
let [first, second] = [0, 0]

beforeAll(async () => {
  // The school counts, the hospital is kept out, the primary school only has a draft, the bureau said nothing.
  await file(city.school, true)
  await file(city.hospital, false)
  await system(sql`
    INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months)
    SELECT 'energy.annual', '2022', id, org_path, region_id, category, '2023-01-01', 12 FROM org.organization WHERE id = ${city.primary}`)
  // An institution that came into the directory later was not expected in 2023; one that left before neither.
  const late = await city.institution({ name: '后来的单位', superiorId: city.wanzhou, regionId: city.regions.wanzhou })
  await system(sql`UPDATE org.organization SET directory_from = '2024-06-01' WHERE id = ${late}`)
  first = (await publish()).id
})

test('who was expected is frozen with the figures: counted, kept out, missing, by region and by name', async () => {
  const p = await read(first)
  expect(p.coverage.total).toEqual({ expected: 4, counted: 1, keptOut: 1, missing: 2, beyond: 0 })
  expect(p.coverage.regions[city.regions.yuzhong]).toEqual({ expected: 3, counted: 1, keptOut: 1, missing: 1, beyond: 0 })
  expect(p.coverage.regions[city.regions.wanzhou]).toEqual({ expected: 1, counted: 0, keptOut: 0, missing: 1, beyond: 0 })
  expect(p).toMatchObject({ hashHolds: true, now: { same: true, coverage: p.coverage.total }, difference: null })
  expect(await names(first, 'counted')).toEqual([['渝中区示范中学', null]])
  expect(await names(first, 'kept-out')).toEqual([['渝中区示范医院', 'not-accepted']])
  expect((await names(first, 'missing')).sort()).toEqual([['万州区示范局', null], ['渝中区示范小学', 'draft']].sort())
})
test('it does not move by itself: neither when one reports later nor when the register changes', async () => {
  await file(city.bureau, true)
  await system(sql`UPDATE org.organization SET people = 7 WHERE id = ${city.bureau}`)
  const p = await read(first)
  expect(p.coverage.total).toMatchObject({ counted: 1, missing: 2 })
  expect(p).toMatchObject({ hashHolds: true, now: { same: false, coverage: { expected: 4, counted: 2, keptOut: 1, missing: 1 } } })
  expect(await names(first, 'missing')).toContainEqual(['万州区示范局', null])
  await expect(system(sql`UPDATE reports.publication_reporter SET state = 'counted' WHERE publication_id = ${first}`)).rejects.toMatchObject({ constraint: 'publication_frozen' })
  await expect(system(sql`DELETE FROM reports.publication_reporter WHERE publication_id = ${first}`)).rejects.toMatchObject({ constraint: 'publication_frozen' })
})
test('an institution that moves takes its line along, and the hash still holds', async () => {
  await system(sql`UPDATE org.organization SET superior_id = ${city.yuzhong} WHERE id = ${city.primary}`)
  const [line] = await system(sql`SELECT p.org_path, o.org_path AS now FROM reports.publication_reporter p JOIN org.organization o ON o.id = p.organization_id WHERE p.publication_id = ${first} AND o.id = ${city.primary}`)
  expect(line.org_path).toBe(line.now)
  expect((await read(first)).hashHolds).toBe(true)
})
test('the next edition says who stands otherwise', async () => {
  second = (await publish({ reason: '万州补报' })).id
  const p = await read(second)
  expect(p.difference.coverage).toEqual({ before: { expected: 4, counted: 1, keptOut: 1, missing: 2, beyond: 0 }, after: { expected: 4, counted: 2, keptOut: 1, missing: 1, beyond: 0 } })
  expect(p.difference.reporters).toEqual({ total: 1, rows: [{ organizationId: city.bureau, name: '万州区示范局', regionName: '万州区', before: 'missing', after: 'counted' }] })
  expect((await publish({ reason: '再来一次' })).message).toMatch(/完全相同/)
})
test('the same figures but another list is another edition', async () => {
  await city.institution({ name: '补登的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong })
  const p = await read((await publish({ reason: '名录补登一家' })).id)
  expect(p.difference).toMatchObject({ rows: [], filingsChanged: 0, coverage: { after: { expected: 5, missing: 2 } }, reporters: { rows: [{ name: '补登的单位', before: null, after: 'missing' }] } })
})
test('whoever counts without having been expected stays visible', async () => {
  const gone = await city.institution({ name: '已移出名录的单位', superiorId: city.wanzhou, regionId: city.regions.wanzhou })
  await file(gone, true)
  await system(sql`UPDATE org.organization SET directory_to = '2022-12-31' WHERE id = ${gone}`)
  const p = await read((await publish({ reason: '核对名录' })).id)
  expect(p.coverage.total).toMatchObject({ expected: 5, counted: 2, beyond: 1 })
})

describe('an edition from before that', () => {
  test('says that it is not known, and its hash holds as it did', async () => {
    const rows = [{ key: '4', label: '渝中区', counted: 1, keptOut: 0, sums: {}, indicators: {}, factorSets: [] }]
    const snapshot = { rows, total: rows[0] }
    const [old] = await system(sql`
      INSERT INTO reports.publication (subject, title, period_start, months, division, edition, snapshot, hash, reason, org_path, by_name)
      VALUES ('energy.indicators', '旧版', '2022-01-01', 12, 'then', 1, ${JSON.stringify(snapshot)}, ${snapshotHash(snapshot, [])}, '旧', '1.', '市局') RETURNING id`)
    expect(await read(old.id)).toMatchObject({ coverage: null, hashHolds: true, now: { coverage: null } })
    expect((await town.get(`/energy/publications/${old.id}/reporters`)).body).toEqual({ total: 0, rows: [] })
    const [next] = await system(sql`
      INSERT INTO reports.publication (subject, title, period_start, months, division, edition, previous_id, snapshot, hash, reason, org_path, by_name)
      SELECT subject, '新版', period_start, months, division, 2, ${old.id}, jsonb_set(snapshot, '{coverage}', '{"total":{"expected":3,"counted":1,"keptOut":0,"missing":2,"beyond":0},"regions":{},"list":"x"}'), 'x', '新', org_path, by_name FROM reports.publication WHERE id = ${old.id} RETURNING id`)
    expect((await read(next.id)).difference).toMatchObject({ coverage: { before: null, after: { expected: 3, missing: 2 } }, reporters: null })
  })
})

describe('who reads the list', () => {
  test.each([
    ['district_reviewer', () => city.yuzhong, 3], ['district_reviewer', () => city.wanzhou, 1], ['district_reviewer', () => city.education, 1], ['filler', () => city.school, 1], ['leader', () => city.city, 4],
  ] as const)('%s (%#) sees %s', async (role, at, n) => {
    const who = await api.as(await city.actorAt(at(), role))
    const { status, body } = await who.get(`/energy/publications/${first}/reporters`)
    expect([status, body.total]).toEqual([200, n])
    // The counts are the city's, and were published; the hash is for whoever sees everything.
    expect((await read(first, who)).coverage.total.expected).toBe(4)
  })
  test('administrators none', async () => {
    const who = await api.as(await city.actorAt(city.city, 'system_administrator'))
    expect((await who.get(`/energy/publications/${first}/reporters`)).status).toBe(403)
  })
  test('a publication that is not there', async () => {
    expect((await town.get('/energy/publications/999999/reporters')).status).toBe(404)
  })
})

describe('a place that one edition lists and the next does not', () => {
  const asked = { period: '2021', division: 'now', title: '2021年公共机构能源资源消费数据' }
  const toRegion = (ids: number[], region: number) => db.asSystem('test', async (trx) => {
    await trx.run(sql`UPDATE org.organization SET region_id = ${region} WHERE id = ANY (${ids}::integer[])`)
    await refreshPlacement(trx, ids)
  })
  const perHead = { energyPerHead: '122.9' }

  test('stands in the difference with the figure of the edition that has it', async () => {
    await file(city.bureau, true, '2021-01-01')
    await file(city.school, true, '2021-01-01')
    await publish(asked)
    const [wanzhou, fuling] = [city.regions.wanzhou, 3]
    const there = (await system<{ id: number }>(sql`SELECT id FROM org.organization WHERE region_id = ${wanzhou} AND kind = 'institution'`)).map((o) => o.id)
    await toRegion(there, fuling)
    const p = await read((await publish({ ...asked, reason: '整区划转' })).id)
    expect(p.difference.rows.map((r: any) => r.key)).toEqual([String(wanzhou), String(fuling)])
    expect(p.difference.rows).toMatchObject([
      { label: '万州区', before: { indicators: perHead, counted: 1 }, after: null },
      { label: '涪陵区', before: null, after: { indicators: perHead, counted: 1 } },
    ])
  })
  test('is no such place where it only has nobody who counts any more', async () => {
    await system(sql`UPDATE reports.filing SET counted = false WHERE organization_id = ${city.bureau} AND period_start = '2021-01-01'`)
    await db.asSystem('test', async (trx) => refreshConsumption(trx, (await trx.rows<{ id: number }>(sql`SELECT id FROM reports.filing WHERE organization_id = ${city.bureau} AND period_start = '2021-01-01'`)).map((f) => f.id)))
    const p = await read((await publish({ ...asked, reason: '退回核实' })).id)
    expect(p.difference.rows).toMatchObject([
      { label: '涪陵区', before: { counted: 1 }, after: { indicators: { energyPerHead: null }, counted: 0 } },
      { key: 'city', before: { counted: 2 }, after: { counted: 1 } },
    ])
  })
})
