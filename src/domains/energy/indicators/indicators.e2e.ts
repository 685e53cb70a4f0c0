/** From an indicator to the institutions, the form and the cell; published, and the hash holds; a target handed down. */
import fs from 'node:fs'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { organizationDomain } from '../../../kernel/org/index.ts'
import { reportsDomain } from '../../../kernel/reports/index.ts'
import { axeFindings, signInAs, visit, type Visit } from '../../../kernel/test/browser.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../../kernel/test/fixture.ts'
import { PASSWORD, testSite } from '../../../kernel/test/site.ts'
import { followPlaces } from '../../../kernel/reports/places.ts'
import { refreshConsumption } from '../consumption/consumption.ts'
import { recomputeJob } from '../consumption/recompute.ts'
import { energyDomain } from '../index.ts'

const database = await testDatabase()
let city: Fixture
let v: Visit
let baseURL: string
/** What was enqueued: the test is the worker. */
const sent: object[] = []

/** An annual form of 2023: ten people, a thousand square metres, and what was used. */
async function file(organizationId: number, electricity: number, counted: boolean): Promise<void> {
  await database.db.asSystem('test', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted, submitted_at)
      SELECT 'energy.annual', '2022', id, org_path, region_id, category, '2023-01-01', 12, ${counted}, now() FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
    await trx.run(sql`
      INSERT INTO energy.annual_2022 (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, water)
      SELECT ${id}, id, org_path, region_id, '2023-01-01', 1000, 10, ${electricity}, 360 FROM org.organization WHERE id = ${organizationId}`)
    await refreshConsumption(trx, [id])
  })
}

beforeAll(async () => {
  city = await buildFixture(database.db)
  const site = await testSite(database, [organizationDomain, reportsDomain, energyDomain], { sent })
  await file(city.school, 10_000, true)
  await file(city.primary, 20_000, true)
  await file(city.bureau, 30_000, true)
  await file(city.hospital, 40_000, false)
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
  await site.account(await city.actorAt(city.school, 'filler'), 'school')
  baseURL = site.baseURL
  v = await visit({ baseURL })
  await signInAs(v.page, 'city', PASSWORD)
})
afterAll(() => v.close())
beforeEach(() => {
  v.trouble.length = 0
})

