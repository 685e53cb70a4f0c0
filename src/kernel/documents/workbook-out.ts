/** Tables going out: exports, and the list of what was wrong with an import. */
import type { Writable } from 'node:stream'
import { exactNumber, headingOf, outValue, safeText, type OutColumn, type OutValue } from './cell-out.ts'
import { streamSheet, type OutRow } from './sheet-stream.ts'
import type { Cell } from './intake/sheet.rules.ts'

export type { OutColumn, OutKind } from './cell-out.ts'
export { writeCsv } from './csv-out.ts'

export interface OutTable {
  sheetName: string
  columns: readonly OutColumn[]
  /** Values by column key: decimal strings, ISO days, texts, booleans; null and absent are empty cells. */
  rows: AsyncIterable<Record<string, unknown>> | Iterable<Record<string, unknown>>
  title?: string
  notes?: readonly string[]
}

/** Write an .xlsx and end the stream. */
export async function writeTable(stream: Writable, table: OutTable): Promise<void> {
  const { columns, rows } = table
  const shape = {
    sheetName: table.sheetName,
    headings: columns.map((c) => safeText(headingOf(c))),
    widths: columns.map((c) => c.width),
    title: table.title,
    notes: table.notes?.map(safeText),
  }
  async function* out(): AsyncGenerator<OutRow> {
    for await (const row of rows) yield { values: columns.map((c) => outValue(row[c.key], c.kind)) }
  }
  await streamSheet(stream, shape, out())
}

/** Columns that the error table adds; an import ignores them, so that the corrected file can be uploaded as it is. */
export const PROBLEM_HEADING = '问题'
export const LINE_HEADING = '原文件行号'
/** The third was written by former editions. */
const ERROR_HEADINGS: readonly string[] = [PROBLEM_HEADING, LINE_HEADING, '怎样改']

export interface FaultyRow {
  /** Where it stands in the file that it comes from: whoever mends that one finds it. */
  line: number
  cells: readonly Cell[]
  problems: readonly {
    /** Column of the original table, from 0; absent: the row as a whole. */
    column?: number
    problem: string
  }[]
}

export interface ErrorTable {
  sheetName: string
  /** As they stood in the file. */
  headings: readonly string[]
  rows: AsyncIterable<FaultyRow> | Iterable<FaultyRow>
}

/** The original columns unchanged, the problems and the line behind them, faulty cells marked. */
export async function writeErrorTable(stream: Writable, table: ErrorTable): Promise<void> {
  // A file that has been here before brings these columns along.
  const kept = table.headings.map((h, i) => ({ h, i })).filter(({ h }) => !ERROR_HEADINGS.includes(h.trim()))
  const place = new Map(kept.map(({ i }, at) => [i, at]))
  async function* out(): AsyncGenerator<OutRow> {
    for await (const row of table.rows) {
      const faults = new Set(row.problems.flatMap((p) => place.get(p.column ?? -1) ?? []))
      const problems = [...new Set(row.problems.map((p) => p.problem))].join('；')
      const values = kept.map(({ i }) => original(row.cells[i] ?? null))
      values.push(problems ? safeText(problems) : null, row.line)
      yield { values, faults }
    }
  }
  const headings = [...kept.map(({ h }) => safeText(h)), PROBLEM_HEADING, LINE_HEADING]
  const widths = [...kept.map(() => 16), 60, 12]
  await streamSheet(stream, { sheetName: table.sheetName, headings, widths }, out())
}

function original(cell: Cell): OutValue {
  if (!cell || cell.text === '') return null
  if (cell.kind === 'number') return exactNumber(cell.text) ?? cell.text
  if (cell.kind === 'date') return outValue(cell.text, 'date')
  return safeText(cell.text)
}
