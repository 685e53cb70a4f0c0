/**
 * "As divided then" is where the register says that an organisation stood at the end of the period. An act that is
 * recorded late, or a correction, changes that for forms that are there already: they follow (decision 0031). Figures and
 * facts stay; what was published stays.
 */
import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { refused } from '../contract/problem.rules.ts'
import type { FormsTouched } from '../org/change/followers.ts'
import { standsAt } from './expected.ts'
import { allReports, tellFollowers } from './registry.ts'

/** The day after the period of a filing `f`. */
const end = sql`(f.period_start + make_interval(months => f.months))::date`

export async function followPlaces(trx: Transaction, organizationIds: number[]): Promise<FormsTouched> {
  const stale = await trx.rows<{ id: number; known: boolean; counted: boolean }>(sql`
    SELECT f.id, f.counted OR f.submitted_at IS NOT NULL OR f.first_submitted_at IS NOT NULL AS known, f.counted
    FROM reports.filing f JOIN org.placement p ON p.organization_id = f.organization_id AND ${standsAt(end)}
    WHERE f.organization_id = ANY (${organizationIds}::integer[]) AND (f.region_id <> p.region_id OR f.category <> p.category) ORDER BY f.id`)
  const ids = stale.map((f) => f.id)
  if (ids.length) {
    const moved = await trx.run(sql`
      UPDATE reports.filing f SET region_id = p.region_id, category = coalesce(p.category, f.category)
      FROM org.placement p WHERE f.id = ANY (${ids}::bigint[]) AND p.organization_id = f.organization_id AND ${standsAt(end)}`)
    // Half of it would be worse than nothing: the expected would stand in one region and the figures in the other.
    if (moved < ids.length) throw refused(`这项变更要把已填的 ${ids.length} 张报表改列到新的区划或类型，您没有修改报表的权限。请由同级的审核人办理。`)
    for (const report of allReports())
      await trx.run(sql`
        UPDATE ${sql.table(report.name)} v SET region_id = f.region_id FROM reports.filing f
        WHERE f.id = ANY (${ids}::bigint[]) AND v.filing_id = f.id AND v.region_id <> f.region_id`)
    // A draft that was never handed in is nobody's figure.
    await tellFollowers(trx, stale.filter((f) => f.known).map((f) => f.id))
  }
  const counts = (await trx.one<{ published: number; afterEnd: number }>(sql`
    SELECT (SELECT count(DISTINCT filing_id)::int FROM reports.publication_filing WHERE filing_id = ANY (${ids}::bigint[])) AS published,
      (SELECT count(*)::int FROM reports.filing f JOIN org.organization o ON o.id = f.organization_id
        WHERE f.organization_id = ANY (${organizationIds}::integer[]) AND f.period_start >= o.valid_to AND f.submitted_at IS NOT NULL) AS "afterEnd"`))!
  return { moved: ids.length, counted: stale.filter((f) => f.counted).length, ...counts }
}
