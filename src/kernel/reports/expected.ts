/** Who must file for a period: institutions in the directory that existed then, as they stood then. */
import { sql, type RawBuilder } from 'kysely'
import type { Transaction } from '../db/database.ts'
import type { Period } from './period.rules.ts'

/** Of a placement `p`: it is the one at the end of a period, given the day after it. "As divided then" means this one. */
export const standsAt = (end: RawBuilder<unknown>): RawBuilder<unknown> => sql`p.valid_from < ${end}::date AND (p.valid_to IS NULL OR p.valid_to >= ${end}::date)`

/** Columns id, name, org_path, region_id (then), superior_id, category (then). */
export const expectedReporters = (period: Pick<Period, 'start' | 'end'>): RawBuilder<unknown> => expectedBetween(sql`${period.start}`, sql`${period.end}`)

/** The same for a period that a query reads from a row: use it LATERAL. */
export const expectedBetween = (start: RawBuilder<unknown>, end: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  SELECT o.id, coalesce(p.name, o.name) AS name, o.org_path, coalesce(p.region_id, o.region_id) AS region_id, o.superior_id, coalesce(p.category, o.category) AS category
  FROM org.organization o
  LEFT JOIN org.placement p ON p.organization_id = o.id AND ${standsAt(end)}
  WHERE o.kind = 'institution' AND o.valid_from < ${end}::date AND (o.valid_to IS NULL OR o.valid_to > ${start}::date)
    AND (o.directory_from IS NULL OR o.directory_from < ${end}::date) AND (o.directory_to IS NULL OR o.directory_to > ${start}::date)`

/** Joins for `regionNow`, to `o`: where the organisation stands today; one that ended, where the last of its successors stands; a region that ended, its heir. */
export const placeNow = sql`
  LEFT JOIN org.organization heir ON heir.id = CASE WHEN o.valid_to IS NOT NULL THEN org.heir(o.id) END
  LEFT JOIN (SELECT id, org.region_today(id) AS heir_id FROM org.region WHERE valid_to IS NOT NULL) AS ended ON ended.id = coalesce(heir.region_id, o.region_id)`
export const regionNow = sql`coalesce(ended.heir_id, heir.region_id, o.region_id)`

const counted = new Map<string, { at: number; n: Promise<number> }>()
/** Register and scope change by the day, and pages ask by the second: how many are expected is counted every few of them. */
const FRESH_MS = process.env.NODE_ENV === 'test' ? 0 : 3000

/** `division`: whether the regions asked for are those of the period or today's. */
export function countExpected(trx: Transaction, period: Period, only: { regionIds?: readonly number[]; categories?: readonly string[]; division?: 'then' | 'now' } = {}): Promise<number> {
  const key = JSON.stringify([trx.actor?.orgPath, trx.actor?.role, period.key, only.regionIds, only.categories, only.division])
  const known = counted.get(key)
  if (known && Date.now() - known.at < FRESH_MS) return known.n
  if (counted.size > 2000) counted.clear()
  const today = only.division === 'now' && !!only.regionIds?.length
  const n = trx.one<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM (${expectedReporters(period)}) e ${today ? sql`JOIN org.organization o ON o.id = e.id ${placeNow}` : sql``} WHERE true
      ${only.regionIds?.length ? sql`AND ${today ? regionNow : sql`e.region_id`} = ANY (${[...only.regionIds]}::integer[])` : sql``} ${only.categories?.length ? sql`AND e.category = ANY (${[...only.categories]}::text[])` : sql``}`).then((row) => row!.n)
  const entry = { at: Date.now(), n }
  counted.set(key, entry)
  n.catch(() => counted.get(key) === entry && counted.delete(key))
  return n
}
