/** How figures, changes and shortfalls are said. Strings in, strings out. */
import { NONE, decimalText, rounded } from '../../../kernel/ui/text.web.ts'
import { reductionRate, unitOf, type Indicator } from './indicators.rules.ts'
import { MONTHS, type Slice } from './slice.web.ts'

/** What stands for a figure that nobody reported. */
export const MISSING = '缺数'
export const figureText = (value: string | null | undefined, digits = 2): string => (value === null || value === undefined ? MISSING : decimalText(value, digits))
export const unitFor = (i: Indicator, s: Slice): string => unitOf(i, MONTHS[s.span])

export interface Change {
  /** Per cent, without sign. */
  percent: string
  direction: 'down' | 'up' | 'same'
}
export function changeFrom(before: string | null | undefined, now: string | null | undefined): Change | null {
  const rate = reductionRate(before, now)
  if (rate === null) return null
  const percent = rounded(rate.replace('-', ''), 1)
  return { percent, direction: /^0(\.0*)?$/.test(percent) ? 'same' : rate.startsWith('-') ? 'up' : 'down' }
}
export const changeText = (c: Change | null): string => (c === null ? NONE : c.direction === 'same' ? '持平' : `${c.direction === 'down' ? '↓ 下降' : '↑ 上升'} ${c.percent}%`)

/** For pictures only: a double, or null where there is nothing. */
export const forPicture = (value: string | null | undefined): number | null => (value === null || value === undefined ? null : Number(value))

/** Of an edition that did not freeze it: not known is not none. */
export const UNRECORDED = '未记录'
export const REPORTER_STATES = { counted: '计入', 'kept-out': '未计入', missing: '缺报' } as const
