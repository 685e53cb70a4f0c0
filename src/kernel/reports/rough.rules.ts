/**
 * Most checks hold by a wide margin, and to see that, no exact arithmetic is needed: an expression is computed in
 * doubles together with a bound of its error. What the bound leaves open, and whatever is found, is computed exactly by
 * the same check (`expression.rules.ts`). So nothing is decided by a rounded figure, and sixteen thousand forms are
 * checked in the time of two thousand.
 */
import type { Check, Condition } from './check.rules.ts'
import type { Cell, Expression, Source, Subject } from './expression.rules.ts'

/** NaN is "missing". The bound of the value's error is left in `off`; infinite: nothing is known about the value. */
type Rough = (s: Subject) => number
let off = 0

/** Twice the relative error of one operation on doubles: rounding of the bounds themselves is in it. */
const EPS = 4.5e-16
/** Whole numbers up to here are exact. */
const EXACT = 2 ** 53
const UNKNOWN = Infinity

const [UNREAD, ABSENT, PLAIN, LONG] = [0, 1, 2, 3]
/** Cells as doubles, read once per form, however many checks ask for them. */
export class RoughCells {
  readonly #at = new Map<string, number>()
  readonly #from: [Exclude<Source, 'measure'>, string][] = []
  #value = new Float64Array(0)
  #state = new Uint8Array(0)
  slot(from: Exclude<Source, 'measure'>, code: string): number {
    const key = `${from} ${code}`
    let slot = this.#at.get(key)
    if (slot === undefined) this.#at.set(key, (slot = this.#from.push([from, code]) - 1))
    return slot
  }
  /** Before each form. */
  clear(): void {
    if (this.#state.length < this.#from.length) {
      this.#value = new Float64Array(this.#from.length)
      this.#state = new Uint8Array(this.#from.length)
    } else this.#state.fill(UNREAD)
  }
  read(slot: number, s: Subject): number {
    let state = this.#state[slot]!
    if (state === UNREAD) {
      const [from, code] = this.#from[slot]!
      state = this.#take(slot, s.cell(from, code))
    }
    if (state === ABSENT) return NaN
    const v = this.#value[slot]!
    off = state === PLAIN && Number.isInteger(v) ? 0 : Math.abs(v) * EPS
    return v
  }
  /** Up to fifteen digits two different figures are two different doubles. */
  faithful(slot: number): boolean {
    return this.#state[slot] !== LONG
  }
  #take(slot: number, cell: Cell): number {
    const given = typeof cell === 'number' ? String(cell) : typeof cell === 'string' && cell.length <= 60 ? cell : ''
    const plain = /^-?\d+(\.\d+)?$/.test(given)
    // A double in scientific notation is no text that a person typed, but it is a number.
    if (!plain && !(typeof cell === 'number' && Number.isFinite(cell))) return (this.#state[slot] = ABSENT)
    this.#value[slot] = Number(given)
    return (this.#state[slot] = plain && given.length <= 15 ? PLAIN : LONG)
  }
}

/** An operation's result with the error that its operands bring along. */
function result(v: number, error: number): number {
  const size = Math.abs(v)
  off = error === 0 && size <= EXACT && Number.isInteger(v) ? 0 : size < 1e200 && (size > 1e-200 || v === 0) ? error + size * EPS : UNKNOWN
  return v
}

export function roughly(e: Expression, measures: Readonly<Record<string, Expression>>, cells: RoughCells, zero = false): Rough {
  const part = (x: Expression) => roughly(x, measures, cells, zero)
  switch (e.op) {
    case 'constant': {
      const value = Number(e.value)
      const error = Number.isInteger(value) && e.value.length <= 15 ? 0 : Math.abs(value) * EPS
      return () => ((off = error), value)
    }
    case 'peerCount': return (s) => ((off = 0), s.context.peer ? s.context.peer.count : NaN)
    case 'monthsPresent': return (s) => ((off = 0), s.context.monthsPresent ?? NaN)
    case 'sum': {
      const of = e.of.map(part)
      return (s) => {
        let total = NaN
        let error = 0
        for (const f of of) {
          const v = f(s)
          if (Number.isNaN(v)) continue
          if (Number.isNaN(total)) [total, error] = [v, off]
          else {
            total = result(total + v, error + off)
            error = off
          }
        }
        off = error
        return total
      }
    }
    case 'times': {
      const of = e.of.map(part)
      return (s) => {
        let product = 1
        let error = 0
        for (const f of of) {
          const v = f(s)
          if (Number.isNaN(v)) return NaN
          const next = product * v
          product = result(next, next === 0 && product !== 0 && v !== 0 ? UNKNOWN : Math.abs(product) * off + Math.abs(v) * error + error * off)
          error = off
        }
        off = error
        return product
      }
    }
    case 'minus': {
      const [left, right] = [part(e.left), part(e.right)]
      return (s) => {
        const l = left(s)
        const error = off
        const r = Number.isNaN(l) ? NaN : right(s)
        return Number.isNaN(r) ? NaN : result(l - r, error + off)
      }
    }
    case 'divide': {
      const [left, right] = [part(e.left), part(e.right)]
      return (s) => {
        const l = left(s)
        const error = off
        const r = Number.isNaN(l) ? NaN : right(s)
        if (Number.isNaN(r) || (r === 0 && off === 0)) return NaN
        const least = Math.abs(r) - off
        if (!(least > 0)) return ((off = UNKNOWN), 0)
        const v = l / r
        return result(v, l === 0 && error === 0 ? 0 : (error + Math.abs(v) * off) / least + Math.abs(v) * EPS)
      }
    }
    case 'identicalShare': {
      const pairs = e.codes.map((code) => [cells.slot('item', code), cells.slot(e.to, code), code] as const)
      return (s) => {
        let both = 0
        let same = 0
        for (const [nowAt, thenAt, code] of pairs) {
          const now = s.spoiled.has(code) ? NaN : cells.read(nowAt, s)
          const then = cells.read(thenAt, s)
          if (Number.isNaN(now) || Number.isNaN(then) || (now === 0 && then === 0)) continue
          if (!cells.faithful(nowAt) || !cells.faithful(thenAt)) return ((off = UNKNOWN), 0)
          both++
          if (now === then) same++
        }
        return both < e.least ? NaN : result(same / both, (same / both) * EPS)
      }
    }
    case 'measure': {
      const found = measures[e.code]
      if (!found) throw new Error(`measure ${e.code} is not defined`)
      return roughly(found, measures, cells)
    }
    default: {
      const { op, code } = e
      const slot = cells.slot(op, code)
      const absent = zero && op !== 'setting' && op !== 'peerMedian'
      return (s) => {
        if (op === 'item' && s.spoiled.has(code)) return NaN
        const v = cells.read(slot, s)
        return Number.isNaN(v) && absent ? ((off = 0), 0) : v
      }
    }
  }
}

/** Sign of the difference, or null when the errors could turn it. */
function sign(l: number, lError: number, r: number, rError: number): -1 | 0 | 1 | null {
  const d = l - r
  const error = lError + rError
  if (error === 0 || Math.abs(d) > error + (Math.abs(l) + Math.abs(r)) * EPS) return d < 0 ? -1 : d > 0 ? 1 : 0
  return null
}
const told: Record<Condition['operator'], (n: -1 | 0 | 1) => boolean> = {
  '<': (n) => n < 0, '<=': (n) => n <= 0, '>': (n) => n > 0, '>=': (n) => n >= 0, '=': (n) => n === 0, notEqual: (n) => n !== 0,
}

/** True when the check certainly finds nothing. */
export function surely(check: Check, measures: Readonly<Record<string, Expression>>, cells: RoughCells): (s: Subject) => boolean {
  const build = (e: Expression) => roughly(e, measures, cells, check.missing === 'zero')
  const left = build(check.left)
  const [first, second] = !check.right ? [] : ('op' in check.right ? [check.right] : [...check.right]).map(build)
  const tolerance = check.tolerance ? roughly(check.tolerance, measures, cells) : undefined
  const when = check.when && { left: roughly(check.when.left, measures, cells), right: roughly(check.when.right, measures, cells), holds: told[check.when.operator] }
  const unjudged = check.missing !== 'fail'
  const { operator } = check
  return (s) => {
    if (when) {
      const l = when.left(s)
      const error = off
      const r = Number.isNaN(l) ? NaN : when.right(s)
      if (Number.isNaN(r)) return true
      const n = sign(l, error, r, off)
      if (n === null) return false
      if (!when.holds(n)) return true
    }
    const l = left(s)
    const lError = off
    if (operator === 'given') return !Number.isNaN(l)
    if (Number.isNaN(l)) return unjudged
    const a = first ? first(s) : NaN
    const aError = off
    if (Number.isNaN(a)) return unjudged
    if (operator === 'between' || operator === 'outside') {
      const b = second ? second(s) : NaN
      if (Number.isNaN(b)) return true
      const low = sign(l, lError, a, aError)
      const high = sign(l, lError, b, off)
      if (operator === 'between') return low !== null && high !== null && low >= 0 && high <= 0
      return (low !== null && low <= 0) || (high !== null && high >= 0)
    }
    if (operator === '≈') {
      const share = tolerance ? tolerance(s) : NaN
      if (Number.isNaN(share)) return true
      const allowed = Math.abs(a) * share
      const n = sign(Math.abs(l - a), lError + aError + (Math.abs(l) + Math.abs(a)) * EPS, allowed, Math.abs(a) * off + Math.abs(share) * aError + aError * off + Math.abs(allowed) * EPS)
      return n !== null && n <= 0
    }
    const n = sign(l, lError, a, aError)
    return n !== null && told[operator](n)
  }
}
