import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { unzipSync, strFromU8 } from 'fflate'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { exactNumber, safeText } from './cell-out.ts'
import { csvCell } from './csv-out.ts'
import { detectHeader } from './header.rules.ts'
import { folder, put, readAll, removeFolder, texts } from './intake/test-files.ts'
import { plainText } from './intake/csv-rows.ts'
import { writeTemplate } from './template.ts'
import { writeCsv, writeErrorTable, writeTable, type OutColumn } from './workbook-out.ts'

afterAll(removeFolder)
let files = 0
async function written(extension: string, write: (stream: Writable) => Promise<void>): Promise<string> {
  const path = join(folder, `out${files++}.${extension}`)
  await write(createWriteStream(path))
  return path
}
const part = (path: string, name: string): string => strFromU8(unzipSync(readFileSync(path))[name]!)

const columns: OutColumn[] = [
  { key: 'name', heading: '单位', width: 30, kind: 'text' },
  { key: 'power', heading: '用电量', unit: 'kWh', kind: 'number' },
  { key: 'day', heading: '日期', kind: 'date' },
]
const ROWS = [
  { name: '=HYPERLINK("http://x")', power: '1234.50', day: '2026-03-01' },
  { name: '＋1', power: '12345678901234567.89', day: null },
  { name: '007', power: '-5', day: '待定' },
  { name: '控制\u0007字\ufffe_x0041_', power: null },
]

describe('xlsx', () => {
  it('types numbers that fit, and writes no formula', async () => {
    const path = await written('xlsx', (s) => writeTable(s, { sheetName: '能耗/2026', columns, rows: ROWS, title: '导出', notes: ['口径：见说明'] }))
    const sheet = part(path, 'xl/worksheets/sheet1.xml')
    expect(sheet).not.toMatch(/<f[ >]/)
    expect(sheet).toContain('<autoFilter ref="A2:C6"')
    expect(sheet).toContain('state="frozen"')
    expect(part(path, 'xl/styles.xml')).toContain('宋体')
    const { all, sheet: name } = await readAll(path)
    expect(name).toBe('能耗 2026')
    expect(all.map(texts)).toEqual([
      ['导出'], ['单位', '用电量（kWh）', '日期'], ['=HYPERLINK("http://x")', '1234.5', '2026-03-01'], ['＋1', '12345678901234567.89'],
      ['007', '-5', '待定'], ['控制字_x0041_'], ['口径：见说明'],
    ])
    expect(all[2]!.cells.map((c) => c!.kind)).toEqual(['text', 'number', 'date'])
    expect(all[3]!.cells[1]!.kind).toBe('text')
    expect(all[4]!.cells.map((c) => c!.kind)).toEqual(['text', 'number', 'text'])
  })
  it('a number that is written as one is the same number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.nat(6), (n, places) => {
        const digits = n.toString().replace('-', '').padStart(places + 1, '0')
        const text = `${n < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${places ? `.${digits.slice(-places)}` : ''}`
        const exact = exactNumber(text)
        if (exact === undefined) return void expect(digits.replace(/^0+/, '').length).toBeGreaterThan(15)
        expect(exact.toFixed(places)).toBe(text)
      }),
    )
  })
  it('streams 50 000 rows to a slow taker, and notices when the taker is gone', async () => {
    function* many(): Generator<Record<string, unknown>> {
      for (let i = 0; i < 50_000; i++) yield { name: `机构${i}`, power: `${i}.5`, day: '2026-03-01' }
    }
    const path = await written('xlsx', (s) => writeTable(s, { sheetName: '多', columns, rows: many() }))
    expect((await readAll(path)).all.length).toBe(50_001)
    const gone = new PassThrough()
    setTimeout(() => gone.destroy(), 20)
    await expect(writeTable(gone, { sheetName: '多', columns, rows: many() })).rejects.toThrow()
  }, 20_000)
})

describe('what goes out', () => {
  const cell = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('=1', '_x0041_', ' 空格 ', '甲\n乙', '𠮷', '\ud800', '<a>&amp;', null))
  it('comes back as the same texts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (table) => {
        const out = table.map(([name, power]) => ({ name, power: power === null ? null : `${power}x` }))
        const path = await written('xlsx', (s) => writeTable(s, { sheetName: '往返', columns: columns.slice(0, 2), rows: out }))
        const back = new Map((await readAll(path)).all.map((r) => [r.line, texts(r)]))
        // XML turns a carriage return into a line feed and cannot carry control characters.
        const kept = (text: string | null): string => safeText(text ?? '').replaceAll('_x005F_', '_').replace(/\r\n?/g, '\n')
        out.forEach((row, i) => expect([0, 1].map((c) => back.get(i + 2)?.[c] ?? '')).toEqual([kept(row.name), kept(row.power)]))
      }),
      { numRuns: 15 },
    )
  }, 20_000)
})

