import iconv from 'iconv-lite'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import '../index.ts'
import { testDatabase } from '../../test/database.ts'
import { buildFixture, inventUscc } from '../../test/fixture.ts'
import { importer, takeTrailAway } from '../../test/import-files.ts'

const { db, connection } = await testDatabase()
const city = await buildFixture(db)
const { check, apply, undo } = importer(db, 'institutions')
const town = await city.actorAt(city.city, 'city_reviewer')
const yuzhong = await city.actorAt(city.yuzhong, 'district_reviewer')

const columns = { name: '单位名称', uscc: '信用代码', category: '类型', regionId: '区县', buildingArea: '建筑面积', people: '人数' }
let serial = 500
const code = () => inventUscc('12', '500103', ++serial)
const csv = (...rows: (string | number)[][]) => [['单位名称', '信用代码', '类型', '区县', '建筑面积', '人数'], ...rows].map((r) => r.join(',')).join('\n') + '\n'
const outcomes = (c: { lines: { outcome: string }[] }) => c.lines.map((l) => l.outcome)
const byName = (name: string) => db.asSystem('test', (trx) => trx.one<any>(sql`SELECT * FROM org.organization WHERE name = ${name}`))
const everything = () => db.asSystem('test', (trx) => trx.rows(sql`SELECT to_jsonb(o) - 'version' - 'updated_at' AS o, (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.valid_from) FROM org.placement p WHERE p.organization_id = o.id) AS p FROM org.organization o ORDER BY id`))
/** No line may be lost: what was read is what was answered. */
const expectNoneLost = ({ counts, lines }: { counts: Record<string, number>; lines: unknown[] }) => {
  const { lines: read, ...rest } = counts
  expect(Object.values(rest).reduce((a, b) => a + b, 0)).toBe(read)
  expect(lines).toHaveLength(read!)
}

