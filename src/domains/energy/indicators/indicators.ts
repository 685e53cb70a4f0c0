/** The indicators of a period by institution, category, region, group or for the city, and the institutions behind them. */
import { sql, type RawBuilder } from 'kysely'
import { compile } from '../../../kernel/db/compile.ts'
import { fixed, type Transaction } from '../../../kernel/db/database.ts'
import { categoryName, parentsAmong } from '../../../kernel/org/organization/categories.rules.ts'
import { freshCube, freshFigures } from '../consumption/cube.ts'
import { COLUMNS, MEASURES, NEEDED, PAIRED, PAIRS, SUMMED, type Measure, type Sums } from '../consumption/measures.rules.ts'
import type { Factor } from '../factors/factor.rules.ts'
import { addUp } from './adding.rules.ts'
import { indicatorValue, indicatorValues, numeratorOf, type Indicator, type IndicatorCode } from './indicators.rules.ts'

export interface Slice {
  months: 1 | 3 | 12
  /** First day of the period. */
  start: string
  /** Twelve months from `start`, whichever month that is, from the monthly ledgers. */
  rolling?: boolean
  /** As divided then, or as divided now. */
  division: 'then' | 'now'
  regionIds?: readonly number[]
  categories?: readonly string[]
}
export type GroupBy = 'institution' | 'category' | 'region' | 'group' | 'city'
export interface IndicatorRow {
  /** Id, code, or `city`. */
  key: string
  label: string
  /** Institutions in the sums, and those that reported and are kept out of them. */
  counted: number
  keptOut: number
  /** Measures that were not asked for are null. */
  sums: Sums
  indicators: Record<IndicatorCode, string | null>
  /** Codes of the factor sets in the sums; see `factorsOf`. */
  factorSets: string[]
}

const GROUPS: Record<string, string> = { metropolitan: '主城都市区', northeast: '渝东北三峡库区城镇群', southeast: '渝东南武陵山区城镇群', none: '市本级' }
/** What the indicators need; all measures are three times as much to add up. */
export const BASIS: readonly Measure[] = ['tce', 'tceVehicle', 'water', 'co2', 'people', 'buildingArea', ...PAIRED]
const columns = (of: (column: RawBuilder<unknown>, m: Measure) => RawBuilder<unknown>, measures: readonly Measure[] = SUMMED) => sql.join(measures.map((m) => sql`${of(sql.ref(COLUMNS[m]), m)} AS ${sql.ref(COLUMNS[m])}`))

/** The cube holds whole districts and city departments: whoever sees less than one reads the figures themselves. */
export const seesCube = (trx: Transaction): boolean => !trx.actor || trx.actor.orgPath.split('.').length <= 3

const within = (s: Slice): RawBuilder<unknown> => sql`
  ${s.regionIds?.length ? sql`AND ${sql.ref(s.division === 'now' ? 'region_now_id' : 'region_id')} = ANY (${[...s.regionIds]}::integer[])` : sql``}
  ${s.categories?.length ? sql`AND category = ANY (${[...s.categories]}::text[])` : sql``}`

