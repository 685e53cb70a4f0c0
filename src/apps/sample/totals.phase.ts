/** Figures and cube of every year from the stored forms, by energy's own reckoning. */
import type pg from 'pg'
import { Transaction } from '../../kernel/db/database.ts'
import { rebuildConsumption } from '../../domains/energy/consumption/consumption.ts'
import { refreshCube } from '../../domains/energy/consumption/cube.ts'
import { LAST } from './filings.rules.ts'
import { yearOf } from './months.rules.ts'
import type { OwnerTransaction } from './owner-transaction.ts'

export const FIRST_YEAR = 2020
export const YEARS = yearOf(LAST) - FIRST_YEAR + 1

export async function storeTotals(owner: OwnerTransaction, progress: (years: number) => void): Promise<number> {
  const trx = new Transaction(owner.client as unknown as pg.PoolClient, null)
  let n = 0
  for (let year = FIRST_YEAR; year < FIRST_YEAR + YEARS; year++) {
    n += await rebuildConsumption(trx, year)
    progress(year - FIRST_YEAR + 1)
  }
  await refreshCube(trx)
  return n
}
