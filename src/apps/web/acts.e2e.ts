/** Acts on many and acts that cannot be taken back lightly: each with wrong input first, then done; and what is printed. */
import fs from 'node:fs'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite } from '../../kernel/test/site.ts'
import { parsePeriod } from '../../kernel/reports/period.rules.ts'
import { forgetSettings } from '../../kernel/reports/registry.ts'
import { writeFilings } from '../../kernel/reports/filing.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
let city: Fixture
let district: Visit
let town: Visit
const GOOD = { buildingArea: '5000', people: '100', electricity: '9000', electricityCost: '6300', water: '300', waterCost: '1200' }

beforeAll(async () => {
  city = await buildFixture(database.db)
  const site = await testSite(database, domains)
  await site.account(await city.actorAt(city.yuzhong, 'district_reviewer'), 'district')
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
  await database.db.asSystem('test', (trx) => writeFilings(trx, 'energy.monthly', parsePeriod('2026-09')!, [city.school, city.hospital].map((organizationId) => ({ organizationId, values: GOOD })), { source: 'import', submit: true }))
  await database.db.asSystem('test', (trx) => writeFilings(trx, 'energy.monthly', parsePeriod('2026-09')!, [{ organizationId: city.primary, values: GOOD }], { source: 'import' }))
  await database.db.asSystem('test', (trx) => writeFilings(trx, 'energy.annual', parsePeriod('2025')!, [{ organizationId: city.hospital, values: GOOD }], { source: 'import', submit: true }))
  district = await visit({ baseURL: site.baseURL })
  town = await visit({ baseURL: site.baseURL })
  await signInAs(district.page, 'district', PASSWORD)
  await signInAs(town.page, 'city', PASSWORD)
})
afterAll(() => Promise.all([district?.close(), town?.close()]))
beforeEach(() => {
  district.trouble.length = 0
  town.trouble.length = 0
})
const disabled = (page: Page, name: string | RegExp) => page.getByRole('dialog').getByRole('button', { name }).isDisabled()

test('many are returned at once: not without a word, who is left out is named, what was done is said', async () => {
  const { page } = district
  await page.goto('/reviews?form=energy.monthly&period=2026-09')
  await page.getByRole('button', { name: '全选符合条件的 3 家' }).click()
  await page.getByRole('button', { name: '退回所选' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('将退回 2 家，跳过 1 家').waitFor()
  await dialog.getByText('还没有提交').waitFor()
  expect(await disabled(page, '退回 2 家')).toBe(true)
  await dialog.getByLabel('退回意见').fill(' 改 ')
  expect(await disabled(page, '退回 2 家')).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByLabel('退回意见').fill('水费请按发票核对')
  await dialog.getByRole('button', { name: '退回 2 家' }).click()
  await dialog.getByText('已退回 2 家，没有处理 1 家').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: '知道了' }).click()
  await page.getByText('已退回').first().waitFor()
  await page.goto(`/reports/energy-monthly/2026-09/${city.school}`)
  await page.locator('.banners').getByText('水费请按发票核对').waitFor()
  expect(district.trouble).toEqual([])
})

test('a lock is lifted with a reason only, and then the form can be changed again', async () => {
  const { page } = town
  await database.db.asSystem('test', (trx) => trx.run(sql`INSERT INTO reports.lock (form, period_start, reason, by_name) VALUES ('energy.monthly', '2026-08-01', '月度汇总已上报', '市局')`))
  await page.goto(`/reports/energy-monthly/2026-08/${city.bureau}`)
  await page.getByText(/这一期已由.*锁定/).waitFor()
  await page.goto('/reviews/locks')
  await page.getByRole('row', { name: /月度汇总已上报/ }).getByRole('button', { name: '解除' }).click()
  const dialog = page.getByRole('dialog', { name: /解除锁定：2026年8月/ })
  expect(await disabled(page, '解除锁定')).toBe(true)
  await dialog.getByLabel('解除原因').fill('错')
  expect(await disabled(page, '解除锁定')).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByLabel('解除原因').fill('国管局退回，需要更正')
  await dialog.getByRole('button', { name: '解除锁定' }).click()
  await page.getByText('没有锁定的报告期').waitFor()
  await page.goto(`/reports/energy-monthly/2026-08/${city.bureau}`)
  await page.locator('#row-electricity').waitFor()
  expect(await page.getByText(/这一期已由.*锁定/).count()).toBe(0)
  expect(town.trouble).toEqual([])
})

