/**
 * From quantities to standard coal (综合能耗, rules.md §4.4: water is not in it) and to CO₂. Each fuel's part is rounded to a
 * gram of coal equivalent (6 decimals of a tonne); a total is the sum of the parts that it shows.
 * `energy.consumption` is computed by the same coefficients in SQL; a test holds the two together to the last digit.
 */
import { Decimal } from 'decimal.js'
import { FUELS, type Fuel, type Quantity } from '../consumption/measures.rules.ts'
import type { Factor, FactorSet } from './factor.rules.ts'

export type Quantities = Readonly<Partial<Record<Quantity, string | null>>>
export interface Converted {
  /** Tonnes by fuel; null where the fuel was not reported or has no factor. */
  parts: Record<Fuel, string | null>
  /** null when nothing was reported. */
  total: string | null
  /** Fuels that were used and have no factor: the total is too small by them. */
  lacking: Fuel[]
  used: readonly Factor[]
}

export const PLACES = 6
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP })

function convert(values: Quantities, coefficients: FactorSet['coal'], used: readonly Factor[]): Converted {
  const parts = {} as Record<Fuel, string | null>
  const lacking: Fuel[] = []
  let total: Decimal | null = null
  for (const fuel of FUELS) {
    const quantity = values[fuel]
    const coefficient = coefficients[fuel]
    parts[fuel] = null
    if (quantity === null || quantity === undefined) continue
    if (coefficient === undefined) {
      if (!new Exact(quantity).isZero()) lacking.push(fuel)
      continue
    }
    const part = new Exact(quantity).times(coefficient).toDecimalPlaces(PLACES)
    parts[fuel] = part.toFixed()
    total = (total ?? new Exact(0)).plus(part)
  }
  return { parts, total: total?.toFixed() ?? null, lacking, used }
}

/** Tonnes of coal equivalent; `vehicle` is the official vehicles' share of petrol and diesel. */
export function coalEquivalent(values: Quantities, set: FactorSet): Converted & { vehicle: string | null } {
  const vehicle = [values.petrolVehicle && set.coal.petrol && new Exact(values.petrolVehicle).times(set.coal.petrol), values.dieselVehicle && set.coal.diesel && new Exact(values.dieselVehicle).times(set.coal.diesel)]
    .filter((part) => part instanceof Exact)
    .reduce<Decimal | null>((sum, part) => (sum ?? new Exact(0)).plus(part.toDecimalPlaces(PLACES)), null)
  return { ...convert(values, set.coal, set.used.filter((f) => f.kind !== 'co2')), vehicle: vehicle?.toFixed() ?? null }
}

/** Tonnes of CO₂. Electricity counts as purchased: without own photovoltaic generation where the strategy says so. */
export function carbon(values: Quantities, set: FactorSet): Converted {
  const { electricity, pvGeneration } = values
  const purchased = electricity != null && pvGeneration != null && set.pvDeducted ? Decimal.max(0, new Exact(electricity).minus(pvGeneration)).toFixed() : electricity
  return convert({ ...values, electricity: purchased }, set.co2, set.used.filter((f) => f.kind !== 'coal-equivalent'))
}
