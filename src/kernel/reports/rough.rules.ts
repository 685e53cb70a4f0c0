/**
 * Most checks hold by a wide margin, and to see that, no exact arithmetic is needed: an expression is computed in
 * doubles together with a bound of its error. What the bound leaves open, and whatever is found, is computed exactly by
 * the same check (`expression.rules.ts`). So nothing is decided by a rounded figure, and sixteen thousand forms are
 * checked in the time of two thousand.
 */
import type { Check, Condition } from './check.rules.ts'
import type { Cell, Expression, Source, Subject } from './expression.rules.ts'

/**
 * Leaves the value in `at[VALUE]`, NaN for "missing", and the bound of its error in `at[ERROR]`; infinite: nothing is
 * known about the value. Doubles that functions hand to each other would be an object each.
 */
type Rough = (s: Subject) => void
const at = new Float64Array(8)
const [VALUE, ERROR, LEFT, RIGHT, OTHER] = [0, 1, 2, 4, 6]
/** Keeps the last value and its error at a place of a check. */
function keep(place: number): void {
  at[place] = at[VALUE]!
  at[place + 1] = at[ERROR]!
}
const put = (value: number, error: number): void => {
  at[VALUE] = value
  at[ERROR] = error
}

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
  read(slot: number, s: Subject): void {
    let state = this.#state[slot]!
    if (state === UNREAD) {
      const [from, code] = this.#from[slot]!
      state = this.#take(slot, s.cell(from, code))
    }
    const v = state === ABSENT ? NaN : this.#value[slot]!
    put(v, state === PLAIN && Number.isInteger(v) ? 0 : Math.abs(v) * EPS)
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
function result(v: number, error: number): void {
  const size = Math.abs(v)
  put(v, error === 0 && size <= EXACT && Number.isInteger(v) ? 0 : size < 1e200 && (size > 1e-200 || v === 0) ? error + size * EPS : UNKNOWN)
}

export function roughly(e: Expression, measures: Readonly<Record<string, Expression>>, cells: RoughCells, zero = false): Rough {
  const part = (x: Expression) => roughly(x, measures, cells, zero)
  switch (e.op) {
    case 'constant': {
      const value = Number(e.value)
      const error = Number.isInteger(value) && e.value.length <= 15 ? 0 : Math.abs(value) * EPS
      return () => put(value, error)
    }
    case 'peerCount': return (s) => put(s.context.peer ? s.context.peer.count : NaN, 0)
    case 'monthsPresent': return (s) => put(s.context.monthsPresent ?? NaN, 0)
    case 'sum': {
      const of = e.of.map(part)
      return (s) => {
        let total = NaN
        let error = 0
        for (const f of of) {
          f(s)
          const v = at[VALUE]!
          if (Number.isNaN(v)) continue
          if (!Number.isNaN(total)) result(total + v, error + at[ERROR]!)
          total = at[VALUE]!
          error = at[ERROR]!
        }
        put(total, error)
      }
    }
    case 'times': {
      const of = e.of.map(part)
      return (s) => {
        let product = 1
        let error = 0
        for (const f of of) {
          f(s)
          const v = at[VALUE]!
          if (Number.isNaN(v)) return
          const next = product * v
          result(next, next === 0 && product !== 0 && v !== 0 ? UNKNOWN : Math.abs(product) * at[ERROR]! + Math.abs(v) * error + error * at[ERROR]!)
          product = next
          error = at[ERROR]!
        }
        put(product, error)
      }
    }
    case 'minus': {
      const [left, right] = [part(e.left), part(e.right)]
      return (s) => {
        left(s)
        const l = at[VALUE]!
        if (Number.isNaN(l)) return
        const error = at[ERROR]!
        right(s)
        const r = at[VALUE]!
        if (!Number.isNaN(r)) result(l - r, error + at[ERROR]!)
      }
    }
    case 'divide': {
      const [left, right] = [part(e.left), part(e.right)]
      return (s) => {
        left(s)
        const l = at[VALUE]!
        if (Number.isNaN(l)) return
        const error = at[ERROR]!
        right(s)
        const r = at[VALUE]!
        const rError = at[ERROR]!
        if (Number.isNaN(r)) return
        if (r === 0 && rError === 0) return put(NaN, 0)
        const least = Math.abs(r) - rError
        if (!(least > 0)) return put(0, UNKNOWN)
        const v = l / r
        result(v, l === 0 && error === 0 ? 0 : (error + Math.abs(v) * rError) / least + Math.abs(v) * EPS)
      }
    }
    case 'identicalShare': {
      const pairs = e.codes.map((code) => [cells.slot('item', code), cells.slot(e.to, code), code] as const)
      return (s) => {
        let both = 0
        let same = 0
        for (const [nowAt, thenAt, code] of pairs) {
          if (s.spoiled.has(code)) continue
          cells.read(nowAt, s)
          const now = at[VALUE]!
          cells.read(thenAt, s)
          const then = at[VALUE]!
          if (Number.isNaN(now) || Number.isNaN(then) || (now === 0 && then === 0)) continue
          if (!cells.faithful(nowAt) || !cells.faithful(thenAt)) return put(0, UNKNOWN)
          both++
          if (now === then) same++
        }
        if (both < e.least) put(NaN, 0)
        else result(same / both, (same / both) * EPS)
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
        if (op === 'item' && s.spoiled.has(code)) return put(NaN, 0)
        cells.read(slot, s)
        if (absent && Number.isNaN(at[VALUE]!)) put(0, 0)
      }
    }
  }
}

/** Sign of the difference of two kept values, or null when the errors could turn it. */
function sign(one: number, other: number): -1 | 0 | 1 | null {
  const l = at[one]!
  const r = at[other]!
  const d = l - r
  const error = at[one + 1]! + at[other + 1]!
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
      when.left(s)
      if (Number.isNaN(at[VALUE]!)) return true
      keep(LEFT)
      when.right(s)
      if (Number.isNaN(at[VALUE]!)) return true
      const n = sign(LEFT, VALUE)
      if (n === null) return false
      if (!when.holds(n)) return true
    }
    left(s)
    if (operator === 'given') return !Number.isNaN(at[VALUE]!)
    if (Number.isNaN(at[VALUE]!) || !first) return unjudged
    keep(LEFT)
    first(s)
    if (Number.isNaN(at[VALUE]!)) return unjudged
    keep(RIGHT)
    if (operator === 'between' || operator === 'outside') {
      if (!second) return true
      second(s)
      if (Number.isNaN(at[VALUE]!)) return true
      const low = sign(LEFT, RIGHT)
      const high = sign(LEFT, VALUE)
      if (operator === 'between') return low !== null && high !== null && low >= 0 && high <= 0
      return (low !== null && low <= 0) || (high !== null && high >= 0)
    }
    if (operator === '≈') {
      if (!tolerance) return true
      tolerance(s)
      const share = at[VALUE]!
      if (Number.isNaN(share)) return true
      const l = at[LEFT]!
      const a = Math.abs(at[RIGHT]!)
      const aError = at[RIGHT + 1]!
      put(a * share, a * at[ERROR]! + Math.abs(share) * aError + aError * at[ERROR]! + Math.abs(a * share) * EPS)
      at[OTHER] = Math.abs(l - at[RIGHT]!)
      at[OTHER + 1] = at[LEFT + 1]! + aError + (Math.abs(l) + a) * EPS
      const n = sign(OTHER, VALUE)
      return n !== null && n <= 0
    }
    const n = sign(LEFT, RIGHT)
    return n !== null && told[operator](n)
  }
}
