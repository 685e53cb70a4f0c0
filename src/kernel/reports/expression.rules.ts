/**
 * What a check compares. An expression is plain data, so that a published form can be frozen by its hash; it is
 * compiled once per report into closures. A missing value is null and stays null: it is never read as zero
 * unless the check says so.
 */
import { Decimal } from 'decimal.js'

export type Cell = string | number | boolean | null | undefined
export type Values = Readonly<Record<string, Cell>>

/** Everything a check may look at beside the form itself. What is not given is not checked. */
export interface CheckContext {
  /** The same form, one period earlier. */
  previous?: Values | null
  /** The same form, the same period a year ago. */
  lastYear?: Values | null
  /** Sums of the monthly ledgers inside the period. */
  months?: Values | null
  /** How many monthly ledgers there are inside the period. */
  monthsPresent?: number
  /** Items that some of these ledgers should give and do not: their sum is not that of the period. */
  monthsLacking?: readonly string[]
  /** The organisation's own record: `buildingArea`, `people`, `hasDataCenter`… */
  register?: Values | null
  /** Medians of the report's measures over organisations of the same kind. */
  peer?: { count: number; medians: Readonly<Record<string, string>> } | null
  /** Settings valid in the period, by key. */
  settings: Readonly<Record<string, string>>
}

export type Source = 'item' | 'previous' | 'lastYear' | 'months' | 'register' | 'measure' | 'peerMedian' | 'setting'
export type Expression =
  | { op: Source; code: string }
  | { op: 'constant'; value: string }
  | { op: 'peerCount' | 'monthsPresent' }
  | { op: 'sum' | 'times'; of: readonly Expression[] }
  | { op: 'minus' | 'divide'; left: Expression; right: Expression }
  | { op: 'identicalShare'; to: 'previous' | 'lastYear'; codes: readonly string[]; least: number }

const read = (op: Source) => (code: string): Expression => ({ op, code })
export const item = read('item')
export const previous = read('previous')
export const lastYear = read('lastYear')
export const months = read('months')
export const register = read('register')
/** A measure of the report (a ratio of items) for this form, and its median among peers. */
export const measure = read('measure')
export const peerMedian = read('peerMedian')
export const setting = read('setting')
export const constant = (value: string): Expression => ({ op: 'constant', value })
export const peerCount: Expression = { op: 'peerCount' }
export const monthsPresent: Expression = { op: 'monthsPresent' }
/** Adds what is there; null when nothing is there. */
export const sum = (...of: Expression[]): Expression => ({ op: 'sum', of })
export const times = (...of: Expression[]): Expression => ({ op: 'times', of })
export const minus = (left: Expression, right: Expression): Expression => ({ op: 'minus', left, right })
/** Null when the divisor is zero or missing. */
export const divide = (left: Expression, right: Expression): Expression => ({ op: 'divide', left, right })
/** Share of the cells filled both times whose figure is exactly the same; null below `least` such cells other than zero. */
export const identicalShare = (to: 'previous' | 'lastYear', codes: readonly string[], least: number): Expression =>
  ({ op: 'identicalShare', to, codes, least })

/** `Decimal` of a cell; null for blank, undefined for a text that is no number. Plain notation only. */
export function numberOf(cell: Cell): Decimal | null | undefined {
  if (cell === null || cell === undefined || cell === '') return null
  if (typeof cell === 'number') return Number.isFinite(cell) ? new Exact(cell) : undefined
  if (typeof cell !== 'string' || cell.length > 60 || !/^-?\d+(\.\d+)?$/.test(cell)) return undefined
  return new Exact(cell)
}
export const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -60, toExpPos: 60 })
const ZERO = new Exact(0)

