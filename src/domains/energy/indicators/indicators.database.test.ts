import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Transaction } from '../../../kernel/db/database.ts'
import type { Role } from '../../../kernel/authority/roles.rules.ts'
import { bindReports } from '../../../kernel/reports/registry.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { refreshConsumption } from '../consumption/consumption.ts'
import '../index.ts'
import { loadEnergyReference } from '../reference.ts'
import { factorsOf, indicatorsBy, indicatorSeries, institutionsBehind, type GroupBy, type Slice } from './indicators.ts'
import { indicatorNamed } from './indicators.rules.ts'

const { db } = await testDatabase()
await db.asSystem('reference.load', loadEnergyReference)
bindReports(db)
const city = await buildFixture(db)

/** electricity 10,000 kWh = 1.229 tce; petrol 1,000 L = 1.074122 tce, all of it vehicles'. */
async function file(trx: Transaction, organizationId: number, form: 'monthly' | 'annual', start: string, people: number, counted = true) {
  const { id } = (await trx.one<{ id: number }>(sql`
    INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted)
    SELECT ${`energy.${form}`}, '2022', id, org_path, region_id, category, ${start}, ${form === 'annual' ? 12 : 1}, ${counted} FROM org.organization WHERE id = ${organizationId} RETURNING id`))!
  await trx.run(sql`
    INSERT INTO ${sql.table(`energy.${form}_2022`)} (filing_id, organization_id, org_path, region_id, period_start, building_area, people, electricity, water, petrol, petrol_vehicle)
    SELECT ${id}, id, org_path, region_id, ${start}, 1000, ${people}, 10000, 120, 1000, 1000 FROM org.organization WHERE id = ${organizationId}`)
  return id
}
await db.asSystem('test', async (trx) => {
  const ids = [
    await file(trx, city.school, 'annual', '2023-01-01', 100), await file(trx, city.primary, 'annual', '2023-01-01', 50),
    await file(trx, city.hospital, 'annual', '2023-01-01', 10, false), await file(trx, city.bureau, 'annual', '2023-01-01', 40),
  ]
  for (let n = 0; n < 14; n++) ids.push(await file(trx, city.school, 'monthly', `${2023 + Math.floor((n + 6) / 12)}-${String(((n + 6) % 12) + 1).padStart(2, '0')}-01`, 100 + n))
  await refreshConsumption(trx, ids)
  // The school moves to the other district: then it counted in 渝中, now it counts in 万州.
  await trx.run(sql`UPDATE energy.consumption SET region_now_id = ${city.regions.wanzhou} WHERE organization_id = ${city.school}`)
})

const year: Slice = { months: 12, start: '2023-01-01', division: 'then' }
const as = async <T>(at: number, role: Role, run: (trx: Transaction) => Promise<T>) => db.asActor(await city.actorAt(at, role), { operation: 'test' }, run)
const by = (groupBy: GroupBy, slice: Partial<Slice> = {}, at = city.city, role: Role = 'leader') =>
  as(at, role, async (trx) => (await indicatorsBy(trx, groupBy, { ...year, ...slice })).map((r) => [r.label, r.counted, r.keptOut, r.sums.tce, r.indicators.energyPerHead]))

