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
  // From nothing there is no share that could be taken off year by year.
  if (shape === 'geometric' && base.lte(0)) return null
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

/** How a district or a unit is held against its target: the shape of the way there, and how far above it is still amber. */
export interface Yardstick {
  shape: Shape
  amber: string
  /** Share of institutions that a month must have in common with the same month of last year to be forecast from. */
  least: string
}
export const yardstick = (settings: Readonly<Record<string, string>>): Yardstick => ({
  shape: (settings['energy.target.shape'] ?? 'linear') as Shape, amber: settings['energy.target.amber'] ?? '0.02', least: settings['energy.target.forecast-least'] ?? '0.90',
})

/** As many institutions here as there, but for the share that may be absent: a month half reported is no month yet. */
export const comparable = (here: number, there: number, least: string): boolean =>
  here > 0 && there > 0 && new Exact(Math.min(here, there)).gte(new Exact(Math.max(here, there)).times(least))

/**
 * Year from the months so far: they are taken to be the same share of the year as in last year.
 * Index 0 is January; a missing month is null. Needs all twelve months of last year, and a share above zero.
 * `whole`: last year's own figure, on which the forecast stands where there is one; the annual forms may say another
 * figure than the ledgers, and the target is held against the former.
 */
export function forecastYear(thisYear: readonly (string | null)[], lastYear: readonly (string | null)[], whole: string | null = null): Forecast | null {
  if (lastYear.length !== 12 || lastYear.some((m) => m === null)) return null
  const known = thisYear.flatMap((m, i) => (m === null ? [] : [i]))
  const sum = (of: readonly (string | null)[], at: number[]) => at.reduce((total, i) => total.plus(of[i]!), new Exact(0))
  const months = sum(lastYear, lastYear.map((_, i) => i))
  if (!known.length || months.lte(0)) return null
  const share = sum(lastYear, known).div(months)
  if (share.lte(0)) return null
  const scale = whole !== null && new Exact(whole).gt(0) ? new Exact(whole).div(months) : new Exact(1)
  return { value: sum(thisYear, known).div(share).times(scale).toDecimalPlaces(6).toFixed(), share: share.toDecimalPlaces(6).toFixed(), months: known.length }
}