/** One row per institution: what it adds to the sums, or why it does not. */
export function figures(s: Slice): RawBuilder<unknown> {
  if (!s.rolling)
    return sql`SELECT organization_id, period_start, region_id, region_now_id, category, counted, kept_out, origin, filing_id, factor_set, ${columns((c) => sql`CASE WHEN counted THEN ${c} END`)}
      FROM energy.consumption WHERE months = ${s.months}::smallint AND period_start = ${s.start}::date ${within(s)}`
  const window = sql`months = 1 AND period_start >= ${s.start}::date AND period_start < ${s.start}::date + interval '1 year'`
  // Where it stood in its last month, there its whole year stands: chosen before, a year would fall apart where one moved.
  const asked = s.regionIds?.length || s.categories?.length
  return sql`SELECT organization_id, ${s.start}::date AS period_start, region_id, region_now_id, category, whole AS counted,
      CASE WHEN NOT whole THEN 'months-missing' END AS kept_out, 'months' AS origin, NULL::bigint AS filing_id, factor_set,
      ${columns((c) => sql`CASE WHEN whole THEN ${c} END`, MEASURES)}, ${sql.join(PAIRED.map((m) => sql`CASE WHEN whole AND ${hasBoth(m)} THEN ${sql.ref(COLUMNS[PAIRS[m].adds])} END AS ${sql.ref(COLUMNS[m])}`))}
    FROM (
      SELECT organization_id, ${last('region_id')}, ${last('region_now_id')}, ${last('category')}, ${last('factor_set')}, count(*) FILTER (WHERE counted) = 12 AS whole, ${columns(overMonths, MEASURES)}
      FROM energy.consumption WHERE ${window} ${asked ? sql`AND organization_id IN (SELECT organization_id FROM energy.consumption WHERE ${window} ${within(s)})` : sql``}
      GROUP BY organization_id
    ) AS years WHERE true ${within(s)}`
}
const last = (column: string) => sql`(array_agg(${sql.ref(column)} ORDER BY period_start DESC))[1] AS ${sql.ref(column)}`
/** As a year is summed from its ledgers (consumption.ts): heads are averaged, the last known area counts, a gap is no zero. */
const overMonths = (c: RawBuilder<unknown>, m: Measure): RawBuilder<unknown> =>
  m === 'people' ? sql`round(avg(${c}), 2)`
  : m === 'buildingArea' ? sql`(array_agg(${c} ORDER BY period_start DESC) FILTER (WHERE ${c} IS NOT NULL))[1]`
  : NEEDED.has(m) ? sql`CASE WHEN count(${c}) = count(*) THEN sum(${c}) END`
  : sql`sum(${c})`
function hasBoth(m: (typeof PAIRED)[number]): RawBuilder<unknown> {
  const { adds, has } = PAIRS[m]
  const [below, other] = adds === 'people' || adds === 'buildingArea' ? [adds, has] : [has, adds]
  return sql`${sql.ref(COLUMNS[below])} > 0 AND ${sql.ref(COLUMNS[other])} IS NOT NULL`
}

/** Rows that add up: cells of the cube, or institutions one by one. */
function cells(trx: Transaction, s: Slice): RawBuilder<unknown> {
  if (s.rolling || !seesCube(trx))
    return sql`(SELECT region_id, region_now_id, category, counted::int AS counted, (NOT counted)::int AS kept_out, CASE WHEN counted THEN factor_set END AS factor_sets, ${summed} FROM (${figures(s)}) AS f) AS c`
  return sql`(SELECT region_id, region_now_id, category, counted, kept_out, array_to_string(factor_sets, ',') AS factor_sets, ${summed}
    FROM energy.cube WHERE months = ${s.months}::smallint AND period_start = ${s.start}::date ${within(s)}) AS c`
}

type Raw = Record<string, string | number | boolean | null>
function toRow(r: Raw): IndicatorRow {
  const sums = Object.fromEntries(SUMMED.map((m) => [m, (r[COLUMNS[m]] ?? null) as string | null])) as Sums
  return {
    key: String(r.key), label: String(r.label), counted: Number(r.counted), keptOut: Number(r.kept_out), sums, indicators: indicatorValues(sums),
    factorSets: [...new Set(String(r.factor_sets ?? '').split(',').filter(Boolean))].sort(),
  }
}
/** Of the few lists of measures that are asked for, each is composed once. */
const known = new WeakMap<readonly Measure[], RawBuilder<unknown>>()
function totals(measures: readonly Measure[]): RawBuilder<unknown> {
  let made = known.get(measures)
  if (!made) known.set(measures, (made = fixed(sql`coalesce(sum(c.counted), 0) AS counted, coalesce(sum(c.kept_out), 0) AS kept_out, string_agg(c.factor_sets, ',') AS factor_sets, ${columns((column) => sql`sum(c.${column})`, measures)}`)))
  return made
}
const summed = fixed(sql.join(SUMMED.map((m) => sql.ref(COLUMNS[m]))))

/** What was reckoned from the cube, good for one state of it and one scope. */
const kept = new Map<string, { version: number; rows: IndicatorRow[] }>()
const KEPT = 300

