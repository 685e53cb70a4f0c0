import ExcelJS from 'exceljs'
import { afterAll, describe, expect, it } from 'vitest'
import { codeOf, put, readAll, removeFolder, texts, workbook } from './test-files.ts'

afterAll(removeFolder)

const DATE_STYLES =
  '<numFmts count="1"><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="20"/></cellXfs>'

describe('cells', () => {
  it('come out with kind and exact text', async () => {
    const rows = `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>25614799.899999999</v></c><c r="C2"><v>6.28795516E9</v></c><c r="D2" t="b"><v>1</v></c>
      <c r="E2" t="e"><v>#DIV/0!</v></c><c r="F2" t="str"><f>A1</f><v>甲&amp;乙</v></c><c r="G2"><f>1/0</f></c><c r="H2" t="inlineStr"><is><r><t>富</t></r><r><t>文本</t></r><rPh sb="0" eb="1"><t>fu</t></rPh></is></c>
      <c r="J2"><v>43466.0</v></c><c r="K2" t="e"><f>VLOOKUP(1,2,3)</f><v>#N/A</v></c><c r="L2" s="1"/></row>`
    const { all, date1904 } = await readAll(put('a.xlsx', workbook({ rows, sharedStrings: '<si><t>共享_x000A_串</t><rPh><t>gx</t></rPh></si>' })))
    expect(date1904).toBe(false)
    expect(all).toEqual([
      {
        line: 2,
        cells: [
          { kind: 'text', text: '共享\n串' }, { kind: 'number', text: '25614799.9' }, { kind: 'number', text: '6287955160' }, { kind: 'boolean', text: 'TRUE' },
          { kind: 'error', text: '#DIV/0!' }, { kind: 'text', text: '甲&乙' }, { kind: 'error', text: '#未计算!' }, { kind: 'text', text: '富文本' }, null,
          { kind: 'number', text: '43466' }, { kind: 'error', text: '#N/A' },
        ],
      },
    ])
  })

  it.each([[false, '2016-01-01', '42370'], [true, '2020-01-02', '42370']])('dates, 1904: %s', async (date1904, expected, serial) => {
    const rows = `<row r="1"><c r="A1" s="1"><v>${serial}</v></c><c r="B1" s="2"><v>${serial}.5</v></c><c r="C1" s="3"><v>0.5</v></c><c r="D1" s="0"><v>${serial}</v></c><c r="E1" t="d"><v>2026-03-01T00:00:00</v></c></row>`
    const { all } = await readAll(put('d.xlsx', workbook({ rows, date1904, styles: DATE_STYLES })))
    expect(texts(all[0])).toEqual([expected, `${expected}T12:00:00`, '12:00:00', serial, '2026-03-01'])
    expect(all[0]!.cells.map((c) => c!.kind)).toEqual(['date', 'date', 'date', 'number', 'date'])
  })

  it('knows which cells a merge covers', async () => {
    const rows = '<row r="1"><c r="A1" t="str"><v>标题</v></c></row><row r="2"><c r="A2" t="str"><v>甲局</v></c><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"/><c r="B3"><v>2</v></c></row>'
    const { all } = await readAll(put('m.xlsx', workbook({ rows, after: '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="A2:A3"/></mergeCells>' })))
    expect(all[0]!.cells).toEqual([{ kind: 'text', text: '标题' }, { kind: 'text', text: '', merged: true }])
    expect(all[1]!.cells[0]).toEqual({ kind: 'text', text: '甲局', spans: true })
    expect(all[2]!.cells).toEqual([{ kind: 'text', text: '', merged: true }, { kind: 'number', text: '2' }])
  })

  it('reads prefixed element names and cells without addresses', async () => {
    const sheet = '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c t="str"><x:v>二</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    expect(texts((await readAll(put('x.xlsx', workbook({ sheet })))).all[0])).toEqual(['1', '二'])
  })

  it('reads what a spreadsheet library writes, and the chosen sheet', async () => {
    const book = new ExcelJS.Workbook()
    book.addWorksheet('封面').addRow(['只有标题'])
    const sheet = book.addWorksheet('能耗')
    sheet.addRow(['单位', '用电量（kWh）', '日期'])
    sheet.addRow(['市档案馆', 1234.5, new Date(Date.UTC(2026, 2, 1))])
    const path = put('lib.xlsx', new Uint8Array(await book.xlsx.writeBuffer()))
    const read = await readAll(path)
    expect(read).toMatchObject({ sheet: '能耗', sheetNames: ['封面', '能耗'] })
    expect(texts(read.all[1])).toEqual(['市档案馆', '1234.5', '2026-03-01'])
    expect(texts((await readAll(path, { sheet: '封面' })).all[0])).toEqual(['只有标题'])
    expect(await codeOf(path, { sheet: '没有' })).toBe('no_such_sheet')
  })
})