test('two clicks from an indicator to an institution\'s cell, and back', async () => {
  const { page } = v
  await page.goto('/energy?period=2023')
  // 60,000 kWh × 0.1229 kgce ÷ 30 people; the hospital's form is not counted and does not vanish.
  const figure = page.getByRole('link', { name: /^人均综合能耗 245\.80 kgce.*查看背后的机构$/ })
  await figure.waitFor()
  await page.getByRole('link', { name: '未计入 1' }).first().waitFor()
  await page.getByRole('img', { name: /人均综合能耗各年实际数/ }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await figure.click()
  await page.getByRole('heading', { name: '人均综合能耗：背后的机构' }).waitFor()
  await page.getByText('未计入：').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('row', { name: /示范中学/ }).getByRole('cell').nth(5).click()
  await page.waitForURL(/\/reports\/energy-annual\/2023\/\d+\?item=electricity/)
  await expect.poll(() => page.locator('*:focus').getAttribute('aria-label')).toMatch(/^电消费量/)
  await page.getByRole('link', { name: '返回' }).click()
  await page.getByRole('heading', { name: '人均综合能耗：背后的机构' }).waitFor()
  await page.locator('.ant-segmented-item', { hasText: '未计入 1' }).click()
  await expect.poll(() => page.getByRole('row').count()).toBe(2)
  expect(v.trouble).toEqual([])
})

test('one institution year by year, from the list behind an indicator and from its record, to the cell and back', async () => {
  const { page } = v
  await page.goto('/energy/behind?period=2023&indicator=waterPerHead')
  await page.getByRole('row', { name: /示范中学/ }).getByRole('link', { name: '历年指标' }).click()
  await page.getByRole('heading', { name: '渝中区示范中学：能耗指标' }).waitFor()
  const card = page.getByRole('region', { name: '人均用水量', exact: true })
  await card.getByText('2020 年缺数').waitFor()
  // Two schools are no peers of whom a median could be told.
  await card.getByText('同类不足 5 家').waitFor()
  const table = page.getByRole('region', { name: '各期指标' })
  expect(await table.getByRole('row', { name: /^2021年/ }).textContent()).toMatch(/缺数.*缺报$/)
  expect(await axeFindings(page)).toEqual([])
  await table.getByRole('row', { name: /^2023年/ }).getByRole('link', { name: '36.00' }).click()
  await page.waitForURL(/\/reports\/energy-annual\/2023\/\d+\?item=water/)
  await page.getByRole('link', { name: '返回' }).click()
  await card.getByText('打开报表').waitFor()
  await page.locator('.ant-segmented-item', { hasText: /^月$/ }).click()
  await expect.poll(() => table.getByRole('row').count()).toBe(13)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出 xlsx' }).first().click()])
  expect(file.suggestedFilename()).toBe('渝中区示范中学指标-2023.xlsx')
  await page.getByRole('link', { name: '背后的机构' }).click()
  await page.getByRole('heading', { name: '人均用水量：背后的机构' }).waitFor()
  await page.goto(`/organizations/${city.school}?tab=indicators&year=2023`)
  await card.getByRole('link', { name: '打开报表', exact: true }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(v.trouble).toEqual([])
})

test('a unit finds its own on its desk, on a phone', async () => {
  const phone = await visit({ baseURL, phone: true })
  const { page } = phone
  await signInAs(page, 'school', PASSWORD)
  await page.getByRole('link', { name: '历年指标' }).click()
  await page.getByRole('heading', { name: '渝中区示范中学：能耗指标' }).waitFor()
  await page.getByRole('region', { name: '各期指标' }).waitFor()
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  expect(await axeFindings(page)).toEqual([])
  expect(phone.trouble).toEqual([])
  await phone.close()
})

test('with and without the fuel of official cars, the name says which; pictures have tables', async () => {
  const { page } = v
  await page.goto('/energy?period=2023')
  await page.getByRole('heading', { name: '单位建筑面积能耗（不含公务用车用油）' }).waitFor()
  await page.getByRole('checkbox', { name: /含公务用车用油/ }).check()
  await page.getByRole('heading', { name: '单位建筑面积能耗（含公务用车用油）' }).waitFor()
  const ranking = page.getByRole('region', { name: /^各区县.*排名$/ })
  await ranking.locator('.ant-segmented-item', { hasText: /^表$/ }).click()
  await ranking.getByRole('link', { name: '368.70' }).click()
  await page.waitForURL(/\/energy\/behind\?.*scope=2/)
  await page.getByText('共 1 家').waitFor()
  expect(v.trouble).toEqual([])
})

test('a rolling year has its spread; series, spread, completeness and trend go out as workbooks and pictures', async () => {
  const { page } = v
  const out = async (region: string, button: string) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('region', { name: region }).getByRole('button', { name: button }).click()])
    return file.suggestedFilename()
  }
  await page.goto('/energy/analysis?period=2023')
  expect(await out('人均综合能耗的分布', '导出 xlsx')).toMatch(/分布-2023\.xlsx$/)
  expect(await out('人均综合能耗的分布', '下载图片')).toMatch(/分布-2023\.png$/)
  expect(await out('数据完整情况（月度台账）', '导出 xlsx')).toBe('数据完整情况.xlsx')
  await page.goto('/energy/analysis?period=2023-12&rolling=1')
  await page.getByRole('heading', { name: '人均综合能耗的分布' }).waitFor()
  expect(await page.getByText('滚动 12 个月没有分布图').count()).toBe(0)
  expect(await axeFindings(page)).toEqual([])
  await page.goto('/energy?period=2023')
  expect(await out('人均综合能耗走势', '导出 xlsx')).toBe('目标进展-2023.xlsx')
  // The picture takes its title and its unit along: it is higher than what stands on the page.
  const picture = page.getByRole('region', { name: '人均综合能耗走势' })
  const [png] = await Promise.all([page.waitForEvent('download'), picture.getByRole('button', { name: '下载图片' }).click()])
  expect(png.suggestedFilename()).toMatch(/\.png$/)
  const { width, height } = (await picture.locator('canvas').first().boundingBox())!
  const bytes = fs.readFileSync(await png.path())
  expect(bytes.readUInt32BE(16)).toBe(width * 2)
  expect(bytes.readUInt32BE(20)).toBeGreaterThan(height * 2 + 60)
  expect(v.trouble).toEqual([])
})

test('what was not read is not said to be none: neither data, nor targets, nor alerts', async () => {
  const { page } = v
  const readings = /\/api\/energy\/(series|targets|completeness)\?/
  await page.route(readings, (route) => route.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify({ code: 'busy', message: '系统正忙，请稍后再试。' }) }))
  try {
    for (const [path, failed] of [['/energy', 1], ['/cockpit', 2]] as const) {
      await page.goto(`${path}?period=2023`)
      await page.getByRole('link', { name: /^人均综合能耗 245\.80 kgce/ }).waitFor()
      await expect.poll(() => page.getByText('没有读取成功').count(), { timeout: 30_000 }).toBe(failed)
      for (const words of ['这一期还没有计入的数据', '这个范围没有下达这项目标', '未定目标', '没有预警']) expect(await page.getByText(words).count(), words).toBe(0)
    }
  } finally {
    await page.unroute(readings)
  }
  await page.getByRole('button', { name: '重试' }).first().click()
  await page.getByRole('heading', { name: '人均综合能耗走势' }).waitFor()
})

