/** A file with errors: recognised, mapped, checked, its right lines written, and the whole taken back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
let city: Fixture
let v: Visit

beforeAll(async () => {
  city = await buildFixture(database.db)
  const site = await testSite(database, domains, { jobs: true })
  await site.account(await city.actorAt(city.yuzhong, 'district_reviewer'), 'district')
  v = await visit({ baseURL: site.baseURL })
  await signInAs(v.page, 'district', PASSWORD)
})
afterAll(() => v.close())

const csv = [
  '2026年9月渝中区公共机构能源消费表,,,',
  '机构名称,电消费量(万kWh),电费,水消费量',
  '渝中区示范中学,1.25,"8,125.00",980',
  '渝中区示范小学,0.6,3900,约五百',
  '没有这个单位,1,2,3',
].join('\r\n')

test('figures from a foreign file, the faulty lines left out, the batch undone', async () => {
  const { page, trouble } = v
  await page.goto('/imports')
  await page.getByText('还没有导入记录').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.goto('/imports/new?target=energy')
  // What cannot be read says so where the file is chosen, and stays until another is.
  for (const [name, words] of [['能耗.xlsx', '这不是 Excel 工作簿，请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。'], ['能耗.xls', '旧版 .xls 文件不能直接读'], ['能耗.png', '只能导入 Excel 工作簿']] as const) {
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from('不是工作簿') })
    await page.getByRole('alert').getByText(words).waitFor()
  }
  expect(await axeFindings(page)).toEqual([])
  await page.locator('input[type=file]').setInputFiles({ name: '渝中区9月.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${csv}`) })
  await page.getByText('文件是这样识别的').waitFor()
  await page.getByLabel('或整个文件是').fill('2026-09')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '上传并检查' }).click()
  await page.getByRole('heading', { name: '确认写入' }).waitFor({ timeout: 30_000 })
  await page.getByText('约五百').first().waitFor()
  await page.getByText('没有机构名称为“没有这个单位”的机构', { exact: false }).or(page.getByText('名录库中没有机构名称为“没有这个单位”的机构')).first().waitFor()
  expect(await axeFindings(page)).toEqual([])
  // The address holds the batch: leaving loses nothing.
  await page.reload()
  await page.getByText('只导入正确的 1 行').click()
  await page.getByRole('button', { name: '写入 1 行' }).click()
  await page.getByText(/^已写入：新增 1 行/).waitFor({ timeout: 30_000 })
  await page.getByText(/^填成的报表现有 1 张：已提交 0 张，草稿 1 张/).waitFor()
  await page.goto(`/reports/energy-monthly/2026-09/${city.school}`)
  await page.locator('#row-electricity', { hasText: '12,500' }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: '撤销整批' }).click()
  await page.getByLabel('撤销原因').fill('选错了文件')
  await page.getByRole('dialog').getByRole('button', { name: '撤销整批' }).click()
  await page.getByText(/整批撤销，数据回到导入之前/).waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})

test('only items of the chosen form; a mapping saved by name and edited as JSON; dollars are asked about; each line opens its form', async () => {
  const { page, trouble } = v
  await page.goto('/imports/new?target=energy&form=energy.monthly&period=2026-08')
  const bills = ['单位,用电(kWh),"Cost ($)",用水（桶）', '渝中区示范中学,1200,840,30', '渝中区示范小学,800,560,20'].join('\r\n')
  const choose = async () => {
    await page.locator('input[type=file]').setInputFiles({ name: '八月.csv', mimeType: 'text/csv', buffer: Buffer.from(bills) })
    await page.getByText('文件是这样识别的').waitFor()
  }
  await choose()
  const form = page.locator('.import-tools .ant-select', { has: page.getByRole('combobox', { name: '导入到哪张报表' }) })
  await form.getByText('月度台账').waitFor()
  expect(await page.getByLabel('或整个文件是').inputValue()).toBe('2026-08')
  const items = async () => page.locator('table.mapping tbody th').allTextContents()
  const monthly = await items()
  // The annual form asks more.
  await page.getByRole('combobox', { name: '导入到哪张报表' }).click()
  await page.locator('.ant-select-item-option', { hasText: '年度报表' }).click()
  await expect.poll(async () => (await items()).length).toBeGreaterThan(monthly.length)
  await page.getByRole('combobox', { name: '导入到哪张报表' }).click()
  await page.locator('.ant-select-item-option', { hasText: '月度台账' }).click()
  await expect.poll(items).toEqual(monthly)

  const pick = async (field: string | RegExp, heading: string) => {
    await page.getByRole('combobox', { name: field }).click()
    await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: heading }).click()
    await page.locator('.ant-select-dropdown:visible').waitFor({ state: 'hidden' })
  }
  await pick('填报单位在', '单位')
  await pick('按什么认机构', '机构名称')
  await pick(/^电消费量取自/, '用电')
  await pick(/^电费取自/, 'Cost')
  await page.getByText(/“Cost \(\$\)”看来是美元/).waitFor()
  expect(await page.getByRole('button', { name: '上传并检查' }).isDisabled()).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('textbox', { name: /^电费在文件里的单位/ }).fill('元')
  await page.getByText(/看来是美元/).waitFor({ state: 'hidden' })
  await pick(/^水消费量取自/, '用水')
  await page.getByText(/括号里的“桶”不是认得的计量单位/).waitFor()
  expect(await page.getByRole('button', { name: '上传并检查' }).isDisabled()).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('textbox', { name: /^水消费量在文件里的单位/ }).fill('m³')
  await page.getByText(/不是认得的计量单位/).waitFor({ state: 'hidden' })

  await page.getByRole('button', { name: '保存对照' }).click()
  await page.getByRole('textbox', { name: '对照的名字' }).fill('教委月账单')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await page.getByText('对照已保存，下次可以直接选用。').waitFor()

  // Another time: the saved mapping is chosen, looked at as JSON, spoilt, given up, and corrected.
  await page.evaluate(() => (globalThis as any).localStorage.clear())
  await page.goto('/imports/new?target=energy')
  await choose()
  await pick('选用已存的对照', '教委月账单')
  await page.locator('.ant-segmented-item', { hasText: 'JSON' }).click()
  const json = page.getByRole('textbox', { name: '导入对照 JSON' })
  const saved = JSON.parse(await json.inputValue())
  // Saved for August: the month of this file is for whoever brings it to say.
  expect(saved.period).toBeUndefined()
  expect(saved).toMatchObject({ form: 'energy.monthly', institution: { from: '单位', by: 'name' }, columns: { electricity: '用电(kWh)', electricityCost: { from: 'Cost ($)', unit: '元' } } })
  await json.fill('{ "columns": ')
  await page.getByRole('button', { name: '采用' }).click()
  await page.getByText('这不是完整的 JSON，请检查括号、引号和逗号。').waitFor()
  await json.fill(JSON.stringify({ ...saved, institution: { by: 'name' }, nonsense: 1 }))
  await page.getByRole('button', { name: '采用' }).click()
  await page.locator('.is-late', { hasText: 'institution' }).waitFor()
  // What was written last lies low on the page; the select above it must not be half under the header.
  await page.evaluate(() => (globalThis as any).scrollTo(0, 0))
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '放弃修改' }).click()
  expect(JSON.parse(await json.inputValue())).toEqual(saved)
  await json.fill(JSON.stringify({ ...saved, period: '2026-07' }))
  await page.getByRole('button', { name: '采用' }).click()
  await page.getByText('已采用这份对照。').waitFor()
  await page.locator('.ant-segmented-item', { hasText: '表格' }).click()
  expect(await page.getByLabel('或整个文件是').inputValue()).toBe('2026-07')

  // A name that is taken: said before anything is lost. What nobody needs any more goes.
  await page.getByRole('button', { name: '保存对照' }).click()
  await page.getByRole('textbox', { name: '对照的名字' }).fill('教委月账单')
  await page.getByText(/^已有这个名字的对照/).waitFor()
  await page.getByRole('button', { name: '覆盖', exact: true }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '删除对照教委月账单' }).click()
  await page.getByRole('button', { name: /^删\s?除$/ }).click()
  await page.getByText('已删除对照“教委月账单”。').waitFor()
  await page.getByText(/^已有这个名字的对照/).waitFor({ state: 'hidden' })
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: '上传并检查' }).click()
  await page.getByRole('button', { name: '写入 2 行' }).click({ timeout: 30_000 })
  await page.getByText(/^已写入：新增 2 行/).waitFor({ timeout: 30_000 })
  await page.getByRole('link', { name: '打开报表' }).first().click()
  await page.locator('#row-electricity', { hasText: '1,200' }).waitFor()
  await page.getByRole('link', { name: '← 返回' }).click()
  await page.getByRole('link', { name: '打开报表' }).nth(1).waitFor()
  expect(trouble).toEqual([])
}, 180_000)
