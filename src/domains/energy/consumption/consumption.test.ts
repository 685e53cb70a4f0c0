import { Decimal } from 'decimal.js'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Transaction } from '../../../kernel/db/database.ts'
import { bindReports } from '../../../kernel/reports/registry.ts'
import { entityOf } from '../../../kernel/reports/report.rules.ts'
import { rolledBack, testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { carbon, coalEquivalent, type Quantities } from '../factors/convert.rules.ts'
import { factorSetsFor } from '../factors/factors.ts'
import { indicatorsBy } from '../indicators/indicators.ts'
import '../index.ts'
import { loadEnergyReference } from '../reference.ts'
import { energyReport, energyReports } from '../reports/versions.rules.ts'
import { refreshConsumption, refreshPlacement } from './consumption.ts'
import { freshCube, refreshCube } from './cube.ts'
import { co2Of, COLUMNS, FUELS, MEASURES, QUANTITIES, tceOf } from './measures.rules.ts'

const { db } = await testDatabase()
await db.asSystem('reference.load', loadEnergyReference)
bindReports(db)
const city = await buildFixture(db)

const FORMS = { 1: 'monthly', 3: 'quarterly', 12: 'annual' } as const
interface Form { organizationId: number; months: 1 | 3 | 12; start: string; counted?: boolean; values: Record<string, string | number> }

async function file(trx: Transaction, f: Form): Promise<number> {
  const report = energyReport(FORMS[f.months], f.start)!
  const { id } = (await trx.one<{ id: number }>(sql`
    INSERT INTO reports.filing (form, form_version, organization_id, org_path, region_id, category, period_start, months, counted)
    SELECT ${report.formName}, ${report.version}, id, org_path, region_id, category, ${f.start}, ${f.months}, ${f.counted ?? true} FROM org.organization WHERE id = ${f.organizationId}
    RETURNING id`))!
  const columns = entityOf(report).columns
  const cells = Object.entries(f.values)
  await trx.run(sql`
    INSERT INTO ${sql.table(report.name)} (filing_id, organization_id, org_path, region_id, period_start, ${sql.join(cells.map(([c]) => sql.ref(columns[c]!)))})
    SELECT ${id}, id, org_path, region_id, ${f.start}, ${sql.join(cells.map(([, v]) => sql`${v}`))} FROM org.organization WHERE id = ${f.organizationId}`)
  return id
}
const figure = (trx: Transaction, organizationId: number, months: number, start: string) =>
  trx.one<any>(sql`SELECT * FROM energy.consumption WHERE organization_id = ${organizationId} AND months = ${months} AND period_start = ${start}`)
const month = (n: number) => `2024-${String(n).padStart(2, '0')}-01`
const ledger = (n: number, electricity = '1000') => ({ organizationId: city.school, months: 1 as const, start: month(n), values: { electricity, water: '10', people: 100 + n, buildingArea: `${2000 + n}`, petrol: '10', petrolVehicle: '10', electricityCost: '600' } })

/** The cube against the sums of the figures, and the monthly figures against the forms themselves. */
async function expectSumsToAgree(trx: Transaction): Promise<void> {
  const sums = sql.join(MEASURES.map((m) => sql`sum(${sql.ref(COLUMNS[m])})::text AS ${sql.id(COLUMNS[m])}`))
  const cube = await trx.rows(sql`SELECT months, period_start, org_path, region_id, region_now_id, category, counted, kept_out, ${sums} FROM energy.cube GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6`)
  const consumption = await trx.rows(sql`
    SELECT months, period_start, cube_path AS org_path, region_id, region_now_id, category, (count(*) FILTER (WHERE counted))::int AS counted, (count(*) FILTER (WHERE NOT counted))::int AS kept_out,
      ${sql.join(MEASURES.map((m) => sql`(sum(${sql.ref(COLUMNS[m])}) FILTER (WHERE counted))::text AS ${sql.id(COLUMNS[m])}`))}
    FROM energy.consumption GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`)
  expect(cube).toEqual(consumption)
  const forms = sql.join(energyReports.filter((r) => r.months === 1).map((r) => sql`SELECT filing_id, electricity, water FROM ${sql.table(r.name)}`), sql` UNION ALL `)
  const counted = await trx.one<any>(sql`SELECT sum(electricity)::numeric(30,4)::text AS e, sum(water)::numeric(30,4)::text AS w FROM (${forms}) v JOIN reports.filing f ON f.id = v.filing_id WHERE f.counted`)
  expect(await trx.one(sql`SELECT sum(electricity)::numeric(30,4)::text AS e, sum(water)::numeric(30,4)::text AS w FROM energy.cube WHERE months = 1`)).toEqual(counted)
}

describe('a figure', () => {
  test('is computed in SQL as in TypeScript, to the last digit', () => rolledBack(db, async (trx) => {
    const values = { electricity: '12500.1234', pvGeneration: '500.5', coal: '2.0001', naturalGas: '6000.77', lpg: '12.3456', petrol: '12340.9', petrolVehicle: '11000.1', diesel: '4200.3', dieselVehicle: '0', kerosene: '3.3333', heat: '7.7777', otherEnergy: '0.1234', water: '55.5' }
    await refreshConsumption(trx, [await file(trx, { organizationId: city.school, months: 12, start: '2024-01-01', values: { ...values, people: 50, buildingArea: '1400' } })])
    const row = await figure(trx, city.school, 12, '2024-01-01')
    const set = (await factorSetsFor(trx, [2024])).get(2024)!
    const [tce, co2] = [coalEquivalent(values as Quantities, set), carbon(values as Quantities, set)]
    const same = (sqlValue: string | null, ours: string | null) => expect(sqlValue === null ? null : new Decimal(sqlValue).toFixed()).toBe(ours)
    for (const f of FUELS) {
      same(row[COLUMNS[tceOf(f)]], tce.parts[f])
      same(row[COLUMNS[co2Of(f)]], co2.parts[f])
    }
    for (const q of QUANTITIES) expect(new Decimal(row[COLUMNS[q]]).eq((values as any)[q])).toBe(true)
    same(row.tce, tce.total)
    same(row.tce_vehicle, tce.vehicle)
    same(row.co2, co2.total)
    expect([row.origin, row.counted, row.factor_set, row.cost]).toEqual(['form', true, set.code, null])
    const { factors } = (await trx.one<any>(sql`SELECT factors FROM energy.factor_set WHERE code = ${row.factor_set}`))!
    expect(factors.used.find((f: any) => f.kind === 'co2' && f.energy === 'electricity').value).toBe('0.5227')
  }))

  test('of a year is the sum of twelve counted ledgers', () => rolledBack(db, async (trx) => {
    const ids: number[] = []
    for (let n = 1; n <= 11; n++) ids.push(await file(trx, ledger(n)))
    await refreshConsumption(trx, ids)
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ origin: 'months', counted: false, kept_out: 'months-missing', ledgers: 11 })
    expect(await figure(trx, city.school, 3, month(7))).toMatchObject({ origin: 'months', counted: true, ledgers: 3, electricity: '3000.0000' })
    await refreshConsumption(trx, [await file(trx, ledger(12, '2000'))])
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ origin: 'months', counted: true, kept_out: null, electricity: '13000.0000', people: '106.50', building_area: '2012.00', cost: '7200.00', filing_id: null })
  }))

  test('of a year is the counted annual form, whatever the ledgers say; a form that is not counted gives way', () => rolledBack(db, async (trx) => {
    const ids: number[] = []
    for (let n = 1; n <= 12; n++) ids.push(await file(trx, ledger(n)))
    const annual = await file(trx, { organizationId: city.school, months: 12, start: month(1), values: { electricity: '99', water: '1', people: 1, buildingArea: '1' } })
    await refreshConsumption(trx, [...ids, annual])
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ origin: 'form', counted: true, electricity: '99.0000', filing_id: annual })
    await trx.run(sql`UPDATE reports.filing SET counted = false WHERE id = ${annual}`)
    await refreshConsumption(trx, [annual])
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ origin: 'months', counted: true, electricity: '12000.0000', filing_id: null })
    await trx.run(sql`UPDATE reports.filing SET counted = false WHERE id = ${ids[3]}`)
    await refreshConsumption(trx, [ids[3]!])
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ origin: 'form', counted: false, kept_out: 'not-accepted', filing_id: annual })
    await trx.run(sql`UPDATE reports.filing SET counted = true WHERE id = ${annual}`)
    await refreshConsumption(trx, [annual])
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ origin: 'form', counted: true, electricity: '99.0000' })
    await trx.run(sql`DELETE FROM reports.filing WHERE id = ANY (${[annual, ...ids]}::bigint[])`)
    await refreshConsumption(trx, [annual, ...ids])
    expect(await trx.rows(sql`SELECT 1 FROM energy.consumption`)).toEqual([])
    await refreshCube(trx)
    expect(await trx.rows(sql`SELECT 1 FROM energy.cube`)).toEqual([])
  }))

  test('follows an organisation to where it moves', () => rolledBack(db, async (trx) => {
    await refreshConsumption(trx, [await file(trx, ledger(1))])
    await refreshCube(trx)
    await trx.run(sql`UPDATE org.organization SET superior_id = ${city.wanzhou}, region_id = ${city.regions.wanzhou} WHERE id = ${city.school}`)
    await refreshPlacement(trx, [city.school])
    await refreshCube(trx)
    const rows = await trx.rows<any>(sql`SELECT org_path, region_id, region_now_id FROM energy.cube WHERE months = 1`)
    expect(rows).toEqual([{ org_path: `${city.city}.${city.wanzhou}.`, region_id: city.regions.yuzhong, region_now_id: city.regions.wanzhou }])
    await expectSumsToAgree(trx)
  }))

  test('of one that ended stands where the last of its successors stands today', () => rolledBack(db, async (trx) => {
    const succeeds = async (from: number, to: number) => {
      await trx.run(sql`UPDATE org.organization SET valid_to = '2024-06-01' WHERE id = ${from}`)
      const { id } = (await trx.one<{ id: number }>(sql`INSERT INTO org.change (kind, effective, basis, totals_before, totals_after, org_path, by_name) VALUES ('merge', '2024-06-01', '批复', '{}', '{}', '1.', '某人') RETURNING id`))!
      await trx.run(sql`INSERT INTO org.succession (change_id, from_id, to_id, org_path) VALUES (${id}, ${from}, ${to}, '1.')`)
      await refreshPlacement(trx, [to, from])
    }
    const regions = async () => (await trx.rows<{ id: number }>(sql`SELECT region_now_id AS id FROM energy.consumption WHERE months = 1 ORDER BY organization_id`)).map((r) => r.id)
    const { yuzhong, wanzhou } = city.regions
    await refreshConsumption(trx, [await file(trx, ledger(1)), await file(trx, { ...ledger(1), organizationId: city.primary })])
    await succeeds(city.primary, city.school)
    expect(await regions()).toEqual([yuzhong, yuzhong])
    // The successor moves, and its predecessor's history with it.
    await trx.run(sql`UPDATE org.organization SET region_id = ${wanzhou} WHERE id = ${city.school}`)
    await refreshPlacement(trx, [city.school])
    expect(await regions()).toEqual([wanzhou, wanzhou])
    await succeeds(city.school, city.hospital)
    expect(await regions()).toEqual([yuzhong, yuzhong])
    await refreshConsumption(trx, (await trx.rows<{ id: number }>(sql`SELECT id FROM reports.filing`)).map((f) => f.id))
    expect(await regions()).toEqual([yuzhong, yuzhong])
  }))
})

