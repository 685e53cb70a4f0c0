/** One institution's own indicators: against its base year, its target, the median of its kind; what is missing is missing. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refreshConsumption } from '../../domains/energy/consumption/consumption.ts'
import { openTable } from '../../kernel/documents/intake/open-table.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const as = async (place: number, role: Parameters<typeof city.actorAt>[1]) => api.as(await city.actorAt(place, role))
const own = await as(city.school, 'filler')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-institution-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const read = async (query: object = {}, who: Visitor = own, id = city.school) => (await who.get(`/organizations/${id}/indicators`, { months: '12', year: '2023', ...query })).body
const row = async (period: string, query: object = {}, who: Visitor = own) => (await read(query, who)).rows.find((r: any) => r.period === period)

/** Ten people, 1,000 ㎡, so much water. */
async function file(organizationId: number, form: 'monthly' | 'annual', start: string, water: number | null, counted = true): Promise<number> {
  return db.asSystem('test', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted, submitted_at)
      SELECT ${`energy.${form}`}, '2022', id, org_path, region_id, category, ${start}, ${form === 'annual' ? 12 : 1}, ${counted}, now() FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
    await trx.run(sql`
      INSERT INTO ${sql.table(`energy.${form}_2022`)} (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, water)
      SELECT ${id}, id, org_path, region_id, ${start}, 1000, 10, 1000, ${water} FROM org.organization WHERE id = ${organizationId}`)
    await refreshConsumption(trx, [id])
    return id
  })
}
const peers: number[] = []

beforeAll(async () => {
  for (const [year, water] of [[2020, 100], [2022, 95], [2023, 90]] as const) await file(city.school, 'annual', `${year}-01-01`, water)
  await file(city.school, 'annual', '2021-01-01', 97, false)
  // Four schools more in the other district: with the school itself five of a kind, 9, 20, 30, 40 and 50 m³ a head.
  for (const water of [200, 300, 400, 500]) {
    const id = await city.institution({ name: `万州区同类学校${water}`, superiorId: city.wanzhou, regionId: city.regions.wanzhou, category: '021' })
    peers.push(id)
    await file(id, 'annual', '2023-01-01', water)
  }
  for (const month of ['01', '02']) await file(city.school, 'monthly', `2023-${month}-01`, month === '01' ? 10 : null)
  await file(city.school, 'monthly', '2020-01-01', 20)
})

describe('years', () => {
  test('the newest first, each with the year before, the base year and the median of its kind over the whole city', async () => {
    const { rows, organization, baseYear, peersLeast } = await read()
    expect([organization, baseYear, peersLeast]).toEqual([{ id: city.school, name: '渝中区示范中学', category: '021', regionName: '渝中区' }, 2020, 5])
    expect(rows.map((r: any) => [r.period, r.state, r.why, r.indicators.waterPerHead ?? null])).toEqual([
      ['2023', 'counted', null, '9'], ['2022', 'counted', null, '9.5'], ['2021', 'kept-out', 'not-accepted', null], ['2020', 'counted', null, '10'],
    ])
    expect(rows[0]).toMatchObject({ origin: 'form', form: 'energy.annual', formPeriod: '2023', lastYear: { waterPerHead: '9.5' }, base: { waterPerHead: '10' }, peers: { waterPerHead: { median: '30.000000', count: 5 } } })
    // Of what is not counted nothing is shown, and nothing is compared with it.
    expect([rows[2].sums, rows[1].lastYear]).toEqual([{}, {}])
  })
  test('no median of fewer than are set: it would tell what one of them used', async () => {
    expect((await row('2022')).peers.waterPerHead).toBeNull()
    await file(peers[0]!, 'annual', '2022-01-01', 300)
    expect((await row('2022')).peers.waterPerHead).toBeNull()
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE app.setting SET value = '"2"' WHERE key = 'energy.peer.least'`))
    const { forgetSettings } = await import('../../kernel/reports/registry.ts')
    forgetSettings()
    expect((await row('2022')).peers.waterPerHead).toEqual({ median: '19.750000', count: 2 })
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE app.setting SET value = '"5"' WHERE key = 'energy.peer.least'`))
    forgetSettings()
  })
  test('a median follows the figures it is made of', async () => {
    const before = (await row('2023')).peers.waterPerHead
    const more = await city.institution({ name: '渝中区第二所学校', superiorId: city.yuzhong, regionId: city.regions.yuzhong, category: '021' })
    await file(more, 'annual', '2023-01-01', 1000)
    expect([before.median, (await row('2023')).peers.waterPerHead]).toEqual(['30.000000', { median: '35.000000', count: 6 }])
  })
  test('years to come and years before it was there are not missing', async () => {
    expect((await read({ year: '2100' })).rows[0].period).toBe(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 4))
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET valid_from = '2023-02-01', directory_from = '2023-02-01' WHERE id = ${city.primary}`))
    const { rows } = await read({}, await as(city.yuzhong, 'district_reviewer'), city.primary)
    expect(rows.map((r: any) => [r.period, r.state])).toEqual([['2023', 'missing'], ['2022', 'outside'], ['2021', 'outside'], ['2020', 'outside']])
    expect(rows[1].why).toContain('成立')
  })
})

describe('months and quarters of a year', () => {
  test('a blank is missing, a draft says that it is one, the base is the same month of 2020', async () => {
    await db.asSystem('test', (trx) => trx.run(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months) SELECT 'energy.monthly', '2022', id, org_path, region_id, category, '2023-03-01', 1 FROM org.organization WHERE id = ${city.school}`))
    const { rows } = await read({ months: '1' })
    expect(rows).toHaveLength(12)
    expect(rows.slice(-4).map((r: any) => [r.period, r.state, r.why, r.indicators.waterPerHead ?? null])).toEqual([
      ['2023-04', 'missing', null, null], ['2023-03', 'missing', 'draft', null], ['2023-02', 'counted', null, null], ['2023-01', 'counted', null, '1'],
    ])
    expect(rows.at(-1)).toMatchObject({ base: { waterPerHead: '2' }, form: 'energy.monthly', formPeriod: '2023-01' })
    const [quarter] = (await read({ months: '3' })).rows.slice(-1)
    expect(quarter).toMatchObject({ period: '2023Q1', state: 'kept-out', why: 'months-missing', origin: 'months', form: 'energy.monthly', formPeriod: '2023-03' })
  })
})

