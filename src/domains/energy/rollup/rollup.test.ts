import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { entityOf } from '../../../kernel/reports/report.rules.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { energyReport } from '../reports/versions.rules.ts'
import type { OutputOf } from '../../../kernel/contract/contract.rules.ts'
import type * as contract from './rollup.contract.ts'
import { rollupHandlers } from './rollup.procedures.ts'

const { db } = await testDatabase()
const city = await buildFixture(db)
const [handler] = rollupHandlers

async function ledger(organizationId: number, start: string, electricity: string | null, counted = true): Promise<void> {
  const report = energyReport('monthly', start)!
  await db.asSystem('test', async (trx) => {
    const filing = await trx.one<{ id: number }>(sql`
      INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted)
      SELECT ${report.formName}, ${report.version}, id, org_path, region_id, category, ${start}, 1, ${counted} FROM org.organization WHERE id = ${organizationId} RETURNING id`)
    await trx.run(sql`
      INSERT INTO ${sql.table(entityOf(report).name)} (filing_id, organization_id, org_path, region_id, period_start, electricity, water)
      SELECT ${filing!.id}, id, org_path, region_id, ${start}, ${electricity}, 1 FROM org.organization WHERE id = ${organizationId}`)
  })
}
await ledger(city.school, '2025-11-01', '100.5')
await ledger(city.school, '2026-02-01', '200.25')
await ledger(city.hospital, '2025-11-01', '50')
await ledger(city.hospital, '2026-02-01', '7000', false)
await ledger(city.bureau, '2026-02-01', null)
// The school was of another category until the end of 2025.
await db.asSystem('test', (trx) => trx.run(sql`
  WITH ended AS (UPDATE org.placement SET valid_to = '2026-01-01', category = '026' WHERE organization_id = ${city.school} RETURNING *)
  INSERT INTO org.placement (organization_id, valid_from, name, region_id, superior_id, category, org_path) SELECT organization_id, '2026-01-01', name, region_id, superior_id, '021', org_path FROM ended`))

const asked = { items: ['electricity'], groupBy: ['region', 'year'], from: '2025-01-01', before: '2027-01-01' }
type Found = OutputOf<typeof contract.rollup>
async function rollup(at: number, more: object = {}): Promise<Found> {
  const actor = await city.actorAt(at, 'leader')
  return db.asActor(actor, { operation: 'energy.rollup' }, (trx) => handler!.run(trx, { ...asked, ...more } as never, {} as never)) as Promise<Found>
}
const lines = (found: Found) => found.rows.map((r) => [...r.keys.map((k) => k.key), r.ledgers, r.sums.electricity])

describe('a roll-up of the ledgers', () => {
  test('sums both versions of the form, leaves out what is kept out and says how much', async () => {
    const found = await rollup(city.city)
    expect(lines(found)).toEqual([['2', '2026', 1, null], ['4', '2025', 2, '150.5000'], ['4', '2026', 1, '200.2500']])
    expect(found).toMatchObject({ keptOut: 1, total: { ledgers: 4, sums: { electricity: '350.75' } }, items: [{ code: 'electricity', unit: 'kWh' }] })
  })
  test('by the category that an institution had then', async () => {
    expect(lines(await rollup(city.city, { groupBy: ['category', 'quarter'] }))).toEqual([
      ['01', '2026Q1', 1, null], ['021', '2026Q1', 1, '200.2500'], ['024', '2025Q4', 1, '50.0000'], ['026', '2025Q4', 1, '100.5000'],
    ])
    expect(lines(await rollup(city.city, { groupBy: ['month'], categories: ['026'] }))).toEqual([['2025-11', 1, '100.5000']])
  })
  test.each([['district', 'yuzhong', '350.75'], ['department', 'education', '300.75'], ['unit', 'hospital', '50'], ['other district', 'wanzhou', null]] as const)('a %s sums its own', async (_who, place, sum) => {
    expect((await rollup(city[place], { groupBy: ['superior'] })).total.sums.electricity).toBe(sum)
  })
  test('refuses what does not add up', async () => {
    await expect(rollup(city.city, { items: ['people'] })).rejects.toThrow('没有可以相加的栏目：people')
    await expect(rollup(city.city, { groupBy: ['month', 'month'] })).rejects.toThrow('不能两次')
  })
})
