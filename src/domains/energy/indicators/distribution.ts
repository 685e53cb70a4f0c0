/** Quartiles by category and who lies beyond one and a half quartile ranges (Tukey). Medians are of pictures: doubles will do. */
import { sql } from 'kysely'
import type { Transaction } from '../../../kernel/db/database.ts'
import { categoryName, parentsAmong } from '../../../kernel/org/organization/categories.rules.ts'
import { CATEGORIES } from '../../../kernel/org/organization/organization.entity.ts'
import { freshFigures } from '../consumption/cube.ts'
import type { Indicator } from './indicators.rules.ts'
import { figures, type Slice } from './indicators.ts'
import { institutionValue } from './institution/institution-value.ts'

const SHOWN = 12

/** `shown`: how many outliers of each kind are named. A rolling year is every institution's twelve ledgers. */
export async function distribution(trx: Transaction, indicator: Indicator, s: Slice, shown = SHOWN) {
  const parents = parentsAmong(Object.keys(CATEGORIES), s.categories).flatMap(({ code, parts }) => parts.map((part) => [code, part] as const))
  await freshFigures(trx)
  const rows = await trx.rows<any>(sql`
    WITH kind AS (
      SELECT c.organization_id, c.category, ${sql.ref(s.division === 'now' ? 'c.region_now_id' : 'c.region_id')} AS region_id, ${institutionValue(indicator)} AS value
      FROM (${figures(s)}) AS c WHERE c.counted AND ${institutionValue(indicator)} IS NOT NULL),
    v AS (SELECT * FROM kind UNION ALL SELECT k.organization_id, p.code, k.region_id, k.value FROM kind k JOIN unnest(${parents.map(([code]) => code)}::text[], ${parents.map(([, part]) => part)}::text[]) AS p(code, part) ON p.part = k.category),
    q AS (
      SELECT category, count(*)::int AS count, percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY value) AS p FROM v GROUP BY category),
    fence AS (SELECT *, p[1] - 1.5 * (p[3] - p[1]) AS lower, p[3] + 1.5 * (p[3] - p[1]) AS upper FROM q),
    inside AS (SELECT v.category, min(v.value) AS low, max(v.value) AS high FROM v JOIN fence USING (category) WHERE v.value BETWEEN fence.lower AND fence.upper GROUP BY 1),
    far AS (
      SELECT v.*, row_number() OVER (PARTITION BY v.category ORDER BY v.value DESC) AS n, count(*) OVER (PARTITION BY v.category)::int AS outliers
      FROM v JOIN fence USING (category) WHERE v.value NOT BETWEEN fence.lower AND fence.upper)
    SELECT f.category, f.count, round(f.p[1]::numeric, 4)::text AS q1, round(f.p[2]::numeric, 4)::text AS median, round(f.p[3]::numeric, 4)::text AS q3,
      round(i.low, 4)::text AS low, round(i.high, 4)::text AS high,
      coalesce((SELECT max(outliers) FROM far WHERE far.category = f.category), 0) AS "outlierCount",
      coalesce((SELECT jsonb_agg(jsonb_build_object('organizationId', o.id, 'name', o.name, 'regionName', r.name, 'value', round(far.value, 4)::text) ORDER BY far.n)
        FROM far JOIN org.organization o ON o.id = far.organization_id JOIN org.region r ON r.id = far.region_id WHERE far.category = f.category AND far.n <= ${shown} AND NOT f.category = ANY (${parents.map(([code]) => code)}::text[])), '[]') AS outliers
    FROM fence f LEFT JOIN inside i USING (category) ORDER BY f.category`)
  const named = parentsAmong(rows.map((r) => r.category), s.categories)
  return rows.map((r) => {
    const parent = named.find((p) => p.code === r.category)
    return { ...r, parent: !!parent, label: parent?.label ?? categoryName(r.category) ?? r.category }
  })
}
