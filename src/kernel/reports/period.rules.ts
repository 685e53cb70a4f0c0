/** Statistical periods: a month, a quarter, a year, half-open in days of Asia/Shanghai. */
export interface Period {
  /** `2025-03`, `2025Q1`, `2025` */
  key: string
  /** First day, `YYYY-MM-DD`. */
  start: string
  /** First day after the period. */
  end: string
  months: 1 | 3 | 12
}

const two = (n: number) => String(n).padStart(2, '0')

function from(year: number, month: number, months: 1 | 3 | 12): Period {
  const last = year * 12 + (month - 1) + months
  const key = months === 12 ? `${year}` : months === 3 ? `${year}Q${(month + 2) / 3}` : `${year}-${two(month)}`
  return { key, start: `${year}-${two(month)}-01`, end: `${Math.floor(last / 12)}-${two((last % 12) + 1)}-01`, months }
}

/** null when the text names no period. */
export function parsePeriod(text: string): Period | null {
  const m = /^(\d{4})(?:-(\d{2})|Q([1-4]))?$/.exec(text)
  if (!m) return null
  const year = Number(m[1])
  if (year < 1990 || year > 2100) return null
  if (m[2]) return Number(m[2]) >= 1 && Number(m[2]) <= 12 ? from(year, Number(m[2]), 1) : null
  if (m[3]) return from(year, Number(m[3]) * 3 - 2, 3)
  return from(year, 1, 12)
}

export function periodAt(start: string, months: 1 | 3 | 12): Period {
  return from(Number(start.slice(0, 4)), Number(start.slice(5, 7)), months)
}

/** `steps` periods of the same length later (earlier when negative). */
export function shift(period: Period, steps: number): Period {
  const at = Number(period.start.slice(0, 4)) * 12 + Number(period.start.slice(5, 7)) - 1 + steps * period.months
  return from(Math.floor(at / 12), (at % 12) + 1, period.months)
}

export const sameLastYear = (period: Period): Period => shift(period, -12 / period.months)

/** First days of the months inside. */
export function monthsOf(period: Period): string[] {
  return Array.from({ length: period.months }, (_, i) => shift(periodAt(period.start, 1), i).start)
}

export function periodLabel(period: Period): string {
  const year = period.start.slice(0, 4)
  if (period.months === 12) return `${year}年`
  if (period.months === 3) return `${year}年第${'一二三四'[(Number(period.start.slice(5, 7)) - 1) / 3]}季度`
  return `${year}年${Number(period.start.slice(5, 7))}月`
}

/** Today in Chongqing, whatever the machine's zone. */
export const todayInChongqing = (now = new Date()): string => new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)

/** The last period of this length that has ended. */
export function lastEnded(months: 1 | 3 | 12, now?: Date): Period {
  const [year, month] = todayInChongqing(now).split('-').map(Number) as [number, number]
  const first = months === 12 ? 1 : months === 3 ? Math.floor((month - 1) / 3) * 3 + 1 : month
  return shift(periodAt(`${year}-${two(first)}-01`, months), -1)
}
