/** Targets handed down: the trajectory from the base year, the colour of a figure against it, the forecast to year end. */
import { Decimal } from 'decimal.js'

const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })
export type Shape = 'linear' | 'geometric' | 'final'
export interface Target {
  baseYear: number
  baseValue: string | null
  targetYear: number
  /** 6 means: 6 % less than in the base year. */
  reductionPercent: string | null
  /** An upper limit instead of a reduction. */
  total: string | null
}

/** What the year may reach; null outside the target's years or without a base. */
export function targetAt(target: Target, year: number, shape: Shape = 'linear'): string | null {
  const { baseYear, targetYear } = target
  if (year < baseYear || year > targetYear || targetYear <= baseYear) return null
  const end = target.total !== null ? new Exact(target.total) : target.baseValue !== null && target.reductionPercent !== null ? new Exact(target.baseValue).times(new Exact(100).minus(target.reductionPercent)).div(100) : null
  if (end === null) return null
  if (year === targetYear) return end.toDecimalPlaces(6).toFixed()
  if (target.baseValue === null || shape === 'final') return null
  const base = new Exact(target.baseValue)
  if (year === baseYear) return base.toFixed()
  const share = new Exact(year - baseYear).div(targetYear - baseYear)
  const value = shape === 'linear' ? base.plus(end.minus(base).times(share)) : base.times(end.div(base).pow(share))
  return value.toDecimalPlaces(6).toFixed()
}

export type Colour = 'green' | 'amber' | 'red'
/** Green within the target, amber above it by no more than `amber` (a share), red beyond; null when either is missing. */
export function colourOf(actual: string | null, target: string | null, amber: string): Colour | null {
  if (actual === null || target === null) return null
  if (new Exact(actual).lte(target)) return 'green'
  return new Exact(actual).lte(new Exact(target).times(new Exact(1).plus(amber))) ? 'amber' : 'red'
}

export interface Forecast {
  /** Whole year, six decimals. */
  value: string
  /** Share of last year that fell into the months known so far. */
  share: string
  months: number
}

/**
 * Year from the months so far: they are taken to be the same share of the year as in last year.
 * Index 0 is January; a missing month is null. Needs all twelve months of last year, and a share above zero.
 */
export function forecastYear(thisYear: readonly (string | null)[], lastYear: readonly (string | null)[]): Forecast | null {
  if (lastYear.length !== 12 || lastYear.some((m) => m === null)) return null
  const known = thisYear.flatMap((m, i) => (m === null ? [] : [i]))
  const sum = (of: readonly (string | null)[], at: number[]) => at.reduce((total, i) => total.plus(of[i]!), new Exact(0))
  const whole = sum(lastYear, lastYear.map((_, i) => i))
  if (!known.length || whole.lte(0)) return null
  const share = sum(lastYear, known).div(whole)
  if (share.lte(0)) return null
  return { value: sum(thisYear, known).div(share).toDecimalPlaces(6).toFixed(), share: share.toDecimalPlaces(6).toFixed(), months: known.length }
}
