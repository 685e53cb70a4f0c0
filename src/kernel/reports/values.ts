/** Reading and writing the wide tables of form versions, always many forms at once. */
import { sql, type RawBuilder } from 'kysely'
import { snake } from '../entity/entity.rules.ts'
import { build, fixed, type Question, type Transaction } from '../db/database.ts'
import type { Report } from './report.rules.ts'
import type { Values } from './expression.rules.ts'
import { versionsOf } from './registry.ts'

export interface Place {
  organizationId: number
  /** First day of the period. */
  start: string
}
export const placeKey = (p: Place): string => `${p.organizationId} ${p.start}`

/** What is composed for a form and a choice of its items, once. */
type Composed<T> = WeakMap<Report, WeakMap<object, T>>
function once<T>(known: Composed<T>, report: Report, only: object, compose: () => T): T {
  let of = known.get(report)
  if (!of) known.set(report, (of = new WeakMap()))
  let made = of.get(only)
  if (!made) of.set(only, (made = compose()))
  return made
}
const ALL: ReadonlySet<string> = new Set()
const lists: Composed<RawBuilder<unknown>> = new WeakMap()
/** The items of a form as columns of `v`, each with its comma. */
const itemList = (report: Report, only: ReadonlySet<string>): RawBuilder<unknown> =>
  once(lists, report, only, () => {
    const items = report.items.filter((i) => only === ALL || only.has(i.code))
    return fixed(sql.join(items.map((i) => sql`, ${sql.ref(`v.${snake(i.code)}`)} AS ${sql.id(i.code)}`), sql``))
  })

/** What was reported on a form, whichever version was in force then; `only` some items of it. Places without a form are absent. */
export async function readValues(trx: Transaction, form: string, places: readonly Place[], only: ReadonlySet<string> = ALL): Promise<Map<string, Values>> {
  const found = new Map<string, Values>()
  if (!places.length) return found
  const starts = places.map((p) => p.start).sort()
  for (const report of versionsOf(form)) {
    if (report.to && report.to < starts[0]!) continue
    const rows = await trx.rows<Values & { organizationId: number; start: string }>(sql`
      SELECT v.organization_id AS "organizationId", v.period_start AS "start"${itemList(report, only)}
      FROM unnest(${places.map((p) => p.organizationId)}::integer[], ${places.map((p) => p.start)}::date[]) AS w(organization_id, period_start)
      JOIN ${sql.table(report.name)} v USING (organization_id, period_start)`)
    for (const row of rows) found.set(placeKey(row), row)
  }
  return found
}

export interface MonthsOf {
  values: Values
  present: number
  lacking: readonly string[]
}
interface MonthSums {
  items: readonly string[]
  columns: RawBuilder<unknown>
}
const sums: Composed<Map<Report, MonthSums>> = new WeakMap()
/** Every item of the form that the ledgers add up, and the last month's state of what they do not. */
function monthSums(monthly: Report, report: Report, only: ReadonlySet<string>): MonthSums {
  const of = once(sums, report, only, () => new Map<Report, MonthSums>())
  let made = of.get(monthly)
  if (!made) {
    const both = monthly.items.filter((m) => report.items.some((i) => i.code === m.code) && (only === ALL || only.has(m.code)))
    const items = both.filter((m) => m.aggregation === 'sum')
    const states = both.filter((m) => m.aggregation !== 'sum' && (m.type.kind === 'integer' || m.type.kind === 'decimal'))
    // Of what every ledger must give, a month without it is a gap: the sum is not that of the period. Elsewhere blank is none.
    const needed = new Set(monthly.sections.filter((s) => !s.appliesWhen).flatMap((s) => s.items.filter((i) => i.required)))
    const gaps = items.filter((i) => needed.has(i)).map((i) => sql`CASE WHEN count(v.${sql.ref(snake(i.code))}) < count(*) THEN ${sql.lit(i.code)} END`)
    made = {
      items: items.map((i) => i.code),
      columns: fixed(sql.join([
        gaps.length ? sql`, array_remove(ARRAY[${sql.join(gaps)}], NULL) AS lacking` : sql`, '{}'::text[] AS lacking`,
        ...items.map((i) => sql`, sum(v.${sql.ref(snake(i.code))}) AS ${sql.id(i.code)}`),
        ...states.map((i) => sql`, (array_agg(v.${sql.ref(snake(i.code))} ORDER BY v.period_start DESC))[1] AS ${sql.id(i.code)}`),
      ], sql``)),
    }
    of.set(monthly, made)
  }
  return made
}