/** `cube`: made fresh first; what was read of it before is not read and reckoned again while it stays as it is. */
async function read(trx: Transaction, query: RawBuilder<Raw>, cube: boolean): Promise<IndicatorRow[]> {
  if (!cube) {
    await freshFigures(trx)
    return (await trx.rows<Raw>(query)).map(toRow)
  }
  const version = await freshCube(trx)
  // The system may be writing the cube in this very transaction, which could still be taken back.
  if (!trx.actor) return (await trx.rows<Raw>(query)).map(toRow)
  const { sql: text, parameters } = compile(query)
  const key = JSON.stringify([(trx.client as unknown as { database: string }).database, trx.actor.orgPath, text, parameters])
  const known = kept.get(key)
  if (known?.version === version) return known.rows
  const rows = ((await trx.client.query(text, parameters)).rows as Raw[]).map(toRow)
  if (kept.size >= KEPT) kept.clear()
  kept.set(key, { version, rows })
  return rows
}

/** `measures`: which sums to bring; `BASIS` is enough for the indicators. */
export async function indicatorsBy(trx: Transaction, groupBy: GroupBy, s: Slice, measures: readonly Measure[] = SUMMED): Promise<IndicatorRow[]> {
  const place = sql.ref(s.division === 'now' ? 'c.region_now_id' : 'c.region_id')
  const cube = !s.rolling && seesCube(trx) && groupBy !== 'institution'
  switch (groupBy) {
    case 'institution':
      return read(trx, sql`
        SELECT c.organization_id AS key, o.name AS label, c.counted::int AS counted, (NOT c.counted)::int AS kept_out, CASE WHEN c.counted THEN c.factor_set END AS factor_sets, ${sql.join(SUMMED.map((m) => sql`c.${sql.ref(COLUMNS[m])}`))}
        FROM (${figures(s)}) AS c JOIN org.organization o ON o.id = c.organization_id ORDER BY o.name, o.id`, false)
    case 'category': {
      const rows = await read(trx, sql`SELECT c.category AS key, c.category AS label, ${totals(measures)} FROM ${cells(trx, s)} GROUP BY c.category ORDER BY c.category`, cube)
      return rows.map((r) => ({ ...r, label: categoryName(r.key) ?? r.key }))
    }
    case 'region':
      return read(trx, sql`SELECT g.id AS key, g.name AS label, ${totals(measures)} FROM ${cells(trx, s)} JOIN org.region g ON g.id = ${place} GROUP BY g.id, g.name, g.sort ORDER BY g.sort, g.id`, cube)
    case 'group': {
      const rows = await read(trx, sql`SELECT coalesce(g.group_code, 'none') AS key, '' AS label, ${totals(measures)} FROM ${cells(trx, s)} JOIN org.region g ON g.id = ${place} GROUP BY 1 ORDER BY 1`, cube)
      return rows.map((r) => ({ ...r, label: GROUPS[r.key] ?? r.key }))
    }
    case 'city':
      return read(trx, sql`SELECT 'city' AS key, '合计' AS label, ${totals(measures)} FROM ${cells(trx, s)}`, cube)
  }
}

/** A total is the sum of what it shows: the rows of any grouping add up to it. */
const addedUp = new WeakMap<readonly IndicatorRow[], IndicatorRow>()
export function totalRow(rows: readonly IndicatorRow[]): IndicatorRow {
  let total = addedUp.get(rows)
  if (!total) addedUp.set(rows, (total = addRows(rows)))
  return total
}
/** Of rows by kind: what kinds that belong together come to. Not rows of the grouping: a total would count them twice. */
export const parentRows = (rows: readonly IndicatorRow[], asked?: readonly string[]): IndicatorRow[] =>
  parentsAmong(rows.map((r) => r.key), asked).map(({ code, label, parts }) => ({ ...addRows(rows.filter((r) => parts.includes(r.key))), key: code, label }))
function addRows(rows: readonly IndicatorRow[]): IndicatorRow {
  const sums = Object.fromEntries(SUMMED.map((m) => [m, addUp(rows.map((r) => r.sums[m]))])) as Sums
  const count = (of: 'counted' | 'keptOut') => rows.reduce((n, r) => n + r[of], 0)
  return { key: 'city', label: '合计', counted: count('counted'), keptOut: count('keptOut'), sums, indicators: indicatorValues(sums), factorSets: [...new Set(rows.flatMap((r) => r.factorSets))].sort() }
}

