/**
 * Which factor is used for which year. Factors are data with year, scope, source and doubt; which of them apply is a
 * strategy of settings. A result always carries the factors that made it: `FactorSet.used`, named by `FactorSet.code`.
 */
import { Decimal } from 'decimal.js'
import { FUELS, type Fuel } from '../consumption/measures.rules.ts'

export type Scope = 'national' | 'southwest' | 'chongqing'
export interface Factor {
  kind: 'coal-equivalent' | 'density' | 'co2' | 'heating-value'
  energy: string
  scope: Scope
  /** Of electricity: 当量值 or 等价值. */
  method: 'calorific' | 'equivalent' | null
  /** Year that it describes; null: any year. */
  year: number | null
  /** Decimal, in `unit`. */
  value: string
  unit: string
  notice: string | null
  /** Since when it is published; null: not known. */
  validFrom: string | null
  validTo: string | null
  source: string
  unsure: boolean
  note: string | null
}

export interface FactorStrategy {
  year: 'same-year' | 'latest-published' | 'fixed-base'
  baseYear: number
  electricityScope: Scope
  electricityCoal: 'calorific' | 'equivalent'
  coalScope: Scope
  /** CO₂ of purchased electricity only: own photovoltaic generation is taken off. */
  pvDeducted: boolean
}

/** From the settings `energy.factor.*` and `energy.carbon.*`; what is not set is Chongqing's own reckoning. */
export const strategyFrom = (settings: Readonly<Record<string, string>>): FactorStrategy => ({
  year: (settings['energy.factor.year-strategy'] ?? 'same-year') as FactorStrategy['year'],
  baseYear: Number(settings['energy.factor.base-year'] ?? '2022'),
  electricityScope: (settings['energy.factor.electricity-scope'] ?? 'chongqing') as Scope,
  electricityCoal: (settings['energy.factor.electricity-coal'] ?? 'calorific') as FactorStrategy['electricityCoal'],
  coalScope: (settings['energy.factor.coal-scope'] ?? 'chongqing') as Scope,
  pvDeducted: (settings['energy.carbon.pv-deducted'] ?? 'yes') === 'yes',
})

export interface FactorSet {
  /** Short name of exactly these factors; the same factors have the same code everywhere. */
  code: string
  /** tce per unit of the form (kWh, t, m³, kg, L, GJ, tce). */
  coal: Readonly<Partial<Record<Fuel, string>>>
  /** t CO₂ per unit of the form. A fuel without an official factor is absent. */
  co2: Readonly<Partial<Record<Fuel, string>>>
  pvDeducted: boolean
  used: readonly Factor[]
}

const CHAIN: Record<Scope, readonly Scope[]> = { chongqing: ['chongqing', 'southwest', 'national'], southwest: ['southwest', 'national'], national: ['national'] }
const Exact = Decimal.clone({ precision: 40 })

/**
 * The year that a factor describes; one of no year in particular (a coal equivalent, a density) serves from the year in
 * which it came into force: a new standard does not change the years before it.
 */
const since = (f: Factor): number => f.year ?? (f.validFrom ? Number(f.validFrom.slice(0, 4)) : 0)

/** The nearest scope that has any; in it the year asked for, else the last one before it, else the first after it. */
export function chooseFactor(candidates: readonly Factor[], scope: Scope, year: number, strategy: Pick<FactorStrategy, 'year' | 'baseYear'>): Factor | undefined {
  const wanted = strategy.year === 'same-year' ? year : strategy.year === 'fixed-base' ? strategy.baseYear : 9999
  for (const s of CHAIN[scope]) {
    const here = candidates.filter((f) => f.scope === s)
    if (!here.length) continue
    const dated = [...here].sort((a, b) => since(a) - since(b) || ((a.validFrom ?? '') < (b.validFrom ?? '') ? -1 : (a.validFrom ?? '') > (b.validFrom ?? '') ? 1 : 0))
    return dated.filter((f) => since(f) <= wanted).at(-1) ?? dated[0]
  }
  return undefined
}

/** Factors in force for a year's figures. `asOf`: only what was published by that day. */
export function factorSetFor(factors: readonly Factor[], strategy: FactorStrategy, year: number, asOf?: string): FactorSet {
  const valid = factors.filter((f) => (!asOf || !f.validFrom || f.validFrom <= asOf) && (!f.validTo || f.validTo > `${year}-01-01`))
  const used: Factor[] = []
  const find = (kind: Factor['kind'], energy: string, scope: Scope): Decimal | undefined => {
    const method = kind === 'coal-equivalent' && energy === 'electricity' ? strategy.electricityCoal : null
    const found = chooseFactor(valid.filter((f) => f.kind === kind && f.energy === energy && f.method === method), scope, year, strategy)
    if (found && !used.includes(found)) used.push(found)
    return found && new Exact(found.value)
  }
  const coal: Partial<Record<Fuel, string>> = { otherEnergy: '1' }
  const co2: Partial<Record<Fuel, string>> = {}
  for (const fuel of FUELS) {
    if (fuel === 'otherEnergy') continue
    // Litres become kilograms; coal in tonnes and heat in GJ against kgce/kg and kgce/MJ come out in tce as they stand.
    const kilograms = fuel === 'petrol' || fuel === 'diesel' || fuel === 'kerosene' ? find('density', fuel, strategy.coalScope) : new Exact(1)
    const c = find('coal-equivalent', fuel, strategy.coalScope)
    const e = find('co2', fuel, fuel === 'electricity' ? strategy.electricityScope : strategy.coalScope)
    if (c && kilograms) coal[fuel] = (fuel === 'coal' || fuel === 'heat' ? c : c.times(kilograms).div(1000)).toFixed()
    if (e && kilograms) co2[fuel] = (fuel === 'coal' ? e : e.times(kilograms).div(1000)).toFixed()
  }
  const text = used.map((f) => [f.kind, f.energy, f.scope, f.method, f.year, f.value].join(' ')).join('\n') + strategy.pvDeducted
  return { code: `f${fnv(text)}`, coal, co2, pvDeducted: strategy.pvDeducted, used }
}

/** FNV-1a, 64 bits, hex. */
function fnv(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash.toString(16).padStart(16, '0')
}
