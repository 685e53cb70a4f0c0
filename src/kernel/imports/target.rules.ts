/** What an import can fill, and what became of a line. */
import type { FieldType } from '../entity/entity.rules.ts'

export interface ImportField {
  name: string
  label: string
  type: FieldType<any>
  unit?: string
  /** What a unit means for this quantity alone, by code: a tonne of water is a cubic metre of it. */
  means?: Readonly<Record<string, string>>
  required?: boolean
  help?: string
  synonyms?: readonly string[]
  /** Personal data: shown in part when lines are read again. */
  class?: 'personal' | 'sensitive'
}

export interface Finding {
  /** Field, or '' for the whole line. */
  field: string
  code: string
  message: string
  severity: 'error' | 'warning' | 'note'
}

export const OUTCOMES = {
  create: '新增', update: '更新', unchanged: '无变化', duplicate: '重复', skipped: '不导入', error: '有错误',
} as const
export type LineOutcome = keyof typeof OUTCOMES

export interface ReadLine {
  line: number
  /** Texts as in the file, in the order of its headings. */
  raw: (string | null)[]
  values: Record<string, unknown>
  findings: Finding[]
  /** The mapping told to leave this line out. */
  skipped?: boolean
}
export interface PlannedLine extends ReadLine {
  outcome: LineOutcome
  mapped: Record<string, unknown> | null
  recordId: number | null
}
