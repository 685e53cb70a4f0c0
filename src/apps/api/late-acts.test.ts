/** An act recorded after the forms of its time were filed, and a correction of the register: forms follow, totals stay, what was published stays. */
import fs from 'node:fs'
import { sql } from 'kysely'
import pg from 'pg'
import { Decimal } from 'decimal.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { refreshAll } from '../../domains/energy/consumption/cube.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const { yuzhong, wanzhou } = city.regions
const api = await testApi(database, domains)
const system = <T = any>(q: any) => db.asSystem('test', (trx) => trx.rows<T>(q))
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
const act = { effective: '2026-03-01', basis: '渝委编〔2026〕7 号' }
const restructure = (body: object, who = town) => who.post('/organization-changes', { change: { ...act, ...body } })
const rehearse = async (body: object, who = town) => (await who.post('/organization-changes/preview', { change: { ...act, ...body } })).body.forms
const none = { moved: 0, counted: 0, published: 0, afterEnd: 0 }

const values = { buildingArea: '5000', people: '100', electricity: '20000', electricityCost: '14000', water: '500', waterCost: '2000' }
const clerk = async (id: number) => api.as(await city.actorAt(id, 'responsible'))
async function file(who: Visitor, organizationId: number, form: string, period: string, submit = true): Promise<number> {
  const saved = await who.post('/filings/save', { form: `energy.${form}`, period, organizationId, version: null, values })
  expect(saved.status).toBe(200)
  const { id, version } = saved.body.facts
  for (const f of saved.body.findings.filter((k: any) => k.severity === 'soft')) await system(sql`UPDATE reports.finding SET reason = '核对无误' WHERE filing_id = ${id} AND check_code = ${f.checkCode} AND item = ${f.item}`)
  if (submit) expect((await who.post(`/filings/${id}/submit`, { version })).status).toBe(200)
  return id
}
const regionsOf = async (organizationId: number) => Object.fromEntries((await system<any>(sql`
  SELECT f.form, f.period_start AS start, f.region_id AS filing, coalesce(m.region_id, o.region_id, q.region_id) AS cells, c.region_id AS figure
  FROM reports.filing f LEFT JOIN energy.monthly_2025 m ON m.filing_id = f.id LEFT JOIN energy.monthly_2022 o ON o.filing_id = f.id LEFT JOIN energy.quarterly_2025 q ON q.filing_id = f.id
    LEFT JOIN energy.consumption c ON c.filing_id = f.id WHERE f.organization_id = ${organizationId} ORDER BY 1, 2`)).map((r) => [`${r.form} ${r.start}`, [r.filing, r.cells, r.figure]]))
const figures = async (period: string, division: 'then' | 'now') => {
  const { rows, total } = (await town.get('/energy/indicators', { period, division, by: 'region' })).body
  const sum = rows.reduce((n: Decimal, r: any) => n.plus(r.sums.electricity ?? 0), new Decimal(0))
  return { places: Object.fromEntries(rows.map((r: any) => [r.label, r.counted])), electricity: total && new Decimal(total.sums.electricity).toFixed(), adds: !total || sum.eq(total.sums.electricity) }
}

