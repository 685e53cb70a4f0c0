/** The tree that every database needs before anything can be registered: the city and its reporting districts. */
import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'

/** Creates it where there is no organisation yet; says whether it did. */
export async function plantTree(trx: Transaction): Promise<boolean> {
  if (await trx.one(sql`SELECT id FROM org.organization LIMIT 1`)) return false
  const city = await trx.one<{ id: number }>(sql`
    INSERT INTO org.organization (kind, name, short_name, region_id, government_level)
    SELECT 'city', '重庆市机关事务管理局', '市机关事务局', id, 'city' FROM org.region WHERE kind = 'municipality' RETURNING id`)
  await trx.run(sql`
    INSERT INTO org.organization (kind, name, short_name, region_id, superior_id, government_level, valid_from, valid_to, end_reason)
    SELECT 'district', name || '机关事务主管部门', name, id, ${city!.id}, 'district', valid_from, valid_to, CASE WHEN valid_to IS NOT NULL THEN basis END
    FROM org.region WHERE kind <> 'municipality' AND reporting ORDER BY sort`)
  await trx.run(sql`
    INSERT INTO org.placement (organization_id, valid_from, valid_to, name, region_id, superior_id, category, org_path)
    SELECT id, valid_from, valid_to, name, region_id, superior_id, category, org_path FROM org.organization`)
  return true
}