describe('what one month lacks', () => {
  const gaps = [{ water: '10', people: 100, buildingArea: '2000' }, { people: 100, buildingArea: '2000' }, { water: '10', buildingArea: '2000' }, { water: '10', people: 100 }] as const
  /** Twelve counted ledgers of 2024, water lacking in October, people in November, the area in December. */
  const fileGaps = async (trx: Transaction) => {
    const ids: number[] = []
    for (let n = 1; n <= 12; n++) ids.push(await file(trx, { organizationId: city.school, months: 1, start: month(n), values: { electricity: '1000', ...gaps[Math.max(0, n - 9)]! } }))
    await refreshConsumption(trx, ids)
  }
  test('is no zero in the year: its water is not known, heads and area are those of the other months', () => rolledBack(db, async (trx) => {
    await fileGaps(trx)
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ counted: true, electricity: '12000.0000', water: null, people: '100.00', building_area: '2000.00', tce_with_people: '1.474800', people_with_water: null, tce_with_area: '1.474800' })
    expect(await figure(trx, city.school, 3, month(4))).toMatchObject({ counted: true, water: '30.0000' })
  }))
  test('is no zero in a rolling year either, which says what the year says', () => rolledBack(db, async (trx) => {
    await fileGaps(trx)
    const at = { months: 12, start: month(1), division: 'then' } as const
    const [year, rolling] = [(await indicatorsBy(trx, 'institution', at))[0]!, (await indicatorsBy(trx, 'institution', { ...at, rolling: true }))[0]!]
    expect(rolling.indicators).toEqual({ energyPerHead: '14.748', waterPerHead: null, energyPerArea: '0.7374', energyPerAreaWithVehicles: '0.7374', carbonPerArea: '3.1362' })
    expect(rolling.indicators).toEqual(year.indicators)
    expect(rolling.sums).toEqual(year.sums)
  }))
  test('of electricity is no emission of zero', () => rolledBack(db, async (trx) => {
    await refreshConsumption(trx, [await file(trx, { organizationId: city.school, months: 12, start: month(1), values: { water: '1', people: 1, buildingArea: '1' } })])
    expect(await figure(trx, city.school, 12, month(1))).toMatchObject({ co2_electricity: null, co2: null, tce: null, area_with_co2: null })
  }))
  test('a rolling year of one who moved stands whole where the last month stands, whichever way it is asked for', () => rolledBack(db, async (trx) => {
    const ids: number[] = []
    for (let n = 1; n <= 12; n++) ids.push(await file(trx, ledger(n)))
    await trx.run(sql`UPDATE reports.filing SET region_id = ${city.regions.wanzhou} WHERE period_start >= '2024-11-01'`)
    await refreshConsumption(trx, ids)
    const of = async (regionIds?: number[]) => (await indicatorsBy(trx, 'region', { months: 12, start: month(1), division: 'then', rolling: true, regionIds })).map((r) => [r.label, r.counted, r.keptOut, r.sums.electricity])
    expect(await of()).toEqual([['万州区', 1, 0, '12000.0000']])
    expect(await of([city.regions.wanzhou])).toEqual(await of())
    expect(await of([city.regions.yuzhong])).toEqual([])
  }))
})

