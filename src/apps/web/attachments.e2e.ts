/** Attachments on their pages: brought, looked at, replaced, removed; kept with the form; and inert whatever they are. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileStore, newName } from '../../kernel/attachments/file-store.ts'
import { pdf, png, xlsx } from '../../kernel/attachments/test-files.ts'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
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
  city = await buildFixture(db)
  site = await testSite(database, domains)
  await site.account(await city.actorAt(city.school, 'filler'), 'filler')
  await site.account(await city.actorAt(city.school, 'responsible'), 'responsible')
  await site.account(await city.actorAt(city.yuzhong, 'district_reviewer'), 'district')
  await site.account(await city.actorAt(city.city, 'city_reviewer'), 'city')
  await site.account(await city.actorAt(city.city, 'system_administrator'), 'admin')
})
afterAll(() => Promise.all(open.map((v) => v.close())))

const form = () => `/reports/energy-monthly/2026-09/${city.school}`
const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer })
const shelf = (page: Page) => page.getByRole('region', { name: '附件' })
const choose = (page: Page) => shelf(page).getByLabel('添加附件')
const soon = { timeout: 20_000 }

test('evidence is attached to a form and its cells, looked at, replaced, removed with a reason and taken back', async () => {
  const { page, trouble } = await enter('filler')
  await page.goto(form())
  await shelf(page).getByText('填写第一格并保存后').waitFor()
  await page.locator('#row-electricity td.grid-cell').click()
  for (const text of ['10000', '6300']) {
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
  await page.getByText(/^已保存 \d\d:/).waitFor()
  await shelf(page).getByText('发票、抄表照片、情况说明等可以存在这里').waitFor()
  await page.locator('#row-electricity td.grid-cell').click()
  await expect.poll(() => shelf(page).locator('.attachment-about').innerText(), soon).toContain('电')
  // Several at once; one of them is refused, and says why beside the others.
  await choose(page).setInputFiles([file('9 月电表照片.png', png(640, 400)), file('电费发票.pdf', pdf('发票')), file('现场视频.mp4', Buffer.from('x'))])
  await shelf(page).getByRole('button', { name: '9 月电表照片.png', exact: true }).waitFor()
  await shelf(page).getByRole('button', { name: '电费发票.pdf', exact: true }).waitFor()
  await shelf(page).getByText('不接受这种文件').waitFor()
  expect(await shelf(page).locator('.attachment-hash').first().innerText()).toMatch(/^SM3 [0-9a-f]{8}…[0-9a-f]{4}$/)
  expect(await axeFindings(page)).toEqual([])
  await shelf(page).getByRole('button', { name: '知道了：现场视频.mp4' }).click()
  // A picture renamed: the server looks inside.
  await choose(page).setInputFiles([file('伪装.pdf', png())])
  await shelf(page).getByText('文件名说是PDF，内容却不是').waitFor()
  await shelf(page).getByRole('button', { name: '知道了：伪装.pdf' }).click()
  // Dropped on the shelf.
  const dropped = await page.evaluateHandle((bytes) => {
    const { DataTransfer, File, Uint8Array } = globalThis as any
    const data = new DataTransfer()
    data.items.add(new File([Uint8Array.from(bytes)], '用电说明.xlsx'))
    return data
  }, [...xlsx()])
  await shelf(page).locator('.attachments').dispatchEvent('drop', { dataTransfer: dropped })
  await shelf(page).getByRole('button', { name: '用电说明.xlsx', exact: true }).waitFor()

  await shelf(page).getByRole('button', { name: '9 月电表照片.png', exact: true }).click()
  const picture = page.getByRole('dialog').getByRole('img', { name: '9 月电表照片.png' })
  await expect.poll(() => picture.evaluate((img: any) => img.naturalWidth), soon).toBe(640)
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: '关 闭' }).or(page.getByRole('dialog').locator('.ant-modal-footer .ant-btn-primary')).first().click()

  const [saved] = await Promise.all([page.waitForEvent('download'), shelf(page).getByRole('button', { name: '下载电费发票.pdf' }).click()])
  expect(saved.suggestedFilename()).toBe('电费发票.pdf')
  expect(fs.readFileSync(await saved.path()).equals(pdf('发票'))).toBe(true)

  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), shelf(page).getByRole('button', { name: '上传新版：电费发票.pdf' }).click()])
  await chooser.setFiles([file('电费发票（更正）.pdf', pdf('更正'))])
  await shelf(page).getByText('第 2 版').waitFor()
  await shelf(page).getByText('以前的版本 1 个').click()
  await shelf(page).getByRole('button', { name: '下载电费发票.pdf' }).waitFor()

  await shelf(page).getByRole('button', { name: '移除用电说明.xlsx' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('button', { name: /移\s?除/ }).isDisabled()).toBe(true)
  await dialog.getByLabel('移除原因').fill('传错了文件')
  expect(await axeFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: /移\s?除/ }).click()
  await shelf(page).getByText('已移除 1 个').click()
  await shelf(page).getByText(/移除：传错了文件。内容保留至 \d{4}-\d\d-\d\d。/).waitFor()
  await shelf(page).getByRole('button', { name: '恢复用电说明.xlsx' }).click()
  await page.getByLabel('恢复原因').fill('没有传错')
  await page.getByRole('dialog').getByRole('button', { name: /恢\s?复/ }).click()
  await expect.poll(() => shelf(page).getByText('已移除').count(), soon).toBe(0)

  // The network breaks off in the middle: said at the file, tried again.
  await page.route('**/api/attachments', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()))
  await choose(page).setInputFiles([file('断网.pdf', pdf('断网'))])
  await shelf(page).getByText('连接不上服务器').waitFor()
  await page.unroute('**/api/attachments')
  await shelf(page).getByRole('button', { name: /重\s?试/ }).click()
  await shelf(page).getByRole('button', { name: '断网.pdf', exact: true }).waitFor()
  expect(trouble).toEqual([])
})