describe('reading', () => {
  test('GBK, a title above, thousands, blanks that are not zero', async () => {
    const text = `渝中区公共机构名录,,,,,\n填报日期：2026年1月,,,,,\n单位名称,信用代码,类型,区县,建筑面积,人数\n甲小学,${code()},教育类事业单位,渝中区,"12,345.60","1,200"\n乙中学,${code()},021,500103,,\n`
    const c = await check(yuzhong, iconv.encode(text, 'gbk'), { columns })
    expect(outcomes(c)).toEqual(['create', 'create'])
    expectNoneLost(c)
    await apply(yuzhong, c.batchId)
    expect(await byName('甲小学')).toMatchObject({ building_area: '12345.60', people: 1200, category: '021', superior_id: city.yuzhong, region_id: city.regions.yuzhong })
    expect(await byName('乙中学')).toMatchObject({ building_area: null, people: null })
  })
  test('feet are converted, words translated, lines left out by the mapping counted', async () => {
    const file = `Name,Kind,Area (ft²),Status\nA School,K-12,10763.91,ok\nB Office,Office,1000,ok\nC Gone,Office,5,closed\n`
    const c = await check(town, file, {
      columns: { name: 'Name', category: { from: 'Kind', values: { 'K-12': '021', Office: '01' } }, buildingArea: { from: 'Area (ft²)', unit: 'ft²' }, regionId: { value: '500101' } }, skip: { from: 'Status', values: ['closed'] },
    })
    expect(outcomes(c)).toEqual(['create', 'create', 'skipped'])
    expectNoneLost(c)
    await apply(town, c.batchId)
    expect((await byName('A School')).building_area).toBe('1000.00')
    expect((await byName('B Office')).building_area).toBe('92.90')
  })
  test.each([
    ['a wrong code', ['丙', '12500103900000999X', '01', '渝中区', '1', '1'], 'bad_uscc'], ['text for a number', ['丙', '', '01', '渝中区', '很大', '1'], 'not_a_number'],
    ['an unknown region', ['丙单位', '', '01', '火星区', '1', '1'], 'unknown_region'], ['an unknown kind', ['丙单位', '', '企业', '渝中区', '1', '1'], 'unknown_choice'],
    ['a name that is a word of the language', ['丙单位', '', 'constructor', '渝中区', '1', '1'], 'unknown_choice'], ['no name', ['', code(), '01', '渝中区', '1', '1'], 'required'],
    ['people in halves', ['丙单位', '', '01', '渝中区', '1', '1.5'], 'not_an_integer'], ['a negative area', ['丙单位', '', '01', '渝中区', '-1', '1'], 'out_of_range'],
  ])('%s is said at its line', async (_what, row, wanted) => {
    const c = await check(yuzhong, csv(row), { columns })
    expect(outcomes(c)).toEqual(['error'])
    expect(c.lines[0]!.codes).toContain(wanted)
    await expect(apply(yuzhong, c.batchId)).rejects.toMatchObject({ body: { code: 'refused' } })
  })
  test('a column that the file lacks, a mapping of unknown fields', async () => {
    await expect(check(yuzhong, csv(), { columns: { ...columns, address: '地址' } })).rejects.toMatchObject({ body: { code: 'missing_headings' } })
    await expect(check(yuzhong, csv(), { columns: { ...columns, orgPath: '单位名称' } })).rejects.toMatchObject({ body: { code: 'invalid_input' } })
    await expect(check(yuzhong, '', { columns })).rejects.toMatchObject({ body: { code: expect.stringMatching(/empty/) } })
    const failed = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT state, problem FROM imports.batch WHERE state = 'failed'`))
    expect(failed.every((b) => b.problem.message.length > 5)).toBe(true)
  })
})

describe('one institution twice', () => {
  test('in the file: the same once, contradictions not at all', async () => {
    const [a, b] = [code(), code()]
    const c = await check(yuzhong, csv(['重复甲', a, '01', '渝中区', 1, 1], ['重复甲', a, '01', '渝中区', 1, 1], ['重复乙', b, '01', '渝中区', 1, 1], ['重复乙', b, '01', '渝中区', 2, 1]), { columns })
    expect(outcomes(c)).toEqual(['create', 'duplicate', 'create', 'error'])
    expect(c.lines[3]!.codes).toEqual(['conflicting_line'])
    expectNoneLost(c)
    await apply(yuzhong, c.batchId, 'valid')
  })
  test('once by its code, once by its name', async () => {
    const own = code()
    await apply(yuzhong, (await check(yuzhong, csv(['两种叫法', own, '01', '渝中区', 1, 1]), { columns })).batchId)
    const c = await check(yuzhong, csv(['两种叫法', own, '01', '渝中区', 5, 1], ['两种叫法', '', '01', '渝中区', 6, 1]), { columns })
    expect(outcomes(c)).toEqual(['update', 'error'])
    await apply(yuzhong, c.batchId, 'valid')
    expect((await byName('两种叫法')).building_area).toBe('5.00')
  })
  test('the same file again changes nothing', async () => {
    const file = csv(['再来一次', code(), '01', '渝中区', '10.50', 7], ['又来一次', '', '024', '渝中区', '', ''])
    await apply(yuzhong, (await check(yuzhong, file, { columns })).batchId)
    const before = await everything()
    const again = await check(yuzhong, file, { columns })
    expect(outcomes(again)).toEqual(['unchanged', 'unchanged'])
    await apply(yuzhong, again.batchId)
    expect(await everything()).toEqual(before)
  })
  test('registered where the importer cannot look: named at the line, nothing written', async () => {
    const theirs = (await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT uscc FROM org.organization WHERE id = ${city.bureau}`))).uscc
    const c = await check(yuzhong, csv(['好的一行', code(), '01', '渝中区', 1, 1], ['冲突一行', theirs, '01', '渝中区', 1, 1]), { columns })
    await expect(apply(yuzhong, c.batchId)).rejects.toMatchObject({ message: expect.stringMatching(/第 3 行/) })
    expect(await byName('好的一行')).toBeUndefined()
  })
})

test('another district’s file is refused line by line', async () => {
  const c = await check(yuzhong, csv(['万州某局', code(), '01', '万州区', 1, 1], ['渝中某局', code(), '01', '渝中区', 1, 1]), { columns })
  expect(outcomes(c)).toEqual(['error', 'create'])
  expect(c.lines[0]!.codes).toContain('outside_scope')
  // Their institution is not recognised as known, so it cannot be overwritten either.
  const theirs = await check(yuzhong, csv(['万州区示范局', '', '01', '万州区', 1, 1]), { columns })
  expect(theirs.counts).toMatchObject({ update: 0, unchanged: 0, error: 1 })
})

