/**
 * Sums over the wide tables of the monthly ledgers, all versions, read in parallel under row security. Counted forms
 * alone are summed: those kept out are few, so they are told to the sum as a list and not found by a join with every filing.
 */
import { sql, type RawBuilder } from 'kysely'
import type { Transaction } from '../../../kernel/db/database.ts'
import { snake } from '../../../kernel/entity/entity.rules.ts'
import { energyReports } from '../reports/versions.rules.ts'
import type { Dimension } from './rollup.contract.ts'

export interface RollupAsked {
  items: readonly string[]
  groupBy: readonly Dimension[]
  from: string
  before: string
  regions?: readonly number[]
  categories?: readonly string[]
  superiors?: readonly number[]
}
export interface RollupRow {
  keys: string[]
  ledgers: number
  sums: Record<string, string | null>
}

/** Nobody reads more in one table. */
export const MOST_ROWS = 5000

export const FORM = 'energy.monthly'
export const monthlyReports = () => energyReports.filter((r) => r.formName === FORM)

interface Span {
  organizationId: number
  since: string
  until: string
  category: string
}
/**
 * Institutions that changed their category, month by month: few, and told to the sum as values, because a query of
 * theirs inside it would keep it from running in parallel. What an institution was at the end of a month is what it was in that
 * month; before its first placement it was what it was first.
 */
export const changedCategories = (trx: Transaction): Promise<Span[]> => trx.rows<Span>(sql`
  SELECT organization_id AS "organizationId", category,
    CASE WHEN lag(valid_from) OVER w IS NULL THEN '-infinity'::date ELSE date_trunc('month', valid_from::timestamp)::date END AS since,
    coalesce(date_trunc('month', (lead(valid_from) OVER w)::timestamp)::date, 'infinity'::date) AS until
  FROM org.placement WHERE category IS NOT NULL AND organization_id IN (SELECT organization_id FROM org.placement GROUP BY 1 HAVING min(category) <> max(category))
  WINDOW w AS (PARTITION BY organization_id ORDER BY valid_from)`)

const categoryThen = (spans: readonly Span[]) => sql`
  LEFT JOIN unnest(${spans.map((s) => s.organizationId)}::integer[], ${spans.map((s) => s.since)}::date[], ${spans.map((s) => s.until)}::date[], ${spans.map((s) => s.category)}::text[])
    AS c(organization_id, since, until, category) ON c.organization_id = v.organization_id AND v.period_start >= c.since AND v.period_start < c.until`

const KEY: Record<Dimension, RawBuilder<unknown>> = {
  month: sql`v.period_start`, quarter: sql`v.period_start`, year: sql`v.period_start`,
  region: sql`v.region_id`, category: sql`coalesce(c.category, o.category)`, superior: sql`o.superior_id`,
}
const FORMAT: Partial<Record<Dimension, string>> = { month: 'YYYY-MM', quarter: 'YYYY"Q"Q', year: 'YYYY' }
const shown = (d: Dimension, at: number): RawBuilder<unknown> =>
  FORMAT[d] ? sql`to_char(${sql.ref(`k${at}`)}, ${sql.lit(FORMAT[d])})` : sql`${sql.ref(`k${at}`)}::text`

const known = new Map<string, { at: number; spans: Promise<Span[]> }>()
/** Categories change by the year: a few seconds serve the sum and the count of what is kept out, and the next question. */
const FRESH_MS = process.env.NODE_ENV === 'test' ? 0 : 5000
function categoriesOnce(trx: Transaction): Promise<Span[]> {
  const scope = trx.actor?.orgPath ?? ''
  const before = known.get(scope)
  if (before && Date.now() - before.at < FRESH_MS) return before.spans
  if (known.size > 500) known.clear()
  const entry = { at: Date.now(), spans: changedCategories(trx) }
  known.set(scope, entry)
  entry.spans.catch(() => known.get(scope) === entry && known.delete(scope))
  return entry.spans
}

