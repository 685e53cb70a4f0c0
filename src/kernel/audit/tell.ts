/** Lines of the trail in words: who, where, on what record, which fields. */
import { sql } from 'kysely'
import type { Database, Transaction } from '../db/database.ts'
import { roleLabel } from '../authority/roles.rules.ts'
import { allReports } from '../reports/registry.ts'
import type { EntryRow, FullEntry } from './audit.contract.ts'
import type { Found } from './search.ts'
import { changesOf, detailWords, entityLabel, namesFor, operationLabel, type Names } from './words.ts'
import { ACTIONS, CODES, DOOR } from './words.rules.ts'

/** As the system: names are part of what the trail says, and nothing else of the records is read. */
export const looking = <T>(db: Database, run: (trx: Transaction) => Promise<T>): Promise<T> => db.asSystem({ operation: 'audit.names', reads: true }, run)

/** Tables whose rows have a name that people know them by. */
const TITLES: Readonly<Record<string, string>> = { 'org.organization': 'name', 'auth.person': 'name', 'app.setting': 'label' }

interface Around {
  names: Names
  organizations: Map<number, string>
  records: Map<string, string>
  seals: Map<number, { seq: number; hash: string; key: number }>
}

export async function around(db: Database, found: readonly Found[]): Promise<Around> {
  return looking(db, async (trx) => {
    const names = await namesFor(trx, found)
    const places = [...new Set(found.flatMap((f) => f.organizationId ?? []))]
    const organizations = new Map(places.length ? (await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM org.organization WHERE id = ANY (${places}::integer[])`)).map((r) => [r.id, r.name]) : [])
    const records = new Map<string, string>()
    for (const [entity, column] of Object.entries(TITLES)) {
      const ids = [...new Set(found.filter((f) => f.entity === entity && f.recordId !== null).map((f) => f.recordId!))]
      if (ids.length) for (const r of await trx.rows<{ id: number; name: string }>(sql`SELECT id, ${sql.ref(column)} AS name FROM ${sql.table(entity)} WHERE id = ANY (${ids}::bigint[])`)) records.set(`${entity} ${r.id}`, r.name)
    }
    // A form is known by its institution and period.
    const forms = new Set(['reports.filing', ...allReports().map((r) => r.name)])
    const filed = [...new Set(found.filter((f) => f.entity && forms.has(f.entity) && f.recordId !== null).map((f) => f.recordId!))]
    if (filed.length)
      for (const r of await trx.rows<{ id: number; name: string }>(sql`
        SELECT f.id, o.name || ' ' || to_char(f.period_start, 'YYYY-MM') AS name FROM reports.filing f JOIN org.organization o ON o.id = f.organization_id WHERE f.id = ANY (${filed}::bigint[])`))
        for (const form of forms) records.set(`${form} ${r.id}`, r.name)
    const ids = found.map((f) => f.id)
    const seals = new Map(ids.length ? (await trx.rows<{ id: number; seq: number; hash: string; key: number }>(sql`
      SELECT entry_id AS id, seq, encode(hash, 'hex') AS hash, key FROM audit.seal WHERE entry_id = ANY (${ids}::bigint[])`)).map((s) => [s.id, s]) : [])
    return { names, organizations, records, seals }
  })
}

function rowOf(f: Found, { names, organizations, records, seals }: Around): EntryRow {
  return {
    id: f.id, seq: seals.get(f.id)?.seq ?? null, at: f.exact, kind: f.kind, personId: f.personId, personName: f.personName, roleLabel: f.role ? roleLabel(f.role) : null,
    organizationName: f.organizationId === null ? null : (organizations.get(f.organizationId) ?? null), address: f.address,
    operation: f.operation, operationLabel: operationLabel(f.operation), action: f.action, actionLabel: ACTIONS[f.action] ?? f.action,
    entity: f.entity, entityLabel: entityLabel(f.entity), recordId: f.recordId, recordName: records.get(`${f.entity} ${f.recordId}`) ?? null,
    result: f.result, codeLabel: f.code ? ((f.action === 'sign-in' ? DOOR[f.code] : undefined) ?? CODES[f.code] ?? f.code) : null, reason: f.reason,
    fields: f.action === 'update' ? changesOf(f.entity, f.action, f.changes, names).map((c) => c.label) : [],
  }
}
export function fullOf(f: Found, about: Around): FullEntry {
  const seal = about.seals.get(f.id)
  return {
    ...rowOf(f, about), changes: changesOf(f.entity, f.action, f.changes, about.names), detail: detailWords(f.detail), session: f.session, postId: f.postId,
    basis: f.basis, batchId: f.batchId, matter: f.matter, clause: f.clause, hash: seal?.hash ?? null, key: seal?.key ?? null,
  }
}
export const rowsOf = async (db: Database, found: readonly Found[]): Promise<EntryRow[]> => {
  const about = await around(db, found)
  return found.map((f) => rowOf(f, about))
}
