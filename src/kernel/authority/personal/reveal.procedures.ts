import { sql } from 'kysely'
import { handle } from '../../domain.ts'
import type { Transaction } from '../../db/database.ts'
import type { Entity } from '../../entity/entity.rules.ts'
import { forbidden, notFound } from '../../contract/problem.rules.ts'
import * as ops from './reveal.contract.ts'

interface Revealable { entity: Entity<any>; read: string }
const revealable = new Map<string, Revealable>()
/** A register with personal data says by which permission it is read; the reveal asks for that besides its own. */
export function registerPersonal(entity: Entity<any>, read: string): void {
  revealable.set(entity.name, { entity, read })
}

/** Kept before anything is shown: who, which record, which field, why. Its line of history is written with it. */
export const noteReveal = (trx: Transaction, r: { entity: string; recordId: number | null; field: string; records?: number; reason: string; path: string }) => trx.run(sql`
  INSERT INTO auth.reveal (entity, record_id, field, records, reason, org_path, by_id, by_name)
  VALUES (${r.entity}, ${r.recordId}, ${r.field}, ${r.records ?? 1}, ${r.reason}, ${r.path}, ${trx.actor!.personId}, ${trx.actor!.name})`)

export const revealHandlers = [
  handle(ops.reveal, async (trx, { entity: name, id, field, reason }) => {
    const found = revealable.get(name)
    const f = found && Object.hasOwn(found.entity.fields, field) ? found.entity.fields[field] : undefined
    if (!found || !f?.class) throw notFound('栏目')
    if (!trx.actor!.permissions.includes(found.read)) throw forbidden()
    const row = await trx.one<{ value: string | null; path: string }>(sql`SELECT ${sql.ref(found.entity.columns[field]!)}::text AS value, org_path AS path FROM ${sql.table(found.entity.name)} WHERE id = ${id}`)
    if (!row) throw notFound(found.entity.label)
    await noteReveal(trx, { entity: name, recordId: id, field, reason, path: row.path })
    return { value: row.value }
  }),
]
