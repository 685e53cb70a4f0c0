/** Who was expected to report a period, and what became of each: counted, kept out, missing. Frozen with a publication. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Transaction } from '../../../kernel/db/database.ts'
import { expectedReporters, placeNow, regionNow } from '../../../kernel/reports/expected.ts'
import type { Period } from '../../../kernel/reports/period.rules.ts'
import { FORM_OF } from '../reports/forms.rules.ts'

export type ReporterState = 'counted' | 'kept-out' | 'missing'
export interface Reporter {
  organizationId: number
  name: string
  regionId: number
  category: string | null
  expected: boolean
  state: ReporterState
  why: string | null
  path: string
}
/** counted + keptOut + missing = expected; `beyond`: figures of institutions that were not expected. */
export interface Coverage {
  expected: number
  counted: number
  keptOut: number
  missing: number
  beyond: number
}
export interface FrozenCoverage {
  total: Coverage
  /** By region id. */
  regions: Record<string, Coverage>
  /** SHA-256 over the list. */
  list: string
}


export const reportersOf = (trx: Transaction, period: Period, division: 'then' | 'now'): Promise<Reporter[]> => trx.rows<Reporter>(sql`
  SELECT o.id AS "organizationId", coalesce(e.name, o.name) AS name, ${division === 'now' ? sql`coalesce(c.region_now_id, ${regionNow})` : sql`coalesce(c.region_id, e.region_id)`} AS "regionId",
    coalesce(c.category, e.category) AS category, e.id IS NOT NULL AS expected, o.org_path AS path,
    CASE WHEN c.counted THEN 'counted' WHEN c.organization_id IS NOT NULL THEN 'kept-out' ELSE 'missing' END AS state,
    CASE WHEN c.organization_id IS NOT NULL THEN c.kept_out WHEN f.id IS NULL THEN NULL WHEN f.returned_at IS NOT NULL THEN 'returned' ELSE 'draft' END AS why
  FROM (${expectedReporters(period)}) AS e
  FULL JOIN (SELECT * FROM energy.consumption WHERE months = ${period.months}::smallint AND period_start = ${period.start}::date) AS c ON c.organization_id = e.id
  JOIN org.organization o ON o.id = coalesce(e.id, c.organization_id)
  ${division === 'now' ? placeNow : sql``}
  LEFT JOIN reports.filing f ON c.organization_id IS NULL AND f.organization_id = o.id AND f.form = ${FORM_OF[period.months]} AND f.period_start = ${period.start}::date
  ORDER BY o.id`)

const NONE: Coverage = { expected: 0, counted: 0, keptOut: 0, missing: 0, beyond: 0 }
function add(to: Coverage, r: Reporter): Coverage {
  if (!r.expected) return r.state === 'counted' ? { ...to, beyond: to.beyond + 1 } : to
  const into = { counted: 'counted', 'kept-out': 'keptOut', missing: 'missing' } as const
  return { ...to, expected: to.expected + 1, [into[r.state]]: to[into[r.state]] + 1 }
}

export const listHash = (reporters: readonly Reporter[]): string =>
  createHash('sha256').update(JSON.stringify(reporters.map((r) => [r.organizationId, r.name, r.regionId, r.category, r.expected, r.state, r.why]))).digest('hex')

export function coverageOf(reporters: readonly Reporter[]): FrozenCoverage {
  const regions: Record<string, Coverage> = {}
  for (const r of reporters) regions[r.regionId] = add(regions[r.regionId] ?? NONE, r)
  return { total: reporters.reduce(add, NONE), regions, list: listHash(reporters) }
}

export async function freezeReporters(trx: Transaction, publicationId: number, reporters: readonly Reporter[]): Promise<void> {
  await trx.run(sql`
    INSERT INTO reports.publication_reporter (publication_id, organization_id, name, region_id, category, expected, state, why, org_path)
    SELECT ${publicationId}, "organizationId", name, "regionId", category, expected, state, why, path
    FROM jsonb_to_recordset(${JSON.stringify(reporters)}::jsonb) AS r("organizationId" int, name text, "regionId" int, category text, expected boolean, state text, why text, path text)`)
}

export const frozenReporters = (trx: Transaction, publicationId: number): Promise<Reporter[]> => trx.rows<Reporter>(sql`
  SELECT organization_id AS "organizationId", name, region_id AS "regionId", category, expected, state, why, org_path AS path
  FROM reports.publication_reporter WHERE publication_id = ${publicationId} ORDER BY organization_id`)

/** Institutions that stand otherwise in one edition than in the one before; null is "not on the list". */
export const movedReporters = (trx: Transaction, beforeId: number, afterId: number, most: number) => trx.rows<{ organizationId: number; name: string; regionName: string; before: ReporterState | null; after: ReporterState | null; total: number }>(sql`
  SELECT coalesce(b.organization_id, a.organization_id) AS "organizationId", coalesce(b.name, a.name) AS name, r.name AS "regionName", a.state AS before, b.state AS after, count(*) OVER ()::int AS total
  FROM (SELECT * FROM reports.publication_reporter WHERE publication_id = ${beforeId}) a
  FULL JOIN (SELECT * FROM reports.publication_reporter WHERE publication_id = ${afterId}) b ON b.organization_id = a.organization_id
  JOIN org.region r ON r.id = coalesce(b.region_id, a.region_id)
  WHERE a.state IS DISTINCT FROM b.state OR a.expected IS DISTINCT FROM b.expected
  ORDER BY r.sort, name, 1 LIMIT ${most}`)
