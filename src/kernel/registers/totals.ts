/** Totals of everything that a list found, under row security; asked beside the page, so that the page need not wait. */
import { sql } from 'kysely'
import type { Entity } from '../entity/entity.rules.ts'
import type { Transaction } from '../db/database.ts'
import { conditions, searchCondition, type ListShape } from './list.ts'
import { MOST_ADDED, parseFilters, type Totals, type TotalsInput } from './list.rules.ts'

export async function totalsOf(trx: Transaction, e: Entity<any>, input: TotalsInput, shape: ListShape, most = MOST_ADDED): Promise<Totals> {
  const names = Object.keys(e.fields).filter((n) => e.fields[n]!.total)
  const { candidates } = shape.search ?? {}
  // Collecting half a million ids of a common word takes longer than the whole list.
  if (input.q && input.q.length > 1 && candidates) {
    const found = await trx.one<{ n: number }>(sql`SELECT count(*)::int AS n FROM (SELECT ${candidates(input.q)} LIMIT ${most + 1}) AS few`)
    if (found!.n > most) return { records: null, most, sums: {} }
  }
  const where = [...(shape.where ?? []), ...conditions(e, parseFilters(e, input.filter)), ...searchCondition(input.q, shape.search)]
  const columns = names.map((n) => sql.ref(e.columns[n]!))
  const row = (await trx.one<Record<string, number | string | null>>(sql`
    SELECT count(*)::int AS records, ${sql.join(columns.flatMap((c, i) => [sql`sum(${c})::text AS ${sql.id(`sum${i}`)}`, sql`(count(*) - count(${c}))::int AS ${sql.id(`missing${i}`)}`]))}
    FROM (SELECT ${sql.join(columns.map((c) => sql`t.${c}`))} FROM ${sql.table(e.name)} t ${where.length ? sql`WHERE ${sql.join(where, sql` AND `)}` : sql``} LIMIT ${most + 1}) AS found`))!
  if (Number(row.records) > most) return { records: null, most, sums: {} }
  return { records: Number(row.records), most, sums: Object.fromEntries(names.map((n, i) => [n, { sum: row[`sum${i}`] as string | null, missing: Number(row[`missing${i}`]) }])) }
}
