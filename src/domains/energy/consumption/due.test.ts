/** Figures of many forms are marked and reckoned once; whoever reads never sees figures that are older than the forms. */
import fs from 'node:fs'
import { sql } from 'kysely'
import pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import '../index.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { bindReports } from '../../../kernel/reports/registry.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { indicatorsBy } from '../indicators/indicators.ts'
import { followFilings, refreshDue } from './consumption.ts'

const { db, connection } = await testDatabase()
bindReports(db)
const city = await buildFixture(db)
const leader = await city.actorAt(city.city, 'leader')
const filler = await city.actorAt(city.school, 'filler')
const system = <T>(run: (trx: Transaction) => Promise<T>) => db.asSystem('test', run)
const month = (n: number) => `${2020 + Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}-01`

/** Counted ledgers of 100 kWh each. */
const file = (trx: Transaction, organizations: number[], months: number[]) => trx.rows<{ id: number }>(sql`
  WITH f AS (
    INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted)
    SELECT 'energy.monthly', '2022', o.id, o.org_path, o.region_id, o.category, m::date, 1, true
    FROM org.organization o, unnest(${months.map(month)}::text[]) m WHERE o.id = ANY (${organizations}::integer[]) RETURNING id, organization_id, org_path, region_id, period_start)
  INSERT INTO energy.monthly_2022 (filing_id, organization_id, org_path, region_id, period_start, electricity) SELECT *, 100 FROM f RETURNING filing_id AS id`).then((rows) => rows.map((r) => r.id))
const due = async () => (await system((trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM energy.figure_due`)))!.n
const figures = async () => (await system((trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM energy.consumption`)))!.n
const year = { months: 12, start: '2021-01-01', division: 'then' } as const
const all = [city.school, city.primary, city.hospital, city.bureau]
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

beforeEach(() => system(async (trx) => {
  for (const table of ['reports.filing', 'energy.consumption', 'energy.figure_due']) await trx.run(sql`DELETE FROM ${sql.table(table)}`)
}))

test('many are marked by one row; the first reader of the city or of a unit finds them reckoned', async () => {
  await system(async (trx) => followFilings(trx, await file(trx, all, upTo(60))))
  expect([await due(), await figures()]).toEqual([1, 0])
  // A unit reads figures, the city the cube.
  const [own] = await db.asActor(filler, { operation: 'test' }, (trx) => indicatorsBy(trx, 'institution', year))
  expect(own).toMatchObject({ counted: 1, sums: { electricity: '1200.0000' } })
  expect([await due(), await figures()]).toEqual([0, 4 * (60 + 20 + 5)])
  await system(async (trx) => followFilings(trx, await file(trx, all, upTo(120).slice(60))))
  expect(await due()).toBe(1)
  const [whole] = await db.asActor(leader, { operation: 'test' }, (trx) => indicatorsBy(trx, 'city', { ...year, start: '2026-01-01' }))
  expect(whole).toMatchObject({ counted: 4, sums: { electricity: '4800.0000' } })
  expect(await due()).toBe(0)
})

test('marks of a transaction that is not committed are left for later, and forms that went leave no figure', async () => {
  let ids: number[] = []
  await system(async (trx) => {
    await followFilings(trx, (ids = await file(trx, all, upTo(60))))
    await system(refreshDue)
  })
  expect([await due(), await figures()]).toEqual([1, 0])
  await system(async (trx) => {
    await followFilings(trx, ids)
    await trx.run(sql`DELETE FROM reports.filing`)
    await followFilings(trx, ids)
  })
  await system(refreshDue)
  expect([await due(), await figures()]).toEqual([0, 0])
})

test('while marked figures are being reckoned a single form is marked too, and is not written over', async () => {
  await system(async (trx) => {
    await refreshDue(trx)
    await system(async (other) => followFilings(other, await file(other, [city.school], [0])))
  })
  expect([await due(), await figures()]).toEqual([1, 0])
  await system(refreshDue)
  expect(await figures()).toBe(3)
})

test('two who hand in months of one institution at once: the year has both', async () => {
  const started = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const one = system(async (trx) => {
    await followFilings(trx, await file(trx, [city.school], [0]))
    started.resolve()
    await written.promise
    await new Promise((resolve) => setTimeout(resolve, 150))
  })
  await started.promise
  const other = system(async (trx) => {
    const ids = await file(trx, [city.school], [1])
    written.resolve()
    await followFilings(trx, ids)
  })
  await Promise.all([one, other])
  const found = await system((trx) => trx.one(sql`SELECT ledgers, electricity FROM energy.consumption WHERE months = 12`))
  expect(found).toMatchObject({ ledgers: 2, electricity: '200.0000' })
})

test('an upgrade marks what was reckoned with a gap as with a zero, and nothing else', async () => {
  const upgrade = async () => {
    const owner = new pg.Client(connection)
    await owner.connect()
    await owner.query(fs.readFileSync(new URL('../migrations/0013_gaps_in_years.sql', import.meta.url), 'utf8'))
    await owner.end()
  }
  const [gap] = await system(async (trx) => {
    const ids = await file(trx, [city.school], upTo(12))
    await trx.run(sql`UPDATE energy.monthly_2022 SET water = 10, building_area = 2000`)
    await followFilings(trx, ids)
    return ids
  })
  await upgrade()
  expect(await due()).toBe(0)
  await system(async (trx) => {
    await trx.run(sql`UPDATE energy.monthly_2022 SET water = NULL WHERE filing_id = ${gap}`)
    await trx.run(sql`UPDATE energy.consumption SET water = NULL WHERE filing_id = ${gap}`)
  })
  await upgrade()
  expect(await system((trx) => trx.one(sql`SELECT filing_ids AS ids FROM energy.figure_due`))).toEqual({ ids: [String(gap)] })
  await system(refreshDue)
  expect(await system((trx) => trx.one(sql`SELECT water, electricity FROM energy.consumption WHERE months = 12`))).toEqual({ water: null, electricity: '1200.0000' })
})
