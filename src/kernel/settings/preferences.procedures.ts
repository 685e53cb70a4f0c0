import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { handle } from '../domain.ts'
import { preferences, readPreferences, savePreferences } from './preferences.contract.ts'

const NAMES = Object.keys(preferences.shape)

async function mine(trx: Transaction) {
  const rows = await trx.rows<{ name: string; value: string }>(sql`SELECT name, value FROM auth.preference WHERE person_id = ${trx.actor!.personId}`)
  const kept = Object.fromEntries(rows.map((r) => [r.name, r.value]))
  return preferences.parse(Object.fromEntries(NAMES.map((n) => [n, kept[n] ?? null])))
}

export const preferenceHandlers = [
  handle(readPreferences, mine),
  handle(savePreferences, async (trx, given) => {
    for (const [name, value] of Object.entries(given)) {
      if (value === null) await trx.run(sql`DELETE FROM auth.preference WHERE person_id = ${trx.actor!.personId} AND name = ${name}`)
      else await trx.run(sql`
        INSERT INTO auth.preference (person_id, name, value) VALUES (${trx.actor!.personId}, ${name}, ${value})
        ON CONFLICT (person_id, name) DO UPDATE SET value = excluded.value`)
    }
    return mine(trx)
  }),
]
