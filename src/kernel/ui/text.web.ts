/** Numbers, days and instants as people read them. Decimal strings are cut and grouped as text, never as floats. */
import dayjs from 'dayjs'
import { grouped } from '../registers/display.rules.ts'

/** What stands where there is no value. */
export const NONE = '—'

/**
 * `decimalText('12345.6', 2)` → `12,345.60`. Rounds half away from zero on the digits; without `digits`
 * nothing is cut. Null gives a dash: missing is not zero.
 */
export function decimalText(value: string | number | null | undefined, digits?: number): string {
  if (value === null || value === undefined || value === '') return NONE
  const text = String(value)
  return grouped(digits === undefined ? text : rounded(text, digits))
}

export function rounded(text: string, digits: number): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text)
  if (!match) return text
  const [, sign, whole, part = ''] = match
  const padded = part.padEnd(digits, '0')
  let all = BigInt(whole! + padded.slice(0, digits))
  if ((padded[digits] ?? '0') >= '5') all += 1n
  const body = all.toString().padStart(digits + 1, '0')
  const cut = body.length - digits
  const result = digits ? `${body.slice(0, cut)}.${body.slice(cut)}` : body
  return sign && /[1-9]/.test(result) ? `-${result}` : result
}

export const withUnit = (value: string | number | null | undefined, unit?: string, digits?: number): string => {
  const text = decimalText(value, digits)
  return text === NONE || !unit ? text : `${text} ${unit}`
}

/** A share `0.1234` → `12.3%`, by moving the point in the text. */
export function percentText(value: string | number | null | undefined, digits = 1): string {
  const match = value === null || value === undefined ? null : /^(-?)(\d+)(?:\.(\d*))?$/.exec(String(value))
  if (!match) return NONE
  const [, sign, whole, part = ''] = match
  const moved = part.padEnd(2, '0')
  return `${rounded(`${sign}${BigInt(whole! + moved.slice(0, 2))}.${moved.slice(2)}`, digits)}%`
}

/** Instant → `2026-11-23 09:41`, in the office's time wherever the browser is. */
const SHANGHAI = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
})
export const instantText = (value: string | null | undefined): string => (value ? SHANGHAI.format(new Date(value)) : NONE)

/** Today in Shanghai, `YYYY-MM-DD`. */
export const today = (): string => SHANGHAI.format(new Date()).slice(0, 10)

/** The hour in Shanghai, 0 to 23. */
export const hourNow = (): number => Number(SHANGHAI.format(new Date()).slice(11, 13))

/** Whole days from today until a day; negative when it is past. */
export const daysUntil = (day: string): number => dayjs(day.slice(0, 10)).diff(dayjs(today()), 'day')

export const untilText = (day: string): string => {
  const n = daysUntil(day)
  return n < 0 ? `已逾期 ${-n} 天` : n === 0 ? '今天截止' : `还有 ${n} 天`
}
