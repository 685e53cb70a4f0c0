/**
 * Randomness that is the same on every machine: a stream is named, and the name is its seed. Each thing draws
 * from a stream of its own, so that adding a draw for one thing moves nothing else.
 */
export interface Stream {
  /** In [0, 1). */
  next(): number
  /** Whole, both ends included. */
  int(low: number, high: number): number
  between(low: number, high: number): number
  pick<T>(of: readonly T[]): T
  chance(probability: number): boolean
  /** Around 1 by a share, never below a fifth of it: sizes and habits differ by factors, not by sums. */
  factor(spread: number): number
}

/** FNV-1a over the name, then mulberry32. */
export function stream(...name: (string | number)[]): Stream {
  let h = 0x811c9dc5
  const text = name.join('/')
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  let state = h >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next, int,
    between: (low, high) => low + next() * (high - low),
    pick: (of) => of[int(0, of.length - 1)]!,
    chance: (probability) => next() < probability,
    // The sum of three is near enough to a bell.
    factor: (spread) => Math.max(0.2, 1 + spread * (next() + next() + next() - 1.5) * 2),
  }
}
