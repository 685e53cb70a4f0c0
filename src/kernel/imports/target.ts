/** What a domain provides so that files can fill its records. */
import type { Transaction } from '../db/database.ts'
import type { Mapping } from './mapping.rules.ts'
import type { LineReader, FileCell } from './read-line.rules.ts'
import type { Finding, ImportField, PlannedLine, ReadLine } from './target.rules.ts'

export interface Planner {
  /**
   * Reads and judges lines; lines that must wait for the whole file may be left to `finish`. A line that creates a record
   * may already reserve its id (`recordId`).
   */
  take(trx: Transaction, lines: { line: number; cells: (FileCell | null)[] }[], reader: LineReader): Promise<PlannedLine[]>
  finish(trx: Transaction): Promise<PlannedLine[]>
}

export interface ImportTarget {
  name: string
  label: string
  permission: string
  fields(mapping: Partial<Mapping>): readonly ImportField[]
  /** Forms among which a file chooses; each has its own of the fields. */
  forms?(): readonly { name: string; label: string; months: number }[]
  /** Where the records of lines are filled in, for those that are forms. */
  places?(trx: Transaction, recordIds: readonly number[]): Promise<Map<number, FormPlace>>
  /** Of a written batch: how the forms that it filled stand by now. */
  standing?(trx: Transaction, batchId: number): Promise<FormsStanding>
  /** Before any line: what the mapping lacks, as sentences. */
  problems(mapping: Mapping): string[]
  planner(trx: Transaction, mapping: Mapping): Promise<Planner>
  /** Writes planned lines (create, update); returns the record of each. Runs in one transaction with all others. */
  apply(trx: Transaction, mapping: Mapping, lines: PlannedLine[], options: ApplyOptions): Promise<Map<number, number>>
  /** True when neither of two parts of a batch has to be written before the other: then their work may overlap. */
  apart?(one: readonly PlannedLine[], other: readonly PlannedLine[]): boolean
  /** Taking back reads in the trail what there was before: not possible any more once that month was archived. */
  undoReadsTrail?: boolean
  /** Takes a whole batch back, or refuses with a Problem that says what depends on it. */
  undo(trx: Transaction, batchId: number): Promise<number>
  /** Kind of job that follows a written batch: what may be worked out beside it. */
  follows?: string
}

export interface FormsStanding {
  forms: number
  submitted: number
  /** With findings that must be mended, and with ones that wait for a reason. */
  hard: number
  open: number
}
export interface FormPlace {
  form: string
  /** As in addresses: `2025-03`. */
  period: string
  organizationId: number
}
export interface ApplyOptions {
  batchId: number
  /** Forms: hand them in at once instead of leaving drafts. */
  submit: boolean
}

export const planned = (read: ReadLine, outcome: PlannedLine['outcome'], more: Partial<PlannedLine> = {}): PlannedLine => ({
  ...read, outcome, mapped: null, recordId: null, ...more,
})
export const finding = (field: string, code: string, message: string, severity: Finding['severity'] = 'error'): Finding => ({ field, code, message, severity })
