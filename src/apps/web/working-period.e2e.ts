/** The working period: chosen once in the top bar, kept for the person, taken by every page that names none. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
let site: Site
const open: Visit[] = []
async function enter(login: string, options: { phone?: boolean } = {}): Promise<Visit> {
  const v = await visit({ baseURL: site.baseURL, ...options })
  open.push(v)
  await signInAs(v.page, login, PASSWORD)
  return v
}
beforeAll(async () => {
  const city = await buildFixture(database.db)
  site = await testSite(database, domains)
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
  await site.account(await city.actorAt(city.city, 'audit_administrator'), 'audit')
})
afterAll(() => Promise.all(open.map((v) => v.close())))

test('a month chosen in the bar opens filling, the sheet, review, figures and publications with it, also elsewhere', async () => {
  const { page, trouble } = await enter('city')
  const bar = page.getByRole('button', { name: /^工作期/ })
  await expect.poll(() => bar.getAttribute('aria-label')).toMatch(/^工作期 \d{4}年，/)
  await bar.click()
  await page.locator('.working-period').getByText('月', { exact: true }).click()
  await page.getByRole('combobox', { name: '工作期' }).click()
  await page.locator('.ant-select-item-option', { hasText: '2026年8月' }).click()
  await expect.poll(() => bar.getAttribute('aria-label')).toContain('2026年8月')
  const opened: [string, () => Promise<void>][] = [
    ['/reports', async () => page.locator('.open-form .ant-select', { hasText: '2026年8月' }).waitFor()],
    ['/reports/sheet', async () => page.locator('.sheet-tools .ant-select', { hasText: '2026年8月' }).waitFor()],
    ['/reviews', async () => page.locator('.review-tools .ant-select', { hasText: '2026年8月' }).waitFor()],
    ['/energy', async () => page.locator('.slice-bar .ant-select', { hasText: '2026年8月' }).waitFor()],
    ['/energy/analysis', async () => page.locator('.slice-bar .ant-select', { hasText: '2026年8月' }).waitFor()],
    ['/energy/publications', async () => page.getByText(/还没有发布过/).first().waitFor()],
    ['/energy/publications?publish=1', async () => page.getByRole('dialog').getByText('2026年8月', { exact: true }).first().waitFor()],
    // A page that names its own period keeps it.
    ['/reviews?form=energy.annual&period=2024', async () => page.locator('.review-tools .ant-select', { hasText: '2024年' }).waitFor()],
    // An annual form is opened at the year that has ended.
    ['/reviews?form=energy.annual', async () => page.locator('.review-tools .ant-select', { hasText: '2025年' }).waitFor()],
  ]
  for (const [path, there] of opened) {
    await page.goto(path)
    await there()
  }
  expect(trouble).toEqual([])

  const phone = await enter('city', { phone: true })
  const small = phone.page.getByRole('button', { name: /^工作期 2026年8月/ })
  await small.click()
  await phone.page.getByRole('combobox', { name: '工作期' }).waitFor()
  expect(await phone.page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth)).toBe(390)
  expect(await phone.page.locator('.working-period').evaluate((e) => (e as any).getBoundingClientRect().right <= 390)).toBe(true)
  expect(await axeFindings(phone.page)).toEqual([])
  await phone.page.getByRole('combobox', { name: '工作期' }).click()
  await phone.page.locator('.ant-select-item-option', { hasText: '最近结束的一月' }).click()
  await phone.page.getByRole('button', { name: /^工作期/ }).waitFor()
  expect(phone.trouble).toEqual([])
})
test('who works on no period is shown none', async () => {
  const { page } = await enter('audit')
  await page.getByText('工作台').first().waitFor()
  expect(await page.getByRole('button', { name: /^工作期/ }).count()).toBe(0)
})
