/** What the pictures of series, spread, completeness and targets show, as workbooks with every digit. */
import { PassThrough } from 'node:stream'
import { handleFreely, type Context, type FileAnswer } from '../../../kernel/domain.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { writeTable, type OutTable } from '../../../kernel/documents/workbook-out.ts'
import { isPart } from '../../../kernel/org/organization/categories.rules.ts'
import { periodAt, periodLabel } from '../../../kernel/reports/period.rules.ts'
import { apartSentence } from './base.rules.ts'
import { distribution } from './distribution.ts'
import { figureCells, figureColumns, numberColumn, wordColumn } from './figure-columns.ts'
import * as ops from './indicators.contract.ts'
import { completeness, sliceOf } from './indicators.procedures.ts'
import { indicatorNamed, unitOf } from './indicators.rules.ts'
import { indicatorSeries } from './indicators.ts'
import { COLOURS } from './standing.rules.ts'
import { targetProgress } from './targets.procedures.ts'

const NEVER = 1_000_000

async function workbook(context: Context, operation: string, fileName: string, make: (trx: Transaction) => Promise<OutTable>): Promise<FileAnswer> {
  const table = await context.db.asActor(context.actor, { operation, reads: true }, make)
  const body = new PassThrough()
  writeTable(body, table).catch((e: Error) => body.destroy(e))
  return { body, fileName: `${fileName}.xlsx`, contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
}
const division = (d: 'then' | 'now') => (d === 'then' ? '按当时区划' : '按现行区划')

export const exportHandlers = [
  handleFreely(ops.exportSeries, (context, input) => workbook(context, 'indicator.export-series', `能耗指标走势-${input.from.slice(0, 7)}至${input.before.slice(0, 7)}`, async (trx) => {
    const months = Number(input.months) as 1 | 3 | 12
    const rows = await indicatorSeries(trx, { months, from: input.from, before: input.before, division: input.division, regionIds: input.regions?.map(Number), categories: input.categories })
    return { sheetName: '走势', title: `公共机构能耗指标走势（${division(input.division)}）`, columns: figureColumns('统计期', months), rows: rows.map((r) => figureCells(r, periodLabel(periodAt(r.key, months)))) }
  })),
  handleFreely(ops.exportDistribution, (context, input) => workbook(context, 'indicator.export-distribution', `${indicatorNamed(input.indicator)!.label}分布-${input.period.key}`, async (trx) => {
    const i = indicatorNamed(input.indicator)!
    const s = sliceOf(input)
    const unit = unitOf(i, s.months)
    const groups = await distribution(trx, i, s, NEVER)
    return {
      sheetName: '分布', title: `${input.rolling ? `截至${periodLabel(input.period)}的 12 个月` : periodLabel(input.period)}${i.label}分布（${division(input.division)}）`,
      columns: [
        wordColumn('category', '机构类型', 24), numberColumn('count', '机构', '家'), numberColumn('low', '下须', unit), numberColumn('q1', '下四分位', unit), numberColumn('median', '中位数', unit), numberColumn('q3', '上四分位', unit), numberColumn('high', '上须', unit),
        numberColumn('outlierCount', '离群', '家'), wordColumn('name', '离群机构', 36), wordColumn('regionName', '区县'), numberColumn('value', '指标值', unit),
      ],
      rows: groups.map((g) => ({ ...g, label: isPart(g.category) && groups.some((p) => p.parent) ? `其中：${g.label}` : g.label })).flatMap((g) => [
        { category: g.label, count: String(g.count), low: g.low, q1: g.q1, median: g.median, q3: g.q3, high: g.high, outlierCount: String(g.outlierCount) },
        ...g.outliers.map((o: { name: string; regionName: string; value: string }) => ({ category: g.label, name: o.name, regionName: o.regionName, value: o.value })),
      ]),
    }
  })),
  handleFreely(ops.exportCompleteness, (context, input) => workbook(context, 'indicator.export-completeness', '数据完整情况', async (trx) => {
    const months = await completeness(trx, input)
    return {
      sheetName: '完整情况', title: '月度台账数据完整情况',
      columns: [wordColumn('month', '月份', 14), numberColumn('expected', '应报', '家'), numberColumn('submitted', '已报', '家'), numberColumn('counted', '计入', '家'), numberColumn('absent', '缺报', '家')],
      rows: months.map((m) => ({ month: m.start.slice(0, 7), expected: String(m.expected), submitted: String(m.submitted), counted: String(m.counted), absent: String(m.expected - m.submitted) })),
    }
  })),
  handleFreely(ops.exportTargets, (context, input) => workbook(context, 'target.export', `目标进展-${input.year}`, async (trx) => {
    const { targets } = await targetProgress(trx, input)
    return {
      sheetName: '目标进展', title: `${input.year}年目标进展（${division(input.division)}）`,
      columns: [wordColumn('place', '范围'), wordColumn('label', '指标', 32), wordColumn('unit', '单位'), wordColumn('year', '年份', 10), numberColumn('actual', '实际'), numberColumn('target', '目标轨迹'), wordColumn('colour', '对照', 14), numberColumn('forecast', '全年预计'), wordColumn('source', '目标依据', 50), wordColumn('note', '提示', 50)],
      rows: targets.flatMap((t) => t.points.map((p) => ({
        place: t.target.placeName, label: t.label, unit: t.unit, year: String(p.year), actual: p.actual, target: p.target, colour: p.colour ? COLOURS[p.colour] : null,
        forecast: p.year === input.year ? (t.forecast?.value ?? null) : null, source: t.target.source, note: p.year === input.year && t.apart ? apartSentence(t.apart, t.target.baseYear) : null,
      }))),
    }
  })),
]