describe('the cube', () => {
  test('equals the sum of the figures and of the forms after random edits', () => rolledBack(db, async (trx) => {
    // mulberry32: the same edits every time
    let seed = 20261123
    const random = (n: number) => {
      seed = (seed + 0x6d2b79f5) | 0
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) % n
    }
    const institutions = [city.school, city.primary, city.hospital, city.bureau]
    const filed = new Map<string, number>()
    for (let step = 0; step < 220; step++) {
      const organizationId = institutions[random(4)]!
      const months = ([1, 1, 1, 1, 3, 12] as const)[random(6)]!
      const start = `${2025 + random(2)}-${String(months === 12 ? 1 : months === 3 ? random(4) * 3 + 1 : random(12) + 1).padStart(2, '0')}-01`
      const key = `${organizationId} ${months} ${start}`
      const known = filed.get(key)
      const table = energyReport(FORMS[months], start)!.name
      if (!known) filed.set(key, await file(trx, { organizationId, months, start, counted: random(4) > 0, values: { electricity: `${random(1e6)}.${random(1e4)}`, water: `${random(1000)}`, naturalGas: `${random(5000)}.5`, diesel: `${random(50)}`, people: 1 + random(300), buildingArea: `${1 + random(9000)}.25` } }))
      else if (random(8) === 0) {
        await trx.run(sql`DELETE FROM reports.filing WHERE id = ${known}`)
        filed.delete(key)
      } else if (random(2)) await trx.run(sql`UPDATE reports.filing SET counted = NOT counted WHERE id = ${known}`)
      else await trx.run(sql`UPDATE ${sql.table(table)} SET electricity = ${`${random(1e6)}.${random(1e4)}`}, water = ${random(3) ? '7.5' : null} WHERE filing_id = ${known}`)
      await refreshConsumption(trx, [known ?? filed.get(key)!])
      if (step % 20 === 19) {
        await freshCube(trx)
        await expectSumsToAgree(trx)
      }
    }
  }))
})