test('a fault leaves nothing half-written', async () => {
  const own = code()
  await apply(yuzhong, (await check(yuzhong, csv(['半途', own, '01', '渝中区', 1, 1]), { columns })).batchId)
  const c = await check(yuzhong, csv(['全新的单位', code(), '01', '渝中区', 1, 1], ['半途', own, '01', '渝中区', 2, 1]), { columns })
  await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET remarks = '别人改过' WHERE name = '半途'`))
  await expect(apply(yuzhong, c.batchId)).rejects.toMatchObject({ message: expect.stringMatching(/第 3 行/) })
  expect(await byName('全新的单位')).toBeUndefined()
})

describe('undo', () => {
  test('puts everything back, to the last digit, also where it stood', async () => {
    const own = code()
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET building_area = 1234567890123456.78, uscc = ${own} WHERE id = ${city.hospital}`))
    const before = await everything()
    const c = await check(town, csv(['渝中区示范医院（新名）', own, '026', '万州区', '9876543210987654.32', 9], ['新来的', code(), '01', '渝中区', 3, 3]), { columns })
    expect(outcomes(c)).toEqual(['update', 'create'])
    await apply(town, c.batchId)
    const after = await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT o.building_area, p.name, p.region_id FROM org.organization o JOIN org.placement p ON p.organization_id = o.id AND p.valid_to IS NULL WHERE o.id = ${city.hospital}`))
    expect(after).toEqual({ building_area: '9876543210987654.32', name: '渝中区示范医院（新名）', region_id: city.regions.wanzhou })
    await undo(town, c.batchId)
    expect(await everything()).toEqual(before)
    const why = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT reason, operation FROM audit.change WHERE record_id = ${city.hospital} AND entity = 'org.organization' ORDER BY id DESC LIMIT 1`))
    expect(why).toEqual([{ reason: '传错了文件', operation: 'import.undo' }])
    await expect(undo(town, c.batchId)).rejects.toMatchObject({ body: { code: 'refused' } })
  })
  test('is refused once something depends on it, or somebody changed it', async () => {
    const c = await check(yuzhong, csv(['有人的单位', code(), '01', '渝中区', 3, 3]), { columns })
    await apply(yuzhong, c.batchId)
    const { id } = await byName('有人的单位')
    await city.actorAt(id, 'filler')
    await expect(undo(yuzhong, c.batchId)).rejects.toMatchObject({ message: expect.stringMatching(/有人的单位/) })
    const d = await check(yuzhong, csv(['改过的单位', code(), '01', '渝中区', 3, 3]), { columns })
    await apply(yuzhong, d.batchId)
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET people = 4 WHERE name = '改过的单位'`))
    await expect(undo(yuzhong, d.batchId)).rejects.toMatchObject({ message: expect.stringMatching(/改过的单位/) })
    expect((await byName('改过的单位')).people).toBe(4)
  })
})

test('twenty thousand rows: none lost, counts add up, undone as one', async () => {
  const n = 20_000
  const rows = Array.from({ length: n }, (_, i) => [`大批第${i}号`, '', i % 1000 === 0 ? '企业' : '026', i % 500 === 1 ? '火星区' : '渝中区', `${i}.5`, i])
  rows.push(rows[5]!, [rows[6]![0]!, '', '026', '渝中区', '1', '1'])
  const c = await check(yuzhong, csv(...rows), { columns })
  expect(c.counts).toMatchObject({ lines: n + 2, error: 20 + 40 + 1, duplicate: 1, create: n - 60 })
  expectNoneLost(c)
  await apply(yuzhong, c.batchId, 'valid')
  const made = await db.asSystem('test', (trx) => trx.one<any>(sql`
    SELECT count(*) AS n, sum(building_area)::text AS area, (SELECT count(*) FROM imports.line l WHERE l.batch_id = ${c.batchId} AND l.outcome = 'create' AND l.record_id IS NULL) AS unlinked,
      (SELECT count(*) FROM imports.line l JOIN org.organization o ON o.id = l.record_id WHERE l.batch_id = ${c.batchId} AND o.name <> l.raw ->> 0) AS mixed FROM org.organization WHERE name LIKE '大批第%'`))
  const good = rows.slice(0, n).filter((r) => r[2] === '026' && r[3] === '渝中区')
  expect(made).toEqual({ n: good.length, area: (good.reduce((s, r) => s + Number(r[5]), 0) + good.length / 2).toFixed(2), unlinked: 0, mixed: 0 })
  expect(await undo(yuzhong, c.batchId)).toBe(good.length)
  expect((await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT count(*) AS n FROM org.organization WHERE name LIKE '大批第%'`))).n).toBe(0)
}, 300_000)

test('once its month was archived, taking back is refused instead of doing nothing', async () => {
  const c = await check(yuzhong, csv(['归档前导入的', code(), '01', '渝中区', 3, 3]), { columns })
  await apply(yuzhong, c.batchId)
  await takeTrailAway(connection)
  await expect(undo(yuzhong, c.batchId)).rejects.toMatchObject({ body: { code: 'refused' }, message: expect.stringContaining('修改历史已经归档') })
  expect(await byName('归档前导入的')).toBeDefined()
  expect(await db.asSystem('test', (trx) => trx.one(sql`SELECT state FROM imports.batch WHERE id = ${c.batchId}`))).toEqual({ state: 'applied' })
})
