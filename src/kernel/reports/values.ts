/** Reading and writing the wide tables of form versions, always many forms at once. */
import { sql, type RawBuilder } from 'kysely'
import { snake } from '../entity/entity.rules.ts'
import { fixed, type Transaction } from '../db/database.ts'
import type { Report } from './report.rules.ts'
import type { Values } from './expression.rules.ts'
import { versionsOf } from './registry.ts'

export interface Place {
  organizationId: number
  /** First day of the period. */
  start: string
}
export const placeKey = (p: Place): string => `${p.organizationId} ${p.start}`

const lists = new WeakMap<Report, RawBuilder<unknown>>()
/** The items of a form as columns of `v`; composed once. */
function itemList(report: Report): RawBuilder<unknown> {
  let list = lists.get(report)
  if (!list) lists.set(report, (list = fixed(sql.join(report.items.map((i) => sql`${sql.ref(`v.${snake(i.code)}`)} AS ${sql.id(i.code)}`)))))
  return list
}

/** What was reported on a form, whichever version was in force then. Places without a form are absent. */
export async function readValues(trx: Transaction, form: string, places: readonly Place[]): Promise<Map<string, Values>> {
  const found = new Map<string, Values>()
  if (!places.length) return found
  const starts = places.map((p) => p.start).sort()
  for (const report of versionsOf(form)) {
    if (report.to && report.to < starts[0]!) continue
    const rows = await trx.rows<Values & { organizationId: number; start: string }>(sql`
      SELECT v.organization_id AS "organizationId", v.period_start AS "start", ${itemList(report)}
      FROM unnest(${places.map((p) => p.organizationId)}::integer[], ${places.map((p) => p.start)}::date[]) AS w(organization_id, period_start)
      JOIN ${sql.table(report.name)} v USING (organization_id, period_start)`)
    for (const { organizationId, start, ...values } of rows) found.set(placeKey({ organizationId, start }), values as Values)
  }
  return found
}

/** Sums of the monthly ledgers inside periods: every item that adds up, and how many ledgers there are. */
export async function readMonths(trx: Transaction, monthlyForm: string, report: Report, places: readonly Place[]): Promise<Map<string, { values: Values; present: number }>> {
  const found = new Map<string, { values: Values; present: number }>()
  if (!places.length) return found
  const merged = new Map<string, Map<string, string[]>>()
  for (const monthly of versionsOf(monthlyForm)) {
    const items = report.items.filter((i) => monthly.items.some((m) => m.code === i.code && m.aggregation === 'sum'))
    const means = report.items.filter((i) => monthly.items.some((m) => m.code === i.code && m.aggregation !== 'sum' && (m.type.kind === 'integer' || m.type.kind === 'decimal')))
    const rows = await trx.rows<any>(sql`
      SELECT w.organization_id AS "organizationId", w.period_start AS start, count(*)::int AS present,
        ${sql.join([
          ...items.map((i) => sql`sum(v.${sql.ref(snake(i.code))}) AS ${sql.id(i.code)}`),
          ...means.map((i) => sql`(array_agg(v.${sql.ref(snake(i.code))} ORDER BY v.period_start DESC))[1] AS ${sql.id(i.code)}`),
        ])}
      FROM unnest(${places.map((p) => p.organizationId)}::integer[], ${places.map((p) => p.start)}::date[]) AS w(organization_id, period_start)
      JOIN ${sql.table(monthly.name)} v ON v.organization_id = w.organization_id
        AND v.period_start >= w.period_start AND v.period_start < w.period_start + make_interval(months => ${report.months})
      GROUP BY 1, 2`)
    for (const { organizationId, start, present, ...values } of rows) {
      const key = placeKey({ organizationId, start })
      const known = found.get(key)
      const parts = merged.get(key) ?? new Map<string, string[]>()
      merged.set(key, parts)
      // A year may have months on two versions: sums add up, states keep the later version's.
      const both = { ...(known?.values ?? {}), ...values } as Record<string, string | null>
      for (const i of items) {
        const list = [...(parts.get(i.code) ?? []), ...(values[i.code] == null ? [] : [String(values[i.code])])]
        parts.set(i.code, list)
        both[i.code] = list.length ? addExact(list) : null
      }
      found.set(key, { values: both, present: present + (known?.present ?? 0) })
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

export async function writeValues(trx: Transaction, report: Report, rows: readonly ValueRow[]): Promise<void> {
  if (!rows.length) return
  const columns = report.items.map((i) => snake(i.code))
  const shape = sql.raw(report.items.map((i) => `"${i.code}" ${SQL_TYPE[i.type.kind]}`).join(', '))
  await trx.run(sql`
    INSERT INTO ${sql.table(report.name)} (filing_id, organization_id, org_path, region_id, period_start, ${sql.join(columns.map((c) => sql.ref(c)))})
    SELECT filing_id, organization_id, org_path, region_id, period_start, ${sql.join(report.items.map((i) => sql.id(i.code)))}
    FROM jsonb_to_recordset(${JSON.stringify(rows.map((r) => ({ ...r.values, filing_id: r.filingId, organization_id: r.organizationId, org_path: r.orgPath, region_id: r.regionId, period_start: r.start })))}::jsonb)
      AS r(filing_id bigint, organization_id integer, org_path text, region_id integer, period_start date, ${shape})
    ON CONFLICT (filing_id) DO UPDATE SET ${sql.join(columns.map((c) => sql`${sql.ref(c)} = excluded.${sql.ref(c)}`))}`)
}
