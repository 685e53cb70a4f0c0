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
