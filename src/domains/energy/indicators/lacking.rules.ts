/** A fuel that was used and has no official factor is not emitted as nothing: whoever shows the figure says what is not in it. */
import { co2Of, FUEL_LABELS, FUELS, type Fuel } from '../consumption/measures.rules.ts'

/** Fuels of which something was used and whose carbon dioxide nobody knows. Sums as texts, as everywhere. */
export const withoutFactor = (sums: Readonly<Record<string, string | null>>): Fuel[] =>
  FUELS.filter((f) => (sums[f] ?? null) !== null && !/^-?0*(\.0*)?$/.test(sums[f]!) && (sums[co2Of(f)] ?? null) === null)
export const lackingSentence = (sums: Readonly<Record<string, string | null>>): string =>
  `${withoutFactor(sums).map((f) => (f === 'otherEnergy' ? '其他能源' : FUEL_LABELS[f])).join('、')}没有排放因子，二氧化碳排放未包括这一部分。`
