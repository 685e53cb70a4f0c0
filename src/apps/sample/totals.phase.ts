/** Figures and cube from the stored forms, by energy's own reckoning, some hundred institutions at a time. */
import { sql } from 'kysely'
import type pg from 'pg'
import { Transaction } from '../../kernel/db/database.ts'
import { refreshConsumption } from '../../domains/energy/consumption/consumption.ts'
import { refreshCube } from '../../domains/energy/consumption/cube.ts'
import type { OwnerTransaction } from './owner-transaction.ts'

const AT_ONCE = 300

/** Answers with how many figures there are. */
export async function storeTotals(owner: OwnerTransaction, progress: (institutions: number) => void): Promise<number> {
  const trx = new Transaction(owner.client as unknown as pg.PoolClient, null)
  const reporters = (await trx.rows<{ id: number }>(sql`SELECT id FROM org.organization WHERE kind = 'institution' ORDER BY id`)).map((r) => r.id)
  // The cube learns by triggers which of its cells are stale.
  await owner.withTriggers()
  // A few thousand keys against a million forms: always by index, whatever the statistics say.
  await owner.rows('SET LOCAL enable_seqscan = off')
  for (let from = 0; from < reporters.length; from += AT_ONCE) {
    const part = reporters.slice(from, from + AT_ONCE)
    const filings = await trx.rows<{ id: number }>(sql`SELECT id FROM reports.filing WHERE organization_id = ANY (${part}::integer[])`)
    await refreshConsumption(trx, filings.map((f) => f.id))
    // After the first part the planner learns what the figures look like; before, it believes that there are none.
    if (from === 0) await owner.analyze('energy.consumption')
    progress(from + part.length)
  }
  await owner.analyze('energy.consumption')
  await owner.rows('SET LOCAL enable_seqscan = on')
  await refreshCube(trx)
  return (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM energy.consumption`))!.n
}
