/**
 * A new key for encrypted fields (C53): made beside the old one, then everything that an older one opens is sealed anew, row by
 * row, while people sign in. Afterwards nothing in the database needs the older ones.
 */
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'
import { fieldVersion, makeFieldKey, openSecrets, openText, sealText, type Place } from './crypto.ts'

interface Sealed { id: string | number; sealed: string; place: Place }
/** Every place where an envelope lies; whoever encrypts another field adds it here. */
const PLACES: readonly { read: (trx: Transaction) => Promise<Sealed[]>; write: (trx: Transaction, before: Sealed, sealed: string) => Promise<unknown> }[] = [
  {
    read: async (trx) => (await trx.rows<{ id: number; sealed: string }>(sql`SELECT account_id AS id, seed AS sealed FROM auth.second_factor`)).map((r) => ({ ...r, place: ['auth.second_factor', r.id, 'seed'] })),
    // What was enrolled anew meanwhile is not written over.
    write: (trx, { id, sealed: before }, sealed) => trx.run(sql`UPDATE auth.second_factor SET seed = ${sealed} WHERE account_id = ${id} AND seed = ${before}`),
  },
  {
    read: async (trx) => (await trx.rows<{ id: string; account: number; sealed: string }>(sql`SELECT ticket_hash AS id, account_id AS account, data ->> 'seed' AS sealed FROM auth.pending WHERE purpose = 'enrolment'`))
      .map((r) => ({ id: r.id, sealed: r.sealed, place: ['auth.second_factor', r.account, 'seed'] })),
    write: (trx, { id, sealed: before }, sealed) => trx.run(sql`UPDATE auth.pending SET data = jsonb_set(data, '{seed}', to_jsonb(${sealed}::text)) WHERE ticket_hash = ${id} AND data ->> 'seed' = ${before}`),
  },
]
const ROUNDS = 5

export async function rotateFieldKey(db: Database, secrets: string): Promise<{ version: number; rewritten: number; spare: string[] }> {
  const version = makeFieldKey()
  await openSecrets(db, secrets)
  let rewritten = 0
  // A process that was in the middle of sealing may have finished with the older key: looked at again until nothing is left.
  for (let round = 0; round < ROUNDS; round++) {
    let left = 0
    for (const { read, write } of PLACES) {
      const old = (await db.asSystem('keys.rotate', read)).filter((r) => fieldVersion(r.sealed) < version)
      left += old.length
      for (const r of old) {
        const anew = sealText(openText(r.sealed, r.place), r.place)
        rewritten += Number(await db.asSystem('keys.rotate', (trx) => write(trx, r, anew)))
      }
    }
    if (left) continue
    const spare = await db.asSystem('keys.rotate', (trx) => trx.rows<{ id: string }>(sql`DELETE FROM auth.key WHERE id LIKE 'field-%' AND id <> ${`field-${version}`} RETURNING id`))
    return { version, rewritten, spare: spare.map((k) => `${k.id}.key`) }
  }
  throw new Problem('unavailable', 'Some fields are still written with an older key: another process does not see the new one. Let all processes share one folder of secrets, and call this again.')
}
