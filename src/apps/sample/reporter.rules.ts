/** An institution as the one who reports: its cells for any period, in the items of whichever form version. */
import type { Report } from '../../kernel/reports/report.rules.ts'
import { figuresOf, sumFigures, type Figures } from './figures.rules.ts'
import { habitsOf, type Habits } from './habits.rules.ts'
import { monthOf, monthStart, yearOf } from './months.rules.ts'
import type { SampleOrganization } from './organization.rules.ts'
import { stream } from './random.rules.ts'

export type Cells = Record<string, string | number | null>
type Maker = (r: Reporter, f: Figures, n: number) => string | number | null

/** Blank means: there is none of it. */
const some = (n: number): number | null => (n > 0 ? n : null)
const money = (fen: number): string | null => (fen > 0 ? `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}` : null)
const tonnes = (kg: number): string | null => (kg > 0 ? (kg / 1000).toFixed(3) : null)
const room = (r: Reporter, v: string | number | null) => (r.organization.hasDataCenter ? (v ?? 0) : null)

const MAKERS: Record<string, Maker> = {
  buildingArea: (r, _f, n) => r.areaAt(n), people: (r, _f, n) => r.peopleAt(n),
  electricity: (_r, f) => f.electricity, electricityCost: (_r, f) => money(f.electricityCost), pvGeneration: (_r, f) => some(f.pv),
  water: (_r, f) => f.water, waterCost: (_r, f) => money(f.waterCost),
  // The year after the last coal says so with a zero.
  coal: (r, f, n) => tonnes(f.coal) ?? (r.habits.coal && yearOf(n) === 2024 ? '0' : null), coalCost: (_r, f) => money(f.coalCost),
  naturalGas: (_r, f) => some(f.gas), naturalGasCost: (_r, f) => money(f.gasCost), lpg: (_r, f) => some(f.lpg), lpgCost: (_r, f) => money(f.lpgCost),
  petrol: (_r, f) => some(f.petrol), petrolVehicle: (_r, f) => some(f.petrol), petrolCost: (_r, f) => money(f.petrolCost),
  diesel: (_r, f) => some(f.diesel), dieselVehicle: (_r, f) => some(f.diesel), dieselCost: (_r, f) => money(f.dieselCost),
  dataCenterElectricity: (r, f) => room(r, f.roomElectricity), itElectricity: (r, f) => room(r, f.itElectricity), dataCenterElectricityCost: (r, f) => room(r, money(f.roomCost)),
  heatingNaturalGas: (_r, f) => some(f.heatingGas), heatingElectricity: (_r, f) => some(f.heatingElectricity), heatingCost: (_r, f) => money(f.heatingCost),
  landArea: (r, _f, n) => (Number(r.areaAt(n)) * stream('land', r.organization.id).between(0.6, 2.4)).toFixed(2),
  newEnergyVehicles: (r, _f, n) => (r.habits.newEnergyVehicles ? Math.max(0, r.habits.newEnergyVehicles - (2025 - yearOf(n))) : null),
  chargingPoints: (r, _f, n) => (r.habits.newEnergyVehicles ? Math.max(0, r.habits.newEnergyVehicles - (2026 - yearOf(n))) * 2 : null),
  renewableEnergy: (r, _f, n) => (r.habits.pv && n + 11 >= r.habits.pvSince ? 'photovoltaic' : 'none'),
  dataCenterArea: (r) => (r.organization.hasDataCenter ? (r.habits.room / 900 + 12).toFixed(2) : null),
  upsCapacity: (r) => (r.organization.hasDataCenter ? (r.habits.room / 500).toFixed(2) : null),
  heatingArea: (r, _f, n) => (r.organization.hasHeating ? (Number(r.areaAt(n)) * 0.4).toFixed(2) : null),
}

export class Reporter {
  readonly organization: SampleOrganization
  readonly #habits: [Habits, Habits]
  readonly #until: number
  /** Months that it is there for, both ends included. */
  readonly first: number
  readonly last: number
  #memory = new Map<number, Figures>()
  constructor(o: SampleOrganization, lastMonth: number) {
    this.organization = o
    const now = habitsOf(o, Number(o.survey && o.survey.until === null ? o.survey.buildingArea : o.buildingArea), o.people!)
    const then = o.survey?.until ? habitsOf(o, Number(o.survey.buildingArea), o.survey.people) : now
    this.#habits = [then, now]
    this.#until = o.survey?.until ? monthOf(o.survey.until) : 0
    const from = o.directoryFrom! > o.validFrom ? o.directoryFrom! : o.validFrom
    this.first = monthOf(from)
    this.last = o.validTo ? monthOf(o.validTo) - 1 : lastMonth
  }
  get habits(): Habits {
    return this.#habits[1]
  }
  areaAt(n: number): string {
    const s = this.organization.survey
    return s && (s.until === null || n < this.#until) ? s.buildingArea : this.organization.buildingArea!
  }
  /** Two in a thousand more every year: what the register says is today's. */
  peopleAt(n: number): number {
    const s = this.organization.survey
    const people = s && (s.until === null || n < this.#until) ? s.people : this.organization.people!
    return Math.max(1, Math.round(people * (1 - 0.002 * (2026 - yearOf(n)))))
  }
  month(n: number): Figures {
    let f = this.#memory.get(n)
    if (!f) this.#memory.set(n, (f = figuresOf(this.organization.id, this.#habits[n < this.#until ? 0 : 1], n)))
    return f
  }
  forget(): void {
    this.#memory.clear()
  }
  /** The form's cells for the period that begins in month `n`; null when it did not report then. */
  cells(report: Report, n: number): Cells | null {
    const months = []
    for (let m = Math.max(n, this.first); m < n + report.months && m <= this.last; m++) months.push(m)
    if (!months.length) return null
    const figures = sumFigures(months.map((m) => this.month(m)))
    const made: Cells = {}
    for (const item of report.items) made[item.code] = MAKERS[item.code]?.(this, figures, n) ?? null
    return made
  }
  /** Where it stood at the end of the period, as the review desk reads it. */
  regionIn(n: number, months: number): number {
    const end = monthStart(n + months)
    const then = this.organization.placements.find((p) => p.validFrom < end && (!p.validTo || p.validTo >= end)) ?? this.organization.placements.at(-1)!
    return then.regionId
  }
}
