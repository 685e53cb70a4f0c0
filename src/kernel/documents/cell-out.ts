/**
 * How a value of ours becomes a cell. Text always becomes a typed text cell, never a formula; a number becomes a
 * numeric cell only when a binary number holds it exactly as written.
 */
export type OutKind = 'text' | 'number' | 'date'

export interface OutColumn {
  key: string
  heading: string
  /** Written behind the heading: 用电量（kWh） */
  unit?: string
  /** In characters. */
  width?: number
  kind?: OutKind
}

const SIGNIFICANT = 15
/** Bound of the file format. */
const LONGEST_TEXT = 32_767

export const headingOf = (column: { heading: string; unit?: string }): string =>
  column.unit ? `${column.heading}（${column.unit}）` : column.heading

/** The number, if writing it as one loses nothing: at most 15 significant digits, no leading zeros of a code. */
export function exactNumber(text: string): number | undefined {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return undefined
  const digits = text
    .replace(/^-?(0\.0*|0)?/, '')
    .replace('.', '')
    .replace(/^0+/, '')
  return digits.length <= SIGNIFICANT ? Number(text) : undefined
}

/** What XML 1.0 cannot carry is left out; `_x0041_` is escaped, because spreadsheets would decode it. */
export function safeText(value: string): string {
  const text = value
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '')
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .toWellFormed()
  return text.length > LONGEST_TEXT
    ? `${text.slice(0, LONGEST_TEXT - 1).replace(/[\ud800-\udbff]$/, '')}…`
    : text
}

export type OutValue = string | number | Date | null

export function outValue(value: unknown, kind: OutKind = 'text'): OutValue {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (typeof value === 'number' || typeof value === 'bigint')
    return exactNumber(String(value)) ?? String(value)
  const text = value instanceof Date ? value.toISOString() : String(value)
  if (kind === 'number') return exactNumber(text) ?? safeText(text)
  if (kind === 'date') {
    const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
    // Days before March 1900 differ between programs: they stay text.
    if (day && text >= '1900-03-01') return new Date(`${text}T00:00:00Z`)
  }
  return safeText(text)
}

/** As many decimal places as the number shows, none added and none hidden. */
export const numberFormat = (text: string): string => {
  const places = text.split('.')[1]?.length ?? 0
  return places ? `#,##0.${'0'.repeat(places)}` : '#,##0'
}

/** Name that spreadsheet programs accept for a sheet. */
export const sheetTitle = (name: string): string =>
  [
    ...name
      .replace(/[\\/*?:[\]]/g, ' ')
      .replace(/^'+|'+$/g, '')
      .trim(),
  ]
    .slice(0, 31)
    .join('') || '数据'
