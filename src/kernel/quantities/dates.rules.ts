/**
 * Calendar days and reporting periods as people and spreadsheets write them. Days are `YYYY-MM-DD`, months
 * `YYYY-MM`; a period is half-open. No time zone is involved: a day in a ledger is a day in Asia/Shanghai.
 */
import { fine, isMissing, quoted, trouble, type Outcome } from './outcome.rules.ts'

const EARLIEST = 1900
const LATEST = 2199
const DAY_MS = 86_400_000

const two = (n: number): string => String(n).padStart(2, '0')
const tidy = (text: string): string => text.normalize('NFKC').replace(/^'/, '').replace(/\s+/g, ' ').trim()
const yearInRange = (y: number): boolean => y >= EARLIEST && y <= LATEST

function asDay(y: number, m: number, d: number): string | undefined {
  const at = new Date(Date.UTC(y, m - 1, d))
  if (!yearInRange(y) || at.getUTCMonth() !== m - 1 || at.getUTCDate() !== d) return undefined
  return `${y}-${two(m)}-${two(d)}`
}

/**
 * Day or instant of an Excel serial number. The 1900 system counts a 29 February 1900 that never was: serials
 * up to 59 are one day early against the later ones, 60 is that day. The 1904 system starts with 0 = 1904-01-01.
 * A fraction of a day is kept to the second: `2017-06-05T17:45:00`.
 */
export function fromExcelSerial(serial: string | number, date1904 = false): Outcome<string> {
  const n = Number(serial)
  const bad = () =>
    trouble('not_a_date', `${quoted(String(serial))}不是有效的日期序号，请按 2026-11-23 的样子填写日期。`)
  if (String(serial).trim() === '' || !Number.isFinite(n) || n < 0 || n >= 2_958_466) return bad()
  let day = Math.floor(n)
  let seconds = Math.round((n - day) * 86_400)
  if (seconds === 86_400) {
    day += 1
    seconds = 0
  }
  if (!date1904 && (day === 60 || day === 0)) return bad()
  const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30)
  const iso = new Date(epoch + day * DAY_MS + seconds * 1000).toISOString()
  return fine(seconds === 0 ? iso.slice(0, 10) : iso.slice(0, 19))
}

export interface DayReading {
  /** Order of `3/4/2016`; without it such a text is refused, because nobody can know. */
  order?: 'mdy' | 'dmy'
  /** Read a bare number as an Excel serial of this system. */
  serial?: '1900' | '1904'
}

/** A calendar day, `null` when the text says that there is none. A time of day behind it is dropped. */
export function parseDay(text: string | null | undefined, reading: DayReading = {}): Outcome<string | null> {
  if (text == null || isMissing(text)) return fine(null)
  const t = tidy(text).replace(
    /[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?( ?(Z|[A-Z]{3,4}|[+-]\d{2}:?\d{2}))?$/i,
    '',
  )
  const bad = () => trouble('not_a_date', `${quoted(text)}不是有效的日期，请按 2026-11-23 的样子填写。`)
  const ymd =
    /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(t)?.toSpliced(2, 1) ??
    /^(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]?$/.exec(t) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(t)
  if (ymd) {
    const day = asDay(Number(ymd[1]), Number(ymd[2]), Number(ymd[3]))
    return day ? fine(day) : bad()
  }
  const foreign = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(t)
  if (foreign) {
    if (!reading.order) {
      return trouble(
        'ambiguous_date',
        `${quoted(text)}看不出哪个是月、哪个是日，请按 2026-11-23 的样子填写，或在导入时选定日期顺序。`,
      )
    }
    const [first, second] = [Number(foreign[1]), Number(foreign[3])]
    // Two-digit years as spreadsheets read them: 00–29 is this century.
    const year =
      foreign[4]!.length === 4
        ? Number(foreign[4])
        : Number(foreign[4]) + (Number(foreign[4]) < 30 ? 2000 : 1900)
    const day = reading.order === 'mdy' ? asDay(year, first, second) : asDay(year, second, first)
    return day ? fine(day) : bad()
  }
  if (reading.serial && /^\d{1,7}(\.\d+)?$/.test(t)) {
    const read = fromExcelSerial(t, reading.serial === '1904')
    return read.ok ? fine(read.value.slice(0, 10)) : read
  }
  return bad()
}

export interface Period {
  kind: 'month' | 'quarter' | 'year'
  /** `2026-03`, `2026Q1`, `2026` */
  value: string
  /** First day, included. */
  start: string
  /** Day after the last one, excluded. */
  end: string
}

const DIGIT: Record<string, number> = { 一: 1, 二: 2, 三: 3, 四: 4 }

function span(
  kind: Period['kind'],
  value: string,
  year: number,
  month: number,
  months: number,
): Outcome<Period> {
  const last = month + months
  const end = last > 12 ? `${year + 1}-${two(last - 12)}-01` : `${year}-${two(last)}-01`
  return fine({ kind, value, start: `${year}-${two(month)}-01`, end })
}

/**
 * A month, quarter or year. `fromNumberCell` says that the text came out of a numeric cell: there `2026.1` may
 * be January or an October that lost its zero, so it is refused.
 */
export function parsePeriod(
  text: string | null | undefined,
  options: { fromNumberCell?: boolean } = {},
): Outcome<Period | null> {
  if (text == null || isMissing(text)) return fine(null)
  const t = tidy(text)
    .replace(/ /g, '')
    .replace(/T00:00(:00)?$/, '')
    .toUpperCase()
  const bad = () =>
    trouble(
      'not_a_period',
      `${quoted(text)}不是有效的期间，请按 2026-03、2026年第一季度 或 2026 的样子填写。`,
    )
  if (options.fromNumberCell && /^\d{4}\.1$/.test(t)) {
    return trouble(
      'ambiguous_month',
      `${quoted(text)}可能是 1 月，也可能是丢了 0 的 10 月，请把单元格改为文本，按 2026-10 的样子填写。`,
    )
  }
  const quarter = /^(\d{4})[-年]?(?:Q([1-4])|第?([一二三四1-4])季度?)$/.exec(t)
  if (quarter && yearInRange(Number(quarter[1]))) {
    const q = Number(quarter[2] ?? DIGIT[quarter[3]!] ?? quarter[3])
    return span('quarter', `${quarter[1]}Q${q}`, Number(quarter[1]), q * 3 - 2, 3)
  }
  const year = /^(\d{4})(年|年度)?$/.exec(t)
  if (year && yearInRange(Number(year[1]))) return span('year', year[1]!, Number(year[1]), 1, 12)
  // Spreadsheets turn a typed month into its first day; any other day is not a month.
  const month =
    /^(\d{4})[-/.年](\d{1,2})(?:月份?)?$/.exec(t) ??
    /^(\d{4})(\d{2})$/.exec(t) ??
    /^(\d{4})[-/.年](\d{1,2})[-/.月]0?1日?$/.exec(t)
  if (!month || !yearInRange(Number(month[1])) || !asDay(Number(month[1]), Number(month[2]), 1)) return bad()
  return span('month', `${month[1]}-${two(Number(month[2]))}`, Number(month[1]), Number(month[2]), 1)
}

/** `YYYY-MM`, for columns that only take months. */
export function parseMonth(
  text: string | null | undefined,
  options: { fromNumberCell?: boolean } = {},
): Outcome<string | null> {
  const read = parsePeriod(text, options)
  if (!read.ok || read.value === null) return read as Outcome<null>
  if (read.value.kind === 'month') return fine(read.value.value)
  return trouble('not_a_month', `${quoted(text!)}不是月份，请按 2026-03 的样子填写。`)
}
