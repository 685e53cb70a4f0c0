/**
 * Exact conversion between units. A result that has no finite decimal form (kBtu → kWh) needs a stated number
 * of decimal places; without it the conversion is refused instead of being rounded in silence.
 */
import Decimal from 'decimal.js'
import { fine, quoted, trouble, type Outcome } from './outcome.rules.ts'
import { AMBIGUOUS, UNITS, type Dimension, type Unit } from './units.table.rules.ts'

/** Operands have at most 60 digits, factors 20: products and the check of a quotient are exact in 240. */
const Exact = Decimal.clone({ precision: 240, rounding: Decimal.ROUND_DOWN, toExpNeg: -300, toExpPos: 300 })
const QUOTIENT_DIGITS = 120

const DIMENSION_LABEL: Record<Dimension, string> = {
  energy: '能量',
  power: '功率',
  apparent: '视在功率',
  coal: '标准煤',
  volume: '体积',
  mass: '质量',
  area: '面积',
  money: '人民币金额',
  usd: '美元金额',
}

const key = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s.·^]+/g, '')
    .replace(/^[([]+(.*?)[)\]]+$/, '$1')

const BY_ALIAS = new Map<string, Unit>()
for (const u of UNITS) for (const name of [u.code, ...u.aliases]) BY_ALIAS.set(key(name), u)

/** A unit, or a ratio of two: `kBtu/ft²`, `元/m³`. */
export interface ResolvedUnit {
  code: string
  dimension: string
  label: string
  factor: Decimal
  over: Decimal
}

const single = (u: Unit): ResolvedUnit => ({
  code: u.code,
  dimension: u.dimension,
  label: DIMENSION_LABEL[u.dimension],
  factor: new Exact(u.factor),
  over: new Exact(u.over ?? '1'),
})

const LONGEST_NAME = 100
const unknownUnit = (text: string): ReturnType<typeof trouble> =>
  trouble('unknown_unit', `不认识单位${quoted(text)}，请在导入对照中选定它的含义，或改写为常用单位。`)

export function findUnit(text: string): Outcome<ResolvedUnit> {
  if (text.length > LONGEST_NAME) return unknownUnit(text)
  const k = key(text)
  const known = BY_ALIAS.get(k)
  if (known) return fine(single(known))
  if (Object.hasOwn(AMBIGUOUS, k)) return trouble('ambiguous_unit', AMBIGUOUS[k]!)
  const parts = text.normalize('NFKC').split('/')
  const [top, bottom] = [BY_ALIAS.get(key(parts[0] ?? '')), BY_ALIAS.get(key(parts[1] ?? ''))]
  if (parts.length === 2 && top && bottom) {
    const [a, b] = [single(top), single(bottom)]
    return fine({
      code: `${a.code}/${b.code}`,
      dimension: `${a.dimension}/${b.dimension}`,
      label: `单位${b.label}的${a.label}`,
      factor: a.factor.times(b.over),
      over: a.over.times(b.factor),
    })
  }
  return unknownUnit(text)
}

/** Decimal places of the result, rounded half up as statistics require; absent: the result must be exact. */
export interface Rounding {
  scale?: number
}

export function convert(value: string, from: string, to: string, rounding: Rounding = {}): Outcome<string> {
  const source = findUnit(from)
  if (!source.ok) return source
  const target = findUnit(to)
  if (!target.ok) return target
  if (source.value.dimension !== target.value.dimension) {
    return trouble('unit_mismatch', mismatch(source.value, target.value))
  }
  const number = operand(value)
  if (!number.ok) return number
  return quotient(
    number.value.times(source.value.factor).times(target.value.over),
    source.value.over.times(target.value.factor),
    rounding,
  )
}

function mismatch(from: ResolvedUnit, to: ResolvedUnit): string {
  const start = `${from.code}是${from.label}单位，${to.code}是${to.label}单位，不能直接换算。`
  const pair = [from.dimension, to.dimension].sort().join()
  if (pair === 'energy,volume') return `${start}燃气请按热值折算，并在导入对照中写明热值。`
  if (pair === 'mass,volume') return `${start}用水请把单位写为“吨水”；油品请在导入对照中写明密度。`
  return `${start}请核对单位是否填错。`
}

function operand(value: string): Outcome<Decimal> {
  if (/^-?\d{1,60}(\.\d{1,60})?$/.test(value) && value.length <= 62) return fine(new Exact(value))
  return trouble('not_a_number', `${quoted(value)}不是数字，请先核对数值。`)
}

function quotient(numerator: Decimal, denominator: Decimal, { scale }: Rounding): Outcome<string> {
  if (scale !== undefined && (!Number.isInteger(scale) || scale < 0 || scale > 20))
    throw new RangeError(`scale ${scale}`)
  // Truncated far beyond any scale, so that rounding it half up equals rounding the true quotient.
  const q = numerator.div(denominator).toSignificantDigits(QUOTIENT_DIGITS, Decimal.ROUND_DOWN)
  if (scale === undefined && !q.times(denominator).eq(numerator)) {
    return trouble('inexact', '换算结果是无限小数，请在导入对照中写明保留几位小数。')
  }
  const result = scale === undefined ? q : q.toDecimalPlaces(scale, Decimal.ROUND_HALF_UP)
  return fine(result.isZero() ? '0' : result.toFixed())
}

/**
 * Net heating value of natural gas: 389.31 GJ/万Nm³, the default of the national guidelines on greenhouse gas
 * accounting, which is the 38 931 kJ/m³ of 油田天然气 in GB/T 2589—2008 appendix A. Gas billed abroad by therms is
 * metered at the gross value, about a tenth higher: a mapping for such a file should state its own value.
 */
export const NATURAL_GAS_HEATING_VALUE = {
  value: '38.931',
  unit: 'MJ/m³',
  source:
    '国家发展改革委企业温室气体排放核算方法与报告指南缺省值 389.31 GJ/万Nm³；GB/T 2589—2008 附录 A（油田天然气 38 931 kJ/m³）',
} as const

/** Energy of gas (therm, kBtu, kWh…) as m³ by a heating value in MJ/m³, which the caller states and records. */
export function gasVolume(
  energy: string,
  unit: string,
  heatingValue: string,
  rounding: Rounding = {},
): Outcome<string> {
  const source = findUnit(unit)
  if (!source.ok) return source
  if (source.value.dimension !== 'energy')
    return trouble('unit_mismatch', `${source.value.code}不是能量单位，燃气量不必按热值折算。`)
  const [number, value] = [operand(energy), operand(heatingValue)]
  if (!number.ok) return number
  if (!value.ok || !value.value.isPositive() || value.value.isZero()) {
    return trouble('bad_heating_value', '热值须大于 0，单位 MJ/m³，例如天然气 38.931。')
  }
  return quotient(number.value.times(source.value.factor), source.value.over.times(value.value), rounding)
}
