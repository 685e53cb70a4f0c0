/** A workbook written row by row into a stream: memory stays flat however long the table is. */
import ExcelJS from 'exceljs'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { numberFormat, sheetTitle, type OutValue } from './cell-out.ts'

export const FONT = '宋体'
const YIELD_EVERY = 200
const HEADER_FILL = 'FFDCE6F1'
export const FAULT_FILL = 'FFFFC7CE'

export interface SheetShape {
  sheetName: string
  headings: readonly string[]
  widths: readonly (number | undefined)[]
  /** A line over the headings. */
  title?: string
  /** Lines behind the last row. */
  notes?: readonly string[]
}

export interface OutRow {
  values: readonly OutValue[]
  /** Index of cells to be marked as faulty. */
  faults?: ReadonlySet<number>
}

/** One object per look: the writer knows a style again by its identity, which makes it three times faster. */
const looks = new Map<string, Partial<ExcelJS.Style>>()
function cellStyle(value: OutValue, fault: boolean): Partial<ExcelJS.Style> {
  const numFmt =
    typeof value === 'number' ? numberFormat(String(value)) : value instanceof Date ? 'yyyy-mm-dd' : '@'
  const key = `${numFmt}${fault}`
  let look = looks.get(key)
  if (!look) {
    look = { font: { name: FONT, size: 11 }, numFmt }
    if (fault) look.fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: FAULT_FILL } }
    looks.set(key, look)
  }
  return look
}

export async function streamSheet(
  stream: Writable,
  shape: SheetShape,
  rows: AsyncIterable<OutRow> | Iterable<OutRow>,
): Promise<void> {
  const broken = new Promise<never>((_, reject) => {
    stream.once('error', reject)
    stream.once(
      'close',
      () => stream.writableFinished || reject(new Error('stream closed before the workbook was written')),
    )
  })
  broken.catch(() => undefined)
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({
    stream: stream as never,
    useStyles: true,
    useSharedStrings: false,
    zip: { zlib: { level: 6 } } as never,
  })
  const headerLine = shape.title ? 2 : 1
  const columns = shape.headings.length
  const sheet = workbook.addWorksheet(sheetTitle(shape.sheetName), {
    views: [{ state: 'frozen', ySplit: headerLine }],
  })
  sheet.columns = shape.widths.map((width) => ({
    width: width ?? 16,
    style: { font: { name: FONT, size: 11 } },
  }))
  if (shape.title) {
    const row = sheet.addRow([shape.title])
    row.getCell(1).font = { name: FONT, size: 14, bold: true }
    row.commit()
  }
  const header = sheet.addRow([...shape.headings])
  header.eachCell((cell) => {
    cell.font = { name: FONT, size: 11, bold: true }
    cell.fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: HEADER_FILL } }
    cell.alignment = { vertical: 'middle', wrapText: true }
  })
  header.commit()
  let line = headerLine
  for await (const { values, faults } of rows) {
    const row = sheet.addRow(values)
    line++
    values.forEach((value, i) => {
      const fault = faults?.has(i) ?? false
      if (value !== null || fault) row.getCell(i + 1).style = cellStyle(value, fault)
    })
    row.commit()
    // Rows go through the packer in turns of the event loop; let it run, and wait for a slow taker.
    if (line % YIELD_EVERY === 0) {
      if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), broken])
      else await Promise.race([new Promise((resolve) => setImmediate(resolve)), broken])
    }
  }
  if (columns > 0 && line > headerLine)
    sheet.autoFilter = { from: { row: headerLine, column: 1 }, to: { row: line, column: columns } }
  for (const note of shape.notes ?? []) sheet.addRow([note]).commit()
  sheet.commit()
  await Promise.race([workbook.commit(), broken])
}
