/** Every form that one institution filed: which periods, what it said, what became of it. */
import { deadlineOf, type Form, type Report } from '../../kernel/reports/report.rules.ts'
import { energyReport } from '../../domains/energy/reports/versions.rules.ts'
import { fateOf, type Fate } from './fate.rules.ts'
import { monthOf, monthStart, yearOf } from './months.rules.ts'
import type { Cells, Reporter } from './reporter.rules.ts'
import { LAST_MONTH, type Scale } from './scale.rules.ts'
import { commit, slipOf } from './slips.rules.ts'

export interface SampleFiling {
  report: Report
  /** First month. */
  month: number
  start: string
  regionId: number
  cells: Cells
  fate: Fate
}

const LENGTH: Record<Form, number> = { monthly: 1, quarterly: 3, annual: 12 }
/** The base year of the targets, from which on there are annual forms. */
const BASE_YEAR = 2020
export const LAST = monthOf(LAST_MONTH)

/** First months of the periods of a form, oldest first. */
export function periodsOf(form: Form, scale: Scale): number[] {
  const length = LENGTH[form]
  const from = form === 'annual' ? BASE_YEAR * 12 : LAST - scale.months + 1
  const found: number[] = []
  for (let n = Math.ceil(from / length) * length; n + length - 1 <= LAST; n += length) found.push(n)
  return found
}

/** 1: just ended and under way; the months before it in the quarter are nearly done; 0: closed. */
export function freshnessOf(form: Form, n: number): number {
  if (form === 'annual') return 0
  if (n + LENGTH[form] - 1 === LAST) return 1
  return form === 'monthly' && n > LAST - 3 ? 0.75 : 0
}

export function filingsOf(reporter: Reporter, form: Form, periods: readonly number[]): SampleFiling[] {
  const { id, remarks } = reporter.organization
  // A record kept twice reports nothing the second time.
  if (remarks === '示例：疑似重复记录') return []
  const made: SampleFiling[] = []
  for (const month of periods) {
    const start = monthStart(month)
    const report = energyReport(form, start)
    const cells = report && reporter.cells(report, month)
    if (!report || !cells) continue
    const freshness = freshnessOf(form, month)
    const slip = slipOf(id, form, start, freshness > 0 || (form === 'annual' && yearOf(month) === yearOf(LAST) - 1))
    if (slip) {
      const before = slip === 'same-as-last-year' ? energyReport(form, monthStart(month - 12)) : undefined
      commit(slip, cells, before ? reporter.cells(before, month - 12) : null)
    }
    const regionId = reporter.regionIn(month, LENGTH[form])
    const fate = fateOf(id, regionId, form, start, monthStart(month + LENGTH[form]), deadlineOf(report, start), freshness, slip)
    if (fate.standing === 'missing') continue
    if (fate.standing === 'draft') Object.assign(cells, { water: null, waterCost: null })
    made.push({ report, month, start, regionId, cells, fate })
  }
  return made
}
