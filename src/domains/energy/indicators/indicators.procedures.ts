import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import { handle, handleFreely } from '../../../kernel/domain.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { writeTable } from '../../../kernel/documents/workbook-out.ts'
import { isPart, nested } from '../../../kernel/org/organization/categories.rules.ts'
import { countExpected, expectedReporters } from '../../../kernel/reports/expected.ts'
import { monthsOf, periodAt, periodLabel, sameLastYear, shift, type Period } from '../../../kernel/reports/period.rules.ts'
import { settingsAt } from '../../../kernel/reports/registry.ts'
import { FORM_OF } from '../reports/forms.rules.ts'
import { refused } from '../../../kernel/contract/problem.rules.ts'
import * as ops from './indicators.contract.ts'
import { scopesApart } from './base.rules.ts'
import { figureCells, figureColumns } from './figure-columns.ts'
import { BASE_YEAR, indicatorNamed } from './indicators.rules.ts'
import { factorsOf, figures, indicatorsBy, indicatorSeries, institutionsBehind, parentRows, totalRow, type GroupBy, type Slice } from './indicators.ts'
import { distribution } from './distribution.ts'

/** More are read page by page, or taken away as a workbook. */
const MOST_INSTITUTIONS = 200

interface Asked {
  period: Period
  rolling?: '1'
  division: 'then' | 'now'
  regions?: string[]
  categories?: string[]
}
/** A rolling year is named by its last month. */
export const sliceOf = (a: Asked, period = a.period): Slice => ({
  months: a.rolling ? 12 : period.months, start: a.rolling ? shift(periodAt(period.start, 1), -11).start : period.start, rolling: !!a.rolling, division: a.division,
  regionIds: a.regions?.map(Number), categories: a.categories,
})

export async function totalOf(trx: Transaction, s: Slice) {
  return (await indicatorsBy(trx, 'city', s))[0] ?? null
}

export async function completeness(trx: Transaction, { from, before, regions }: { from: string; before: string; regions?: string[] }) {
  const months: { start: string; expected: number; submitted: number; counted: number }[] = []
  for (let p = periodAt(from, 1); p.start < before && months.length < 72; p = shift(p, 1)) {
    const only = regions?.length ? sql`WHERE e.region_id = ANY (${regions.map(Number)}::integer[])` : sql``
    const n = await trx.one<any>(sql`
      SELECT count(*)::int AS expected, count(f.submitted_at)::int AS submitted, (count(*) FILTER (WHERE f.counted))::int AS counted
      FROM (${expectedReporters(p)}) e LEFT JOIN reports.filing f ON f.organization_id = e.id AND f.form = 'energy.monthly' AND f.period_start = ${p.start} ${only}`)
    months.push({ start: p.start, ...n })
  }
  return months
}

export const indicatorHandlers = [
  handle(ops.readIndicators, async (trx, input) => {
    const s = sliceOf(input)
    if (input.by === 'institution' && (await trx.rows(sql`SELECT 1 FROM (${figures(s)}) AS f LIMIT ${MOST_INSTITUTIONS + 1}`)).length > MOST_INSTITUTIONS)
      throw refused(`超过 ${MOST_INSTITUTIONS} 家机构，不能一次列出。请选择区县或机构类型，逐页查看“指标背后的机构”，或导出 xlsx。`)
    const [rows, expected] = await Promise.all([indicatorsBy(trx, input.by, s), countExpected(trx, input.period, { regionIds: s.regionIds, categories: s.categories, division: s.division })])
    const total = input.by === 'city' ? (rows[0] ?? null) : rows.length ? totalRow(rows) : await totalOf(trx, s)
    const compare = !!input.compare && input.by !== 'institution'
    const base = input.period.months === 12 ? periodAt(`${BASE_YEAR}-01-01`, 12) : { ...input.period, start: `${BASE_YEAR}${input.period.start.slice(4)}` }
    const then = compare && !input.rolling ? await indicatorsBy(trx, input.by, sliceOf(input, base)) : null
    return {
      rows, total, parents: input.by === 'category' ? parentRows(rows, s.categories) : [], expected, baseYear: BASE_YEAR,
      lastYear: compare ? await indicatorsBy(trx, input.by, sliceOf(input, sameLastYear(input.period))) : null,
      base: then, apart: then && scopesApart(then.reduce((n, r) => n + r.counted, 0), total?.counted, await settingsAt(trx, input.period)),
    }
  }),
  handle(ops.readSeries, async (trx, input) => ({
    rows: await indicatorSeries(trx, { months: Number(input.months) as 1 | 3 | 12, from: input.from, before: input.before, division: input.division, regionIds: input.regions?.map(Number), categories: input.categories }),
  })),
  handle(ops.readBehind, async (trx, input) => {
    const s = sliceOf(input)
    const found = await institutionsBehind(trx, indicatorNamed(input.indicator)!, s, { offset: input.offset, limit: input.limit, only: input.only })
    const form = FORM_OF[s.months]
    // Where there is no form of the period, its last ledger is what can be opened.
    const lastMonth = monthsOf(periodAt(s.start, s.months)).at(-1)!
    return {
      total: found.total,
      rows: found.rows.map((r) => ({ ...r, form: r.origin === 'form' ? form : 'energy.monthly', period: r.origin === 'form' ? input.period.key : periodAt(lastMonth, 1).key })),
    }
  }),
  handle(ops.readDistribution, async (trx, input) => ({ groups: await distribution(trx, indicatorNamed(input.indicator)!, sliceOf(input)) })),
  handle(ops.readCompleteness, async (trx, { from, before, regions }) => {
    return { months: await completeness(trx, { from, before, regions }) }
  }),
  handle(ops.readFactors, async (trx, { sets }) => ({
    factors: await trx.rows<any>(sql`
      SELECT id, kind, energy, scope, method, year, value, unit, notice, valid_from AS "validFrom", valid_to AS "validTo", source, unsure, note FROM energy.factor ORDER BY kind, energy, scope, year DESC NULLS LAST`),
    sets: sets?.length ? ((await factorsOf(trx, sets)) as any[]) : [],
  })),
  handleFreely(ops.exportIndicators, async (context, input) => {
    const s = sliceOf(input)
    const rows = await context.db.asActor(context.actor, { operation: 'indicator.export' }, (trx) => indicatorsBy(trx, input.by as GroupBy, s))
    const heading = { region: '区划', category: '机构类型', group: '区域', city: '范围', institution: '机构' }[input.by]
    const body = new PassThrough()
    writeTable(body, {
      sheetName: '能耗指标', title: `${periodLabel(input.period)}公共机构能耗指标（${input.division === 'then' ? '按当时区划' : '按现行区划'}）`,
      columns: figureColumns(heading, s.months),
      rows: input.by === 'category' ? nested([...rows, ...parentRows(rows, s.categories)], (r) => r.key).map((r) => figureCells(r, isPart(r.key) ? `其中：${r.label}` : r.label)) : rows.map((r) => figureCells(r)),
    }).catch((e: Error) => body.destroy(e))
    return { body, fileName: `能耗指标${input.by === 'city' ? '' : `（按${heading}）`}-${input.period.key}.xlsx`, contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
  }),
]