/** Sums of the monthly ledgers inside periods: every item that adds up, or `only` some, how many ledgers there are, and which items some of them lack. */
export async function readMonths(trx: Transaction, monthlyForm: string, report: Report, places: readonly Place[], only: ReadonlySet<string> = ALL): Promise<Map<string, MonthsOf>> {
  const found = new Map<string, MonthsOf>()
  if (!places.length) return found
  const first = places.reduce((least, p) => (p.start < least ? p.start : least), places[0]!.start)
  for (const monthly of versionsOf(monthlyForm)) {
    if (monthly.to && monthly.to < first) continue
    const { items, columns } = monthSums(monthly, report, only)
    const rows = await trx.rows<any>(sql`
      SELECT w.organization_id AS "organizationId", w.period_start AS start, count(*)::int AS present${columns}
      FROM unnest(${places.map((p) => p.organizationId)}::integer[], ${places.map((p) => p.start)}::date[]) AS w(organization_id, period_start)
      JOIN ${sql.table(monthly.name)} v ON v.organization_id = w.organization_id
        AND v.period_start >= w.period_start AND v.period_start < w.period_start + make_interval(months => ${report.months})
      GROUP BY 1, 2`)
    for (const { lacking, ...values } of rows) {
      const key = placeKey(values as unknown as Place)
      const known = found.get(key)
      const present = values.present as number
      if (!known) {
        found.set(key, { values, present, lacking })
        continue
      }
      // A year may have months on two versions: sums add up, states keep the later version's.
      const both: Record<string, any> = { ...known.values, ...values }
      for (const code of items) {
        const [a, b] = [known.values[code], values[code]]
        both[code] = a == null ? b : b == null ? a : addExact([String(a), String(b)])
      }
      found.set(key, { values: both, present: present + known.present, lacking: [...known.lacking, ...lacking] })
    }
  }
  return found
}

/** Sum of plain decimal texts without floating point. */
function addExact(texts: readonly string[]): string {
  const places = Math.max(...texts.map((t) => (t.split('.')[1] ?? '').length))
  const total = texts.reduce((n, t) => {
    const negative = t.startsWith('-')
    const [whole, part = ''] = t.replace('-', '').split('.')
    const units = BigInt(whole! + part.padEnd(places, '0'))
    return negative ? n - units : n + units
  }, 0n)
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, '0')
  return `${total < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${places ? `.${digits.slice(digits.length - places)}` : ''}`
}

const SQL_TYPE: Record<string, string> = { decimal: 'numeric', integer: 'integer', text: 'text', longText: 'text', choice: 'text', day: 'date', yesNo: 'boolean' }

export interface ValueRow {
  filingId: number
  organizationId: number
  orgPath: string
  regionId: number
  start: string
  values: Values
}

/** A column of values as the text of an array: thousands of figures go over as one parameter. */
export function arrayText(values: readonly unknown[]): string {
  return `{${values.map((v) => (v === null || v === undefined ? 'NULL' : typeof v !== 'string' ? String(v) : /^-?\d[\d.-]*$/.test(v) ? v : `"${v.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`
}

type Written = [filings: string, organizations: string, paths: string, regions: string, start: string, ...values: string[]]
const writes = new WeakMap<Report, Question<unknown, Written>>()
function writeOf(report: Report): Question<unknown, Written> {
  let made = writes.get(report)
  if (!made) {
    const columns = sql.join(report.items.map((i) => sql.ref(snake(i.code))))
    const place = (n: number) => sql.raw(`$${n}`)
    const text = sql`
      INSERT INTO ${sql.table(report.name)} (filing_id, organization_id, org_path, region_id, period_start, ${columns})
      SELECT filing_id, organization_id, org_path, region_id, ${place(5)}::date, ${columns}
      FROM unnest(${place(1)}::bigint[], ${place(2)}::integer[], ${place(3)}::text[], ${place(4)}::integer[], ${sql.join(report.items.map((i, n) => sql`${place(n + 6)}::${sql.raw(SQL_TYPE[i.type.kind]!)}[]`))})
        AS r(filing_id, organization_id, org_path, region_id, ${columns})
      ON CONFLICT (filing_id) DO UPDATE SET ${sql.join(report.items.map((i) => sql`${sql.ref(snake(i.code))} = excluded.${sql.ref(snake(i.code))}`))}`
    writes.set(report, (made = { name: `reports.write.${report.name}`, text: text.compile(build).sql }))
  }
  return made
}

/** Values of forms of one period. */
export async function writeValues(trx: Transaction, report: Report, rows: readonly ValueRow[]): Promise<void> {
  if (!rows.length) return
  const column = (of: (r: ValueRow) => unknown) => arrayText(rows.map(of))
  await trx.ask(writeOf(report), column((r) => r.filingId), column((r) => r.organizationId), column((r) => r.orgPath), column((r) => r.regionId), rows[0]!.start,
    ...report.items.map((i) => column((r) => r.values[i.code])))
}
