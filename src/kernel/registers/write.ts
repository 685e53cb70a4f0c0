/** Create and change one record of a register. History and version are the database's work (triggers). */
import { sql, type RawBuilder } from 'kysely'
import type { Entity } from '../entity/entity.rules.ts'
import type { Transaction } from '../db/database.ts'
import { notFound, versionConflict } from '../contract/problem.rules.ts'

type Values = Record<string, unknown>

const pairs = (e: Entity<any>, values: Values) =>
  Object.entries(values).filter(([n, v]) => v !== undefined && n in e.columns).map(([n, v]) => [e.columns[n]!, v] as const)

/** The INSERT alone, for a statement that does more with the new row. */
export function insertion(e: Entity<any>, values: Values): RawBuilder<unknown> {
  const set = pairs(e, values)
  return sql`INSERT INTO ${sql.table(e.name)} (${sql.join(set.map(([c]) => sql.ref(c)))}) VALUES (${sql.join(set.map(([, v]) => sql`${v}`))})`
}

export async function insertRecord(trx: Transaction, e: Entity<any>, values: Values): Promise<number> {
  return (await trx.one<{ id: number }>(sql`${insertion(e, values)} RETURNING id`))!.id
}

/** `version` is what the person saw; another one in the table means that somebody was quicker. */
export async function updateRecord(trx: Transaction, e: Entity<any>, id: number, version: number | null, values: Values): Promise<number> {
  const set = pairs(e, values)
  if (!set.length) return version ?? 0
  const assignments: RawBuilder<unknown>[] = set.map(([c, v]) => sql`${sql.ref(c)} = ${v}`)
  const row = await trx.one<{ version: number }>(sql`
    UPDATE ${sql.table(e.name)} SET ${sql.join(assignments)}
    WHERE id = ${id} ${version === null ? sql`` : sql`AND version = ${version}`} RETURNING version`)
  if (row) return row.version
  const there = await trx.one<{ version: number }>(sql`SELECT version FROM ${sql.table(e.name)} WHERE id = ${id}`)
  throw there ? versionConflict() : notFound(e.label)
}