describe('size', () => {
  it('a stray cell in the last corner costs nothing, and says where it is', async () => {
    const path = put('corner.xlsx', workbook({ rows: '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' }))
    expect(await codeOf(path)).toBe('too_many_columns')
    const far = await readAll(put('far.xlsx', workbook({ rows: '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="C1048576"><v>1</v></c><c r="XFD1048576" s="0"/></row>' })))
    expect(far.all.map((r) => [r.line, r.cells.length])).toEqual([[1, 1], [1048576, 3]])
  })
  it('a merge over the whole sheet stays one range', async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => `<row r="${i + 1}"><c r="A${i + 1}"><v>${i}</v></c></row>`).join('')
    const { all } = await readAll(put('whole.xlsx', workbook({ rows, after: '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>' })))
    expect(all.length).toBe(2000)
    expect(Math.max(...all.map((r) => r.cells.length))).toBe(1)
  })
  it('limits rows and cells', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `<row r="${i + 1}"><c r="A${i + 1}"><v>1</v></c><c r="B${i + 1}"><v>1</v></c></row>`).join('')
    const path = put('rows.xlsx', workbook({ rows }))
    expect(await codeOf(path, { limits: { rows: 49 } })).toBe('too_many_rows')
    expect(await codeOf(path, { limits: { cells: 99 } })).toBe('too_many_cells')
    expect(await codeOf(path, { limits: { rows: 50, cells: 100 } })).toBe('read')
    const far = Array.from({ length: 50 }, (_, i) => `<row r="${i + 1}"><c r="AZ${i + 1}"><v>1</v></c></row>`).join('')
    expect(await codeOf(put('far.xlsx', workbook({ rows: far })), { limits: { cells: 100 } })).toBe('too_sparse')
  })
  it('reads 100 000 rows', async () => {
    const parts: string[] = []
    for (let i = 1; i <= 100_000; i++) parts.push(`<row r="${i}"><c r="A${i}" t="str"><v>机构${i}</v></c><c r="B${i}"><v>${i}.25</v></c><c r="C${i}"><v>${i * 7}</v></c></row>`)
    const path = put('many.xlsx', workbook({ rows: parts.join('') }))
    const started = performance.now()
    let seen = 0
    const { all } = await readAll(path, { onProgress: (p) => (seen = p.rows) })
    expect(all.length).toBe(100_000)
    expect(texts(all.at(-1))).toEqual(['机构100000', '100000.25', '700000'])
    expect(seen).toBe(100_000)
    expect(performance.now() - started).toBeLessThan(10_000)
  }, 20_000)
})

describe('taking', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => `<row r="${i + 1}"><c r="A${i + 1}"><v>1</v></c></row>`).join('')
  it('may stop early, and may be called off', async () => {
    const { openTable } = await import('./open-table.ts')
    const path = put('early.xlsx', workbook({ rows }))
    const table = await openTable(path, { fileName: path })
    for await (const batch of table.rows()) {
      expect(batch.length).toBe(500)
      break
    }
    const controller = new AbortController()
    const second = await openTable(path, { fileName: path, signal: controller.signal })
    await expect(async () => {
      for await (const _ of second.rows()) controller.abort(new Error('cancelled'))
    }).rejects.toThrow('cancelled')
  })
})
