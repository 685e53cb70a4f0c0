import { sql } from 'kysely'
import { expect, test } from 'vitest'
import '../index.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { bindReports, forgetSettings } from '../../../kernel/reports/registry.ts'
import { parsePeriod } from '../../../kernel/reports/period.rules.ts'
import { writeFilings } from '../../../kernel/reports/filing.ts'
import { indicatorsBy } from '../indicators/indicators.ts'
import { recomputeAfter, recomputeJob } from './recompute.ts'

const { db } = await testDatabase()

test('a setting that figures were computed with sends a job, and the job computes them again', async () => {
  bindReports(db)
  const city = await buildFixture(db)
  await db.asSystem('test', (trx) => writeFilings(trx, 'energy.annual', parsePeriod('2025')!, [{ organizationId: city.school, values: { buildingArea: '30000', people: '2000', electricity: '1000000', water: '5000' } }], { source: 'import', submit: true }))
  const read = () => db.asSystem('test', async (trx) => (await indicatorsBy(trx, 'city', { months: 12, start: '2025-01-01', division: 'then' }))[0]!)
  expect(await read()).toMatchObject({ counted: 1, keptOut: 0 })
  expect((await read()).sums.tce).toBe('122.900000')

  const sent: unknown[] = []
  const jobs = { send: async (_trx: unknown, name: string, data: unknown) => void sent.push([name, data]), stop: async () => {} } as never
  const change = (key: string, value: string) => db.asSystem('test', async (trx) => {
    await trx.run(sql`UPDATE app.setting SET value = ${JSON.stringify(value)}::jsonb WHERE key = ${key}`)
    await recomputeAfter(trx, key, jobs)
    forgetSettings()
  })
  await change('energy.price.water.high', '12')
  expect(sent).toEqual([])
  await change('energy.factor.electricity-coal', 'equivalent')
  await change('report.count-from-level', '2')
  expect(sent).toEqual([['energy.recompute', { what: 'factors' }], ['energy.recompute', { what: 'counted' }]])

  await recomputeJob.run({ db, dataDir: '', jobs }, { what: 'factors' })
  expect((await read()).sums.tce).not.toBe('122.900000')
  await recomputeJob.run({ db, dataDir: '', jobs }, { what: 'counted' })
  expect(await read()).toMatchObject({ counted: 0, keptOut: 1 })
})