/** The total of a slice, or one institution's figures, period by period (key is the first day): for trends. `before` is excluded. */
export async function indicatorSeries(trx: Transaction, s: Omit<Slice, 'start' | 'rolling'> & { from: string; before: string; organizationId?: number }): Promise<IndicatorRow[]> {
  const cube = seesCube(trx) && s.organizationId === undefined
  const where = sql`months = ${s.months}::smallint AND period_start >= ${s.from}::date AND period_start < ${s.before}::date ${within({ ...s, start: s.from })} ${s.organizationId === undefined ? sql`` : sql`AND organization_id = ${s.organizationId}`}`
  const source = cube
    ? sql`(SELECT period_start, counted, kept_out, array_to_string(factor_sets, ',') AS factor_sets, ${summed} FROM energy.cube WHERE ${where}) AS c`
    : sql`(SELECT period_start, counted::int AS counted, (NOT counted)::int AS kept_out, CASE WHEN counted THEN factor_set END AS factor_sets, ${columns((c) => sql`CASE WHEN counted THEN ${c} END`)} FROM energy.consumption WHERE ${where}) AS c`
  return read(trx, sql`SELECT c.period_start AS key, c.period_start AS label, ${totals(SUMMED)} FROM ${source} GROUP BY c.period_start ORDER BY c.period_start`, cube)
}

/** The factors under the codes that a result carries, with their sources. */
export async function factorsOf(trx: Transaction, codes: readonly string[]): Promise<{ code: string; used: Factor[]; pvDeducted: boolean }[]> {
  const rows = await trx.rows<{ code: string; factors: { used: Factor[]; pvDeducted: boolean } }>(sql`SELECT code, factors FROM energy.factor_set WHERE code = ANY (${[...codes]}::text[]) ORDER BY code`)
  return rows.map((r) => ({ code: r.code, ...r.factors }))
}

export interface InstitutionBehind {
  organizationId: number
  name: string
  category: string
  regionName: string
  counted: boolean
  /** not-accepted: its form is not counted yet; months-missing: fewer ledgers than months. */
  keptOut: 'not-accepted' | 'months-missing' | null
  /** months: no form of this period, open the monthly ledgers. */
  origin: 'form' | 'months'
  filingId: number | null
  numerator: string | null
  denominator: string | null
  value: string | null
}

/** Who is behind numerator and denominator of an indicator, greatest numerator first, those kept out at the end. */
export async function institutionsBehind(trx: Transaction, indicator: Indicator, s: Slice, page: { offset: number; limit: number; only?: 'counted' | 'keptOut' }): Promise<{ total: number; rows: InstitutionBehind[] }> {
  const of = indicator.numerator.of.map((m) => sql`coalesce(f.${sql.ref(COLUMNS[m as Measure])}, 0)`)
  const order = sql`${sql.join(of, sql` + `)} ${indicator.numerator.less ? sql`- coalesce(f.${sql.ref(COLUMNS[indicator.numerator.less as Measure])}, 0)` : sql``}`
  await freshFigures(trx)
  const rows = await trx.rows<Raw>(sql`
    SELECT f.organization_id, o.name, f.category, g.name AS region_name, f.counted, f.kept_out, f.origin, f.filing_id, f.tce, f.tce_vehicle, f.water, f.co2, f.people, f.building_area, count(*) OVER ()::int AS total
    FROM (${figures(s)}) AS f JOIN org.organization o ON o.id = f.organization_id JOIN org.region g ON g.id = ${sql.ref(s.division === 'now' ? 'f.region_now_id' : 'f.region_id')}
    WHERE ${page.only ? sql`f.counted = ${page.only === 'counted'}` : sql`true`}
    ORDER BY f.counted DESC, ${order} DESC, f.organization_id LIMIT ${page.limit} OFFSET ${page.offset}`)
  return {
    total: Number(rows[0]?.total ?? 0),
    rows: rows.map((r) => {
      const basis = { tce: r.tce, tceVehicle: r.tce_vehicle, water: r.water, co2: r.co2, people: r.people, buildingArea: r.building_area } as Record<string, string | null>
      return {
        organizationId: r.organization_id as number, name: r.name as string, category: r.category as string, regionName: r.region_name as string, counted: r.counted as boolean,
        keptOut: r.kept_out as InstitutionBehind['keptOut'], origin: r.origin as InstitutionBehind['origin'], filingId: r.filing_id as number | null,
        numerator: numeratorOf(indicator, basis), denominator: basis[indicator.denominator.of] ?? null, value: indicatorValue(indicator, basis),
      }
    }),
  }
}
