/**
 * What a figure must hold. A check is data: left, operator, right, what a missing value means, how severe, and
 * an instruction that a human can follow. Hard findings refuse a submission; soft ones ask for a reason that
 * stays with the number.
 */
import type { Expression } from './expression.rules.ts'

/** Names of kinds are for filtering and counting; they do not change how a check is evaluated. */
export type CheckKind =
  | 'number' | 'negative' | 'missing' | 'choice'
  | 'within' | 'cross-table' | 'cross-period' | 'register'
  | 'unit-price' | 'implausible' | 'magnitude' | 'outlier' | 'identical' | 'missing-months'

/** `≈` within the tolerance (a share of the right side), `between` low and high, `outside` them, `given` not blank. */
export type Operator = '<' | '<=' | '>' | '>=' | '=' | '≈' | 'between' | 'outside' | 'notEqual' | 'given'

export interface Condition {
  left: Expression
  operator: '<' | '<=' | '>' | '>=' | '=' | 'notEqual'
  right: Expression
}

export interface Check {
  code: string
  kind: CheckKind
  label: string
  /** Cells that it points at; the first carries the finding. */
  items: readonly string[]
  /** Checked only where this holds; what is missing in it does not hold. */
  when?: Condition
  left: Expression
  operator: Operator
  /** Low and high for `between` and `outside`. */
  right?: Expression | readonly [Expression, Expression]
  /** For `≈`: share of the right side. */
  tolerance?: Expression
  /** A missing value: not checked, read as zero, or itself a finding. */
  missing: 'skip' | 'zero' | 'fail'
  severity: 'hard' | 'soft'
  /** Not checked when one of these (earlier) checks found something: one slip, one finding. */
  unless?: readonly string[]
  /** Sentence with {left} {right} {low} {high} {change} {times} {unit}. */
  message: string
  /** What to do about it. */
  instruction: string
  /** Unit of both sides where it is not the unit of the first item. */
  unit?: string
  basis?: string
}

export interface Finding {
  checkCode: string
  kind: CheckKind
  item: string
  items: readonly string[]
  severity: 'hard' | 'soft'
  /** For people: the figures, then what to do. */
  message: string
  basis?: string
  detail: Readonly<Record<string, string | null>>
}