describe('rights', () => {
  beforeAll(async () => {
    await db.asSystem('test', async (trx) => refreshConsumption(trx, [await file(trx, ledger(1)), await file(trx, { ...ledger(2), organizationId: city.bureau })]))
  })
  const seen = async (organizationId: number, role: 'filler' | 'district_reviewer' | 'leader' | 'system_administrator', table: 'consumption' | 'cube') =>
    db.asActor(await city.actorAt(organizationId, role), { operation: 'test' }, async (trx) => {
      await freshCube(trx)
      return (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.table(`energy.${table}`)} WHERE months = 1`))!.n
    })
  test.each([
    ['own unit', 'school', 'filler', 1, 0], ['sibling', 'primary', 'filler', 0, 0], ['district', 'yuzhong', 'district_reviewer', 1, 1],
    ['another district', 'wanzhou', 'leader', 1, 1], ['city', 'city', 'leader', 2, 2], ['administrator', 'city', 'system_administrator', 0, 0],
  ] as const)('%s', async (_, at, role, consumption, cube) => {
    expect([await seen(city[at], role, 'consumption'), await seen(city[at], role, 'cube')]).toEqual([consumption, cube])
  })
  test('a filler and a reviewer keep the figures in step with their own rights; nobody else writes them', async () => {
    const { id } = (await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`SELECT id FROM reports.filing WHERE organization_id = ${city.school}`)))!
    for (const [at, role] of [['school', 'filler'], ['yuzhong', 'district_reviewer']] as const)
      await db.asActor(await city.actorAt(city[at], role), { operation: 'test' }, (trx) => refreshConsumption(trx, [id]))
    await db.asActor(await city.actorAt(city.city, 'leader'), { operation: 'test' }, async (trx) => {
      expect(await trx.run(sql`UPDATE energy.consumption SET water = 0`)).toBe(0)
      expect(await trx.run(sql`UPDATE energy.cube SET water = 0`)).toBe(0)
      expect(await trx.run(sql`DELETE FROM energy.cube_dirty`)).toBe(0)
    })
  })
})

describe('forms as tables', () => {
  test('have exactly the columns that their definitions say', async () => {
    for (const report of energyReports) {
      const e = entityOf(report)
      const columns = await db.asSystem('test', (trx) => trx.rows<{ name: string; type: string }>(sql`
        SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = ${report.name}::regclass AND attnum > 0 AND NOT attisdropped`))
      const there = new Map(columns.map((c) => [c.name, c.type]))
      for (const [name, field] of Object.entries(e.fields)) expect([name, there.get(e.columns[name]!)]).toEqual([name, field.type.sql])
      expect(columns.map((c) => c.name).filter((c) => !Object.values(e.columns).includes(c)).sort()).toEqual(['filing_id', 'id', 'org_path', 'version'])
    }
  })
  test('reference data loads twice and is there once', async () => {
    const count = () => db.asSystem('test', (trx) => trx.one(sql`SELECT (SELECT count(*) FROM energy.factor) AS f, (SELECT count(*) FROM app.setting WHERE key LIKE 'energy.%') AS s, (SELECT count(*) FROM energy.target) AS t`))
    const before = await count()
    await db.asSystem('reference.load', loadEnergyReference)
    expect(await count()).toEqual(before)
  })
})