test('on a phone: the camera is offered, nothing is wider than the screen', async () => {
  const { page, trouble } = await enter('filler', { phone: true })
  await page.goto(form())
  const camera = shelf(page).getByLabel('拍照')
  await camera.waitFor({ state: 'attached' })
  expect(await camera.getAttribute('capture')).toBe('environment')
  await camera.setInputFiles([file('image.jpg.png', png(300, 500, [40, 120, 60]))])
  await shelf(page).getByRole('button', { name: 'image.jpg.png', exact: true }).waitFor()
  expect(await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})

test('handed in, it is shut for the filler; the reviewer reads it beside the figures and adds a word', async () => {
  const id = (await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`SELECT id FROM reports.filing WHERE organization_id = ${city.school}`)))!.id
  await db.asSystem('test', (trx) => trx.run(sql`UPDATE reports.filing SET submitted_at = now(), submitted_by_name = '张三', hard_findings = 0 WHERE id = ${id}`))
  const filler = await enter('filler')
  await filler.page.goto(form())
  await shelf(filler.page).getByText('报表已提交，附件不能再改动').waitFor()
  expect(await shelf(filler.page).getByText('添加附件').count()).toBe(0)
  const { page, trouble } = await enter('district')
  await page.goto('/reviews?form=energy.monthly&period=2026-09')
  await page.getByText('渝中区示范中学').first().click()
  await shelf(page).getByRole('button', { name: '9 月电表照片.png', exact: true }).waitFor()
  await choose(page).setInputFiles([file('核对单.pdf', pdf('核对'))])
  await shelf(page).getByRole('button', { name: '核对单.pdf', exact: true }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect([...trouble, ...filler.trouble]).toEqual([])
})

test('papers of an organisation, of its change and of a publication stand on their pages', async () => {
  const { page, trouble } = await enter('city')
  await page.goto(`/organizations/${city.hospital}?tab=attachments`)
  await page.getByText('机构设立批文、法人证书').waitFor()
  await page.getByLabel('添加附件').setInputFiles([file('法人证书.pdf', pdf('法人'))])
  await page.getByRole('button', { name: '法人证书.pdf', exact: true }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await db.asSystem('test', (trx) => trx.run(sql`
    INSERT INTO org.change (kind, effective, basis, totals_before, totals_after, org_path, by_name)
    VALUES ('rename', '2026-02-01', '渝中委编〔2026〕7 号', '{"organizations":1,"people":800,"buildingArea":"40000.00"}', '{"organizations":1,"people":800,"buildingArea":"40000.00"}', '1.', '市')`))
  await page.goto('/organization-changes')
  await page.getByText('依据文件').click()
  await page.getByText('还没有上传依据文件').waitFor()
  await page.getByLabel('添加附件').setInputFiles([file('渝中委编〔2026〕7 号.ofd', pdf())])
  await page.getByText('文件名说是OFD，内容却不是').waitFor()
  await page.getByLabel('添加附件').setInputFiles([file('渝中委编〔2026〕7 号.pdf', pdf('批文'))])
  await page.getByRole('button', { name: '渝中委编〔2026〕7 号.pdf', exact: true }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  expect(trouble).toEqual([])
})

test('the keeper sees numbers and incidents, and settles them', async () => {
  const where = fileStore(site.dataDir)
  const lost = (await db.asSystem('test', (trx) => trx.one<{ id: number; name: string }>(sql`
    SELECT a.id, c.stored_name AS name FROM files.attachment a JOIN files.content c ON c.id = a.content_id WHERE a.name = '法人证书.pdf'`)))!
  await where.remove(lost.name)
  const city_ = await enter('city')
  await city_.page.goto(`/organizations/${city.hospital}?tab=attachments`)
  await city_.page.getByRole('button', { name: '下载法人证书.pdf' }).click()
  await city_.page.getByText('这个附件的文件在存储中找不到了').waitFor()
  const { page, trouble } = await enter('admin')
  await page.goto('/file-store')
  await page.getByText('没有接入查毒程序').waitFor()
  await page.getByText('下载时发现文件不在存储中').waitFor()
  expect(await page.getByText('法人证书').count()).toBe(0)
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: /^处理第/ }).click()
  await page.getByLabel('怎样处理的').fill('已从备份恢复')
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('button', { name: '记为已处理' }).click()
  await page.getByText('已从备份恢复').waitFor()
  await page.getByRole('button', { name: '修改单个附件大小上限' }).click()
  await page.getByLabel('数值（MB）').fill('20')
  await page.getByLabel('修改原因').fill('磁盘紧张')
  await page.getByRole('dialog').getByRole('button', { name: /保\s?存/ }).click()
  await page.getByText('20 MB').waitFor()
  expect(trouble).toEqual([])
})

