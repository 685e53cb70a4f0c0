/**
 * Keeps energy.consumption in step with filings: one figure per institution and month, quarter, year (CONTEXT.md says
 * which one counts). Set-based for one form as for a city: factors come from TypeScript as coefficients, PostgreSQL
 * multiplies (exact numeric). Runs in the transaction of whoever changed the filing, with that person's rights.
 */
import { sql, type RawBuilder } from 'kysely'
import { question, type Question, type Transaction } from '../../../kernel/db/database.ts'
import type { Report } from '../../../kernel/reports/report.rules.ts'
import { factorSetsFor } from '../factors/factors.ts'
import type { FactorSet } from '../factors/factor.rules.ts'
import { PLACES } from '../factors/convert.rules.ts'
import { placeNow, regionNow } from '../../../kernel/reports/expected.ts'
import { monthsOf, periodAt } from '../../../kernel/reports/period.rules.ts'
import { energyReports } from '../reports/versions.rules.ts'
import { co2Of, COLUMNS, FUELS, MEASURES, NEEDED, QUANTITIES, tceOf } from './measures.rules.ts'

interface Key {
  organizationId: number
  months: number
  start: string
}
const COSTS = ['electricity', 'water', 'coal', 'natural_gas', 'lpg', 'petrol', 'diesel', 'kerosene', 'heat', 'other_energy'].map((c) => `${c}_cost`)
const measureList = sql.join(MEASURES.map((m) => sql.ref(COLUMNS[m])))
const replaced = sql.join(['org_path', 'region_id', 'region_now_id', 'category', 'origin', 'filing_id', 'ledgers', 'counted', 'kept_out', 'factor_set', ...MEASURES.map((m) => COLUMNS[m])].map((c) => sql`${sql.ref(c)} = excluded.${sql.ref(c)}`))

type Columns = [organizations: number[], months: number[], starts: string[]]
type Keyed<More extends unknown[] = []> = Question<unknown, [...Columns, ...More]>
const columnsOf = (keys: readonly Key[]): Columns => [keys.map((k) => k.organizationId), keys.map((k) => k.months), keys.map((k) => k.start)]
const keyed = (organizations: RawBuilder<unknown>, months: RawBuilder<unknown>, starts: RawBuilder<unknown>) => sql`
  unnest(${organizations}::integer[], ${months}::smallint[], ${starts}::date[]) AS a(organization_id, months, period_start)`
const withoutForm: Keyed = question('energy.without-form', (organizations, months, starts) => sql`
  DELETE FROM energy.consumption c USING ${keyed(organizations, months, starts)}
  WHERE c.organization_id = a.organization_id AND c.months = a.months AND c.period_start = a.period_start AND c.origin = 'form'
    AND NOT EXISTS (SELECT FROM reports.filing f WHERE f.id = c.filing_id)`)

/** A total of what is there, NULL when nothing is. */
const total = (columns: readonly string[]) =>
  sql`CASE WHEN num_nonnulls(${sql.join(columns.map((c) => sql.ref(c)))}) > 0 THEN ${sql.join(columns.map((c) => sql`coalesce(${sql.ref(c)}, 0)`), sql` + `)} END`

/** The forms' own periods, and the quarters and years that months are part of. */
async function keysOf(trx: Transaction, filingIds: readonly number[]): Promise<Key[]> {
  return trx.rows<Key>(sql`
    SELECT DISTINCT k.organization_id AS "organizationId", p.months, p.period_start AS start
    FROM (
      SELECT organization_id, months, period_start FROM reports.filing WHERE id = ANY (${filingIds}::bigint[]) AND form LIKE 'energy.%'
      UNION SELECT organization_id, months, period_start FROM energy.consumption WHERE filing_id = ANY (${filingIds}::bigint[])
    ) AS k
    CROSS JOIN LATERAL (VALUES (k.months, k.period_start), (3::smallint, date_trunc('quarter', k.period_start)::date), (12::smallint, date_trunc('year', k.period_start)::date)) AS p(months, period_start)
    WHERE p.months = k.months OR k.months = 1`)
}

const coefficients = (sets: ReadonlyMap<number, FactorSet>) =>
  JSON.stringify([...sets].map(([year, s]) => ({
    year, code: s.code, pv: s.pvDeducted,
    ...Object.fromEntries(FUELS.map((f) => [COLUMNS[tceOf(f)], s.coal[f] ?? null])), ...Object.fromEntries(FUELS.map((f) => [COLUMNS[co2Of(f)], s.co2[f] ?? null])),
  })))
const coefficientShape = sql.raw(['year integer', 'code text', 'pv boolean', ...FUELS.flatMap((f) => [`${COLUMNS[tceOf(f)]} numeric`, `${COLUMNS[co2Of(f)]} numeric`])].join(', '))

