/** What is counted: every column of energy.consumption and energy.cube that adds up. */
import { snake } from '../../../kernel/entity/entity.rules.ts'

export const FUELS = ['electricity', 'coal', 'naturalGas', 'lpg', 'petrol', 'diesel', 'kerosene', 'heat', 'otherEnergy'] as const
export type Fuel = (typeof FUELS)[number]
export const FUEL_LABELS: Readonly<Record<Fuel, string>> = {
  electricity: '电', coal: '煤炭', naturalGas: '天然气', lpg: '液化石油气', petrol: '汽油', diesel: '柴油', kerosene: '煤油', heat: '热力', otherEnergy: '其他',
}

/** As reported; the unit is that of the form. */
export const QUANTITIES = [...FUELS, 'pvGeneration', 'petrolVehicle', 'dieselVehicle', 'water'] as const
export type Quantity = (typeof QUANTITIES)[number]
const part = <P extends string>(prefix: P, fuel: Fuel) => `${prefix}${fuel[0]!.toUpperCase()}${fuel.slice(1)}` as `${P}${Capitalize<Fuel>}`
/** tce of a fuel: `tceElectricity`. */
export const tceOf = (fuel: Fuel) => part('tce', fuel)
/** t CO₂ of a fuel: `co2Electricity`. */
export const co2Of = (fuel: Fuel) => part('co2', fuel)

export const MEASURES = [
  ...QUANTITIES, 'cost', 'people', 'buildingArea',
  ...FUELS.map(tceOf), 'tce', 'tceVehicle',
  ...FUELS.map(co2Of), 'co2',
] as const
/** Both sides of each indicator over those that have both: generated columns, summed like any other. */
export const PAIRED = [
  'tceWithPeople', 'peopleWithTce', 'waterWithPeople', 'peopleWithWater',
  'tceWithArea', 'tceVehicleWithArea', 'areaWithTce', 'co2WithArea', 'areaWithCo2',
] as const
/** What each paired sum adds, and what an institution must have besides; the greater-than-zero side is people or area. */
export const PAIRS: Readonly<Record<(typeof PAIRED)[number], { adds: (typeof MEASURES)[number]; has: (typeof MEASURES)[number] }>> = {
  tceWithPeople: { adds: 'tce', has: 'people' }, peopleWithTce: { adds: 'people', has: 'tce' },
  waterWithPeople: { adds: 'water', has: 'people' }, peopleWithWater: { adds: 'people', has: 'water' },
  tceWithArea: { adds: 'tce', has: 'buildingArea' }, tceVehicleWithArea: { adds: 'tceVehicle', has: 'buildingArea' }, areaWithTce: { adds: 'buildingArea', has: 'tce' },
  co2WithArea: { adds: 'co2', has: 'buildingArea' }, areaWithCo2: { adds: 'buildingArea', has: 'co2' },
}
/** Flows that every ledger must give: a year with one month of them missing is not known. Of other flows a blank means none. */
export const NEEDED: ReadonlySet<string> = new Set(['electricity', 'water'])
/** Everything that is summed; MEASURES alone are written. */
export const SUMMED = [...MEASURES, ...PAIRED] as const
export type Measure = (typeof SUMMED)[number]
/** Sums over institutions and periods, decimal strings; null where nothing was counted. */
export type Sums = Record<Measure, string | null>

export const COLUMNS: Readonly<Record<Measure, string>> = Object.fromEntries(SUMMED.map((m) => [m, snake(m)])) as Record<Measure, string>
