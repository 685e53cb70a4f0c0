/** From what is typed or pasted to what a cell holds, and back: exact texts, nothing guessed. */
import { parseNumber } from '../../quantities/numbers.rules.ts'
import { grouped } from '../../registers/display.rules.ts'
import type { ReportItem } from '../report.rules.ts'

export type CellValue = string | null
export type Cells = Readonly<Record<string, CellValue>>

const numeric = (item: ReportItem): boolean => item.type.kind === 'decimal' || item.type.kind === 'integer'

/** `12,345.60` → `12345.6`; blank and 无 → null. What is no number stays as typed, so that it can be found and corrected. */
export function valueOf(text: string, item: ReportItem): CellValue {
  const given = text.trim()
  if (!given) return null
  if (numeric(item)) {
    const read = parseNumber(given)
    return read.ok ? read.value : given.slice(0, 60)
  }
  const choices = item.type.choices
  return (choices && (Object.keys(choices).find((k) => choices[k] === given) ?? (given in choices ? given : undefined))) ?? given.slice(0, 60)
}

export const isNumberText = (value: CellValue): boolean => value === null || /^-?\d+(\.\d+)?$/.test(value)

/** `156388.0000` → `156388`: the column's places are no part of the figure. */
export const plain = (value: CellValue): CellValue => (value !== null && /^-?\d+\.\d+$/.test(value) ? value.replace(/\.?0+$/, '') : value)
export const plainCells = <C extends Cells | null>(cells: C): C => (cells && Object.fromEntries(Object.entries(cells).map(([c, v]) => [c, plain(v)]))) as C

/** For reading: thousands grouped, money with its cents, a blank stays blank. */
export function shownText(value: CellValue | undefined, item: ReportItem): string {
  if (value === null || value === undefined) return ''
  if (item.type.choices) return item.type.choices[value] ?? value
  if (!numeric(item) || !isNumberText(value)) return value
  const short = plain(value)!
  const [whole, part = ''] = short.split('.')
  return grouped(item.unit === '元' && part.length < 2 ? `${whole}.${part.padEnd(2, '0')}` : short)
}

/** Rows of cells as spreadsheets put them on the clipboard: tabs, line ends, quotes around texts with either. */
export function blockFrom(text: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  const end = () => {
    rows.at(-1)!.push(cell)
    cell = ''
  }
  const body = text.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  for (let i = 0; i < body.length; i++) {
    const c = body[i]!
    if (quoted) {
      if (c !== '"') cell += c
      else if (body[i + 1] === '"') cell += body[++i]
      else quoted = false
    } else if (c === '"' && cell === '') quoted = true
    else if (c === '\t') end()
    else if (c === '\n') {
      end()
      rows.push([])
    } else cell += c
  }
  end()
  return rows
}

export const blockText = (rows: readonly (readonly string[])[]): string =>
  rows.map((r) => r.map((c) => (/[\t\n"]/.test(c) ? `"${c.replaceAll('"', '""')}"` : c)).join('\t')).join('\n')