/** Figures that stand on a form of their own period. */
const formQuestions = new Map<Report, Keyed<[coefficients: string]>>()
function fromForm(report: Report): Keyed<[coefficients: string]> {
  const known = formQuestions.get(report)
  if (known) return known
  const times = (quantity: RawBuilder<unknown>, coefficient: string) => sql`round(${quantity} * k.${sql.ref(coefficient)}, ${sql.lit(PLACES)})`
  // greatest() passes over what is missing: without the second condition no figure of electricity would be no emission.
  const purchased = sql`CASE WHEN k.pv AND v.electricity IS NOT NULL THEN greatest(0, v.electricity - coalesce(v.pv_generation, 0)) ELSE v.electricity END`
  const vehicle = (fuel: 'petrol' | 'diesel') => times(sql.ref(`v.${fuel}_vehicle`), COLUMNS[tceOf(fuel)])
  const made: Keyed<[coefficients: string]> = question(`energy.from-form.${report.name}`, (organizations, months, starts, coefficients) => sql`
      INSERT INTO energy.consumption (organization_id, months, period_start, org_path, region_id, region_now_id, category, origin, filing_id, counted, kept_out, factor_set, ${measureList})
      SELECT organization_id, months, period_start, org_path, region_id, region_now_id, category, 'form', filing_id, counted, CASE WHEN NOT counted THEN 'not-accepted' END, code,
        ${sql.join(QUANTITIES.map((q) => sql.ref(COLUMNS[q])))}, ${total(COSTS)}, people, building_area,
        ${sql.join(FUELS.map((f) => sql.ref(COLUMNS[tceOf(f)])))}, ${total(FUELS.map((f) => COLUMNS[tceOf(f)]))}, ${total(['vehicle_petrol', 'vehicle_diesel'])},
        ${sql.join(FUELS.map((f) => sql.ref(COLUMNS[co2Of(f)])))}, ${total(FUELS.map((f) => COLUMNS[co2Of(f)]))}
      FROM (
        SELECT f.organization_id, f.months, f.period_start, o.org_path, f.region_id, ${regionNow} AS region_now_id, f.category, f.id AS filing_id, f.counted, k.code,
          ${sql.join([...QUANTITIES.map((q) => COLUMNS[q]), ...COSTS, 'people', 'building_area'].map((c) => sql`v.${sql.ref(c)}`))},
          ${sql.join(FUELS.flatMap((f) => [
            sql`${times(sql.ref(`v.${COLUMNS[f]}`), COLUMNS[tceOf(f)])} AS ${sql.ref(COLUMNS[tceOf(f)])}`,
            sql`${times(f === 'electricity' ? purchased : sql.ref(`v.${COLUMNS[f]}`), COLUMNS[co2Of(f)])} AS ${sql.ref(COLUMNS[co2Of(f)])}`,
          ]))}, ${vehicle('petrol')} AS vehicle_petrol, ${vehicle('diesel')} AS vehicle_diesel
        FROM ${keyed(organizations, months, starts)}
        JOIN reports.filing f ON f.organization_id = a.organization_id AND f.period_start = a.period_start AND f.form = ${sql.lit(report.formName)} AND f.form_version = ${sql.lit(report.version)}
        JOIN ${sql.table(report.name)} v ON v.filing_id = f.id
        JOIN org.organization o ON o.id = f.organization_id
        JOIN jsonb_to_recordset(${coefficients}::jsonb) AS k(${coefficientShape}) ON k.year = extract(year FROM f.period_start)
        ${placeNow}
        WHERE a.months = ${sql.lit(report.months)}
      ) AS form
      ON CONFLICT (organization_id, months, period_start) DO UPDATE SET ${replaced}`)
  formQuestions.set(report, made)
  return made
}

async function fromForms(trx: Transaction, keys: readonly Key[], sets: ReadonlyMap<number, FactorSet>): Promise<void> {
  for (const report of energyReports) {
    // The oldest version of a form also carries what is older than itself.
    const oldest = !energyReports.some((r) => r.formName === report.formName && r.from < report.from)
    if (!keys.some((k) => k.months === report.months && (oldest || k.start >= report.from) && (!report.to || k.start <= report.to))) continue
    await trx.ask(fromForm(report), ...columnsOf(keys), coefficients(sets))
  }
}


/**
 * The ledgers inside the periods, month by month with their whole key: with a range of months, or a count that
 * PostgreSQL cannot foresee, it may read all ledgers of the city instead of these.
 */
type Ledgers = [organizations: number[], months: number[], starts: string[], month: string[]]
type Placeholders<V extends unknown[]> = { [K in keyof V]: RawBuilder<unknown> }
const ledgers = ([organizations, months, starts, month]: Placeholders<Ledgers>, join: RawBuilder<unknown> = sql``): RawBuilder<unknown> => sql`
  unnest(${organizations}::integer[], ${months}::smallint[], ${starts}::date[], ${month}::date[]) AS a(organization_id, months, period_start, month)
  ${join} JOIN energy.consumption c ON c.organization_id = a.organization_id AND c.months = 1 AND c.period_start = a.month`