describe('error table', () => {
  it('keeps the columns, marks the fault, and can be uploaded again', async () => {
    const source = await readAll(put('in.csv', '单位,用电量（kWh）,问题,怎样改\n甲,120度,旧问题,旧办法\n,5\n'))
    const write = (s: Writable): Promise<void> =>
      writeErrorTable(s, {
        sheetName: '待改', headings: texts(source.all[0]).map(String),
        rows: [
          { line: 2, cells: source.all[1]!.cells, problems: [{ column: 1, problem: '“120度”不是数字，请只填 120' }] },
          { line: 3, cells: source.all[2]!.cells, problems: [{ column: 0, problem: '缺单位' }, { problem: '整行重复' }] },
        ],
      })
    const path = await written('xlsx', write)
    const again = await readAll(path)
    expect(again.all.map(texts)).toEqual([['单位', '用电量（kWh）', '问题', '原文件行号'], ['甲', '120度', '“120度”不是数字，请只填 120', '2'], [null, '5', '缺单位；整行重复', '3']])
    expect(part(path, 'xl/styles.xml')).toContain('FFFFC7CE')
    expect(detectHeader(again.all, [{ key: 'name', names: ['单位'] }, { key: 'power', names: ['用电量'] }])!.columns).toEqual({ name: 0, power: 1 })
  })
})

describe('csv', () => {
  it.each([
    ['=1+1', "'=1+1"], ['+8613', "'+8613"], ['-cmd', "'-cmd"], ['@x', "'@x"], ['＝1', "'＝1"], ['＠x', "'＠x"], ['\t=1', '"\'\t=1"'], [' =1', "' =1"], ['a,b', '"a,b"'], ['说"好"', '"说""好"""'], ['平常', '平常'],
  ])('%j → %j', (text, out) => expect(csvCell(text)).toBe(out))
  it('leaves numbers alone', () => {
    expect(csvCell('-5.10', 'number')).toBe('-5.10')
    expect(csvCell('-12345678901234567', 'number')).toBe("'-12345678901234567")
    expect(csvCell(true)).toBe('是')
  })
  it('comes back as it went out', async () => {
    const path = await written('csv', (s) => writeCsv(s, { columns, rows: ROWS }))
    expect(readFileSync(path).subarray(0, 3)).toEqual(Buffer.from('efbbbf', 'hex'))
    const { all, encoding } = await readAll(path)
    expect(encoding).toBe('utf-8')
    expect(texts(all[1])).toEqual(['=HYPERLINK("http://x")', '1234.50', '2026-03-01'])
    expect(texts(all[2])).toEqual(['＋1', '12345678901234567.89'])
  })
  it('the reader takes off what the writer put on', () =>
    fc.assert(fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '＝', '＋', ' =', '\n@'), fc.stringMatching(/^[a-z0-9()=]*$/), (sign, rest) => {
      expect(plainText(csvCell(sign + rest).replace(/^"(.*)"$/s, '$1').replaceAll('""', '"'))).toBe(sign + rest)
    })))
})

describe('template', () => {
  it('has required marks, lists and instructions, and its headings are found again', async () => {
    const path = await written('xlsx', (s) =>
      writeTemplate(s, {
        sheetName: '机构',
        columns: [
          { key: 'name', heading: '单位名称', kind: 'text', required: true, example: '市档案馆' },
          { key: 'kind', heading: '类别', kind: 'choice', choices: Array.from({ length: 60 }, (_, i) => `类别，其${i}`), help: '按编办批文填写' },
          { key: 'area', heading: '建筑面积', unit: '㎡', kind: 'number' },
        ],
      }))
    const read = await readAll(path)
    expect(read).toMatchObject({ sheet: '机构', sheetNames: ['机构', '填写说明'] })
    const found = detectHeader(read.all, [{ key: 'name', names: ['单位名称'] }, { key: 'kind', names: ['类别'] }, { key: 'area', names: ['建筑面积'] }])!
    expect(found.columns).toEqual({ name: 0, kind: 1, area: 2 })
    const sheet = part(path, 'xl/worksheets/sheet1.xml')
    expect(sheet.match(/<dataValidation /g)).toHaveLength(1)
    expect(sheet).toContain('选项!$B$1:$B$60')
    expect(sheet).toContain('sqref="B2:B2001"')
    expect((await readAll(path, { sheet: '填写说明' })).all.flatMap(texts)).toContain('按编办批文填写')
  })
})
