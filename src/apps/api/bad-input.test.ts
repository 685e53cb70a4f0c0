/** Bad input, named (issue 2, section 8): each gives a sentence that says what to do at its place, loses nothing, half-writes nothing. */
import { sql } from 'kysely'
import { strToU8, zipSync } from 'fflate'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { removeFolder, workbook, NS } from '../../kernel/documents/intake/test-files.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true })
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const filler = await api.as(await city.actorAt(city.school, 'filler'))
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
afterAll(removeFolder)

const given = { institution: { from: '机构', by: 'name' }, period: '2026-09', columns: { electricity: '用电', water: '用水' } }
const INSTITUTIONS = { columns: { name: '机构名称', uscc: '信用代码', category: '类型', regionId: '区划', directoryFrom: '纳入日期', people: '人数' } }
const head = ['机构', '用电', '用水'].map((t, i) => `<c r="${'ABC'[i]}1" t="str"><v>${t}</v></c>`).join('')
const sheet = (row: string, after = '', more: object = {}) => workbook({ rows: `<row r="1">${head}</row><row r="2">${row}</row>`, after, ...more })
const cell = (at: string, text: string) => `<c r="${at}2" t="str"><v>${text}</v></c>`
const number = (at: string, text: string) => `<c r="${at}2"><v>${text}</v></c>`

async function check(bytes: Uint8Array | string, { name = '能耗.xlsx', target = 'energy', mapping = given as object, who = district }: { name?: string; target?: string; mapping?: object; who?: Visitor } = {}) {
  const started = await who.upload('/imports/check', { name, bytes }, { target, mapping })
  expect(started.status, started.text).toBe(200)
  const batch = await vi.waitFor(async () => {
    const { body } = await who.get(`/imports/${started.body.id}`)
    if (body.state === 'checking') throw new Error('still checking')
    return body
  }, { timeout: 30_000, interval: 100 })
  const { lines } = (await who.get(`/imports/${started.body.id}/lines`)).body
  return { ...batch, lines }
}
/** What is stored of everything that an import could touch. */
const everything = () => db.asSystem('test', async (trx) => ({
  organizations: await trx.rows(sql`SELECT id, version FROM org.organization ORDER BY id`), filings: await trx.rows(sql`SELECT id, version FROM reports.filing ORDER BY id`),
}))
const sentence = /^[^a-zA-Z]*[\u4e00-\u9fff].*。/
let before: Awaited<ReturnType<typeof everything>>
beforeEach(async () => {
  before = await everything()
})

describe('a file as a whole is refused before it costs anything, and says what to do', () => {
  test.each<[string, string, Uint8Array | string, RegExp]>([
    ['an empty file', '能耗.xlsx', '', /文件是空的，请选择有内容的/],
    ['a workbook without content', '能耗.xlsx', workbook({ rows: '' }), /没有内容，请/],
    ['no workbook at all', '能耗.xlsx', '这不是工作簿', /这不是 Excel 工作簿，请用 Excel 或 WPS 打开后另存为/],
    ['another zip', '能耗.xlsx', zipSync({ 'a.txt': strToU8('x') }), /这不是 Excel 工作簿/],
    ['a picture', '能耗.png', Buffer.from('89504e470d0a1a0a0000', 'hex'), /只能读 \.xlsx 和 \.csv/],
    ['a zip bomb', '能耗.xlsx', workbook({ sheet: `<worksheet ${NS}><sheetData>${' '.repeat(40_000_000)}</sheetData></worksheet>` }), /异常庞大，为安全起见不读取/],
  ])('%s', async (_what, name, bytes, words) => {
    const batch = await check(bytes, { name })
    expect([batch.state, batch.problem.message]).toEqual(['failed', expect.stringMatching(words)])
    // The wizard looks into the file first, and says the same at once.
    const seen = await district.upload('/imports/inspect', { name, bytes }, { target: 'energy' })
    expect([seen.status >= 400 && seen.status < 500, seen.body.message]).toEqual([true, expect.stringMatching(words)])
    expect(await everything()).toEqual(before)
  })
})