describe('a move recorded two months late', () => {
  let [unit, published] = [0, 0]
  let head: Visitor
  beforeAll(async () => {
    unit = await city.institution({ name: '迟办划转的单位', superiorId: city.yuzhong, regionId: yuzhong })
    head = await clerk(unit)
    for (const period of ['2026-01', '2026-02', '2026-03']) await file(head, unit, 'monthly', period)
    await file(head, unit, 'quarterly', '2026Q1')
    await file(head, unit, 'monthly', '2026-04', false)
    const other = await city.institution({ name: '一直在万州的单位', superiorId: city.wanzhou, regionId: wanzhou })
    await file(await clerk(other), other, 'monthly', '2026-03')
    published = (await town.post('/energy/publications', { period: '2026-03', division: 'then', title: '2026年3月数据', reason: '市级审核通过' })).body.id
  })
  const move = () => ({ kind: 'move', ids: [unit], superiorId: city.wanzhou, regionId: wanzhou })

  test('says beforehand how many filed forms are in it, and leaves them alone', async () => {
    const before = await regionsOf(unit)
    expect(await rehearse(move())).toEqual({ moved: 3, counted: 2, published: 1, afterEnd: 0 })
    expect(await regionsOf(unit)).toEqual(before)
    // With an earlier or a later day more or fewer of them are.
    expect(await rehearse({ ...move(), effective: '2026-02-28' })).toMatchObject({ moved: 4 })
    expect(await rehearse({ ...move(), effective: '2026-04-01' })).toMatchObject({ moved: 1, counted: 0, published: 0 })
  })
  test('the forms whose period ends after the day follow, those before stay; totals are equal, what was published stays', async () => {
    const snapshot = (await town.get(`/energy/publications/${published}`)).body
    const before = { march: await figures('2026-03', 'then'), february: await figures('2026-02', 'then'), quarter: await figures('2026Q1', 'then') }
    expect(before.march).toEqual({ places: { 渝中区: 1, 万州区: 1 }, electricity: '40000', adds: true })
    expect((await restructure(move())).body.forms).toEqual({ moved: 3, counted: 2, published: 1, afterEnd: 0 })
    expect(await regionsOf(unit)).toEqual({
      'energy.monthly 2026-01-01': [yuzhong, yuzhong, yuzhong], 'energy.monthly 2026-02-01': [yuzhong, yuzhong, yuzhong], 'energy.monthly 2026-03-01': [wanzhou, wanzhou, wanzhou],
      'energy.monthly 2026-04-01': [wanzhou, wanzhou, null], 'energy.quarterly 2026-01-01': [wanzhou, wanzhou, wanzhou],
    })
    expect(await figures('2026-03', 'then')).toEqual({ ...before.march, places: { 万州区: 2 } })
    expect(await figures('2026Q1', 'then')).toEqual({ ...before.quarter, places: { 万州区: 1 } })
    expect(await figures('2026-02', 'then')).toEqual(before.february)
    // As divided now everything stands where the unit stands today.
    expect(await figures('2026-02', 'now')).toEqual({ ...before.february, places: { 万州区: 1 } })
    const after = (await town.get(`/energy/publications/${published}`)).body
    expect({ ...after, now: null }).toEqual({ ...snapshot, now: null })
    expect(after).toMatchObject({ hashHolds: true, now: { same: false } })
  })
  test('who is expected and who reported stand in the same district', async () => {
    const completeness = async (region: number) => (await town.get('/energy/completeness', { from: '2026-03-01', before: '2026-04-01', regions: String(region) })).body.months[0]
    const before = await system<{ n: number }>(sql`SELECT count(*)::int AS n FROM org.organization WHERE kind = 'institution' AND region_id = ${wanzhou}`)
    expect(await completeness(wanzhou)).toMatchObject({ expected: before[0]!.n, submitted: 2, counted: 2 })
    expect(await completeness(yuzhong)).toMatchObject({ submitted: 0, counted: 0 })
  })
  test('an act that touches no filed form says so', async () => {
    const fresh = await city.institution({ name: '没有报表的单位', superiorId: city.yuzhong, regionId: yuzhong })
    expect((await restructure({ kind: 'move', ids: [fresh], superiorId: city.wanzhou, regionId: wanzhou })).body.forms).toEqual(none)
    expect(await rehearse({ kind: 'rename', id: unit, name: '改名的单位' })).toEqual(none)
  })
})

describe('an end recorded late', () => {
  test('forms of the time after it are counted as they were, and are named beforehand', async () => {
    const [a, b] = [await city.institution({ name: '并走的单位', superiorId: city.yuzhong, regionId: yuzhong }), await city.institution({ name: '承接的单位', superiorId: city.wanzhou, regionId: wanzhou })]
    const head = await clerk(a)
    for (const period of ['2025-07', '2025-08', '2025-09']) await file(head, a, 'monthly', period)
    const merge = { kind: 'merge', fromIds: [a], intoId: b, effective: '2025-08-01' }
    const before = await figures('2025-08', 'then')
    expect(await rehearse(merge)).toEqual({ ...none, afterEnd: 2 })
    expect((await restructure(merge)).body.forms).toEqual({ ...none, afterEnd: 2 })
    expect(await figures('2025-08', 'then')).toEqual(before)
    expect(await figures('2025-08', 'now')).toEqual({ ...before, places: { 万州区: 1 } })
  })
})