async function sources(trx: Transaction, asked: RollupAsked): Promise<{ joins: RawBuilder<unknown>; where: RawBuilder<unknown> }> {
  const needs = (d: Dimension, filter?: readonly unknown[]) => asked.groupBy.includes(d) || !!filter?.length
  const category = needs('category', asked.categories)
  return {
    joins: sql`
      ${category || needs('superior', asked.superiors) ? sql`JOIN org.organization o ON o.id = v.organization_id` : sql``}
      ${category ? categoryThen(await categoriesOnce(trx)) : sql``}`,
    where: sql`
      ${asked.regions?.length ? sql`AND v.region_id = ANY (${[...asked.regions]}::integer[])` : sql``}
      ${asked.categories?.length ? sql`AND ${KEY.category} = ANY (${[...asked.categories]}::text[])` : sql``}
      ${asked.superiors?.length ? sql`AND o.superior_id = ANY (${[...asked.superiors]}::integer[])` : sql``}`,
  }
}

/** More than these are left out by a join instead of by a list. */
const LISTED = 20_000

/** Ledgers of the periods that are not counted; null when they are too many to be told as values. */
async function keptOutIds(trx: Transaction, asked: RollupAsked): Promise<number[] | null> {
  const rows = await trx.rows<{ id: number }>(sql`
    SELECT id FROM reports.filing WHERE form = ${FORM} AND NOT counted AND period_start >= ${asked.from}::date AND period_start < ${asked.before}::date LIMIT ${LISTED + 1}`)
  return rows.length > LISTED ? null : rows.map((r) => r.id)
}

/** One line per combination of keys. Grouped by whole months first, folded into quarters and years afterwards. */
export async function readRollup(trx: Transaction, asked: RollupAsked): Promise<RollupRow[]> {
  const columns = asked.items.map((i) => snake(i))
  const reports = monthlyReports().filter((r) => asked.items.some((code) => r.items.some((i) => i.code === code)))
  const [{ joins, where }, out] = await Promise.all([sources(trx, asked), keptOutIds(trx, asked)])
  const counted = out ? sql`AND filing_id <> ALL (${out}::bigint[])` : sql``
  const forms = sql.join(reports.map((r) => sql`
    SELECT filing_id, organization_id, region_id, period_start, ${sql.join(columns.map((c, n) => (r.items.some((i) => i.code === asked.items[n]) ? sql.ref(c) : sql`NULL::numeric AS ${sql.ref(c)}`)))}
    FROM ${sql.table(r.name)} WHERE period_start >= ${asked.from}::date AND period_start < ${asked.before}::date ${counted}`), sql` UNION ALL `)
  const keys = sql.join(asked.groupBy.map((d, n) => sql`${KEY[d]} AS ${sql.ref(`k${n}`)}`))
  const places = sql.raw(asked.groupBy.map((_, n) => n + 1).join(', '))
  const found = await trx.rows<Record<string, string | number | null>>(sql`
    SELECT ${sql.join(asked.groupBy.map((d, n) => sql`${shown(d, n)} AS ${sql.ref(`key${n}`)}`))}, sum(n)::int AS ledgers, ${sql.join(columns.map((c) => sql`sum(${sql.ref(c)}) AS ${sql.ref(c)}`))}
    FROM (
      SELECT ${keys}, count(*) AS n, ${sql.join(columns.map((c) => sql`sum(v.${sql.ref(c)}) AS ${sql.ref(c)}`))}
      FROM (${forms}) AS v
      ${out ? sql`` : sql`LEFT JOIN reports.filing f ON f.id = v.filing_id AND f.form = ${FORM} AND NOT f.counted`}
      ${joins} WHERE ${out ? sql`true` : sql`f.id IS NULL`} ${where} GROUP BY ${places}
    ) AS g GROUP BY ${places} ORDER BY ${places} LIMIT ${MOST_ROWS + 1}`)
  return found.map((r) => ({
    keys: asked.groupBy.map((_, n) => String(r[`key${n}`] ?? '')), ledgers: Number(r.ledgers),
    sums: Object.fromEntries(asked.items.map((code, n) => [code, r[columns[n]!] as string | null])),
  }))
}

/** Ledgers of the slice that are not counted. */
export async function keptOutOf(trx: Transaction, asked: RollupAsked): Promise<number> {
  const { joins, where } = await sources(trx, asked)
  const row = await trx.one<{ n: number }>(sql`
    SELECT count(*) AS n FROM reports.filing v ${joins}
    WHERE v.form = ${FORM} AND NOT v.counted AND v.period_start >= ${asked.from}::date AND v.period_start < ${asked.before}::date ${where}`)
  return row!.n
}
