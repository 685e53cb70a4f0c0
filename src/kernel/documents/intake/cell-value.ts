/** From what a sheet stores for a cell to its kind and exact text. */
import Decimal from 'decimal.js'
import { fromExcelSerial } from '../../quantities/dates.rules.ts'
import type { TimeFormat } from './number-format.rules.ts'
import type { CellKind } from './sheet.rules.ts'

const Plain = Decimal.clone({ precision: 40, toExpNeg: -100, toExpPos: 100 })

/**
 * Plain decimal digits. Files carry 17 significant digits of a binary number (`25614799.899999999`); 15 are what
 * the spreadsheet program shows and what was typed. `undefined` when it is no number.
 */
export function plainNumber(stored: string): string | undefined {
  if (stored.length <= 15 && /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(stored))
    return stored === '-0' ? '0' : stored
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(stored.trim())) return undefined
  const n = Number(stored)
  if (!Number.isFinite(n)) return undefined
  if (n === 0) return '0'
  const rounded = n.toPrecision(15)
  return Math.abs(n) > 1e60 || Math.abs(n) < 1e-60 ? rounded : new Plain(rounded).toFixed()
}

export function numberCell(
  stored: string,
  style: TimeFormat,
  date1904: boolean,
): { kind: CellKind; text: string } {
  const text = plainNumber(stored)
  if (text === undefined) return { kind: 'error', text: '#NUM!' }
  if (style === undefined) return { kind: 'number', text }
  const read = fromExcelSerial(
    style === 'time' && Number(text) < 1 ? String(Number(text) + 1) : text,
    date1904,
  )
  // A number that is no day in a cell formatted as a day: shown as it is, so that somebody notices.
  if (!read.ok) return { kind: 'number', text }
  if (style === 'time' && Number(text) < 1) return { kind: 'date', text: read.value.slice(11) || '00:00:00' }
  return { kind: 'date', text: read.value }
}