test('a publication holds its hash; after a correction today differs and a new edition shows what moved', async () => {
  const { page } = v
  await page.goto('/energy/publications?publish=1&period=2023')
  await page.getByText('有 1 家不在总数里').waitFor()
  await page.getByLabel('发布依据').fill('市级审核通过')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '发布', exact: true }).click()
  await page.getByText('与发布时一致').waitFor()
  await page.getByText('与发布的数据相同。').waitFor()
  await page.getByText('应报 4 家：计入 3 家，报了没有计入 1 家，缺报 0 家').waitFor()
  await page.locator('.ant-segmented-item', { hasText: '未计入 1' }).click()
  await page.getByRole('region', { name: '未计入的机构' }).getByText('渝中区示范医院').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await database.db.asSystem('test', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`UPDATE reports.filing SET counted = true WHERE organization_id = ${city.hospital} RETURNING id`))!
    await refreshConsumption(trx, [id])
  })
  await page.reload()
  await page.getByText('与发布时一致').waitFor()
  await page.getByText(/人均综合能耗 245\.80 → 307\.25/).waitFor()
  await page.getByRole('link', { name: '发布新版' }).click()
  await page.getByLabel('更正原因').fill('补报医院数据')
  await page.getByRole('button', { name: '发布第 2 版' }).click()
  await page.getByRole('heading', { name: /与第 1 版的差异/ }).waitFor()
  await page.getByText('有 1 张报表增加').waitFor()
  await page.getByText(/未计入 → 计入/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(v.trouble).toEqual([])
})

test('the city hands its target down and a district confirms', async () => {
  const { page } = v
  await page.goto('/energy/targets?year=2023')
  await page.getByRole('button', { name: '分解下达' }).click()
  await page.getByRole('button', { name: /^下达给/ }).click()
  await page.getByRole('alert').getByText('请填写依据').waitFor()
  await page.getByLabel('依据').fill('某机管发〔2026〕1号')
  await page.getByRole('button', { name: /^下达给/ }).click()
  await page.getByText('已下达给 2 个区县').waitFor()
  const row = page.getByRole('row', { name: /万州区/ })
  await row.getByText('下降 6.00%').waitFor()
  await row.getByRole('button', { name: '确认' }).click()
  await row.getByText('已确认').waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(v.trouble).toEqual([])
})

test('a changed factor is recomputed by a job with a bar; cancelled, it is as before', async () => {
  const { page } = v
  const change = async () => {
    await page.getByRole('button', { name: '修改电力折标用当量值还是等价值' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('数值').click()
    await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: '等价值' }).click()
    await dialog.getByLabel('修改原因').fill('改按等价值')
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
  await page.goto('/energy/factors?view=settings')
  await change()
  const bar = page.getByRole('region', { name: /^按“电力折标.*重新计算$/ })
  await bar.getByText('可以离开本页').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.goto('/energy?period=2023')
  await page.getByText(/重新计算，已完成 0%/).waitFor()
  await page.getByRole('link', { name: '看进度' }).click()
  await bar.getByRole('button', { name: '取消' }).click()
  await page.getByText('参数恢复为原来的数值').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '取消任务' }).click()
  await bar.getByText('已要求取消').waitFor()
  // The worker comes to it.
  const data = sent.at(-1) as never
  await recomputeJob.run({ db: database.db, dataDir: '', jobs: null as never }, data)
  await page.getByText('已恢复为原来的数值，指标与修改之前一致').waitFor()
  await page.getByRole('row', { name: /电力折标用当量值还是等价值/ }).getByText('当量值 0.1229').waitFor()
  await change()
  await recomputeJob.run({ db: database.db, dataDir: '', jobs: null as never }, sent.at(-1) as never)
  await page.getByText(/已按新的数值重新计算 2023 年至 2023 年/).waitFor()
  await page.getByRole('row', { name: /电力折标用当量值还是等价值/ }).getByText('等价值').first().waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(v.trouble).toEqual([])
})

test('a district that nobody stands in any more is in the difference of the next edition', async () => {
  const { page } = v
  await database.db.asSystem('test', async (trx) => {
    await trx.run(sql`UPDATE org.organization SET region_id = ${city.regions.yuzhong} WHERE id = ${city.bureau}`)
    await trx.run(sql`UPDATE org.placement SET region_id = ${city.regions.yuzhong} WHERE organization_id = ${city.bureau}`)
    await followPlaces(trx, [city.bureau])
  })
  await page.goto('/energy/publications?publish=1&period=2023')
  await page.getByLabel('更正原因').fill('机构整体划转')
  await page.getByRole('button', { name: '发布第 3 版' }).click()
  const moved = page.getByRole('region', { name: /与第 2 版的差异/ })
  await moved.getByText('3 行有变化，其中不再列出 1 个').waitFor()
  const gone = moved.getByRole('row', { name: /万州区/ })
  expect(await gone.textContent()).toMatch(/^万州区 不再列出/)
  expect(await gone.locator('del').allTextContents()).toContain('36.00')
  expect(await axeFindings(page)).toEqual([])
  expect(v.trouble).toEqual([])
})
