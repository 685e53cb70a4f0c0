/** A form on its way: filled from the keyboard, explained, submitted, returned to the cell, corrected, accepted; and two people at once. */
import { sql } from 'kysely'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
let city: Fixture
let site: Site
const open: Visit[] = []

async function enter(login: string, options: { phone?: boolean } = {}): Promise<Visit> {
  const v = await visit({ baseURL: site.baseURL, ...options })
  open.push(v)
  await signInAs(v.page, login, PASSWORD)
  return v
}
beforeAll(async () => {
  city = await buildFixture(database.db)
  site = await testSite(database, domains)
  await site.account(await city.actorAt(city.school, 'filler'), 'filler')
  await site.account(await city.actorAt(city.school, 'responsible'), 'responsible')
  await site.account(await city.actorAt(city.primary, 'filler'), 'first')
  await site.account(await city.actorAt(city.primary, 'responsible'), 'second')
  await site.account(await city.actorAt(city.yuzhong, 'district_reviewer'), 'district')
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
})
afterAll(() => Promise.all(open.map((v) => v.close())))

const form = (organization: number) => `/reports/energy-monthly/2026-09/${organization}`
const cell = (page: Page, item: string) => page.locator(`#row-${item} td.grid-cell`)
const shown = async (page: Page, item: string) => (await cell(page, item).locator('input').count()) ? cell(page, item).locator('input').inputValue() : cell(page, item).innerText()
const saved = (page: Page) => page.getByText(/^已保存 \d\d:/).waitFor()

