/** Who must file for a period: institutions in the directory that existed then, as they stood then. */
import { sql, type RawBuilder } from 'kysely'
import type { Transaction } from '../db/database.ts'
import type { Period } from './period.rules.ts'

/** Columns id, name, org_path, region_id (then), superior_id, category (then). */
export const expectedReporters = (period: Pick<Period, 'start' | 'end'>): RawBuilder<unknown> => expectedBetween(sql`${period.start}`, sql`${period.end}`)

/** The same for a period that a query reads from a row: use it LATERAL. */
export const expectedBetween = (start: RawBuilder<unknown>, end: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  SELECT o.id, coalesce(p.name, o.name) AS name, o.org_path, coalesce(p.region_id, o.region_id) AS region_id, o.superior_id, coalesce(p.category, o.category) AS category
  FROM org.organization o
  LEFT JOIN org.placement p ON p.organization_id = o.id AND p.valid_from < ${end}::date AND (p.valid_to IS NULL OR p.valid_to >= ${end}::date)
  WHERE o.kind = 'institution' AND o.valid_from < ${end}::date AND (o.valid_to IS NULL OR o.valid_to > ${start}::date)
    AND (o.directory_from IS NULL OR o.directory_from < ${end}::date) AND (o.directory_to IS NULL OR o.directory_to > ${start}::date)`

const counted = new Map<string, { at: number; n: Promise<number> }>()
/** Register and scope change by the day, and pages ask by the second: how many are expected is counted every few of them. */
const FRESH_MS = process.env.NODE_ENV === 'test' ? 0 : 3000

export function countExpected(trx: Transaction, period: Period, only: { regionIds?: readonly number[]; categories?: readonly string[] } = {}): Promise<number> {
  const key = JSON.stringify([trx.actor?.orgPath, trx.actor?.role, period.key, only.regionIds, only.categories])
  const known = counted.get(key)
  if (known && Date.now() - known.at < FRESH_MS) return known.n
  if (counted.size > 2000) counted.clear()
  const n = trx.one<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM (${expectedReporters(period)}) e WHERE true
      ${only.regionIds?.length ? sql`AND e.region_id = ANY (${[...only.regionIds]}::integer[])` : sql``} ${only.categories?.length ? sql`AND e.category = ANY (${[...only.categories]}::text[])` : sql``}`).then((row) => row!.n)
  const entry = { at: Date.now(), n }
  counted.set(key, entry)
  n.catch(() => counted.get(key) === entry && counted.delete(key))
  return n
}
