/**
 * The four indicators (人均综合能耗, 人均用水量, 单位建筑面积能耗, 单位建筑面积碳排放). Ratios are computed from sums, never
 * stored and never averaged; without a denominator there is no value, which is not zero.
 */
import { Decimal } from 'decimal.js'
import { fixed, plain, quotient } from './fixed.rules.ts'

const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })
type Amount = string | null | undefined
/** Against it the plan measures; nothing older is compared. */
export const BASE_YEAR = 2020

/** What the indicators are made of. tce and co2 in tonnes, water in m³, area in ㎡. */
type Side = 'tce' | 'tceVehicle' | 'water' | 'co2' | 'people' | 'buildingArea'
type PairedSide = 'tceWithPeople' | 'peopleWithTce' | 'waterWithPeople' | 'peopleWithWater' | 'tceWithArea' | 'tceVehicleWithArea' | 'areaWithTce' | 'co2WithArea' | 'areaWithCo2'
export type Basis = Readonly<Partial<Record<Side | PairedSide, Amount>>>

export interface Indicator {
  code: string
  label: string
  /** Without the time; `unitOf` adds 年, 季 or 月. */
  unit: string
  numerator: { label: string; of: readonly Side[]; less?: Side; times: string }
  denominator: { label: string; of: Side }
  /** The same sides over the institutions that have both; used where sums bring them. */
  both: { of: PairedSide; less?: PairedSide; over: PairedSide }
  /** Less is better. */
  direction: 'down'
  basis: string
}

const KILOGRAMS = '1000'
export const INDICATORS = [
  { code: 'energyPerHead', label: '人均综合能耗', unit: 'kgce/人', numerator: { label: '综合能耗', of: ['tce'], times: KILOGRAMS }, denominator: { label: '用能人数', of: 'people' }, both: { of: 'tceWithPeople', over: 'peopleWithTce' }, direction: 'down', basis: '综合能耗 ÷ 用能人数；水不计入综合能耗' },
  { code: 'waterPerHead', label: '人均用水量', unit: 'm³/人', numerator: { label: '用水总量', of: ['water'], times: '1' }, denominator: { label: '用能人数', of: 'people' }, both: { of: 'waterWithPeople', over: 'peopleWithWater' }, direction: 'down', basis: '用水总量 ÷ 用能人数' },
  { code: 'energyPerArea', label: '单位建筑面积能耗', unit: 'kgce/㎡', numerator: { label: '综合能耗（扣除公务用车用油）', of: ['tce'], less: 'tceVehicle', times: KILOGRAMS }, denominator: { label: '建筑面积', of: 'buildingArea' }, both: { of: 'tceWithArea', less: 'tceVehicleWithArea', over: 'areaWithTce' }, direction: 'down', basis: '（综合能耗 − 公务用车用油）÷ 建筑面积，《节约型公共机构示范单位评价标准》；2025 版制度以正式指标解释为准' },
  { code: 'energyPerAreaWithVehicles', label: '单位建筑面积能耗（含公务用车用油）', unit: 'kgce/㎡', numerator: { label: '综合能耗', of: ['tce'], times: KILOGRAMS }, denominator: { label: '建筑面积', of: 'buildingArea' }, both: { of: 'tceWithArea', over: 'areaWithTce' }, direction: 'down', basis: '综合能耗 ÷ 建筑面积，公共机构能耗统计算例（2010 年）' },
  { code: 'carbonPerArea', label: '单位建筑面积碳排放', unit: 'kgCO₂/㎡', numerator: { label: '二氧化碳排放', of: ['co2'], times: KILOGRAMS }, denominator: { label: '建筑面积', of: 'buildingArea' }, both: { of: 'co2WithArea', over: 'areaWithCo2' }, direction: 'down', basis: '二氧化碳排放 ÷ 建筑面积' },
] as const satisfies readonly Indicator[]
export type IndicatorCode = (typeof INDICATORS)[number]['code']
export const indicatorNamed = (code: string): Indicator | undefined => INDICATORS.find((i) => i.code === code)
export const unitOf = (i: Indicator, months: number): string => i.unit.replace('/', '/(') + `·${months === 12 ? '年' : months === 3 ? '季' : '月'})`

/** Numerator as an integer (see fixed.rules.ts), over those that have both sides where the sums bring that. */
function top(i: Indicator, sums: Basis): bigint | null {
  const both = i.both.over in sums
  let total: bigint | null = null
  for (const key of both ? [i.both.of] : i.numerator.of) {
    const amount = sums[key]
    if (amount !== null && amount !== undefined) total = (total ?? 0n) + fixed(amount)
  }
  const less = both ? i.both.less : i.numerator.less
  const off = less && sums[less]
  return total === null ? null : (total - (off ? fixed(off) : 0n)) * BigInt(i.numerator.times)
}

/** In the unit of the indicator (kgce, m³, kg CO₂); null when nothing was reported. */
export function numeratorOf(i: Indicator, sums: Basis): string | null {
  const amount = top(i, sums)
  return amount === null ? null : plain(amount)
}

export const denominatorOf = (i: Indicator, sums: Basis): Amount => (i.both.over in sums ? sums[i.both.over] : sums[i.denominator.of])

/** Six decimals at most; pages show two. */
export function indicatorValue(i: Indicator, sums: Basis): string | null {
  const amount = top(i, sums)
  const below = denominatorOf(i, sums)
  const divisor = below === null || below === undefined ? 0n : fixed(below)
  return amount === null || divisor <= 0n ? null : quotient(amount, divisor)
}

export const indicatorValues = (sums: Basis): Record<IndicatorCode, string | null> =>
  Object.fromEntries(INDICATORS.map((i) => [i.code, indicatorValue(i, sums)])) as Record<IndicatorCode, string | null>

/** Adds what is there; null only when neither has anything. */
export function addSums<T extends Readonly<Record<string, Amount>>>(a: T, b: T): T {
  const out: Record<string, Amount> = { ...a }
  for (const [key, amount] of Object.entries(b)) {
    if (amount === null || amount === undefined) continue
    const known = out[key]
    out[key] = known === null || known === undefined ? amount : new Exact(known).plus(amount).toFixed()
  }
  return out as T
}

/** 下降率 = (基期 − 报告期) ÷ 基期 × 100, in percent, four decimals; negative when it rose. */
export function reductionRate(base: Amount, now: Amount): string | null {
  if (base === null || base === undefined || now === null || now === undefined || new Exact(base).lte(0)) return null
  return new Exact(base).minus(now).div(base).times(100).toDecimalPlaces(4).toFixed()
}
