/** Stores the organisations, where they stood when, and the changes that made it so. */
import type { SampleCity } from './city.rules.ts'
import type { SampleOrganization } from './organization.rules.ts'
import type { OwnerTransaction, Table, Value } from './owner-transaction.ts'

const ORGANIZATION: Table = {
  name: 'org.organization',
  columns: ['id', 'kind', 'code', 'uscc', 'name', 'short_name', 'category', 'government_level', 'region_id', 'superior_id', 'org_path', 'address', 'longitude', 'latitude',
    'contact_person', 'contact_phone', 'building_area', 'people', 'has_data_center', 'has_heating', 'directory_from', 'directory_to', 'valid_from', 'valid_to', 'end_reason',
    'remarks', 'sample'],
}
const row = (o: SampleOrganization): Value[] => [o.id, o.kind, o.code, o.uscc, o.name, o.shortName, o.category, o.level, o.regionId, o.superiorId, o.orgPath, o.address,
  o.point?.[0] ?? null, o.point?.[1] ?? null, o.contactPerson, o.contactPhone, o.buildingArea, o.people, o.hasDataCenter, o.hasHeating, o.directoryFrom, o.directoryTo,
  o.validFrom, o.validTo, o.endReason, o.remarks, true]

const PLACEMENT: Table = {
  name: 'org.placement', columns: ['organization_id', 'valid_from', 'valid_to', 'name', 'region_id', 'superior_id', 'category', 'org_path'],
}

/** Answers with how many organisations there are now. */
export async function storeOrganizations(trx: OwnerTransaction, city: SampleCity, progress: (n: number) => void): Promise<number> {
  let n = 0
  function* organizations(): Generator<Value[]> {
    for (const o of city.organizations()) {
      yield row(o)
      if (++n % 500 === 0) progress(n)
    }
  }
  await trx.copy(ORGANIZATION, organizations())
  function* placements(): Generator<Value[]> {
    for (const o of city.organizations()) for (const p of o.placements) yield [o.id, p.validFrom, p.validTo, o.name, p.regionId, p.superiorId, o.category, p.orgPath]
  }
  await trx.copy(PLACEMENT, placements())
  await trx.moveSequence('org.organization')
  await storeChanges(trx, city)
  progress(n)
  return n
}

async function storeChanges(trx: OwnerTransaction, city: SampleCity): Promise<void> {
  for (const c of city.changes) {
    const [made] = await trx.rows<{ id: number }>(
      `INSERT INTO org.change (kind, effective, basis, note, totals_before, totals_after, org_path, by_name, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, '系统（示例）', $2::date + time '09:00') RETURNING id`,
      [c.kind, c.effective, c.basis, c.note, JSON.stringify(c.totals.before), JSON.stringify(c.totals.after), c.orgPath])
    if (!c.toId) continue
    await trx.rows(
      `INSERT INTO org.succession (change_id, from_id, to_id, org_path) SELECT $1, f, $2, $3 FROM unnest($4::integer[]) AS f`,
      [made!.id, c.toId, c.orgPath, c.fromIds])
  }
}
