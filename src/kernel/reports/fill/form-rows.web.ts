/** The rows of a form's grid: its items in order, sections that do not apply folded away. */
import type { ReportItem, Report, Section } from '../report.rules.ts'
import type { Cells } from '../grid/cell-text.web.ts'
import type { Opened } from './filing-session.web.ts'
import type { LiveFinding } from './useFiling.web.ts'

export interface SectionRows {
  section: Section
  /** Said instead of the rows when the section is not for this organisation. */
  folded: boolean
  rows: { item: ReportItem; row: number }[]
}

export function sectionRows(report: Report, values: Cells, o: Opened['organization'], shown: readonly string[]): SectionRows[] {
  const register = o as unknown as Record<string, unknown>
  let row = 0
  return report.sections.map((section) => {
    const filled = section.items.some((i) => values[i.code] !== null && values[i.code] !== undefined)
    const folded = Boolean(section.appliesWhen) && register[section.appliesWhen!] === false && !filled && !shown.includes(section.code)
    return { section, folded, rows: folded ? [] : section.items.map((item) => ({ item, row: row++ })) }
  })
}

export const itemsOf = (sections: readonly SectionRows[]): ReportItem[] => sections.flatMap((s) => s.rows.map((r) => r.item))

const ORIGIN = { register: '名录库', lastPeriod: '上期报表', months: '月度合计' } as const
/** Where the figure that stands in the cell was taken from; null when somebody typed another. */
export const originOf = (item: ReportItem, value: string | null | undefined, prefill: Cells): string | null =>
  item.prefill && value !== null && value !== undefined && prefill[item.code] === value ? ORIGIN[item.prefill.from] : null

export type Tone = 'hard' | 'soft' | 'explained' | 'remark' | 'given'
export function toneOf(findings: readonly LiveFinding[], remarked: boolean, given: boolean): Tone | undefined {
  if (findings.some((f) => f.severity === 'hard')) return 'hard'
  if (remarked) return 'remark'
  if (findings.some((f) => f.severity === 'soft' && !f.reason)) return 'soft'
  if (findings.length) return 'explained'
  return given ? 'given' : undefined
}

/** An empty required cell is a finding only once somebody wants to submit; before that it is simply not yet filled. */
export const worthShowing = (findings: readonly LiveFinding[], attempted: boolean): LiveFinding[] =>
  findings.filter((f) => attempted || f.kind !== 'missing')