async function type(page: Page, item: string, ...texts: string[]): Promise<void> {
  await cell(page, item).click()
  for (const text of texts) {
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
}
async function paste(page: Page, at: Locator, text: string): Promise<void> {
  await at.click()
  await page.locator('input.grid-input').evaluate((field, block) => {
    const { DataTransfer, ClipboardEvent } = globalThis as any
    const data = new DataTransfer()
    data.setData('text/plain', block)
    ;(field as any).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, text)
}
/** A loaded machine answers late; a person waits. */
const soon = { timeout: 20_000 }

test('filled from the keyboard, pasted, undone; what was not saved comes back after a reload', async () => {
  const { page, trouble } = await enter('filler')
  await page.goto(form(city.school))
  // What the register knows is there, and says where it came from.
  await page.locator('#row-people', { hasText: '取自名录库' }).waitFor()
  expect(await shown(page, 'people')).toBe('2,000')
  expect(await axeFindings(page)).toEqual([])
  await type(page, 'electricity', '10,000', '五万')
  await page.getByText('“电费”填的是“五万”，不是数字').first().waitFor()
  await type(page, 'electricityCost', '50000')
  expect(await shown(page, 'electricityCost')).toBe('50,000.00')
  await paste(page, cell(page, 'water'), '1,200.5\r\n4,800\r\n甲\r\n')
  await page.getByText('粘贴了 3 格，1 格不是数字。').waitFor()
  await page.keyboard.press('Control+z')
  await expect.poll(() => shown(page, 'water'), soon).toBe('')
  await page.keyboard.press('Control+y')
  await expect.poll(() => shown(page, 'waterCost'), soon).toBe('4,800.00')
  await cell(page, 'coal').click()
  await page.keyboard.press('Delete')
  await saved(page)
  // The server is gone: the figure waits in this browser, a reload loses nothing.
  await page.route('**/api/filings/save', (route) => route.abort())
  await type(page, 'naturalGas', '321')
  await page.getByText('连接不上服务器，内容已存在本机').waitFor()
  page.once('dialog', (d) => void d.accept())
  await page.reload()
  await page.getByText('已恢复上次没有保存的 1 格').waitFor()
  expect(await shown(page, 'naturalGas')).toBe('321')
  await page.unroute('**/api/filings/save')
  await saved(page)
  await page.reload()
  await page.locator('#row-naturalGas').waitFor()
  expect(await shown(page, 'naturalGas')).toBe('321')
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})

test('submitted with a reason, returned to the cell, corrected, submitted again, accepted', async () => {
  const responsible = await enter('responsible')
  const { page } = responsible
  await page.goto(form(city.school))
  await page.getByRole('button', { name: '提交', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: '提交报表' })
  await dialog.getByText('电单价（费用÷消费量）是 5 元/kWh').waitFor()
  expect(await axeFindings(page)).toEqual([])
  for (;;) {
    const field = dialog.getByRole('textbox', { name: '异常原因' }).first()
    if (!(await field.count())) break
    const before = await dialog.getByRole('textbox', { name: '异常原因' }).count()
    await field.fill('含上年补缴的电费')
    await dialog.getByRole('button', { name: '保存说明' }).first().click()
    await expect.poll(() => dialog.getByRole('textbox', { name: '异常原因' }).count(), soon).toBeLessThan(before)
  }
  await dialog.getByRole('button', { name: '提交', exact: true }).click()
  await page.getByText(/已由.*提交，等待审核/).waitFor()

  const district = await enter('district')
  await district.page.goto('/reviews?form=energy.monthly&period=2026-09')
  await district.page.getByRole('button', { name: '渝中区示范中学' }).click()
  await district.page.getByText('含上年补缴的电费').first().waitFor()
  expect(await axeFindings(district.page)).toEqual([])
  await district.page.keyboard.press('r')
  await district.page.getByRole('button', { name: '给电费写意见' }).click()
  await district.page.getByRole('textbox', { name: '对电费的意见' }).fill('补缴部分请报在上年')
  await district.page.getByRole('button', { name: '退回填报单位' }).click()
  await district.page.locator('.standing', { hasText: '已退回' }).first().waitFor()

  await page.goto(form(city.school))
  await page.locator('.banners').getByText('请核对并改正标出的 1 处').waitFor()
  await page.locator('#row-electricityCost + tr', { hasText: '补缴部分请报在上年' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await type(page, 'electricityCost', '6500')
  await saved(page)
  await page.getByRole('button', { name: '提交', exact: true }).click()
  await dialog.getByRole('button', { name: '提交', exact: true }).click()
  await page.getByText(/已由.*提交，等待审核/).waitFor()

  await district.page.goto('/reviews?form=energy.monthly&period=2026-09&standing=submitted')
  await district.page.getByRole('button', { name: '渝中区示范中学' }).click()
  await district.page.getByRole('complementary', { name: '报表内容' }).getByRole('button', { name: '通过（a）' }).waitFor()
  await district.page.keyboard.press('a')
  await district.page.getByText('已审核通过。').waitFor()
  expect([...responsible.trouble, ...district.trouble]).toEqual([])
}, 180_000)

test('two people on one form: other cells merge, the same cell is asked about', async () => {
  const [a, b] = [await enter('first'), await enter('second')]
  await a.page.goto(form(city.primary))
  await b.page.goto(form(city.primary))
  await cell(b.page, 'electricity').waitFor()
  await type(a.page, 'electricity', '7000', '5600')
  await saved(a.page)
  await type(b.page, 'electricity', '7700')
  await type(b.page, 'water', '900')
  const dialog = b.page.getByRole('dialog', { name: '别人同时改了这几格' })
  await dialog.getByText('7,000').waitFor()
  expect(await axeFindings(b.page)).toEqual([])
  await dialog.getByRole('button', { name: '全用我的' }).click()
  await dialog.getByRole('button', { name: '按选择保存' }).click()
  await saved(b.page)
  expect(await shown(b.page, 'electricityCost')).toBe('5,600.00')
  await a.page.reload()
  await expect.poll(() => shown(a.page, 'electricity'), soon).toBe('7,700')
  expect(await shown(a.page, 'water')).toBe('900')
})

test('a district fills for its units; a unit fills on a phone', async () => {
  const { page, trouble } = await enter('district')
  await page.goto('/reports/sheet?form=energy.monthly&period=2026-08')
  await paste(page, page.locator('[data-cell="0:2"]'), '1000\t700\n2,000\t1400\n3000\tx\n')
  await page.getByText('粘贴了 6 格，1 格不是数字。').waitFor()
  await page.getByText('已保存 3/3 家').waitFor()
  // What the register knows need not be typed; after a run of Tabs Enter begins the next row.
  await expect.poll(() => page.locator('[data-cell="0:0"]').innerText(), soon).toMatch(/^\d/)
  await page.locator('[data-cell="0:3"]').click()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.locator('[data-cell="1:3"] input:focus').waitFor()
  expect(await axeFindings(page)).toEqual([])
  // A figure far from the usual is explained at its cell; the reason is there when the sheet is opened again.
  await page.locator('[data-cell="0:2"]').click()
  await page.keyboard.type('90000')
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowUp')
  await page.locator('.finding-row textarea').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.keyboard.type('新增食堂和空调')
  expect(await axeFindings(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.locator('.finding-row', { hasText: '说明：新增食堂和空调' }).waitFor()
  await page.locator('[data-cell="0:2"] input:focus').waitFor()
  await page.reload()
  await page.locator('[data-cell="0:2"].is-explained').click()
  await page.locator('.finding-row', { hasText: '说明：新增食堂和空调' }).waitFor()
  const phone = await enter('first', { phone: true })
  await phone.page.goto(form(city.primary))
  const field = phone.page.getByLabel('天然气消费量')
  await field.fill('88')
  await field.press('Enter')
  await saved(phone.page)
  expect(await axeFindings(phone.page)).toEqual([])
  expect([...trouble, ...phone.trouble]).toEqual([])
})

test('a locked period says so, an exception opens it for one', async () => {
  const { page } = await enter('city')
  await page.goto('/reviews/locks')
  await page.getByRole('button', { name: '锁定报告期' }).click()
  const dialog = page.getByRole('dialog', { name: '锁定报告期' })
  await dialog.getByLabel('报表').click()
  await page.locator('.ant-select-item-option', { hasText: '年度报表' }).click()
  await page.locator('.ant-select-dropdown:visible').waitFor({ state: 'hidden' })
  await dialog.getByLabel('锁定原因').fill('年度汇总已上报')
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: '锁定', exact: true }).click()
  await page.getByText('年度汇总已上报').waitFor()
  await dialog.waitFor({ state: 'hidden' })
  expect(await axeFindings(page)).toEqual([])
  await page.goto(`/reports/energy-annual/2025/${city.hospital}`)
  await page.getByText(/这一期已由.*锁定（年度汇总已上报），不能再改/).waitFor()
})

test('who has ended before the period is told so, and not that it is late', async () => {
  await database.db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET valid_to = '2026-09-01' WHERE id = ${city.hospital}`))
  const { page } = await enter('district')
  await page.goto(form(city.hospital))
  await page.getByText('已于 2026-09-01 终止，不再填报之后的报告期').waitFor()
  expect(await page.getByText(/报送期限|逾期/).count()).toBe(0)
  await page.goto(`/reports/energy-monthly/2026-08/${city.hospital}`)
  await page.getByText(/报送期限 2026-09-10/).waitFor()
})
