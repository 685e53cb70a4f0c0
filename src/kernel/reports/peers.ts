/** Medians of a form's measures over organisations of one category, from the same period a year ago (or one before). */
import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { snake } from '../entity/entity.rules.ts'
import { numberOf } from './expression.rules.ts'
import { measuresOf } from './evaluate.rules.ts'
import { sameLastYear, shift, type Period } from './period.rules.ts'
import type { Report } from './report.rules.ts'
import { boundDatabase, settingsAt, versionsOf } from './registry.ts'

export interface Peers {
  count: number
  medians: Record<string, string>
  period: string
}

/** By category. Empty where no past period has enough forms. */
export async function peersFor(trx: Transaction, report: Report, period: Period): Promise<Map<string, Peers>> {
  for (const past of [sameLastYear(period), shift(period, -1)]) {
    const known = await stored(trx, report.formName, past)
    if (known.size) return known
    const computed = trx.actor ? await computeOnce(report, past) : await compute(trx, report, past)
    if (computed.size) return computed
  }
  return new Map()
}

/** Everybody who opens a form of a new period at once needs the same medians: the first reckons, the others wait for it. */
const running = new Map<string, Promise<Map<string, Peers>>>()
function computeOnce(report: Report, past: Period): Promise<Map<string, Peers>> {
  const key = `${report.formName} ${past.start}`
  const known = running.get(key)
  if (known) return known
  const work = boundDatabase().asSystem('reports.peers', (t) => compute(t, report, past)).finally(() => running.delete(key))
  running.set(key, work)
  return work
}

/**
 * Medians serve for a day: those that were taken when the first district had sent a past period, or before it was
 * corrected, would otherwise be the measure for the whole city for good.
 */
async function stored(trx: Transaction, form: string, period: Period): Promise<Map<string, Peers>> {
  const rows = await trx.rows<{ category: string; count: number; medians: Record<string, string> }>(sql`
    SELECT category, count, medians FROM reports.peer_median WHERE form = ${form} AND period_start = ${period.start} AND at > now() - interval '1 day'`)
  return new Map(rows.map((r) => [r.category, { count: r.count, medians: r.medians, period: period.key }]))
}

async function compute(trx: Transaction, report: Report, period: Period): Promise<Map<string, Peers>> {
  const then = versionsOf(report.formName).find((r) => r.from <= period.start && (!r.to || r.to >= period.start))
  if (!then) return new Map()
  const collected = new Map<string, { count: number; all: Map<string, string[]> }>()
  const rows = await trx.rows<any>(sql`
    SELECT f.category, ${sql.join(then.items.map((i) => sql`v.${sql.ref(snake(i.code))} AS ${sql.id(i.code)}`))}
    FROM reports.filing f JOIN ${sql.table(then.name)} v ON v.filing_id = f.id
    WHERE f.form = ${report.formName} AND f.period_start = ${period.start} AND f.submitted_at IS NOT NULL AND f.hard_findings = 0`)
  for (const { category, ...values } of rows) {
    const group = collected.get(category) ?? { count: 0, all: new Map<string, string[]>() }
    collected.set(category, group)
    group.count++
    for (const [code, value] of Object.entries(measuresOf(then, values, { settings: {} }))) {
      if (value === null) continue
      const list = group.all.get(code)
      if (list) list.push(value)
      else group.all.set(code, [value])
    }
  }
  const found = new Map<string, Peers>()
  // Of a hundred schools two may burn gas: the median of two is nobody's measure, however many schools there are.
  const least = Number((await settingsAt(trx, period))[`${report.domain}.peer.least`] ?? '1')
  for (const [category, { count, all }] of collected) {
    const medians = Object.fromEntries([...all].flatMap(([code, list]) => (list.length < least ? [] : [[code, median(list)]])))
    found.set(category, { count, medians, period: period.key })
    await trx.run(sql`
      INSERT INTO reports.peer_median (form, period_start, category, count, medians) VALUES (${report.formName}, ${period.start}, ${category}, ${count}, ${JSON.stringify(medians)})
      ON CONFLICT (form, period_start, category) DO UPDATE SET count = excluded.count, medians = excluded.medians, at = now()`)
  }
  return found
}

function median(texts: readonly string[]): string {
  const sorted = texts.map((t) => numberOf(t)!).sort((a, b) => a.comparedTo(b))
  const middle = sorted.length >> 1
  const value = sorted.length % 2 ? sorted[middle]! : sorted[middle - 1]!.plus(sorted[middle]!).div(2)
  return value.toSignificantDigits(12).toFixed()
}
