/** Figures of one period against those of the base year, where far fewer institutions are in one of the two: another scope, not a change. */
import { comparable } from './targets.rules.ts'

/** Institutions counted in the base year and in the period. */
export interface Apart {
  base: number
  now: number
}
/** null where about as many are counted on both sides, or on one of them nobody is. `settings` say how far is too far. */
export const scopesApart = (base: number | undefined, now: number | undefined, settings: Readonly<Record<string, string>>): Apart | null =>
  base && now && !comparable(now, base, settings['energy.base.least'] ?? '0.80') ? { base, now } : null

export const apartSentence = ({ base, now }: Apart, baseYear: number): string => `${baseYear} 年基期计入 ${base} 家，本期计入 ${now} 家，两边的机构范围不同，比基期的升降只供参考。`
