/** A district's year on one page. */
import fs from 'node:fs'
import Decimal from 'decimal.js'
import { sql } from 'kysely'
import { handleFreely } from '../../../kernel/domain.ts'
import { notFound, refused } from '../../../kernel/contract/problem.rules.ts'
import { renderPdf } from '../../../kernel/documents/pdf.ts'
import { grouped } from '../../../kernel/registers/display.rules.ts'
import { todayInChongqing } from '../../../kernel/reports/period.rules.ts'
import { settingsAt } from '../../../kernel/reports/registry.ts'
import { periodAt } from '../../../kernel/reports/period.rules.ts'
import { FUEL_LABELS, FUELS, tceOf } from '../consumption/measures.rules.ts'
import * as ops from './indicators.contract.ts'
import { BASE_YEAR } from './indicators.procedures.ts'
import { INDICATORS, reductionRate, unitOf } from './indicators.rules.ts'
import { indicatorsBy, type IndicatorRow } from './indicators.ts'
import { colourOf, targetAt } from './targets.rules.ts'

const MISSING = '缺数'
const shown = (v: string | null | undefined, places = 2): string => (v === null || v === undefined ? MISSING : grouped(new Decimal(v).toFixed(places)))
const percent = (v: string | null): string => (v === null ? MISSING : `${new Decimal(v).gt(0) ? '下降' : '上升'}${new Decimal(v).abs().toFixed(2)}%`)

export const districtReportHandlers = [
  handleFreely(ops.districtReport, async ({ db, actor }, { year, region }) => {
    const data = await db.asActor(actor, { operation: 'indicator.district-report' }, async (trx) => {
      const place = await trx.one<{ name: string }>(sql`SELECT name FROM org.region WHERE id = ${region}`)
      if (!place) throw notFound('区划')
      const at = (y: number) => ({ months: 12 as const, start: `${y}-01-01`, division: 'then' as const, regionIds: [region] })
      const one = async (y: number): Promise<IndicatorRow | undefined> => (await indicatorsBy(trx, 'city', at(y)))[0]
      const [now, before, base] = [await one(year), await one(year - 1), await one(BASE_YEAR)]
      if (!now?.counted) throw refused(`${place.name}${year}年没有计入的数据，不能生成通报。`)
      const settings = await settingsAt(trx, periodAt(`${year}-01-01`, 12))
      const targets = await trx.rows<any>(sql`
        SELECT t.indicator, t.base_year AS "baseYear", t.base_value AS "baseValue", t.target_year AS "targetYear", t.reduction_percent AS "reductionPercent", t.total
        FROM energy.target t JOIN org.region r ON r.id = t.region_id WHERE t.region_id = ${region} OR r.kind = 'municipality' ORDER BY (t.region_id = ${region}) DESC`)
      const byCategory = await indicatorsBy(trx, 'category', at(year))
      const standing = { green: '达到进度', amber: '略有滞后', red: '滞后', none: '—' }
      return {
        title: `${place.name}${year}年公共机构能源资源消费情况通报`,
        subtitle: `按当时区划 · 计入 ${now.counted} 家，未计入 ${now.keptOut} 家 · 因子版本 ${now.factorSets.join('、')}`,
        footer: `公廨 机关事务管理平台 · ${todayInChongqing()} 生成`,
        summary: `${year}年，${place.name}纳入统计的公共机构 ${now.counted} 家，建筑面积 ${shown(now.sums.buildingArea)} ㎡，用能人数 ${shown(now.sums.people, 0)} 人，综合能耗 ${shown(now.sums.tce)} tce，用水 ${shown(now.sums.water)} m³，二氧化碳排放 ${shown(now.sums.co2)} t。`,
        indicators: INDICATORS.map((i) => {
          const value = now.indicators[i.code]
          const baseValue = base?.counted ? base.indicators[i.code] : null
          const target = targets.find((t) => t.indicator === i.code)
          const colour = target ? colourOf(value, targetAt({ ...target, baseValue: target.baseValue ?? baseValue }, Math.min(year, target.targetYear)), settings['energy.target.amber'] ?? '0.03') : null
          return {
            label: i.label, unit: unitOf(i, 12), value: shown(value), lastYear: before?.counted ? shown(before.indicators[i.code]) : MISSING,
            change: before?.counted ? percent(reductionRate(before.indicators[i.code], value)) : MISSING, reduction: percent(reductionRate(baseValue, value)), colour: colour ?? 'none', standing: standing[colour ?? 'none'],
          }
        }),
        fuels: FUELS.map((f) => ({ label: FUEL_LABELS[f], tce: now.sums[tceOf(f)] === null ? '—' : shown(now.sums[tceOf(f)]), share: now.sums[tceOf(f)] !== null && now.sums.tce && !new Decimal(now.sums.tce).isZero() ? `${new Decimal(now.sums[tceOf(f)]!).div(now.sums.tce).times(100).toFixed(1)}%` : '—' })),
        categories: byCategory.map((c) => ({ label: c.label, counted: String(c.counted), tce: shown(c.sums.tce), perHead: shown(c.indicators.energyPerHead), perArea: shown(c.indicators.energyPerArea), water: shown(c.indicators.waterPerHead) })),
        notes: ['注：综合能耗不含水；单位建筑面积能耗扣除公务用车用油，另列含公务用车用油的口径。“缺数”表示没有可比数据，不按零计算。'],
      }
    })
    const pdf = await renderPdf(fs.readFileSync(new URL('./district-report.typ', import.meta.url), 'utf8'), data)
    return { body: pdf, fileName: `${data.title}.pdf`, contentType: 'application/pdf' }
  }),
]