const last = (column: string) => sql`(array_agg(c.${sql.ref(column)} ORDER BY c.period_start DESC))[1]`
const sums = sql.join(MEASURES.map((m) => {
  const column = sql`c.${sql.ref(COLUMNS[m])}`
  if (m === 'people') return sql`round(avg(${column}) FILTER (WHERE c.counted), 2)`
  if (m === 'buildingArea') return sql`(array_agg(${column} ORDER BY c.counted DESC, c.period_start DESC) FILTER (WHERE ${column} IS NOT NULL))[1]`
  if (NEEDED.has(m)) return sql`CASE WHEN count(${column}) FILTER (WHERE c.counted) = count(*) FILTER (WHERE c.counted) THEN sum(${column}) FILTER (WHERE c.counted) END`
  return sql`sum(${column}) FILTER (WHERE c.counted)`
}))
/** Quarters and years without a counted form of their own: the sum of their months, counted only when none is missing. */
const summed: Question<unknown, Ledgers> = question('energy.from-months', (o, m, s, month) => sql`
  INSERT INTO energy.consumption (organization_id, months, period_start, org_path, region_id, region_now_id, category, origin, ledgers, counted, kept_out, factor_set, ${measureList})
  SELECT a.organization_id, a.months, a.period_start, ${last('org_path')}, ${last('region_id')}, ${last('region_now_id')}, ${last('category')}, 'months',
    count(*) FILTER (WHERE c.counted), count(*) FILTER (WHERE c.counted) = a.months, CASE WHEN count(*) FILTER (WHERE c.counted) < a.months THEN 'months-missing' END, ${last('factor_set')}, ${sums}
  FROM ${ledgers([o, m, s, month])}
  LEFT JOIN energy.consumption own ON own.organization_id = a.organization_id AND own.months = a.months AND own.period_start = a.period_start AND own.origin = 'form'
  WHERE own.counted IS NOT TRUE
  GROUP BY a.organization_id, a.months, a.period_start, own.organization_id
  HAVING own.organization_id IS NULL OR count(*) FILTER (WHERE c.counted) = a.months
  ON CONFLICT (organization_id, months, period_start) DO UPDATE SET ${replaced}`)
const withoutMonths: Question<unknown, Ledgers> = question('energy.without-months', (o, m, s, month) => sql`
  DELETE FROM energy.consumption d
  USING (SELECT a.organization_id, a.months, a.period_start FROM ${ledgers([o, m, s, month], sql`LEFT`)} GROUP BY 1, 2, 3 HAVING count(c.months) = 0) AS gone
  WHERE d.organization_id = gone.organization_id AND d.months = gone.months AND d.period_start = gone.period_start AND d.origin = 'months'`)

/** Quarters and years that no counted form of their own answers for: only there the ledgers matter. */
const withoutCountedForm: Question<Key, Columns> = question('energy.without-counted-form', (organizations, months, starts) => sql`
  SELECT a.organization_id AS "organizationId", a.months, a.period_start AS start FROM ${keyed(organizations, months, starts)}
  LEFT JOIN energy.consumption own ON own.organization_id = a.organization_id AND own.months = a.months AND own.period_start = a.period_start AND own.origin = 'form'
  WHERE own.counted IS NOT TRUE`)

async function fromMonths(trx: Transaction, keys: readonly Key[]): Promise<void> {
  const all = keys.filter((k) => k.months > 1)
  const long = all.length ? await trx.ask(withoutCountedForm, ...columnsOf(all)) : []
  if (!long.length) return
  const months = long.flatMap((k) => monthsOf(periodAt(k.start, k.months as 1 | 3 | 12)).map((month) => ({ ...k, month })))
  const values: Ledgers = [...columnsOf(months), months.map((k) => k.month)]
  await trx.ask(summed, ...values)
  await trx.ask(withoutMonths, ...values)
}

/** Organisations at a time: few enough that their months are sorted in memory. */
const TOGETHER = 200
/** Filings at a time whose keys are held in memory. */
const MARKED_TOGETHER = 20_000

/**
 * Every join here is a look-up by a whole key. Inside a large refresh PostgreSQL has no statistics of the rows just
 * written and would read all figures of the city for every part of it (measured: 300 s instead of 20).
 */
async function byKey(trx: Transaction, run: () => Promise<void>): Promise<void> {
  const set = (value: 'on' | 'off') => trx.client.query(['hashjoin', 'mergejoin', 'seqscan'].map((w) => `SET LOCAL enable_${w} = ${value}`).join(';'))
  await set('off')
  await run()
  await set('on')
}

