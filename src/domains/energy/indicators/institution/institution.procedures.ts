import { PassThrough } from 'node:stream'
import { handle, handleFreely } from '../../../../kernel/domain.ts'
import { writeTable } from '../../../../kernel/documents/workbook-out.ts'
import { parsePeriod, periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { numberColumn, wordColumn } from '../figure-columns.ts'
import { denominatorOf, INDICATORS, numeratorOf, reductionRate, unitOf } from '../indicators.rules.ts'
import { institutionFigures } from './institution.ts'
import { COLOURS, stateText } from '../standing.rules.ts'
import { exportInstitution, readInstitution } from './institution.contract.ts'
import { targetProgress } from '../targets.procedures.ts'

export const institutionHandlers = [
  handle(readInstitution, institutionFigures),
  handleFreely(exportInstitution, async (context, input) => {
    const { organization, baseYear, rows, targets } = await context.db.asActor(context.actor, { operation: 'indicator.export-institution', reads: true }, async (trx) => ({
      ...(await institutionFigures(trx, input)),
      // Targets are of years.
      targets: input.months === '12' ? (await targetProgress(trx, { year: input.year, division: 'then', scope: 'organization', id: input.id })).targets : [],
    }))
    const months = Number(input.months)
    const body = new PassThrough()
    writeTable(body, {
      sheetName: '机构指标', title: `${organization.name}公共机构能耗指标（${input.months === '12' ? `${baseYear}年至${input.year}年` : `${input.year}年各${months === 1 ? '月' : '季'}`}）`,
      columns: [
        wordColumn('period', '统计期', 16), wordColumn('label', '指标', 34), wordColumn('unit', '单位', 16), numberColumn('numerator', '分子'), numberColumn('denominator', '分母'), numberColumn('value', '指标值'),
        numberColumn('lastYear', '上年同期'), numberColumn('fromLastYear', '比上年同期下降', '%'), numberColumn('base', `${baseYear}年${months === 12 ? '' : '同期'}`), numberColumn('fromBase', `比${baseYear}年下降`, '%'),
        numberColumn('allowed', '目标'), wordColumn('colour', '对照', 12), numberColumn('median', '同类中位数'), numberColumn('peers', '同类机构', '家'), wordColumn('state', '计入情况', 40), wordColumn('origin', '数据来自', 16),
      ],
      rows: rows.flatMap((r) => INDICATORS.map((i) => {
        const [value, before, base, peers] = [r.indicators[i.code] ?? null, r.lastYear[i.code] ?? null, r.base[i.code] ?? null, r.peers[i.code] ?? null]
        const point = targets.find((t) => t.target.indicator === i.code)?.points.find((p) => String(p.year) === r.period)
        return {
          period: periodLabel(parsePeriod(r.period)!), label: i.label, unit: unitOf(i, months), numerator: numeratorOf(i, r.sums), denominator: denominatorOf(i, r.sums) ?? null, value,
          lastYear: before, fromLastYear: reductionRate(before, value), base, fromBase: reductionRate(base, value), allowed: point?.target ?? null, colour: point?.colour ? COLOURS[point.colour] : null,
          median: peers?.median ?? null, peers: peers ? String(peers.count) : null, state: stateText(r), origin: r.origin === 'months' ? '各月台账合计' : r.origin === 'form' ? '本期报表' : null,
        }
      })),
    }).catch((e: Error) => body.destroy(e))
    return { body, fileName: `${organization.name}指标-${input.year}.xlsx`, contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
  }),
]
