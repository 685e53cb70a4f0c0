/** What stands beside a figure: change against another period, and the peers' median of its ratio. */
import { codesOf, Exact, numberOf } from '../expression.rules.ts'
import { thousands } from '../figures.rules.ts'
import type { Report } from '../report.rules.ts'
import type { CellValue } from '../grid/cell-text.web.ts'

export interface Change {
  text: string
  /** Beyond the share from which a change is worth a look. */
  large: boolean
}
/** `+12.3%`; null where one of the two is missing or the earlier is zero. */
export function changeOf(now: CellValue | undefined, then: CellValue | undefined): Change | null {
  const [a, b] = [numberOf(now), numberOf(then)]
  if (!a || !b || b.isZero()) return null
  const share = a.minus(b).div(b.abs()).times(100)
  const text = thousands(share.abs(), 1)
  // A change too small to be written is none: no “−0%”.
  return { text: /^0(\.0*)?$/.test(text) ? '0%' : `${share.isNegative() ? '−' : '+'}${share.abs().gt(9999) ? '9,999' : text}%`, large: share.abs().gt(new Exact(30)) }
}

export interface PeerComparison {
  label: string
  unit: string
  median: string
  own: string | null
}
const short = (text: string): string => {
  const n = numberOf(text)
  return n ? thousands(n, n.abs().gte(100) ? 0 : n.abs().gte(1) ? 1 : 3) : text
}
/** Ratios whose numerator is this item, with the median among organisations of the same kind. */
export function peersOf(report: Report, item: string, own: Readonly<Record<string, string | null>>, medians: Readonly<Record<string, CellValue>> | null): PeerComparison[] {
  if (!medians) return []
  return Object.entries(report.measures)
    .filter(([code, m]) => medians[code] && m.expression.op === 'divide' && codesOf(m.expression.left, 'item')[0] === item)
    .map(([code, m]) => ({ label: m.label, unit: m.unit, median: short(medians[code]!), own: own[code] ? short(own[code]) : null }))
}