async function recompute(trx: Transaction, keys: readonly Key[]): Promise<void> {
  if (!keys.length) return
  const sets = await factorSetsFor(trx, [...new Set(keys.map((k) => Number(k.start.slice(0, 4))))])
  const organizations = [...Map.groupBy(keys, (k) => k.organizationId).values()]
  for (let from = 0; from < organizations.length; from += TOGETHER) {
    const some = organizations.slice(from, from + TOGETHER).flat()
    await byKey(trx, async () => {
      await trx.ask(withoutForm, ...columnsOf(some))
      await fromForms(trx, some, sets)
      await fromMonths(trx, some)
    })
  }
}

/** After filings were written, counted, no longer counted, or deleted (then after the deletion, with the old ids). */
export async function refreshConsumption(trx: Transaction, filingIds: readonly number[]): Promise<void> {
  if (filingIds.length) await recompute(trx, await keysOf(trx, filingIds))
}

/** Held shared by whoever reckons figures beside the forms that he writes, alone by whoever reckons what was marked. */
const FIGURES = 735_201_003
const FIGURES_OF = 735_201_004
/**
 * Two who write forms of one institution wait for each other here: a year summed without the other's month would stay.
 * Null while marked figures are being reckoned, which does not see what is not committed yet.
 */
const hold: Question<{ held: number | null }, [filings: number[]]> = question('energy.hold', (filings) => sql`
  SELECT CASE WHEN pg_try_advisory_xact_lock_shared(${sql.lit(FIGURES)}) THEN (
    SELECT count(pg_advisory_xact_lock(${sql.lit(FIGURES_OF)}, o.organization_id)) FROM (
      SELECT organization_id FROM reports.filing WHERE id = ANY (${filings}::bigint[])
      UNION SELECT organization_id FROM energy.consumption WHERE filing_id = ANY (${filings}::bigint[]) ORDER BY 1) AS o) END AS held`)

/** Figures of few filings follow at once, in the same transaction; those of many are marked (decision 0014). */
export async function followFilings(trx: Transaction, filingIds: readonly number[]): Promise<void> {
  if (!filingIds.length) return
  if (filingIds.length <= TOGETHER && (await trx.ask(hold, [...filingIds]))[0]!.held !== null) await refreshConsumption(trx, filingIds)
  else await trx.run(sql`INSERT INTO energy.figure_due (filing_ids) VALUES (${[...filingIds]}::bigint[])`)
}

/** Reckons what was marked, as the system. Marks of transactions that are not committed yet are not seen and stay. */
export async function refreshDue(trx: Transaction): Promise<void> {
  await trx.run(sql`SELECT pg_advisory_xact_lock(${FIGURES})`)
  const due = await trx.rows<{ ids: number[] }>(sql`DELETE FROM energy.figure_due RETURNING filing_ids AS ids`)
  const ids = [...new Set(due.flatMap((d) => d.ids))]
  for (let from = 0; from < ids.length; from += MARKED_TOGETHER) await refreshConsumption(trx, ids.slice(from, from + MARKED_TOGETHER))
}

/** Every figure of a year anew, for example after a factor was corrected. Returns how many. */
export async function rebuildConsumption(trx: Transaction, year: number): Promise<number> {
  const keys = await trx.rows<Key>(sql`
    SELECT DISTINCT k.organization_id AS "organizationId", p.months, p.period_start AS start
    FROM reports.filing k
    CROSS JOIN LATERAL (VALUES (k.months, k.period_start), (3::smallint, date_trunc('quarter', k.period_start)::date), (12::smallint, date_trunc('year', k.period_start)::date)) AS p(months, period_start)
    WHERE (p.months = k.months OR k.months = 1) AND k.form LIKE 'energy.%' AND k.period_start >= ${`${year}-01-01`} AND k.period_start < ${`${year + 1}-01-01`}`)
  await recompute(trx, keys)
  return keys.length
}

/** After organisations moved, merged or ended: their figures, and those of whom they succeeded, follow to where they stand now. */
export async function refreshPlacement(trx: Transaction, organizationIds: readonly number[]): Promise<void> {
  await trx.run(sql`
    WITH RECURSIVE line AS (
      SELECT unnest(${organizationIds}::integer[]) AS id UNION SELECT x.from_id FROM org.succession x JOIN line ON line.id = x.to_id)
    UPDATE energy.consumption c SET org_path = p.org_path, region_now_id = p.region_now_id
    FROM (SELECT o.id, o.org_path, ${regionNow} AS region_now_id FROM org.organization o ${placeNow} WHERE o.id IN (SELECT id FROM line)) AS p
    WHERE c.organization_id = p.id AND (c.org_path, c.region_now_id) IS DISTINCT FROM (p.org_path, p.region_now_id)`)
}