test('whatever lies in the store, opening it runs nothing and asks nobody for anything', async () => {
  const { page, context, trouble } = await enter('city')
  const actor = await city.actorAt(city.city, 'city_reviewer')
  // Past every check at the door, as if one of them had failed: pages, drawings, scripts, under every name and kind.
  const evil = (what: string) => `<!doctype html><html><script>document.title='RAN';fetch('/api/session').then(r=>r.text()).then(t=>fetch('/health?stolen='+t.length))</script><img src="/health?img=${what}" onerror="fetch('/health?err')"><iframe src="/health?frame"></iframe><form action="/health?form"><input autofocus onfocus="this.form.submit()"></form><meta http-equiv="refresh" content="0;url=/health?refresh"></html>`
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" onload="fetch('/health?svg')"><script>fetch('/health?svg-script')</script><image href="/health?svg-image"/><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="/health?svg-frame"/></foreignObject></svg>`
  const files: [string, string, string][] = [['页面.html', 'text', evil('html')], ['图.svg', 'png', drawing], ['图.svg', 'text', drawing], ['a.pdf', 'pdf', evil('pdf')], ['a.webp', 'webp', drawing], ['a.docx', 'docx', evil('docx')], ['a.xhtml', 'heic', evil('xhtml')], ['b.js', 'jpg', `fetch('/health?js')`]]
  const ids: number[] = []
  for (const [name, kind, text] of files) {
    const stored = newName()
    const bytes = Buffer.from(text)
    const sm3 = createHash('sm3').update(bytes).digest('hex')
    const where = path.join(site.dataDir, 'files', stored)
    fs.mkdirSync(path.dirname(where), { recursive: true })
    fs.writeFileSync(where, bytes)
    ids.push((await db.asSystem('test', async (trx) => trx.one<{ id: number }>(sql`
      WITH c AS (INSERT INTO files.content (sm3, size, place, stored_name, scan) VALUES (${sm3}, ${bytes.length}, ${fileStore(site.dataDir).place}, ${stored}, 'clean') ON CONFLICT (sm3) DO UPDATE SET kept_at = now() RETURNING id)
      INSERT INTO files.attachment (entity, record_id, org_path, name, kind, size, sm3, content_id, by_id, by_name, by_organization)
      SELECT 'org.organization', ${city.bureau}, (SELECT org_path FROM org.organization WHERE id = ${city.bureau}), ${name}, ${kind}, ${bytes.length}, ${sm3}, c.id, ${actor.personId}, '市', 1 FROM c RETURNING id`)))!.id)
  }
  const asked: string[] = []
  context.on('request', (r) => asked.push(new URL(r.url()).pathname + new URL(r.url()).search))
  for (const [i, id] of ids.entries()) {
    const url = `/api/attachments/${id}/content`
    const tab = await context.newPage()
    // As a page of its own: it is saved, not opened.
    const saved = tab.waitForEvent('download', { timeout: 10_000 })
    await tab.goto(url).catch(() => {})
    expect((await saved).suggestedFilename(), files[i]![0]).toBe(files[i]![0])
    expect([tab.url(), await tab.title()]).toEqual(['about:blank', ''])
    // Put into a page of ours in every way that a page knows.
    await tab.goto('/favicon.svg').catch(() => {})
    await tab.goto('/')
    await tab.evaluate(async (src) => {
      const { document, setTimeout } = globalThis as any
      for (const [tag, key] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['object', 'data'], ['embed', 'src'], ['video', 'src'], ['link', 'href']]) {
        const element = document.createElement(tag)
        if (tag === 'link') element.rel = 'stylesheet'
        element[key!] = src
        document.body.append(element)
      }
      await new Promise((go) => setTimeout(go, 250))
    }, url)
    expect(await tab.title(), files[i]![0]).not.toBe('RAN')
    await tab.close()
  }
  expect(asked.filter((a) => a.startsWith('/health'))).toEqual([])
  // The page's own policy refuses what was tried above, and says so; nothing else went wrong.
  expect(trouble.filter((t) => !/Content Security Policy|Refused to|MIME type|frame-ancestors|X-Frame-Options/.test(t))).toEqual([])
  await page.close()
})