const act = async (page: Page, id: number, name: string) => {
  await page.goto(`/organizations/${id}`)
  await page.getByRole('button', { name: /机构变更/ }).click()
  await page.getByRole('menuitem', { name }).click()
}
const day = async (page: Page, text: string) => {
  await page.getByLabel('生效日期').fill(text)
  await page.keyboard.press('Enter')
}
const into = async (page: Page, name: string) => {
  await page.getByLabel('并入哪个机构').fill(name)
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: name }).first().click()
}

test('a merger: not into itself, not before one of them existed, not tomorrow, not without a basis', async () => {
  const { page } = district
  await act(page, city.primary, '并入其他机构')
  await page.getByRole('button', { name: '预演' }).click()
  await page.getByText('请选择并入的机构').waitFor()
  await page.getByText('请填写依据文件').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await into(page, '渝中区示范小学')
  await page.getByLabel('依据文件').fill('渝中委编〔2026〕7 号')
  await page.getByRole('button', { name: '预演' }).click()
  await page.locator('.ant-form-item-explain-error', { hasText: '不能并入它自己' }).waitFor()
  await into(page, '渝中区示范中学')
  await day(page, '2099-01-01')
  await page.getByRole('button', { name: '预演' }).click()
  await page.locator('.ant-form-item-explain-error', { hasText: '不能晚于今天' }).waitFor()
  await day(page, '1990-01-01')
  await page.getByRole('button', { name: '预演' }).click()
  await page.locator('.ant-form-item-explain-error', { hasText: '成立日期 1997-06-18' }).waitFor()
  await day(page, '2026-10-01')
  await page.getByRole('button', { name: '预演' }).click()
  await page.getByText('预演结果').waitFor()
  await page.getByText('终止：渝中区示范小学').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '返回修改' }).click()
  expect(await page.getByLabel('依据文件').inputValue()).toBe('渝中委编〔2026〕7 号')
  expect(district.trouble).toEqual([])
})

