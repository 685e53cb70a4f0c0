/** The rows of one sheet, streamed: what a cell holds is known when its element closes, and nothing is kept. */
import { readXml, decodeEscapes } from './xml-events.ts'
import { MergeCursor, columnIndex, type Range } from './merged-ranges.ts'
import { numberCell } from './cell-value.ts'
import { LONGEST_CELL, LONGEST_ROW } from './limits.ts'
import { refusals } from './refusals.ts'
import { CELL_KINDS, columnName, type CellKind } from './sheet.rules.ts'
import { MERGED, SPANS } from './row-batch.ts'
import type { RowSink } from './row-sink.ts'
import type { SharedStrings } from './shared-strings.ts'
import type { TimeFormat } from './number-format.rules.ts'

export interface SheetContext {
  part: string
  strings: SharedStrings | undefined
  timeStyles: readonly TimeFormat[]
  date1904: boolean
  merges: readonly Range[]
  maxColumns: number
}

const LAST_LINE = 1_048_576
/** Wider merges are titles over the whole sheet; marking their every cell would only cost memory. */
const WIDEST_MARKED = 256
const TEXT = CELL_KINDS.indexOf('text')

export async function readSheetRows(
  chunks: AsyncIterable<Buffer>,
  context: SheetContext,
  sink: RowSink,
): Promise<void> {
  const cursor = new MergeCursor(context.merges)
  let [inRows, inRow, inCell] = [false, false, false]
  let [line, column] = [0, -1]
  let [type, style, stored] = ['', 0, '']
  let [collecting, hasValue, hasFormula] = [false, false, false]
  let phonetic = 0
  let row = new Map<number, { kind: number; text: string }>()
  let rowText = 0

  function openRow(a: Record<string, string>): void {
    const next = a['r'] === undefined ? line + 1 : Number(a['r'])
    if (!Number.isInteger(next) || next <= line || next > LAST_LINE)
      throw refusals.damaged(`${context.part} 第 ${line} 行之后`)
    line = next
    column = -1
    inRow = true
    if (row.size) row = new Map()
    rowText = 0
  }
  function openCell(a: Record<string, string>): void {
    const ref = a['r']
    column = ref === undefined ? column + 1 : columnIndex(/^[A-Z]{1,3}(?=\d)/.exec(ref)?.[0] ?? '')
    if (column < 0) throw refusals.damaged(`${context.part} 第 ${line} 行`)
    inCell = true
    type = a['t'] ?? 'n'
    style = a['s'] === undefined ? 0 : Number(a['s'])
    stored = ''
    hasValue = hasFormula = false
  }
  function put(kind: CellKind, text: string): void {
    if (text === '') return
    if (column >= context.maxColumns)
      throw refusals.tooManyColumns(`${columnName(column)}${line}`, context.maxColumns)
    // One long string may stand in every cell of a row.
    if ((rowText += text.length) > LONGEST_ROW) throw refusals.tooLongText(line)
    row.set(column, { kind: CELL_KINDS.indexOf(kind), text })
  }
  function closeCell(): void {
    inCell = false
    if (!hasValue || (stored === '' && hasFormula)) {
      // A program wrote the formula and left the calculation to a spreadsheet that never opened it.
      if (hasFormula && type !== 'str') put('error', '#未计算!')
      return
    }
    switch (type) {
      case 's': {
        const text = context.strings?.get(stored === '' ? -1 : Number(stored))
        if (text === undefined) throw refusals.damaged(`单元格 ${columnName(column)}${line}`)
        return put('text', text)
      }
      case 'str':
      case 'inlineStr':
        return put('text', decodeEscapes(stored))
      case 'b':
        return put('boolean', stored.trim() === '1' || stored.trim() === 'true' ? 'TRUE' : 'FALSE')
      case 'e':
        return put('error', stored)
      case 'd':
        return put('date', stored.replace(/(\.\d+)?Z?$/, '').replace(/T00:00(:00)?$/, ''))
      default: {
        if (stored.trim() === '') return
        const read = numberCell(stored, context.timeStyles[style], context.date1904)
        put(read.kind, read.text)
      }
    }
  }
  function closeRow(): void {
    inRow = false
    if (row.size === 0) return
    const columns = [...row.keys()]
    if (!ascending(columns)) columns.sort((x, y) => x - y)
    const ranges = cursor.at(line)
    const merged = coveredColumns(ranges, columns.at(-1)!)
    if (!merged) {
      sink.row(line)
      for (const c of columns) sink.cell(c, row.get(c)!.kind, row.get(c)!.text)
    } else {
      sink.row(line)
      const spanning = new Set(ranges.filter((r) => r.top === line && r.bottom > line).map((r) => r.left))
      for (const c of [...new Set([...columns, ...merged])].sort((x, y) => x - y)) {
        const flag = merged.has(c) ? MERGED : spanning.has(c) ? SPANS : 0
        sink.cell(c, (row.get(c)?.kind ?? TEXT) + flag, row.get(c)?.text ?? '')
      }
    }
    sink.endRow()
  }
  function coveredColumns(ranges: readonly Range[], last: number): Set<number> | undefined {
    if (ranges.length === 0) return undefined
    const covered = new Set<number>()
    for (const r of ranges) {
      const right =
        r.right - r.left < WIDEST_MARKED ? Math.min(r.right, context.maxColumns - 1) : Math.min(r.right, last)
      for (let c = r.top === line ? r.left + 1 : r.left; c <= right; c++) covered.add(c)
    }
    return covered
  }

  await readXml(
    chunks,
    context.part,
    {
      open(name, a) {
        if (name === 'sheetData') inRows = true
        else if (!inRows) return
        else if (name === 'row') openRow(a)
        else if (name === 'c' && inRow) openCell(a)
        else if (!inCell) return
        else if (name === 'v') collecting = hasValue = true
        else if (name === 'is') hasValue = true
        else if (name === 't') collecting = phonetic === 0
        else if (name === 'rPh') phonetic++
        else if (name === 'f') hasFormula = true
      },
      text(part) {
        if (!collecting) return
        stored += part
        if (stored.length > LONGEST_CELL) throw refusals.tooLongCell(`${columnName(column)}${line}`)
      },
      close(name) {
        if (!inRows) return
        if (name === 'v' || name === 't') collecting = false
        else if (name === 'c' && inCell) closeCell()
        else if (name === 'row' && inRow) closeRow()
        else if (name === 'rPh') phonetic--
        else if (name === 'sheetData') inRows = false
      },
    },
    () => sink.flow(),
  )
}

function ascending(columns: readonly number[]): boolean {
  for (let i = 1; i < columns.length; i++) if (columns[i]! <= columns[i - 1]!) return false
  return true
}