describe('indicators of a year', () => {
  test('of the city, with what was kept out and with the factors', async () => {
    const [row] = await as(city.city, 'leader', (trx) => indicatorsBy(trx, 'city', year))
    expect(row).toMatchObject({ counted: 3, keptOut: 1, sums: { electricity: '30000.0000', people: '190', buildingArea: '3000.00', tce: '6.909366', tceVehicle: '3.222366', water: '360.0000' } })
    // (6.909366 − 3.222366) tce ÷ 3000 ㎡; 30,000 kWh × 0.5227 + 3,000 L × 0.73 × 2.9251 = 22.086969 t CO₂
    expect(row!.indicators).toEqual({ energyPerHead: '36.365084', waterPerHead: '1.894737', energyPerArea: '1.229', energyPerAreaWithVehicles: '2.303122', carbonPerArea: '7.362323' })
    const [set] = await as(city.city, 'leader', (trx) => factorsOf(trx, row!.factorSets))
    expect(set!.used.map((f) => [f.kind, f.energy, f.value])).toContainEqual(['co2', 'electricity', '0.5227'])
  })
  test.each<[string, GroupBy, Partial<Slice>, unknown[]]>([
    ['by region, then', 'region', {}, [['万州区', 1, 0, '2.303122', '57.57805'], ['渝中区', 2, 1, '4.606244', '30.708293']]],
    ['by region, now', 'region', { division: 'now' }, [['万州区', 2, 0, '4.606244', '32.901743'], ['渝中区', 1, 1, '2.303122', '46.06244']]],
    ['by category', 'category', {}, [['国家机关', 1, 0, '2.303122', '57.57805'], ['教育类事业单位', 2, 0, '4.606244', '30.708293'], ['卫生类事业单位', 0, 1, null, null]]],
    ['by group', 'group', {}, [['主城都市区', 2, 1, '4.606244', '30.708293'], ['渝东北三峡库区城镇群', 1, 0, '2.303122', '57.57805']]],
    ['of one region', 'city', { regionIds: [2] }, [['合计', 1, 0, '2.303122', '57.57805']]],
    ['of one category', 'city', { categories: ['021'] }, [['合计', 2, 0, '4.606244', '30.708293']]],
    ['of a year without forms', 'city', { start: '2019-01-01' }, [['合计', 0, 0, null, null]]],
    ['rolling, from July', 'city', { start: '2023-07-01', rolling: true }, [['合计', 1, 0, '27.637464', '261.966483']]],
    ['rolling, too early', 'city', { start: '2023-06-01', rolling: true }, [['合计', 0, 1, null, null]]],
  ])('%s', async (_, groupBy, slice, expected) => expect(await by(groupBy, slice)).toEqual(expected))

  test('everybody within their scope', async () => {
    expect(await by('city', {}, city.wanzhou)).toEqual([['合计', 1, 0, '2.303122', '57.57805']])
    expect(await by('city', {}, city.education, 'district_reviewer')).toEqual([['合计', 2, 0, '4.606244', '30.708293']])
    expect(await by('city', {}, city.school, 'filler')).toEqual([['合计', 1, 0, '2.303122', '23.03122']])
    expect((await by('institution', {}, city.yuzhong)).map(([label]) => label).sort()).toEqual(['渝中区示范医院', '渝中区示范中学', '渝中区示范小学'].sort())
  })
  test('a change is in the next reading', async () => {
    const id = (await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`UPDATE reports.filing SET counted = true WHERE organization_id = ${city.hospital} RETURNING id`)))!.id
    await db.asSystem('test', (trx) => refreshConsumption(trx, [id]))
    expect(await by('city')).toEqual([['合计', 4, 0, '9.212488', '46.06244']])
    await db.asSystem('test', async (trx) => {
      await trx.run(sql`UPDATE reports.filing SET counted = false WHERE id = ${id}`)
      await refreshConsumption(trx, [id])
    })
    expect(await by('city')).toEqual([['合计', 3, 1, '6.909366', '36.365084']])
  })
  test('month by month', async () => {
    const rows = await as(city.city, 'leader', (trx) => indicatorSeries(trx, { months: 1, from: '2023-01-01', before: '2024-01-01', division: 'then' }))
    expect(rows.map((r) => [r.key, r.counted])).toEqual(['07', '08', '09', '10', '11', '12'].map((m) => [`2023-${m}-01`, 1]))
  })
})

test('the institutions behind an indicator, those kept out at the end with their reason', async () => {
  const behind = await as(city.city, 'leader', (trx) => institutionsBehind(trx, indicatorNamed('energyPerArea')!, year, { offset: 0, limit: 50 }))
  expect(behind.total).toBe(4)
  expect(behind.rows.slice(0, 3).map((r) => [r.organizationId, r.numerator, r.denominator, r.value])).toEqual([city.school, city.primary, city.bureau].map((id) => [id, '1229', '1000.00', '1.229']))
  expect(behind.rows[3]).toMatchObject({ organizationId: city.hospital, counted: false, keptOut: 'not-accepted', numerator: null, value: null, origin: 'form' })
  expect(behind.rows[3]!.filingId).toBeGreaterThan(0)
})