test('a split: words are no number, the parts must make the whole, twins are told apart; rehearsed, then done', async () => {
  const { page } = district
  await act(page, city.primary, '拆分')
  await page.getByText('拆分前：1,000 人，12,000.00 ㎡').waitFor()
  const part = (n: number) => page.getByRole('group', { name: `第 ${n} 部分` })
  await page.getByLabel('依据文件').fill('渝中委编〔2026〕8 号')
  await day(page, '2026-10-01')
  await part(1).getByLabel('名称').fill('渝中区示范小学东校区')
  await part(2).getByLabel('名称').fill('渝中区示范小学东校区')
  await part(1).getByLabel('用能人数').fill('六百人')
  await part(2).getByLabel('用能人数').fill('1.5')
  await part(1).getByLabel('建筑面积').fill('7,000')
  await page.getByRole('button', { name: '预演' }).click()
  await part(1).getByText('不是数字').waitFor()
  await part(2).getByText('请填整数').waitFor()
  await page.getByText('合计还算不出来').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await part(1).getByLabel('用能人数').fill('600')
  await part(2).getByLabel('用能人数').fill('300')
  await part(2).getByLabel('建筑面积').fill('5000')
  await page.getByText('各部分合计：900 人，还差 100；12,000 ㎡，相等').waitFor()
  await page.getByRole('button', { name: '预演' }).click()
  await part(2).getByText('与前面一部分的名称相同').waitFor()
  await part(2).getByLabel('名称').fill('渝中区示范小学西校区')
  await part(2).getByLabel('统一社会信用代码').fill('125001039000000149')
  await page.getByRole('button', { name: '预演' }).click()
  await part(2).locator('.ant-form-item-explain-error').waitFor()
  await part(2).getByLabel('统一社会信用代码').fill('')
  await page.getByRole('button', { name: '预演' }).click()
  await page.getByText(/拆分前后总量不一致：拆分前 1000 人/).waitFor()
  await part(2).getByLabel('用能人数').fill('400')
  await page.getByRole('button', { name: '预演' }).click()
  await page.getByText('新设：渝中区示范小学东校区、渝中区示范小学西校区').waitFor()
  await page.getByRole('button', { name: '确认办理拆分' }).click()
  await page.getByText('已办理拆分').waitFor()
  const parts = await database.db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT name, people, building_area FROM org.organization WHERE name LIKE '渝中区示范小学%校区' ORDER BY name`))
  expect(parts).toEqual([{ name: '渝中区示范小学东校区', people: 600, building_area: '7000.00' }, { name: '渝中区示范小学西校区', people: 400, building_area: '5000.00' }])
  expect(district.trouble).toEqual([])
}, 180_000)

test('two that look like one are kept apart with a reason, found under what was decided, and taken back', async () => {
  const { page } = district
  await city.institution({ name: '渝中区重名福利院', superiorId: city.yuzhong, regionId: city.regions.yuzhong })
  await city.institution({ name: '重庆市渝中区重名福利院', superiorId: city.yuzhong, regionId: city.regions.yuzhong })
  await page.goto('/organizations/duplicates')
  await page.getByRole('button', { name: /^不是重复：渝中区重名福利院/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '认定不是重复' }).click()
  await dialog.getByText('请写明理由').waitFor()
  await dialog.getByLabel('理由').fill('一个市属，一个区属')
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: '认定不是重复' }).click()
  await page.getByText('没有发现疑似重复的机构').waitFor()
  await page.locator('.ant-segmented-item', { hasText: '已认定不是重复 1' }).click()
  await page.getByText('认定不是重复：一个市属，一个区属').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: /^撤销认定/ }).click()
  await dialog.getByLabel('撤销原因').fill('核实后是同一家')
  await dialog.getByRole('button', { name: '撤销认定' }).click()
  await page.getByText('已撤销：核实后是同一家').waitFor()
  await page.locator('.ant-segmented-item', { hasText: '待处理' }).click()
  await page.getByRole('button', { name: /^不是重复：渝中区重名福利院/ }).waitFor()
  expect(district.trouble).toEqual([])
})

test('a form is printed as it is signed: number, basis, figures, signatures, and nothing of the page around it', async () => {
  const { page } = district
  const marks = { number: '国管能统年1表', agency: '国家机关事务管理局', notice: '国统制〔2025〕1号' }
  const mark = (key: string, value: string) => database.db.asSystem('test', (trx) => trx.run(sql`UPDATE app.setting SET value = ${JSON.stringify(value)}::jsonb WHERE key = ${`energy.form.${key}.annual`}`))
  await page.goto(`/reports/energy-annual/2025/${city.hospital}`)
  await page.locator('#row-electricity').waitFor()
  // Nobody filled them in: whoever fills a form is not troubled with it.
  expect(await page.locator('.form-head').count()).toBe(0)
  for (const [key, value] of Object.entries(marks)) await mark(key, value)
  forgetSettings()
  await page.reload()
  const head = page.locator('.form-head')
  await head.getByText(marks.number).waitFor()
  expect(await head.textContent()).toBe('表号国管能统年1表制定机关国家机关事务管理局批准文号国统制〔2025〕1号有效期至未填')
  expect(await axeFindings(page)).toEqual([])
  await page.emulateMedia({ media: 'print' })
  const sheet = page.locator('.print-sheet')
  await sheet.getByText('填报单位（盖章）：渝中区示范医院').waitFor()
  for (const words of ['公共机构能源资源消费统计年度报表', '表　　号：国管能统年1表', '制定机关：国家机关事务管理局', '批准文号：国统制〔2025〕1号', '有效期至：', '制定依据', '计量单位', '单位负责人：', '填报日期：']) expect(await sheet.textContent()).toContain(words)
  expect(await sheet.getByRole('cell', { name: '9,000', exact: true }).count()).toBe(1)
  expect(await page.locator('.frame').isVisible()).toBe(false)
  const pdf = await page.pdf({ preferCSSPageSize: true })
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
  await page.emulateMedia({ media: null })
  expect(district.trouble).toEqual([])
})

test('a district’s year on one page; a year without figures says why there is none', async () => {
  const { page } = town
  await page.goto(`/energy?period=2025&scope=${city.regions.yuzhong}`)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '区县一页通报（PDF）' }).click()])
  expect(file.suggestedFilename()).toBe('渝中区2025年公共机构能源资源消费情况通报.pdf')
  const pdf = fs.readFileSync(await file.path())
  expect([pdf.subarray(0, 5).toString(), pdf.length > 20_000]).toEqual(['%PDF-', true])
  await page.goto(`/energy?period=2021&scope=${city.regions.wanzhou}`)
  await page.getByRole('button', { name: '区县一页通报（PDF）' }).click()
  await page.getByText('万州区2021年没有计入的数据，不能生成通报。').waitFor()
  expect(town.trouble).toEqual([])
})
