/** Who must file for a period: institutions in the directory that existed then, as they stood then. */
import { sql, type RawBuilder } from 'kysely'
import type { Period } from './period.rules.ts'

/** Columns id, name, org_path, region_id (then), superior_id, category (then). */
export const expectedReporters = (period: Period): RawBuilder<unknown> => sql`
  SELECT o.id, coalesce(p.name, o.name) AS name, o.org_path, coalesce(p.region_id, o.region_id) AS region_id, o.superior_id, coalesce(p.category, o.category) AS category
  FROM org.organization o
  LEFT JOIN org.placement p ON p.organization_id = o.id AND p.valid_from < ${period.end}::date AND (p.valid_to IS NULL OR p.valid_to >= ${period.end}::date)
  WHERE o.kind = 'institution' AND o.valid_from < ${period.end}::date AND (o.valid_to IS NULL OR o.valid_to > ${period.start}::date)
    AND (o.directory_from IS NULL OR o.directory_from < ${period.end}::date) AND (o.directory_to IS NULL OR o.directory_to > ${period.start}::date)`
