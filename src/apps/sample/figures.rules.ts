/**
 * What an institution used in a month. Everything is a whole number in the smallest unit (kWh, m³, L, kg, kg of
 * coal, fen), so that quarters and years are exact sums of their months.
 */
import type { Habits } from './habits.rules.ts'
import { stream } from './random.rules.ts'
import { yearOf } from './months.rules.ts'

export interface Figures {
  electricity: number
  electricityCost: number
  pv: number
  water: number
  waterCost: number
  coal: number
  coalCost: number
  gas: number
  gasCost: number
  lpg: number
  lpgCost: number
  petrol: number
  petrolCost: number
  diesel: number
  dieselCost: number
  roomElectricity: number
  itElectricity: number
  roomCost: number
  heatingGas: number
  heatingElectricity: number
  heatingCost: number
}

const share = (weights: readonly number[]) => {
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((w) => w / total)
}
// Chongqing: air conditioning from June to September, a damp cold winter without district heating.
const COOLING = share([1.05, 1.0, 0.85, 0.78, 0.85, 1.05, 1.38, 1.42, 1.18, 0.82, 0.8, 0.98])
const WATER = share([0.92, 0.85, 0.95, 1.0, 1.03, 1.08, 1.1, 1.1, 1.07, 1.0, 0.96, 0.94])
const GAS = share([1.45, 1.3, 1.15, 0.95, 0.85, 0.75, 0.68, 0.66, 0.75, 0.88, 1.08, 1.35])
const FUEL = share([0.95, 0.85, 1.05, 1.05, 1.0, 1.0, 1.02, 0.98, 1.05, 0.98, 1.05, 1.02])
const SUN = [0.35, 0.45, 0.8, 1.1, 1.2, 1.2, 1.7, 1.75, 1.1, 0.65, 0.5, 0.35]
const BASE = 2020 * 12 + 6

/** Empty classrooms: how much of a month's use remains when a school closes wholly. */
const OPEN_ELECTRICITY = [0.8, 0.72, 1, 1, 1, 1, 0.72, 0.68, 1, 1, 1, 1]
const OPEN_WATER = [0.85, 0.75, 1, 1, 1, 1, 0.75, 0.74, 1, 1, 1, 1]
const OPEN_KITCHEN = [0.8, 0.66, 1, 1, 1, 1, 0.42, 0.4, 1, 1, 1, 1]
const open = (h: Habits, month: number, table: readonly number[]) => 1 - (1 - table[month]!) * (h.holidays / 0.75)

/** The same weather for all; the summers of 2022 and 2024 were hotter than most. */
const weatherOf = (n: number): number => {
  const hot = { 24271: 1.08, 24270: 1.07, 24295: 1.09, 24296: 1.12 }[n] ?? 1
  return stream('weather', n).factor(0.025) * hot
}
const known = new Map<number, number>()
function weather(n: number): number {
  let w = known.get(n)
  if (w === undefined) known.set(n, (w = weatherOf(n)))
  return w
}

export function figuresOf(id: number, h: Habits, n: number): Figures {
  const month = n % 12
  const years = (n - BASE) / 12
  const draw = stream('month', id, n)
  const energy = h.energyTrend ** years
  const electricity = Math.round(h.electricity * COOLING[month]! * open(h, month, OPEN_ELECTRICITY) * energy * weather(n) * draw.factor(0.035))
  const water = Math.round(h.water * WATER[month]! * open(h, month, OPEN_WATER) * h.waterTrend ** years * draw.factor(0.04))
  const gas = Math.round(h.gas * GAS[month]! * open(h, month, OPEN_KITCHEN) * energy * draw.factor(0.04))
  const lpg = Math.round(h.lpg * FUEL[month]! * open(h, month, OPEN_KITCHEN) * energy * draw.factor(0.04))
  // Coal went out of use by 2024.
  const coal = yearOf(n) < 2024 ? Math.round(h.coal * 1000 * FUEL[month]! * open(h, month, OPEN_KITCHEN) * (1 - (yearOf(n) - 2020) * 0.15) * draw.factor(0.05)) : 0
  const petrol = Math.round(h.petrol * FUEL[month]! * 0.975 ** years * draw.factor(0.06))
  const diesel = Math.round(h.diesel * FUEL[month]! * energy * draw.factor(0.05))
  const roomElectricity = Math.min(Math.round(h.room * draw.factor(0.015)), Math.floor(electricity * 0.6))
  const winter = month <= 1 || month === 11
  const heated = winter ? h.heating : 0
  const heatingGas = gas ? Math.round(gas * heated) : 0
  const heatingElectricity = gas ? 0 : Math.min(Math.round(electricity * heated), electricity - roomElectricity)
  const fen = (quantity: number, price: number) => Math.round(quantity * price * 100)
  const p = h.price
  const kwh = p.electricity * draw.factor(0.01)
  return {
    electricity, electricityCost: fen(electricity, kwh), pv: h.pv && n >= h.pvSince ? Math.min(Math.round(h.pv * 60 * SUN[month]!), electricity) : 0,
    water, waterCost: fen(water, p.water), coal, coalCost: fen(coal / 1000, p.coal), gas, gasCost: fen(gas, p.gas), lpg, lpgCost: fen(lpg, p.lpg),
    petrol, petrolCost: fen(petrol, p.petrol * draw.factor(0.015)), diesel, dieselCost: fen(diesel, p.diesel),
    roomElectricity, itElectricity: Math.round(roomElectricity / h.pue), roomCost: Math.floor(roomElectricity * kwh * 100),
    heatingGas, heatingElectricity, heatingCost: fen(heatingGas, p.gas) + fen(heatingElectricity, kwh),
  }
}

export function sumFigures(of: readonly Figures[]): Figures {
  const total = { ...of[0]! }
  for (const f of of.slice(1)) for (const k of Object.keys(total) as (keyof Figures)[]) total[k] += f[k]
  return total
}