describe('who sees it', () => {
  test('the unit its own, those above it theirs; others find nothing, an office has no figures of its own', async () => {
    for (const who of [await as(city.education, 'district_reviewer'), await as(city.yuzhong, 'district_reviewer'), await as(city.city, 'leader')]) expect((await read({}, who)).rows).toHaveLength(4)
    const wanzhou = await as(city.wanzhou, 'district_reviewer')
    for (const url of ['indicators', 'indicators.xlsx']) expect((await wanzhou.get(`/organizations/${city.school}/${url}`, { months: '12', year: '2023' })).status).toBe(404)
    expect((await own.get(`/organizations/${peers[0]}/indicators`, { months: '12', year: '2023' })).status).toBe(404)
    expect((await (await as(city.city, 'leader')).get(`/organizations/${city.yuzhong}/indicators`, { months: '12', year: '2023' })).status).toBe(404)
    expect((await (await as(city.city, 'system_administrator')).get(`/organizations/${city.school}/indicators`, { months: '12', year: '2023' })).status).toBe(403)
  })
})

test('as a workbook: every indicator of every period, with target and colour where one was handed down, blanks where nothing is', async () => {
  await db.asSystem('test', (trx) => trx.run(sql`INSERT INTO energy.target (indicator, scope, organization_id, org_path, base_year, target_year, reduction_percent, source) SELECT 'waterPerHead', 'organization', id, org_path, 2020, 2025, 10, '文件' FROM org.organization WHERE id = ${city.school}`))
  const answer = await own.get(`/organizations/${city.school}/indicators.xlsx`, { months: '12', year: '2023' })
  expect(answer.status).toBe(200)
  const at = path.join(folder, 'a.xlsx')
  fs.writeFileSync(at, answer.bytes)
  const table = await openTable(at, { fileName: 'a.xlsx' })
  const lines: string[][] = []
  for await (const batch of table.rows()) lines.push(...batch.map((r) => r.cells.map((c) => c?.text ?? '')))
  await table.close()
  const head = lines.findIndex((l) => l.includes('统计期'))
  const records = lines.slice(head + 1).map((l) => Object.fromEntries(lines[head]!.map((h, i) => [h, l[i] ?? ''])))
  expect(records).toHaveLength(20)
  const water = records.filter((r) => r['指标'] === '人均用水量')
  expect(water.map((r) => [r['统计期'], r['分子'], r['分母'], r['指标值'], r['比2020年下降（%）'], r['目标'], r['对照'], r['同类中位数'], r['计入情况'], r['数据来自']])).toEqual([
    ['2023年', '90', '10', '9', '10', '9.4', '达到目标', '35', '计入', '本期报表'], ['2022年', '95', '10', '9.5', '5', '9.6', '达到目标', '', '计入', '本期报表'],
    ['2021年', '', '', '', '', '9.8', '', '', '未计入：报表还没有审核通过', '本期报表'], ['2020年', '100', '10', '10', '0', '10', '达到目标', '', '计入', '本期报表'],
  ])
})
