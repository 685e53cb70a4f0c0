/** Sign-in and frame as a clerk meets them, and what the first pages weigh. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
let site: Site
const open: Visit[] = []
const enter = async (options: { phone?: boolean; dark?: boolean } = {}): Promise<Visit> => {
  const v = await visit({ baseURL: site.baseURL, ...options })
  open.push(v)
  return v
}

beforeAll(async () => {
  const city = await buildFixture(database.db)
  site = await testSite(database, domains)
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
})
afterAll(() => Promise.all(open.map((v) => v.close())))

/** Bytes of JavaScript as they came over the wire. */
function weigh(page: Page): () => Promise<number> {
  const sizes: Promise<number>[] = []
  page.on('response', (r) => {
    if (r.url().includes('.js')) sizes.push(r.request().sizes().then((s) => s.responseBodySize, () => 0))
  })
  return async () => (await Promise.all(sizes)).reduce((a, b) => a + b, 0)
}

describe('sign-in', () => {
  test('a wrong password is answered in a sentence, the right one opens the desk; both pages keep their weight', async () => {
    const { page, trouble } = await enter()
    const weight = weigh(page)
    await page.goto('/')
    await page.getByLabel('登录名').fill('city')
    expect(await weight()).toBeLessThan(400 * 1024)
    expect(await axeFindings(page)).toEqual([])
    await page.getByLabel('密码', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: '登录' }).click()
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('登录名或密码不正确')
    expect(await page.getByLabel('登录名').inputValue()).toBe('city')
    await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '工作台' }).waitFor()
    await page.waitForLoadState('networkidle')
    expect(await weight()).toBeLessThan(1024 * 1024)
    expect(await axeFindings(page)).toEqual([])
    expect(trouble).toEqual([])
  })

  test('dark and on a phone the pages are as readable', async () => {
    const { page, trouble } = await enter({ phone: true, dark: true })
    await page.goto('/')
    await page.getByLabel('登录名').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await signInAs(page, 'city', PASSWORD)
    await page.getByRole('button', { name: '打开菜单' }).click()
    await page.getByRole('link', { name: '公共机构名录' }).click()
    await page.getByRole('list', { name: '公共机构名录' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(trouble).toEqual([])
  })
})

test('everything is found from the keyboard', async () => {
  const { page } = await enter()
  await signInAs(page, 'city', PASSWORD)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: '搜索' }).fill('示范中学')
  await page.getByRole('option', { name: /渝中区示范中学/ }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: '渝中区示范中学' }).waitFor()
})

test('a lost session is found again over the page, and what was asked goes on', async () => {
  const { page, context } = await enter()
  await signInAs(page, 'city', PASSWORD)
  await page.goto('/organizations')
  await page.getByRole('link', { name: '渝中区示范中学' }).waitFor()
  await context.clearCookies()
  await page.getByRole('searchbox').or(page.getByPlaceholder('名称的一部分')).first().fill('小学')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: /登录已过期/ }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('dialog').getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await expect.poll(() => page.getByRole('link', { name: /渝中区示范/ }).allInnerTexts()).toEqual(['渝中区示范小学'])
})
