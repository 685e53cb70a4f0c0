/** One institution against itself and its kind. What others reported is told as a median of several, never one by one. */
import { sql } from 'kysely'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { notFound } from '../../../../kernel/contract/problem.rules.ts'
import type { Transaction } from '../../../../kernel/db/database.ts'
import { outsidePeriod, readReporters } from '../../../../kernel/reports/filing.ts'
import { monthsOf, periodAt, sameLastYear, todayInChongqing, type Period } from '../../../../kernel/reports/period.rules.ts'
import { boundDatabase, settingsAt } from '../../../../kernel/reports/registry.ts'
import { freshCube } from '../../consumption/cube.ts'
import { FORM_OF } from '../../reports/forms.rules.ts'
import { BASE_YEAR, INDICATORS, type IndicatorCode } from '../indicators.rules.ts'
import { indicatorSeries } from '../indicators.ts'
import type { readInstitution } from './institution.contract.ts'
import { institutionValue } from './institution-value.ts'

type Months = 1 | 3 | 12
export type InstitutionRow = OutputOf<typeof readInstitution>['rows'][number]

type Medians = Partial<Record<IndicatorCode, { median: string; count: number }>>
/** What was reckoned stays good while the figures of the city do. */
const kept = new Map<string, { version: number; medians: Medians }>()
const KEPT = 2000

/** Medians of a kind over the whole city, by period; reckoned as the system, because nobody below the city sees all of them. */
async function mediansOf(trx: Transaction, months: Months, wanted: readonly { start: string; category: string }[]): Promise<Map<string, Medians>> {
  const version = await freshCube(trx)
  const key = (w: { start: string; category: string }) => `${(trx.client as unknown as { database: string }).database} ${months} ${w.start} ${w.category}`
  const found = new Map<string, Medians>()
  const open = wanted.filter((w) => {
    const known = trx.actor ? kept.get(key(w)) : undefined
    if (known?.version === version) found.set(`${w.start} ${w.category}`, known.medians)
    return known?.version !== version
  })
  if (!open.length) return found
  const reckon = (t: Transaction) => t.rows<Record<string, any>>(sql`
    SELECT c.period_start AS start, c.category, ${sql.join(INDICATORS.map((i) => sql`count(${institutionValue(i)})::int AS ${sql.id(`n_${i.code}`)}, round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ${institutionValue(i)}))::numeric, 6)::text AS ${sql.id(`m_${i.code}`)}`))}
    FROM energy.consumption c WHERE c.months = ${months}::smallint AND c.period_start = ANY (${[...new Set(open.map((w) => w.start))]}::date[]) AND c.category = ANY (${[...new Set(open.map((w) => w.category))]}::text[]) AND c.counted GROUP BY 1, 2`)
  const rows = trx.actor ? await boundDatabase().asSystem('energy.medians', reckon) : await reckon(trx)
  if (kept.size > KEPT) kept.clear()
  for (const w of open) {
    const row = rows.find((r) => r.start === w.start && r.category === w.category)
    const medians: Medians = Object.fromEntries(INDICATORS.flatMap((i) => (row?.[`n_${i.code}`] ? [[i.code, { median: row[`m_${i.code}`], count: row[`n_${i.code}`] }]] : [])))
    found.set(`${w.start} ${w.category}`, medians)
    if (trx.actor) kept.set(key(w), { version, medians })
  }
  return found
}

function periodsOf(months: Months, year: number): Period[] {
  const first = months === 12 ? BASE_YEAR : year
  const periods = Array.from({ length: months === 12 ? year - first + 1 : 12 / months }, (_, n) => periodAt(months === 12 ? `${first + n}-01-01` : `${year}-${String(n * months + 1).padStart(2, '0')}-01`, months))
  return periods.filter((p) => p.start <= todayInChongqing()).toReversed()
}

export async function institutionFigures(trx: Transaction, { id, months: text, year }: { id: number; months: '1' | '3' | '12'; year: number }): Promise<OutputOf<typeof readInstitution>> {
  const months = Number(text) as Months
  const organization = await trx.one<{ id: number; name: string; category: string | null; regionName: string }>(sql`
    SELECT o.id, o.name, o.category, r.name AS "regionName" FROM org.organization o JOIN org.region r ON r.id = o.region_id WHERE o.id = ${id} AND o.kind = 'institution'`)
  if (!organization) throw notFound('机构')
  const periods = periodsOf(months, year)
  const last = periodAt(`${year}-01-01`, 12)
  const least = Number((await settingsAt(trx, last))['energy.peer.least'] ?? '5')
  const series = new Map((await indicatorSeries(trx, { months, from: `${BASE_YEAR}-01-01`, before: last.end, division: 'then', organizationId: id })).map((r) => [r.key, r]))
  const facts = new Map((await trx.rows<{ start: string; category: string; counted: boolean; keptOut: string | null; origin: 'form' | 'months' }>(sql`
    SELECT period_start AS start, category, counted, kept_out AS "keptOut", origin FROM energy.consumption WHERE organization_id = ${id} AND months = ${months}::smallint`)).map((f) => [f.start, f]))
  const drafts = new Map((await trx.rows<{ start: string; why: string }>(sql`
    SELECT period_start AS start, CASE WHEN returned_at IS NOT NULL THEN 'returned' ELSE 'draft' END AS why FROM reports.filing WHERE organization_id = ${id} AND form = ${FORM_OF[months]} AND submitted_at IS NULL`)).map((f) => [f.start, f.why]))
  const kindOf = (p: Period): string | null => facts.get(p.start)?.category ?? organization.category
  const medians = await mediansOf(trx, months, periods.flatMap((p) => (kindOf(p) ? [{ start: p.start, category: kindOf(p)! }] : [])))
  const rows: InstitutionRow[] = []
  for (const p of periods) {
    const fact = facts.get(p.start)
    const outside = fact ? null : outsidePeriod((await readReporters(trx, [id], p)).get(id)!, p)
    const of = (start: string) => (series.get(start)?.counted ? series.get(start)!.indicators : {})
    const here = series.get(p.start)
    const median = medians.get(`${p.start} ${kindOf(p)}`) ?? {}
    rows.push({
      period: p.key, state: fact ? (fact.counted ? 'counted' : 'kept-out') : outside ? 'outside' : 'missing', why: fact ? fact.keptOut : (outside ?? drafts.get(p.start) ?? null),
      origin: fact?.origin ?? null, form: fact?.origin === 'months' ? 'energy.monthly' : FORM_OF[months], formPeriod: fact?.origin === 'months' ? periodAt(monthsOf(p).at(-1)!, 1).key : p.key,
      sums: fact?.counted && here ? here.sums : {}, indicators: of(p.start), lastYear: of(sameLastYear(p).start), base: of(`${BASE_YEAR}${p.start.slice(4)}`),
      peers: Object.fromEntries(INDICATORS.map((i) => [i.code, (median[i.code]?.count ?? 0) >= least ? median[i.code]! : null])),
    })
  }
  return { organization, baseYear: BASE_YEAR, peersLeast: least, rows }
}