/** One form under check. Numbers are read once per form, however many checks ask for them. */
export class Subject {
  readonly values: Values
  readonly context: CheckContext
  /** Cells that are wrong by themselves: what is computed from them would only repeat the finding. */
  readonly spoiled = new Set<string>()
  readonly #read = new Map<string, Decimal | null>()
  constructor(values: Values, context: CheckContext) {
    this.values = values
    this.context = context
  }
  number(from: Exclude<Source, 'measure'>, code: string): Decimal | null {
    if (from === 'item' && this.spoiled.has(code)) return null
    const key = `${from} ${code}`
    const known = this.#read.get(key)
    if (known !== undefined) return known
    const got = numberOf(this.cell(from, code)) ?? null
    this.#read.set(key, got)
    return got
  }
  cell(from: Exclude<Source, 'measure'>, code: string): Cell {
    return this.#source(from)?.[code]
  }
  #source(from: Exclude<Source, 'measure'>): Values | null | undefined {
    switch (from) {
      case 'item': return this.values
      case 'peerMedian': return this.context.peer?.medians
      case 'setting': return this.context.settings
      default: return this.context[from]
    }
  }
}

export type Compiled = (subject: Subject) => Decimal | null

/** `zero` reads cells of the form itself and of other periods that are blank as 0; never a setting or a median. */
export function compile(e: Expression, measures: Readonly<Record<string, Expression>>, zero = false): Compiled {
  const part = (x: Expression) => compile(x, measures, zero)
  switch (e.op) {
    case 'constant': {
      const value = new Exact(e.value)
      return () => value
    }
    case 'peerCount': return (s) => (s.context.peer ? new Exact(s.context.peer.count) : null)
    case 'monthsPresent': return (s) => (s.context.monthsPresent === undefined ? null : new Exact(s.context.monthsPresent))
    case 'sum': {
      const of = e.of.map(part)
      return (s) => of.reduce<Decimal | null>((total, f) => {
        const v = f(s)
        return v === null ? total : total === null ? v : total.plus(v)
      }, null)
    }
    case 'times': {
      const of = e.of.map(part)
      return (s) => of.reduce<Decimal | null>((product, f) => {
        const v = product === null ? null : f(s)
        return v === null ? null : product!.times(v)
      }, new Exact(1))
    }
    case 'minus': {
      const [left, right] = [part(e.left), part(e.right)]
      return (s) => {
        const l = left(s)
        const r = l === null ? null : right(s)
        return r === null ? null : l!.minus(r)
      }
    }
    case 'divide': {
      const [left, right] = [part(e.left), part(e.right)]
      return (s) => {
        const l = left(s)
        const r = l === null ? null : right(s)
        return r === null || r.isZero() ? null : l!.div(r)
      }
    }
    case 'identicalShare': return (s) => share(s, e)
    case 'measure': {
      const found = measures[e.code]
      if (!found) throw new Error(`measure ${e.code} is not defined`)
      return compile(found, measures)
    }
    default: {
      const { op, code } = e
      const absent = zero && op !== 'setting' && op !== 'peerMedian' ? ZERO : null
      return (s) => s.number(op, code) ?? (op === 'item' && s.spoiled.has(code) ? null : absent)
    }
  }
}

function share(s: Subject, e: Extract<Expression, { op: 'identicalShare' }>): Decimal | null {
  let both = 0
  let same = 0
  for (const code of e.codes) {
    const now = s.number('item', code)
    const then = s.number(e.to, code)
    if (now === null || then === null || (now.isZero() && then.isZero())) continue
    both++
    if (now.eq(then)) same++
  }
  return both < e.least ? null : new Exact(same).div(both)
}

/** Codes that an expression reads from one source: for validation and for knowing which settings a form needs. */
export function codesOf(e: Expression, source: Source): string[] {
  if (e.op === source) return [e.code]
  if (e.op === 'sum' || e.op === 'times') return e.of.flatMap((x) => codesOf(x, source))
  if (e.op === 'minus' || e.op === 'divide') return [...codesOf(e.left, source), ...codesOf(e.right, source)]
  if (e.op === 'identicalShare' && (source === 'item' || source === e.to)) return [...e.codes]
  return []
}
