import { sql } from 'kysely'
import { expect, test } from 'vitest'
import '../index.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { bindReports, forgetSettings } from '../../../kernel/reports/registry.ts'
import { parsePeriod } from '../../../kernel/reports/period.rules.ts'
import { settle, writeFilings } from '../../../kernel/reports/filing.ts'
import { indicatorsBy } from '../indicators/indicators.ts'
import { recomputeAfter, recomputeJob } from './recompute.ts'

const { db } = await testDatabase()
bindReports(db)
const city = await buildFixture(db)

test('a setting that figures were computed with sends a job, and the job computes them again', async () => {
  await db.asSystem('test', (trx) => writeFilings(trx, 'energy.annual', parsePeriod('2025')!, [{ organizationId: city.school, values: { buildingArea: '30000', people: '2000', electricity: '1000000', water: '5000' } }], { source: 'import', submit: true }))
  const read = () => db.asSystem('test', async (trx) => (await indicatorsBy(trx, 'city', { months: 12, start: '2025-01-01', division: 'then' }))[0]!)
  expect(await read()).toMatchObject({ counted: 1, keptOut: 0 })
  expect((await read()).sums.tce).toBe('122.900000')

  const sent: [string, any][] = []
  const jobs = { send: async (_trx: unknown, name: string, data: unknown) => void sent.push([name, data]), stop: async () => {} } as never
  const change = (key: string, value: string) => db.asSystem('test', async (trx) => {
    const before = (await trx.one<any>(sql`SELECT id, version, label, value #>> '{}' AS value, source, unsure, valid_to AS "validTo" FROM app.setting WHERE key = ${key} AND valid_to IS NULL`))!
    await trx.run(sql`UPDATE app.setting SET value = ${JSON.stringify(value)}::jsonb WHERE id = ${before.id}`)
    await recomputeAfter(trx, { key, label: before.label, id: before.id, before, version: before.version + 1, made: null }, jobs)
    forgetSettings()
  })
  const job = async () => (await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT state, done, total, result ->> 'words' AS words, read_permission, cancel_permission, org_path FROM app.job ORDER BY id DESC LIMIT 1`)))!
  await change('energy.price.water.high', '12')
  expect(sent).toEqual([])
  await change('energy.factor.electricity-coal', 'equivalent')
  expect(sent.map(([name, data]) => [name, data.what])).toEqual([['energy.recompute', 'factors']])
  expect(await job()).toMatchObject({ state: 'queued', read_permission: 'indicator.read', cancel_permission: 'setting.update', org_path: '1.' })
  await recomputeJob.run({ db, dataDir: '', jobs }, sent[0]![1])
  expect((await read()).sums.tce).not.toBe('122.900000')
  expect(await job()).toMatchObject({ state: 'done', done: 2, total: 2, words: expect.stringMatching(/^已按新的数值重新计算 2025 年至 2025 年共 \d+ 项指标数据；已发布的数据不变。$/) })
  await change('report.count-from-level', '2')
  await recomputeJob.run({ db, dataDir: '', jobs }, sent[1]![1])
  expect(await read()).toMatchObject({ counted: 0, keptOut: 1 })
  await change('report.count-from-level', '0')
  await recomputeJob.run({ db, dataDir: '', jobs }, sent[2]![1])
  await change('energy.factor.electricity-coal', 'calorific')
  await recomputeJob.run({ db, dataDir: '', jobs }, sent[3]![1])
  expect((await read()).sums.tce).toBe('122.900000')
})

test('a level of acceptance that holds from a day on throws out no period before it', async () => {
  const counted = (year: string) => db.asSystem('test', async (trx) => {
    const [written] = await writeFilings(trx, 'energy.annual', parsePeriod(year)!, [{ organizationId: city.primary, values: { buildingArea: '12000', people: '1000', electricity: '1000', water: '5' } }], { source: 'import', submit: true })
    const fresh = (await trx.one<{ counted: boolean }>(sql`SELECT counted FROM reports.filing WHERE id = ${written!.filingId}`))!.counted
    await settle(trx, [written!.filingId])
    return [fresh, (await trx.one<{ counted: boolean }>(sql`SELECT counted FROM reports.filing WHERE id = ${written!.filingId}`))!.counted]
  })
  await db.asSystem('test', async (trx) => {
    await trx.run(sql`UPDATE app.setting SET valid_to = '2026-01-01' WHERE key = 'report.count-from-level'`)
    await trx.run(sql`INSERT INTO app.setting (key, value, label, valid_from, source, unsure) SELECT key, '"2"', label, '2026-01-01', source, unsure FROM app.setting WHERE key = 'report.count-from-level'`)
  })
  forgetSettings()
  expect([await counted('2025'), await counted('2026')]).toEqual([[true, true], [false, false]])
})
