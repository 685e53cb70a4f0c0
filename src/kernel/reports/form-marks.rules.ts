/**
 * What a statistical form must bear at its head, so that whoever is asked may know by which right (统计法: 统计调查表应当标明表号、
 * 制定机关、批准或者备案文号、有效期限等标志). Official material of the year fixes them: they are settings, by form.
 */
import type { Report } from './report.rules.ts'

export const MARKS = { number: '表号', agency: '制定机关', notice: '批准文号', valid: '有效期至' } as const
export const markKey = (report: Pick<Report, 'domain' | 'form'>, mark: keyof typeof MARKS): string => `${report.domain}.form.${mark}.${report.form}`

export interface FormMark {
  label: string
  /** null: not filled in yet. */
  value: string | null
}
export const formMarks = (report: Pick<Report, 'domain' | 'form'>, settings: Readonly<Record<string, string>>): FormMark[] =>
  (Object.keys(MARKS) as (keyof typeof MARKS)[]).map((mark) => ({ label: MARKS[mark], value: settings[markKey(report, mark)]?.trim() || null }))
