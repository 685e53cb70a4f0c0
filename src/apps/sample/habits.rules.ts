/** How one institution uses energy and water: what never changes about it, drawn once. */
import { profileOf } from './category.rules.ts'
import type { SampleOrganization } from './organization.rules.ts'
import { stream } from './random.rules.ts'

export interface Habits {
  holidays: number
  /** Of 2020, per year: kWh, m³, m³, kg, t, L, L. */
  electricity: number
  water: number
  gas: number
  lpg: number
  coal: number
  petrol: number
  diesel: number
  /** Change per year, as a factor. */
  energyTrend: number
  waterTrend: number
  /** kWh per month of a machine room, and its PUE; 0 without one. */
  room: number
  pue: number
  /** Share of winter's gas, or of electricity where there is no gas, that heats. */
  heating: number
  /** kW of photovoltaics, and the month since when. */
  pv: number
  pvSince: number
  price: { electricity: number; water: number; gas: number; lpg: number; coal: number; petrol: number; diesel: number }
  newEnergyVehicles: number
}

/** So that the city of 2020 uses about 195 kgce and 23.4 m³ per head (rules.md §4.4, carried forward by the plan). */
const ENERGY_LEVEL = 1.03
const WATER_LEVEL = 0.97

export function habitsOf(o: SampleOrganization, area: number, people: number): Habits {
  const p = profileOf(o.category!)
  const draw = stream('habits', o.id)
  // Districts are ahead of their targets or behind them; an institution differs little from its district.
  const district = stream('trend', o.placements[0]!.regionId)
  const energyTrend = 1 + district.between(-0.0205, -0.006) + draw.between(-0.004, 0.004)
  const waterTrend = 1 + district.between(-0.0165, -0.0025) + draw.between(-0.004, 0.004)
  const electricity = area * p.electricity * ENERGY_LEVEL * draw.factor(0.25)
  const piped = draw.chance(0.72)
  const gas = piped ? (area * p.gas * ENERGY_LEVEL * draw.factor(0.3)) / 0.72 : 0
  const bottled = !piped && draw.chance(0.5)
  const lpg = bottled ? people * (p.category === '021' ? 1.6 : 4) * draw.factor(0.3) : 0
  const coal = !piped && !bottled && p.category === '021' && draw.chance(0.3) ? people * 0.012 * draw.factor(0.3) : 0
  const vehicles = Math.round(p.vehicles * draw.factor(0.5) * (people > p.people * 3 ? 3 : 1))
  const petrol = vehicles * 1750 * draw.factor(0.25)
  const diesel = vehicles > 1 && draw.chance(0.18) ? 1500 * draw.factor(0.4) : 0
  const room = o.hasDataCenter ? (electricity / 12) * draw.between(0.06, 0.2) : 0
  const sunny = draw.chance(0.05)
  return {
    holidays: Math.max(0, p.holidays), electricity, water: people * p.water * WATER_LEVEL * draw.factor(0.25), gas, lpg, coal, petrol, diesel, energyTrend, waterTrend,
    room, pue: draw.between(1.32, 1.95), heating: o.hasHeating ? draw.between(0.15, 0.35) : 0,
    pv: sunny ? Math.min(area / 60, 400) : 0, pvSince: 2021 * 12 + draw.int(0, 36),
    price: {
      electricity: draw.between(0.62, 0.88), water: draw.between(3.5, 5), gas: draw.between(2.55, 3.4), lpg: draw.between(6.3, 8.2),
      coal: draw.between(720, 930), petrol: draw.between(7.2, 8.3), diesel: draw.between(6.7, 7.8),
    },
    newEnergyVehicles: vehicles ? draw.int(0, Math.ceil(vehicles / 3)) : 0,
  }
}
