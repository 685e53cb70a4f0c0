/** The operator's page of backups over a real embedded server: nothing yet, run now, verify, plan, an alarm; who may not, does not. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { domains, migrationSources } from '../domains.ts'
import { openKeys } from '../../kernel/authority/rights/seal.ts'
import { startKeeper, type Keeper } from '../../kernel/backup/start-keeper.ts'
import { readKey } from '../../kernel/backup/seal.ts'
import { openDatabase } from '../../kernel/db/database.ts'
import { startEmbedded } from '../../kernel/db/embedded.ts'
import { migrate } from '../../kernel/db/migrate.ts'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite } from '../../kernel/test/site.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-backups-'))
fs.chmodSync(root, 0o755)
const live = path.join(root, 'live')
const store = path.join(root, 'store')
const server = await startEmbedded(live, () => {}, { archive: true })
await migrate(server.connection, [...migrationSources])
const db = openDatabase(server.connection, { app: 4, system: 3 })
await openKeys(db, live)
for (const domain of domains) if (domain.loadReference) await db.asSystem('reference.load', domain.loadReference)
process.env.GONGXIE_BACKUP_DIR = store
const city = await buildFixture(db)
const site = await testSite({ db, connection: server.connection }, domains)
await site.account(await city.actorAt(city.city, 'system_administrator'), 'operator')
await site.account(await city.actorAt(city.city, 'city_reviewer'), 'reviewer')
const keyFile = path.join(root, 'backup-key')
readKey(keyFile, { create: true })

let keeper: Keeper
let visited: Visit
beforeAll(() => {
  keeper = startKeeper({ connection: server.connection, dataDir: live, store, keyFile, profile: 'sm4-ctr-hmac-sm3', version: 'test', spool: server.archive!, backups: true, tick: 300, settle: 10 ** 9 })
})
afterAll(async () => {
  await visited?.close()
  await keeper.stop()
  await db.close()
  await server.stop()
  delete process.env.GONGXIE_BACKUP_DIR
  fs.rmSync(root, { recursive: true, force: true })
})

test('from no backup at all to one that was verified', async () => {
  visited = await visit({ baseURL: site.baseURL })
  const { page, trouble } = visited
  await signInAs(page, 'operator', PASSWORD)
  await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '备份' }).click()
  await page.getByText('还没有备份', { exact: true }).waitFor()
  expect(await page.getByRole('button', { name: '校验全部备份' }).isDisabled()).toBe(true)
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '立即备份' }).click()
  await page.getByText(/^备份正常。最近一次/).waitFor({ timeout: 60_000 })
  await page.getByRole('region', { name: '已有备份' }).getByText('页面', { exact: true }).waitFor()
  await page.getByRole('button', { name: '校验全部备份' }).click()
  await page.getByRole('region', { name: '执行记录' }).locator('tr', { hasText: '校验' }).getByText('完成').waitFor({ timeout: 60_000 })
  // What runs dims its button; what has run gives it back.
  await expect.poll(() => page.locator('.ant-btn-loading').count(), { timeout: 20_000 }).toBe(0)
  await page.mouse.move(700, 890)
  await page.waitForTimeout(400)
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})
test('the plan is changed with a reason; nonsense is said at its field', async () => {
  const { page, trouble } = visited
  await page.getByRole('button', { name: '修改计划' }).click()
  await page.getByLabel('每天几点（北京时间）').fill('2点')
  await page.getByRole('button', { name: '保存' }).click()
  await page.getByText('请填每天的时刻，如 02:30').waitFor()
  await page.getByText('请写明修改原因').waitFor()
  await page.getByLabel('每天几点（北京时间）').fill('01:15')
  await page.getByLabel('修改原因').fill('夜里更空')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '保存' }).click()
  await page.getByText('每天 01:15').waitFor()
  expect(trouble).toEqual([])
})
test('a spoiled backup is an alarm, on a phone as well', async () => {
  const id = fs.readdirSync(path.join(store, 'base'))[0]!
  fs.writeFileSync(path.join(store, 'base', id, 'manifest.json'), '{')
  const phone = await visit({ baseURL: site.baseURL, phone: true })
  try {
    await signInAs(phone.page, 'operator', PASSWORD)
    // On the desk before anybody looks for it.
    await phone.page.getByRole('region', { name: '备份告警' }).getByRole('alert').filter({ hasText: '有备份的清单读不出来' }).waitFor()
    await phone.page.goto('/backups')
    await phone.page.getByRole('alert').filter({ hasText: '有备份的清单读不出来' }).waitFor()
    await phone.page.getByText('清单损坏').waitFor()
    expect(await phone.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(await axeFindings(phone.page)).toEqual([])
    expect(phone.trouble).toEqual([])
  } finally {
    await phone.close()
  }
})
test('who does not operate the system has no such page', async () => {
  const other = await visit({ baseURL: site.baseURL })
  try {
    await signInAs(other.page, 'reviewer', PASSWORD)
    expect(await other.page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '备份' }).count()).toBe(0)
    await other.page.goto('/backups')
    await other.page.getByText('没有权限').waitFor()
    expect(other.trouble).toEqual([])
  } finally {
    await other.close()
  }
})
