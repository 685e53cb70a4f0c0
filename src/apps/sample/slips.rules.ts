/**
 * Mistakes on purpose, about one form in a hundred: the kinds that rules.md §4.7 asks the checks to find. Forms long
 * accepted carry few; the recent ones, still under review, more.
 */
import type { Form } from '../../kernel/reports/report.rules.ts'
import { stream } from './random.rules.ts'

export type Slip = 'ten-thousands' | 'charge-without-quantity' | 'quantity-without-charge' | 'same-as-last-year' | 'area' | 'tenfold-water' | 'no-water'
const MONTHLY: readonly Slip[] = ['ten-thousands', 'ten-thousands', 'charge-without-quantity', 'quantity-without-charge', 'tenfold-water', 'no-water']
const LONGER: readonly Slip[] = ['ten-thousands', 'same-as-last-year', 'area', 'charge-without-quantity', 'quantity-without-charge']

export function slipOf(id: number, form: Form, start: string, recent: boolean): Slip | null {
  const draw = stream('slip', id, form, start)
  if (!draw.chance(recent ? 0.03 : form === 'monthly' ? 0.003 : 0.008)) return null
  const slip = draw.pick(form === 'monthly' ? MONTHLY : LONGER)
  // Nothing that makes a form unfit to be counted was ever accepted.
  return !recent && (slip === 'charge-without-quantity' || slip === 'no-water') ? 'quantity-without-charge' : slip
}

type Cells = Record<string, string | number | null>

/** Changes the cells as the slip would have; `lastYear` are the cells of a year before. */
export function commit(slip: Slip, cells: Cells, lastYear: Cells | null): void {
  switch (slip) {
    case 'ten-thousands':
      cells.electricity = (Number(cells.electricity) / 10_000).toFixed(4)
      return
    case 'charge-without-quantity':
      // Of the first fuel that is used beside electricity; water where there is none.
      cells[cells.naturalGas ? 'naturalGas' : cells.petrol ? 'petrol' : 'water'] = cells.naturalGas || !cells.petrol ? null : '0'
      return
    case 'quantity-without-charge':
      cells.waterCost = null
      return
    case 'same-as-last-year':
      if (lastYear) for (const k of Object.keys(cells)) if (k in lastYear && k !== 'people') cells[k] = lastYear[k]!
      return
    case 'area':
      cells.buildingArea = (Number(cells.buildingArea) / 10_000).toFixed(2)
      return
    case 'tenfold-water':
      cells.water = Number(cells.water) * 10
      return
    case 'no-water':
      cells.water = null
  }
}
