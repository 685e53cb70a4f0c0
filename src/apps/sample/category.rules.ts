/**
 * What institutions of a category are like: how many there are, how large, what they use. Shares follow
 * Chongqing 2015 (3,387 : 12,934 : 342, rules.md §4.4 vector B); sizes and intensities are chosen so that the
 * city's totals per head and per ㎡ come out near the real ones around 2020.
 */
import type { CATEGORIES } from '../../kernel/org/organization/organization.entity.ts'

export type Category = keyof typeof CATEGORIES

export interface Profile {
  category: Category
  /** Of 16,663. */
  count: number
  people: number
  /** ㎡ per head. */
  areaPerHead: number
  /** kWh per ㎡ and year. */
  electricity: number
  /** m³ of natural gas per ㎡ and year. */
  gas: number
  /** m³ of water per head and year. */
  water: number
  vehicles: number
  /** How far a school's summer holidays empty it. */
  holidays: number
}

export const PROFILES: readonly Profile[] = [
  { category: '01', count: 3387, people: 75, areaPerHead: 35, electricity: 80, gas: 0.9, water: 40, vehicles: 4, holidays: 0 },
  { category: '021', count: 6330, people: 640, areaPerHead: 11, electricity: 45, gas: 1.5, water: 20, vehicles: 0.6, holidays: 0.75 },
  { category: '022', count: 250, people: 70, areaPerHead: 40, electricity: 110, gas: 0.5, water: 32, vehicles: 1.5, holidays: 0 },
  { category: '023', count: 500, people: 45, areaPerHead: 60, electricity: 75, gas: 0.4, water: 42, vehicles: 0.8, holidays: -0.1 },
  { category: '024', count: 1830, people: 260, areaPerHead: 38, electricity: 165, gas: 4, water: 70, vehicles: 3.5, holidays: 0 },
  { category: '025', count: 130, people: 60, areaPerHead: 80, electricity: 90, gas: 0.8, water: 60, vehicles: 1, holidays: -0.2 },
  { category: '026', count: 3894, people: 50, areaPerHead: 32, electricity: 75, gas: 0.7, water: 35, vehicles: 2, holidays: 0 },
  { category: '03', count: 342, people: 35, areaPerHead: 25, electricity: 60, gas: 0.4, water: 26, vehicles: 0.5, holidays: 0 },
]
const BY_CATEGORY = new Map(PROFILES.map((p) => [p.category, p]))
export const profileOf = (category: Category): Profile => BY_CATEGORY.get(category)!

const TOTAL = PROFILES.reduce((n, p) => n + p.count, 0)

/** Deals out categories one by one so that every prefix has nearly the right shares. */
export function categoryDealer(): () => Category {
  const dealt = PROFILES.map(() => 0)
  let n = 0
  return () => {
    n++
    let best = 0
    let worst = -Infinity
    PROFILES.forEach((p, i) => {
      const due = (p.count / TOTAL) * n - dealt[i]!
      if (due > worst) [best, worst] = [i, due]
    })
    dealt[best]!++
    return PROFILES[best]!.category
  }
}
