/** What the reading thread is started with, and what it says. */
import type { ProblemBody } from '../../contract/problem.rules.ts'
import type { IntakeLimits } from './limits.ts'
import type { RowBatch } from './row-batch.ts'

export interface Opening {
  path: string
  fileName: string
  sheet: string | undefined
  encoding: string | undefined
  delimiter: string | undefined
  limits: IntakeLimits
}

export interface TableHead {
  format: 'xlsx' | 'csv'
  /** Visible sheets in the order of the tabs. */
  sheetNames: string[]
  hiddenSheetNames: string[]
  /** The one that is read. */
  sheet: string
  encoding?: string
  delimiter?: string
  date1904: boolean
}

export type FromReader =
  | { type: 'opened'; opened: TableHead }
  | { type: 'rows'; batch: RowBatch }
  | { type: 'end' }
  | { type: 'problem'; body: ProblemBody; cause?: string }