describe('a correction of the register', () => {
  test('puts the forms of that standing where the register says, by hand and in bulk', async () => {
    const unit = await city.institution({ name: '登记错区县的单位', superiorId: city.yuzhong, regionId: yuzhong })
    await file(await clerk(unit), unit, 'monthly', '2025-06')
    const version = async () => (await town.get(`/organizations/${unit}`)).body.version
    expect((await town.post(`/organizations/${unit}`, { version: await version(), patch: { regionId: wanzhou } })).status).toBe(200)
    expect(await regionsOf(unit)).toEqual({ 'energy.monthly 2025-06-01': [wanzhou, wanzhou, wanzhou] })
    expect(await figures('2025-06', 'now')).toMatchObject({ places: { 万州区: 1 }, adds: true })
    const bulk = { selection: { ids: [unit] }, patch: { regionId: yuzhong, category: '024' } }
    expect((await town.post('/organizations/bulk/apply', { ...bulk, expected: 1, reason: '核对名录' })).body).toEqual({ changed: 1 })
    expect(await regionsOf(unit)).toEqual({ 'energy.monthly 2025-06-01': [yuzhong, yuzhong, yuzhong] })
    expect((await system(sql`SELECT f.category AS filing, c.category AS figure, c.region_now_id AS now FROM reports.filing f JOIN energy.consumption c ON c.filing_id = f.id WHERE f.organization_id = ${unit}`))).toEqual([{ filing: '024', figure: '024', now: yuzhong }])
  })
  test('not by somebody who may not touch the forms: then nothing is changed', async () => {
    const unit = await city.institution({ name: '有报表的单位', superiorId: city.yuzhong, regionId: yuzhong })
    await file(await clerk(unit), unit, 'monthly', '2025-05')
    const leader = await city.actorAt(city.city, 'leader')
    await db.asActor({ ...leader, permissions: [...leader.permissions, 'organization.update', 'organization.restructure'] }, { operation: 'test' }, async (trx) => {
      const { followPlaces } = await import('../../kernel/reports/places.ts')
      await trx.run(sql`UPDATE org.placement SET region_id = ${wanzhou} WHERE organization_id = ${unit}`)
      await expect(followPlaces(trx, [unit])).rejects.toMatchObject({ message: expect.stringContaining('没有修改报表的权限') })
      await trx.run(sql`UPDATE org.placement SET region_id = ${yuzhong} WHERE organization_id = ${unit}`)
    })
    expect(await regionsOf(unit)).toEqual({ 'energy.monthly 2025-05-01': [yuzhong, yuzhong, yuzhong] })
  })
})

test('forms that were left behind before are put right once by the migration', async () => {
  const unit = await city.institution({ name: '从前迟办的单位', superiorId: city.yuzhong, regionId: yuzhong })
  const head = await clerk(unit)
  for (const period of ['2025-03', '2025-04']) await file(head, unit, 'monthly', period)
  // As an act of 1 April, recorded in May, left it.
  await system(sql`UPDATE org.organization SET region_id = ${wanzhou} WHERE id = ${unit}`)
  await system(sql`UPDATE org.placement SET valid_to = '2025-04-01' WHERE organization_id = ${unit}`)
  await system(sql`INSERT INTO org.placement (organization_id, valid_from, name, region_id, superior_id, category, org_path) SELECT id, '2025-04-01', name, region_id, superior_id, category, org_path FROM org.organization WHERE id = ${unit}`)
  const owner = new pg.Client(database.connection)
  await owner.connect()
  const migration = fs.readFileSync(new URL('../../domains/energy/migrations/0016_forms_where_they_stood.sql', import.meta.url), 'utf8')
  try {
    await owner.query(migration)
    await db.asSystem('test', refreshAll)
    expect(await regionsOf(unit)).toEqual({ 'energy.monthly 2025-03-01': [yuzhong, yuzhong, yuzhong], 'energy.monthly 2025-04-01': [wanzhou, wanzhou, wanzhou] })
    // Once is enough.
    await owner.query(migration)
    expect(await system(sql`SELECT 1 FROM energy.figure_due`)).toEqual([])
  } finally {
    await owner.end()
  }
})
