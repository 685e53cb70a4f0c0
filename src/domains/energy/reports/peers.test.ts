import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bindReports } from '../../../kernel/reports/registry.ts'
import { writeFilings } from '../../../kernel/reports/filing.ts'
import { parsePeriod } from '../../../kernel/reports/period.rules.ts'
import { peersFor } from '../../../kernel/reports/peers.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import '../index.ts'
import { energyReport } from './versions.rules.ts'

const { db } = await testDatabase()
bindReports(db)
const city = await buildFixture(db)
const schools = [city.school, city.primary]
for (let n = 0; n < 4; n++) schools.push(await city.institution({ name: `示范小学${n}分校`, superiorId: city.education, regionId: city.regions.yuzhong, category: '021' }))
/** 100 people each; the electricity is the number of the school times 100, gas is burnt by the first two alone. */
const file = (from: number, to: number) => db.asSystem('test', (trx) => writeFilings(trx, 'energy.annual', parsePeriod('2023')!, schools.slice(from, to).map((organizationId, n) => ({
  organizationId, values: { buildingArea: '1000', people: '100', electricity: String((from + n + 1) * 100), water: '300', ...(from + n < 2 ? { naturalGas: '5' } : {}) },
})), { source: 'import', submit: true }))
const medians = async () => (await db.asSystem('test', (trx) => peersFor(trx, energyReport('annual', '2024-01-01')!, parsePeriod('2024')!))).get('021')

test('medians taken while few had reported do not stay, and few that burn a fuel are nobody’s measure', async () => {
  await file(0, 1)
  expect(await medians()).toMatchObject({ count: 1, medians: {} })
  await file(1, 6)
  expect(await medians()).toMatchObject({ count: 1 })
  await db.asSystem('test', (trx) => trx.run(sql`UPDATE reports.peer_median SET at = at - interval '25 hours'`))
  expect(await medians()).toEqual({ count: 6, medians: { electricityPerHead: '3.5', electricityPerArea: '0.35', waterPerHead: '3' }, period: '2023' })
})
