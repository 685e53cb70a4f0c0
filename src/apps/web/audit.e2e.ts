/** The auditor looks for what a reviewer did, opens it, follows the record and the person, and has the chain proven. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeys, Sealer } from '../../kernel/audit/seal.ts'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
let site: Site
const open: Visit[] = []
const enter = async (options: { phone?: boolean; dark?: boolean } = {}): Promise<Visit> => {
  const v = await visit({ baseURL: site.baseURL, ...options })
  open.push(v)
  await signInAs(v.page, 'auditor', PASSWORD)
  return v
}
beforeAll(async () => {
  const city = await buildFixture(db)
  site = await testSite(database, domains, { jobs: true })
  await site.account(await city.actorAt(city.city, 'audit_administrator'), 'auditor')
  const reviewer = await city.actorAt(city.yuzhong, 'district_reviewer')
  await db.asActor(reviewer, { operation: 'organization.update', reason: '年度核对人数' }, (trx) => trx.run(sql`UPDATE org.organization SET people = 2001, contact_phone = '13812345678' WHERE id = ${city.school}`))
  await new Sealer(db, await openKeys(db, site.dataDir)).all()
})
afterAll(() => Promise.all(open.map((v) => v.close())))

test('from the words of a reason to the line, the record and the person', async () => {
  const { page, trouble } = await enter()
  await page.getByRole('link', { name: '审计查询' }).first().click()
  await page.getByPlaceholder('事由中的字').fill('核对')
  await page.keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: '共 1 条' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: /^\d{4}-\d\d-\d\d \d\d:/ }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('138****5678').waitFor()
  expect(await drawer.innerText()).toContain('年度核对人数')
  expect(await axeFindings(page)).toEqual([])
  await drawer.getByRole('link', { name: /渝中区示范中学/ }).click()
  await page.getByRole('heading', { level: 1, name: '渝中区示范中学' }).waitFor()
  await page.getByText('事由：年度核对人数').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('link', { name: /审核人/ }).click()
  await page.getByRole('heading', { level: 1, name: /的一天$/ }).waitFor()
  await page.mouse.move(1400, 880)
  await page.waitForTimeout(500)
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})

test('the chain is proven from its page, also on a phone and in the dark', async () => {
  const { page, trouble } = await enter({ phone: true, dark: true })
  await page.goto('/audit/chain')
  await page.getByRole('heading', { name: '归档' }).waitFor()
  // The server is gone: what stands there is from before, and says so.
  await page.route('**/api/audit/chain', (route) => route.abort())
  await page.getByText('下面是之前读到的情况').waitFor({ timeout: 40_000 })
  await page.unroute('**/api/audit/chain')
  await page.getByRole('button', { name: '重试' }).click()
  await page.getByText('下面是之前读到的情况').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '校验' }).click()
  await page.getByText('完整', { exact: true }).first().waitFor({ timeout: 20_000 })
  await page.locator('.ant-btn-loading').waitFor({ state: 'detached' })
  // Under the pointer a button is lighter, on its way to it for a moment in between.
  await page.mouse.move(0, 0)
  await page.waitForTimeout(500)
  expect(await axeFindings(page)).toEqual([])
  await page.goto('/audit')
  await page.getByRole('list', { name: '审计记录' }).waitFor()
  await page.getByRole('button', { name: '更多条件' }).click()
  expect(await axeFindings(page)).toEqual([])
  await page.goto('/audit?words=没有这几个字')
  await page.getByText('没有符合条件的审计记录').waitFor()
  // What is not there has a page with a heading too.
  await page.goto('/audit/people/999999')
  await page.getByRole('heading', { level: 1, name: '没有找到' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})
