/** A rolling year spreads like any other period; series, spread, completeness and targets go out as workbooks with every digit. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refreshConsumption } from '../../domains/energy/consumption/consumption.ts'
import { openTable } from '../../kernel/documents/intake/open-table.ts'
import { testApi, type Answer } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-out-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))

/** Ledgers from July 2023 on: ten people, so many m³ of water a month. */
async function ledgers(organizationId: number, months: number, water: number): Promise<void> {
  await db.asSystem('test', async (trx) => {
    const ids: number[] = []
    for (let n = 0; n < months; n++) {
      const start = `${2023 + Math.floor((n + 6) / 12)}-${String(((n + 6) % 12) + 1).padStart(2, '0')}-01`
      const { id } = (await trx.one<{ id: number }>(sql`
        INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted, submitted_at)
        SELECT 'energy.monthly', '2022', id, org_path, region_id, category, ${start}, 1, true, now() FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
      await trx.run(sql`
        INSERT INTO energy.monthly_2022 (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, water)
        SELECT ${id}, id, org_path, region_id, ${start}, 1000, 10, 100.0625, ${water} FROM org.organization WHERE id = ${organizationId}`)
      ids.push(id)
    }
    await refreshConsumption(trx, ids)
  })
}
const cells = async (answer: Answer): Promise<string[][]> => {
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'])
  const file = path.join(folder, `${Math.random()}.xlsx`)
  fs.writeFileSync(file, answer.bytes)
  const table = await openTable(file, { fileName: 'a.xlsx' })
  const rows: string[][] = []
  for await (const batch of table.rows()) rows.push(...batch.map((r) => r.cells.map((c) => c?.text ?? '')))
  await table.close()
  return rows
}
/** Rows after the headings, as {heading: text}. */
async function records(answer: Answer, heading: string): Promise<Record<string, string>[]> {
  const rows = await cells(answer)
  const at = rows.findIndex((r) => r.includes(heading))
  expect(at).toBeGreaterThanOrEqual(0)
  return rows.slice(at + 1).map((r) => Object.fromEntries(rows[at]!.map((h, i) => [h, r[i] ?? ''])))
}

beforeAll(async () => {
  // Twelve months of 10, 20, 30, 40 and 900 m³: 12, 24, 36, 48 and 1080 m³ a head; one lacks a month and is in none of them.
  for (const [i, water] of [10, 20, 30, 40, 900].entries()) await ledgers(await city.institution({ name: `渝中区分布${i + 1}号单位`, superiorId: city.yuzhong, regionId: city.regions.yuzhong }), 12, water)
  await ledgers(await city.institution({ name: '渝中区缺月单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong }), 11, 5000)
})

describe('a rolling year', () => {
  const rolling = { period: '2024-06', rolling: '1', indicator: 'waterPerHead' }
  test('spreads over those with all twelve ledgers; who lies far outside is named', async () => {
    const { groups } = (await town.get('/energy/distribution', rolling)).body
    expect(groups.filter((g: any) => !g.parent)).toEqual([expect.objectContaining({ category: '026', count: 5, q1: '24.0000', median: '36.0000', q3: '48.0000', low: '12.0000', high: '48.0000', outlierCount: 1 })])
    expect(groups.at(-1).outliers).toMatchObject([{ name: '渝中区分布5号单位', value: '1080.0000' }])
  })
  test('of another window nobody has twelve', async () => {
    expect((await town.get('/energy/distribution', { ...rolling, period: '2024-05' })).body.groups).toEqual([])
  })
  test('within one’s scope, and by region', async () => {
    const wanzhou = await api.as(await city.actorAt(city.wanzhou, 'district_reviewer'))
    expect((await wanzhou.get('/energy/distribution', rolling)).body.groups).toEqual([])
    expect((await town.get('/energy/distribution', { ...rolling, regions: String(city.regions.wanzhou) })).body.groups).toEqual([])
  })
  test('a plain month is spread as before', async () => {
    const month = (await town.get('/energy/distribution', { period: '2024-05', indicator: 'waterPerHead' })).body.groups.at(-1)
    expect([month.count, month.median]).toEqual([6, '3.5000'])
  })
})

describe('against the base year', () => {
  const annual = (organizationId: number, year: number) => db.asSystem('test', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted, submitted_at)
      SELECT 'energy.annual', '2022', id, org_path, region_id, category, ${`${year}-01-01`}, 12, true, now() FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
    await trx.run(sql`
      INSERT INTO energy.annual_2022 (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, water)
      SELECT ${id}, id, org_path, region_id, ${`${year}-01-01`}, 1000, 10, 10000, 100 FROM org.organization WHERE id = ${organizationId}`)
    await refreshConsumption(trx, [id])
  })
  test('the total says when far fewer institutions are in it, and each district under a target', async () => {
    for (const id of [city.school, city.bureau]) await annual(id, 2020)
    for (const id of [city.school, city.primary, city.hospital, city.bureau]) await annual(id, 2022)
    const read = async (more: object) => (await town.get('/energy/indicators', { period: '2022', by: 'city', compare: '1', ...more })).body.apart
    expect([await read({}), await read({ by: 'region' }), await read({ by: 'category' })]).toEqual([{ base: 2, now: 4 }, { base: 2, now: 4 }, { base: 2, now: 4 }])
    expect(await read({ regions: String(city.regions.wanzhou) })).toBeNull()
    expect((await town.get('/energy/indicators', { period: '2022', by: 'city' })).body.apart).toBeNull()
    const { targets } = (await town.get('/energy/targets', { year: '2022' })).body
    const target = targets.find((t: any) => t.target.indicator === 'waterPerHead')
    expect(target.apart).toEqual({ base: 2, now: 4 })
    const { rows } = (await town.get(`/energy/targets/${target.target.id}/below`, { year: '2022' })).body
    expect(rows.map((r: any) => [r.name, r.apart])).toEqual(expect.arrayContaining([['渝中区', { base: 1, now: 3 }], ['万州区', null]]))
    const sheet = await records(await town.get('/energy/targets.xlsx', { year: '2022', scope: 'city' }), '指标')
    expect(sheet.filter((r) => r['提示']).map((r) => [r['年份'], r['提示']])[0]).toEqual(['2022', '2020 年基期计入 2 家，本期计入 4 家，两边的机构范围不同，比基期的升降只供参考。'])
  })
})

describe('kinds that belong together', () => {
  // Of 2022: the bureau is 01, school and primary school 021, the hospital 024.
  const read = async (more: object = {}) => (await town.get('/energy/indicators', { period: '2022', by: 'category', ...more })).body
  test('have their sum beside the rows, and the total counts nobody twice', async () => {
    const { rows, parents, total } = await read()
    expect(rows.map((r: any) => [r.key, r.counted])).toEqual([['01', 1], ['021', 2], ['024', 1]])
    expect(parents).toEqual([expect.objectContaining({ key: '02', label: '事业单位小计', counted: 3, keptOut: 0, indicators: expect.objectContaining({ waterPerHead: '10' }) })])
    expect([parents[0].sums.water, total.sums.water, total.counted]).toEqual(['300.0000', '400.0000', 4])
    // The same as if it had been asked for alone.
    const alone = await read({ by: 'city', categories: '02' })
    expect({ ...alone.total, key: '02', label: '事业单位小计' }).toEqual(parents[0])
    expect(alone).toMatchObject({ expected: (await read({ by: 'city', categories: '021,022,023,024,025,026' })).expected, parents: [] })
  })
  test('not where only some of them were asked for', async () => {
    expect((await read({ categories: '021,024' })).parents).toEqual([])
    expect((await read({ categories: '02' })).parents).toHaveLength(1)
    expect((await read({ by: 'region' })).parents).toEqual([])
  })
  test('in the workbook, before those it is made of', async () => {
    const rows = await records(await town.get('/energy/indicators.xlsx', { period: '2022', by: 'category' }), '机构类型')
    expect(rows.map((r) => [r['机构类型'], r['计入机构（家）'], r['用水量（m³）']])).toEqual([['国家机关', '1', '100'], ['事业单位小计', '3', '300'], ['其中：教育类事业单位', '2', '200'], ['其中：卫生类事业单位', '1', '100']])
  })
  test('spread together; who stands out is named at the own kind only', async () => {
    const { groups } = (await town.get('/energy/distribution', { period: '2024-06', rolling: '1', indicator: 'waterPerHead' })).body
    expect(groups.map((g: any) => [g.category, g.parent, g.count, g.median, g.outlierCount, g.outliers.length])).toEqual([['02', true, 5, '36.0000', 1, 0], ['026', false, 5, '36.0000', 1, 1]])
    expect((await town.get('/energy/distribution', { period: '2024-06', rolling: '1', indicator: 'waterPerHead', categories: '026' })).body.groups).toHaveLength(1)
  })
  test('series, institutions behind and forms are asked for by their parent', async () => {
    const series = async (categories: string) => (await town.get('/energy/series', { months: '12', from: '2022-01-01', before: '2023-01-01', categories })).body.rows
    expect(await series('02')).toEqual(await series('021,024'))
    expect((await town.get('/energy/behind', { period: '2022', indicator: 'waterPerHead', categories: '02' })).body.total).toBe(3)
    const forms = async (category?: string) => (await town.get('/filings', { form: 'energy.annual', period: '2022', ...(category ? { category } : {}) })).body.total
    expect(await forms('02')).toBe((await forms()) - (await forms('01')))
  })
})

describe('as workbooks', () => {
  test('the spread with every outlier', async () => {
    const rows = await records(await town.get('/energy/distribution.xlsx', { period: '2024-06', rolling: '1', indicator: 'waterPerHead' }), '机构类型')
    expect(rows.map((r) => r['机构类型'])).toEqual(['事业单位小计', '其中：其他事业单位', '其中：其他事业单位'])
    const [, ...own] = rows
    expect(own[0]).toMatchObject({ '离群（家）': '1', 离群机构: '' })
    expect(Object.entries(own[0]!).find(([h]) => h.startsWith('中位数'))?.[1]).toBe('36')
    expect(own[1]).toMatchObject({ 离群机构: '渝中区分布5号单位', 区县: '渝中区' })
    expect(Object.entries(own[1]!).find(([h]) => h.startsWith('指标值'))?.[1]).toBe('1080')
  })
  test('the series, month by month, missing cells empty', async () => {
    const rows = await records(await town.get('/energy/series.xlsx', { months: '1', from: '2023-06-01', before: '2024-01-01' }), '统计期')
    expect(rows.map((r) => [r['统计期'], r['计入机构（家）'], r['用水量（m³）']])).toEqual(['7', '8', '9', '10', '11', '12'].map((m) => [`2023年${m}月`, '6', '6000']))
    expect(rows[0]!['其中：天然气（tce）']).toBe('')
  })
  test('completeness and targets', async () => {
    const months = await records(await town.get('/energy/completeness.xlsx', { from: '2024-05-01', before: '2024-07-01' }), '月份')
    expect(months).toEqual([{ 月份: '2024-05', '应报（家）': '10', '已报（家）': '6', '计入（家）': '6', '缺报（家）': '4' }, { 月份: '2024-06', '应报（家）': '10', '已报（家）': '5', '计入（家）': '5', '缺报（家）': '5' }])
    const targets = await records(await town.get('/energy/targets.xlsx', { year: '2024', scope: 'city' }), '指标')
    expect(new Set(targets.map((t) => t['指标'])).size).toBeGreaterThan(3)
    expect(targets.filter((t) => t['年份'] === '2024').every((t) => t['目标依据'] !== '')).toBe(true)
  })
  test('what may not be seen does not go out', async () => {
    const wanzhou = await api.as(await city.actorAt(city.wanzhou, 'district_reviewer'))
    expect((await wanzhou.get('/energy/targets.xlsx', { year: '2024', scope: 'city' })).status).toBe(422)
    expect((await records(await wanzhou.get('/energy/distribution.xlsx', { period: '2024-06', indicator: 'waterPerHead' }), '机构类型'))).toEqual([])
    const admin = await api.as(await city.actorAt(city.city, 'system_administrator'))
    for (const [url, query] of [['series', { months: '1', from: '2023-06-01', before: '2024-01-01' }], ['distribution', { period: '2024', indicator: 'waterPerHead' }], ['completeness', { from: '2024-05-01', before: '2024-07-01' }], ['targets', { year: '2024' }]] as const)
      expect((await admin.get(`/energy/${url}.xlsx`, query)).status).toBe(403)
  })
})
