/**
 * The pages under their content security policy, which knows no unsafe-* (C18), and without the world (C20): every page of
 * every menu, charts with their tooltips, drawers; nothing is refused by the browser and nothing asks another host.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { refreshConsumption } from '../../domains/energy/consumption/consumption.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
let city: Fixture
let site: Site
const open: Visit[] = []

async function file(organizationId: number, year: number, electricity: number): Promise<void> {
  await database.db.asSystem('test', async (trx) => {
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted, submitted_at)
      SELECT 'energy.annual', '2022', id, org_path, region_id, category, ${`${year}-01-01`}, 12, true, now() FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
    await trx.run(sql`
      INSERT INTO energy.annual_2022 (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, natural_gas, water)
      SELECT ${id}, id, org_path, region_id, ${`${year}-01-01`}, 1000, 10, ${electricity}, 500, 360 FROM org.organization WHERE id = ${organizationId}`)
    await refreshConsumption(trx, [id])
  })
}

beforeAll(async () => {
  city = await buildFixture(database.db)
  site = await testSite(database, domains)
  for (const year of [2022, 2023]) for (const [i, o] of [city.school, city.primary, city.bureau, city.hospital].entries()) await file(o, year, 10_000 * (i + 1) + year)
})
afterAll(() => Promise.all(open.map((v) => v.close())))

async function enter(role: Role, organizationId: number, phone = false): Promise<Visit> {
  const login = `${role}${phone ? '-phone' : ''}`.replaceAll('_', '-')
  await site.account(await city.actorAt(organizationId, role), login)
  const v = await visit({ baseURL: site.baseURL, phone })
  open.push(v)
  // The browser reports what it refused to the page; a listener catches also what happens before the console is watched.
  await v.context.addInitScript({ content: 'document.addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample} ${e.sourceFile}:${e.lineNumber}`))' })
  await signInAs(v.page, login, PASSWORD)
  return v
}
const quiet = async (v: Visit) => {
  await v.page.waitForLoadState('networkidle')
  await v.page.waitForTimeout(150)
}
/** Points at every picture, so that its tooltip opens. */
async function point(v: Visit): Promise<number> {
  const pictures = await v.page.locator('canvas').all()
  for (const one of pictures) {
    const box = await one.boundingBox()
    if (!box || box.width < 40) continue
    await one.scrollIntoViewIfNeeded()
    for (const [x, y] of [[0.5, 0.5], [0.3, 0.6], [0.7, 0.4]] as const) {
      await one.hover({ position: { x: box.width * x, y: box.height * y }, force: true })
      await v.page.waitForTimeout(60)
    }
  }
  return pictures.length
}

test.each<[Role, 'city' | 'school']>([
  ['city_reviewer', 'city'], ['filler', 'school'], ['system_administrator', 'city'], ['security_administrator', 'city'], ['audit_administrator', 'city'],
])('every page of a %s', async (role, where) => {
  const v = await enter(role, city[where])
  const menu = await v.page.getByRole('navigation', { name: '主菜单' }).getByRole('link').evaluateAll((links) => links.map((l) => l.getAttribute('href')!))
  expect(menu).toContain('/')
  let pictures = 0
  for (const path of new Set([...menu, ...(role === 'city_reviewer' ? ['/energy?period=2023', '/energy/behind?period=2023&indicator=energyPerHead', '/energy/targets'] : [])])) {
    const link = v.page.locator(`nav a[href="${path}"]`)
    // A page for the wall has no menu.
    if (await link.first().isVisible()) await link.first().click()
    else await v.page.goto(path)
    await quiet(v)
    // Its pictures come after its figures, and later on a busy machine.
    if (path === '/energy?period=2023') await expect.poll(() => v.page.locator('canvas').count(), { timeout: 30_000 }).toBeGreaterThan(2)
    pictures += await point(v)
    expect(v.trouble, path).toEqual([])
  }
  if (role === 'city_reviewer') expect(pictures).toBeGreaterThan(2)
}, 180_000)

test('drawers, dialogs, menus, selections and the night', async () => {
  const v = await enter('city_reviewer', city.city, true)
  const { page } = v
  await page.goto('/organizations')
  await quiet(v)
  await page.getByRole('button', { name: '打开菜单' }).click()
  await page.getByRole('navigation', { name: '主菜单' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.waitForTimeout(400)
  await page.keyboard.press('Escape')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto('/energy?period=2023')
  await quiet(v)
  await point(v)
  expect(v.trouble).toEqual([])
}, 60_000)

test('too often is said with the seconds that are left, and the page goes on by itself', async () => {
  const narrow = await testSite(database, domains, { limits: 'read=8/9' })
  const actor = await city.actorAt(city.wanzhou, 'district_reviewer')
  await narrow.account(actor, 'hasty')
  const v = await visit({ baseURL: narrow.baseURL })
  open.push(v)
  const { page } = v
  await signInAs(page, 'hasty', PASSWORD)
  const said = page.getByText(/操作太频繁，\d 秒后自动继续/)
  for (let i = 0; i < 8; i++) {
    await page.goto(`/organizations?sort=${i % 2 ? 'name' : '-name'}`)
    if (await said.waitFor({ timeout: 2_500 }).then(() => true, () => false)) break
  }
  expect(await said.count()).toBe(1)
  await page.getByRole('row', { name: /万州区示范局/ }).waitFor({ timeout: 20_000 })
  await expect.poll(() => page.getByText(/操作太频繁/).count(), { timeout: 10_000 }).toBe(0)
  expect(v.trouble).toEqual([])
}, 60_000)