describe('a cell is named at its line and its column, and the right lines beside it are kept', () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    ['text in a number', sheet(cell('A', '渝中区示范中学') + cell('B', '约一万') + number('C', '5')), 'electricity', /电消费量：“约一万”不是数字，请只填阿拉伯数字/],
    ['a merged cell', sheet(cell('A', '渝中区示范中学') + number('B', '7'), '<mergeCells><mergeCell ref="B2:C2"/></mergeCells>'), 'water', /单元格被合并，看不出这一行的值。请取消合并/],
    ['a formula with an error', sheet(cell('A', '渝中区示范中学') + '<c r="B2" t="e"><v>#DIV/0!</v></c>'), 'electricity', /公式错误 #DIV\/0!，请改正公式或直接填数/],
  ])('%s', async (_what, bytes, field, words) => {
    const batch = await check(bytes)
    expect(batch).toMatchObject({ state: 'checked', counts: { lines: 1, error: 1 } })
    const finding = batch.lines[0].findings.find((f: any) => f.severity === 'error')
    expect([finding.field, finding.message]).toEqual([field, expect.stringMatching(words)])
    expect((await district.post(`/imports/${batch.id}/apply`, { accept: 'all' })).body.message).toMatch(/还有 1 行有错误/)
    expect(await everything()).toEqual(before)
  })
  test('an unknown unit, by the mapping and in the heading', async () => {
    const batch = await check('机构,用电\n渝中区示范中学,5\n', { name: 'a.csv', mapping: { ...given, columns: { electricity: { from: '用电', unit: '斛' } } } })
    expect(batch.lines[0].findings[0].message).toMatch(/不认识单位“斛”，请在导入对照中选定它的含义/)
  })
  test('dates of a 1904 workbook are four years and a day later than they look', async () => {
    const dated = (date1904: boolean) => workbook({
      date1904, styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
      rows: `<row r="1">${['机构名称', '类型', '区划', '纳入日期'].map((t, i) => `<c r="${'ABCD'[i]}1" t="str"><v>${t}</v></c>`).join('')}</row><row r="2">${cell('A', '一九〇四单位')}${cell('B', '其他事业单位')}${cell('C', '渝中区')}<c r="D2" s="1"><v>44197</v></c></row>`,
    })
    const mapping = { columns: { name: '机构名称', category: '类型', regionId: '区划', directoryFrom: '纳入日期' } }
    for (const [old, day] of [[false, '2021-01-01'], [true, '2025-01-02']] as const) {
      const batch = await check(dated(old), { name: '名录.xlsx', target: 'institutions', mapping })
      const [line] = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT mapped FROM imports.line WHERE batch_id = ${batch.id}`))
      expect(line.mapped.values?.directoryFrom ?? line.mapped.directoryFrom).toBe(day)
    }
  })
  test('a wrong code, in a file and in a form', async () => {
    const batch = await check('机构名称,信用代码,类型,区划,纳入日期,人数\n错码单位,125001039000000149,其他事业单位,渝中区,2024-01-01,5\n', { name: '名录.csv', target: 'institutions', mapping: INSTITUTIONS })
    expect(batch.lines[0]).toMatchObject({ outcome: 'error', findings: [{ field: 'uscc', code: 'bad_uscc', message: expect.stringMatching(sentence) }] })
    const typed = await district.post('/organizations', { values: { name: '错码单位', uscc: '125001039000000149', category: '026', regionId: city.regions.yuzhong } })
    expect([typed.status, typed.body.fields[0].path]).toEqual([400, expect.stringContaining('uscc')])
    expect(typed.body.fields[0].message).toMatch(/[\u4e00-\u9fff]{4}/)
    expect(await everything()).toEqual(before)
  })
})

describe('a file in the wrong hands, and twice', () => {
  test('a district’s file sent by another district: line by line, and nothing written', async () => {
    const wanzhou = await api.as(await city.actorAt(city.wanzhou, 'district_reviewer'))
    const batch = await check('机构,用电,用水\n渝中区示范中学,5,1\n渝中区示范小学,6,1\n', { name: '渝中.csv', who: wanzhou })
    expect(batch.counts).toMatchObject({ lines: 2, error: 2 })
    for (const l of batch.lines) expect(l.findings[0].message).toMatch(/或它不在您的管理范围内/)
    expect((await district.get(`/imports/${batch.id}`)).status).toBe(404)
    expect(await everything()).toEqual(before)
  })
  test('the same file twice changes nothing the second time', async () => {
    const text = '机构,用电,用水\n渝中区示范中学,5000,100\n'
    const first = await check(text, { name: '两次.csv' })
    await district.post(`/imports/${first.id}/apply`, { accept: 'all' })
    await vi.waitFor(async () => expect((await district.get(`/imports/${first.id}`)).body.state).toBe('applied'), { timeout: 30_000 })
    const after = await everything()
    const again = await check(text, { name: '两次.csv' })
    expect(again.counts).toMatchObject({ lines: 1, unchanged: 1, create: 0, update: 0, error: 0 })
    expect(await everything()).toEqual(after)
  })
})

describe('a form', () => {
  const save = (who: Visitor, organizationId: number, period: string, values: object, version: number | null = null, form = 'energy.monthly') => who.post('/filings/save', { form, period, organizationId, version, values })
  const GOOD = { buildingArea: '30000', people: '2000', electricity: '60000', electricityCost: '42000', water: '5000', waterCost: '20000' }
  test('two people on the same form: the slower is told, and what the quicker wrote stands', async () => {
    const { facts } = (await save(filler, city.school, '2026-01', GOOD)).body
    expect((await save(district, city.school, '2026-01', { water: '5100' }, facts.version)).status).toBe(200)
    const slower = await save(filler, city.school, '2026-01', { water: '5200' }, facts.version)
    expect([slower.status, slower.body.message]).toEqual([409, '您打开之后，别人已经修改了这条记录。请刷新后核对差异，再保存。'])
    expect((await filler.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: String(city.school) })).body.values.water).toBe('5100.0000')
  })
  test('of a closed period', async () => {
    const lock = (await town.post('/periods/lock', { form: 'energy.monthly', period: '2026-02', regionId: null, reason: '已上报' })).body
    const refused = await save(filler, city.school, '2026-02', GOOD)
    expect([refused.status, refused.body.message]).toEqual([422, '这一期已经锁定，不能再改。确需更正的，请向市级申请锁定例外。'])
    const batch = await check('机构,用电\n渝中区示范中学,5\n', { name: 'a.csv', mapping: { ...given, period: '2026-02', columns: { electricity: '用电' } } })
    expect(batch.lines[0].findings[0].message).toMatch(/2026-02 已经锁定，不能再改。确需更正的，请申请锁定例外/)
    await town.post('/periods/unlock', { id: lock.id, reason: '测试结束' })
  })
  test('of an institution abolished in mid-year: until then and for that year, not after', async () => {
    const gone = await city.institution({ name: '年中撤销的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong })
    expect((await district.post('/organization-changes', { change: { kind: 'abolish', ids: [gone], reason: '机构改革', effective: '2026-07-01', basis: '渝中委编〔2026〕9 号' } })).status).toBe(200)
    expect((await save(district, gone, '2026-06', GOOD)).status).toBe(200)
    const late = await save(district, gone, '2026-07', GOOD)
    expect([late.status, late.body.message]).toEqual([422, '“年中撤销的单位”已于 2026-07-01 终止，不再填报之后的报告期。'])
    expect((await save(district, gone, '2026', GOOD, null, 'energy.annual')).status).toBe(200)
    const line = (await check('机构,用电\n年中撤销的单位,5\n', { name: 'a.csv', mapping: { ...given, columns: { electricity: '用电' } } })).lines[0]
    expect([line.outcome, line.findings[0].message]).toEqual(['error', late.body.message])
  })
  test('floor area zero stays to be seen, keeps the form from being handed in, and says why', async () => {
    const { facts, findings, values } = (await save(filler, city.school, '2026-03', { ...GOOD, buildingArea: '0' })).body
    const found = findings.find((f: any) => f.item === 'buildingArea' && f.severity === 'hard')
    expect(found.message).toMatch(/建筑面积.*请/)
    expect(values.buildingArea).toBe('0.00')
    const head = await api.as(await city.actorAt(city.school, 'responsible'))
    const answer = await head.post(`/filings/${facts.id}/submit`, { version: facts.version })
    expect([answer.status, answer.body.fields[0].path]).toEqual([422, 'values.buildingArea'])
  })
  test('figures ten times last year’s ask for a reason on the spot; with it they are handed in', async () => {
    const head = await api.as(await city.actorAt(city.primary, 'responsible'))
    await save(head, city.primary, '2025-04', { ...GOOD, people: '1000', buildingArea: '12000', electricity: '6000', electricityCost: '4200' })
    let { facts, findings } = (await save(head, city.primary, '2026-04', { ...GOOD, people: '1000', buildingArea: '12000' })).body
    const tenfold = findings.find((f: any) => f.checkCode === 'tenfold.electricity')
    expect([tenfold.severity, tenfold.message]).toEqual(['soft', expect.stringMatching(/电消费量 60,000 kWh，达到上年同期的十倍以上。请核对/)])
    expect((await head.post(`/filings/${facts.id}/submit`, { version: facts.version })).body.message).toMatch(/异常没有说明原因/)
    for (const f of findings.filter((x: any) => x.severity === 'soft')) ({ facts, findings } = (await head.post(`/filings/${facts.id}/explain`, { checkCode: f.checkCode, item: f.item, reason: '新建教学楼投入使用' })).body)
    expect((await head.post(`/filings/${facts.id}/submit`, { version: facts.version })).status).toBe(200)
  })
})
