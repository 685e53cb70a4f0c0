/** The register of institutions as its keepers use it: ask, change, meet somebody else's change, change in bulk. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from 'kysely'
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
  const site = await testSite(database, domains)
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
  v = await visit({ baseURL: site.baseURL })
  await signInAs(v.page, 'city', PASSWORD)
})
afterAll(() => v.close())
beforeEach(() => {
  v.trouble.length = 0
})

test('filters, order and views stand in the address', async () => {
  const { page } = v
  await page.goto('/organizations')
  await page.getByRole('button', { name: /^筛选/ }).click()
  await page.getByRole('combobox', { name: '机构类型' }).click()
  await page.locator('.ant-select-item-option', { hasText: '教育类' }).click()
  await page.keyboard.press('Escape')
  await page.getByLabel('建筑面积不小于').fill('20,000')
  await page.getByLabel('建筑面积不小于').blur()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '查看结果' }).click()
  await expect.poll(() => page.getByText(/^共 1 个/).count()).toBe(1)
  await page.reload()
  await page.getByRole('link', { name: '渝中区示范中学' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: /^视图/ }).click()
  await page.getByRole('menuitem', { name: /保存为视图/ }).click()
  await page.getByRole('textbox', { name: '视图名称' }).fill('大学校')
  await page.getByRole('button', { name: '保存' }).click()
  await page.getByRole('button', { name: '视图：大学校' }).waitFor()
  // Whoever looks for the way in of a file looks here.
  await page.getByRole('link', { name: '从文件导入' }).click()
  await page.getByRole('heading', { name: '导入公共机构名录' }).waitFor()
  expect(v.trouble).toEqual([])
})

test('a draft survives a reload; somebody else\'s change is shown beside mine', async () => {
  const { page } = v
  await page.goto(`/organizations/${city.school}`)
  await page.getByRole('button', { name: '修改', exact: true }).click()
  await page.getByLabel('用能人数').fill('２，100')
  await page.getByLabel('用能人数').blur()
  await page.waitForTimeout(600)
  await page.reload()
  await page.getByRole('button', { name: '修改', exact: true }).click()
  await page.getByText('未保存的草稿').waitFor()
  expect(await page.getByLabel('用能人数').inputValue()).toBe('2100')
  expect(await axeFindings(page)).toEqual([])
  await database.db.asSystem({ operation: 'test', reason: '别处修改' }, (trx) => trx.run(sql`UPDATE org.organization SET people = 1990, contact_person = '李四' WHERE id = ${city.school}`))
  await page.getByLabel('原因').fill('数据更正')
  await page.getByRole('button', { name: '保存' }).click()
  await page.getByRole('dialog', { name: '别人刚刚修改了这条记录' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('radio', { name: '我的' }).check()
  await page.getByRole('button', { name: '按选择保存' }).click()
  await page.getByText('2,100 人').waitFor()
  await page.getByText('李四').waitFor()
  await page.getByRole('tab', { name: '修改历史' }).click()
  await page.getByText('原因：数据更正').waitFor()
  expect(await axeFindings(page)).toEqual([])
})

test('bulk edit shows what would change before it does', async () => {
  const { page } = v
  await page.goto('/organizations?q=示范')
  await page.getByRole('button', { name: /批量修改全部/ }).click()
  await page.getByLabel('要修改的栏目').click()
  await page.locator('.ant-select-item-option', { hasText: '联系人' }).click()
  await page.keyboard.press('Escape')
  await page.getByLabel('联系人 改为').fill('王五')
  await page.getByRole('button', { name: '预览' }).click()
  await page.getByText(/4 个会改变/).waitFor()
  await page.getByLabel('修改原因').fill('核查补充')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '确认修改 4 个' }).click()
  await page.getByText('已修改 4 个').waitFor()
})

test('the forms of an institution stand on its page, and lead back to it', async () => {
  const { page } = v
  await page.goto(`/organizations/${city.primary}`)
  await page.getByRole('tab', { name: '报表' }).click()
  await page.getByText('这个机构还没有填过报表').waitFor()
  await database.db.asSystem('test', (trx) => trx.run(sql`
    INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, items_expected, items_filled, open_findings, submitted_at, submitted_by_name)
    SELECT 'energy.monthly', '2025', id, org_path, region_id, category, '2026-03-01', 1, 20, 18, 2, '2026-04-02T01:00:00Z', '王五' FROM org.organization WHERE id = ${city.primary}`))
  await page.reload()
  await page.getByRole('row', { name: /2026年3月.*已提交.*18 \/ 20 项.*异常未说明 2.*王五/ }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('link', { name: '2026年3月' }).click()
  await page.waitForURL(/\/reports\/energy-monthly\/2026-03\//)
  await page.getByRole('link', { name: '返回' }).click()
  await page.getByRole('row', { name: /2026年3月/ }).waitFor()
  // An office files nothing: it has no such tab, and an address that names it shows the facts.
  await page.goto(`/organizations/${city.education}?tab=reports`)
  await page.getByRole('tab', { name: '基本信息', selected: true }).waitFor()
  expect(await page.getByRole('tab', { name: '报表' }).count()).toBe(0)
  expect(v.trouble).toEqual([])
})

test('an act of change is rehearsed, done, and stands in the descent', async () => {
  const { page } = v
  await page.goto(`/organizations/${city.hospital}`)
  await page.getByRole('button', { name: /机构变更/ }).click()
  await page.getByRole('menuitem', { name: '更名' }).click()
  await page.getByLabel('新名称').fill('渝中区第一示范医院')
  await page.getByLabel('依据文件').fill('渝委编〔2025〕12 号')
  await page.getByRole('button', { name: '预演' }).click()
  await page.getByText('预演结果').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '确认办理更名' }).click()
  await page.getByRole('heading', { level: 1, name: '渝中区第一示范医院' }).waitFor()
  await page.goto('/organization-changes')
  await page.getByText('渝委编〔2025〕12 号').waitFor()
  expect(await axeFindings(page)).toEqual([])
})

for (const [path, heading] of [['/organizations/duplicates', '疑似重复'], ['/regions', '区划'], ['/regions?view=then', '区划'], ['/regions?view=changes', '区划'], ['/regions?view=map', '区划']] as const)
  test(`${path} opens without findings`, async () => {
    const { page } = v
    await page.goto(path)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await page.waitForLoadState('networkidle')
    expect(await axeFindings(page)).toEqual([])
    expect(v.trouble).toEqual([])
  })
