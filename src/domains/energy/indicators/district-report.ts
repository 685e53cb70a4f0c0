/** A district's year on one page. */
import fs from 'node:fs'
import Decimal from 'decimal.js'
import { sql } from 'kysely'
import { handleFreely } from '../../../kernel/domain.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { notFound, refused } from '../../../kernel/contract/problem.rules.ts'
import { isPart, nested } from '../../../kernel/org/organization/categories.rules.ts'
import { renderPdf } from '../../../kernel/documents/pdf.ts'
import { grouped } from '../../../kernel/registers/display.rules.ts'
import { countExpected } from '../../../kernel/reports/expected.ts'
import { periodAt, todayInChongqing } from '../../../kernel/reports/period.rules.ts'
import { settingsAt } from '../../../kernel/reports/registry.ts'
import { freshFigures } from '../consumption/cube.ts'
import { FUEL_LABELS, FUELS, tceOf } from '../consumption/measures.rules.ts'
import { apartSentence, scopesApart } from './base.rules.ts'
import * as ops from './indicators.contract.ts'
import { lackingSentence, withoutFactor } from './lacking.rules.ts'
import { BASE_YEAR, INDICATORS, reductionRate, unitOf } from './indicators.rules.ts'
import { indicatorsBy, parentRows, type IndicatorRow } from './indicators.ts'
import { COLOURS } from './standing.rules.ts'
import { colourOf, targetAt, yardstick, type Target } from './targets.rules.ts'

const MISSING = '缺数'
const shown = (v: string | null | undefined, places = 2): string => (v === null || v === undefined ? MISSING : grouped(new Decimal(v).toFixed(places)))
function percent(v: string | null): string {
  if (v === null) return MISSING
  const rounded = new Decimal(v).toDecimalPlaces(2)
  return rounded.isZero() ? '持平' : `${rounded.gt(0) ? '下降' : '上升'}${rounded.abs().toFixed(2)}%`
}

/** The target that holds in a year: the district's own, else the city's share of reduction taken from the district's own base. */
interface ReportTarget extends Target {
  indicator: string
  own: boolean
}
const targetsFor = (trx: Transaction, region: number, year: number): Promise<ReportTarget[]> => trx.rows<ReportTarget>(sql`
  SELECT t.indicator, r.kind <> 'municipality' AS own, t.base_year AS "baseYear", CASE WHEN r.kind <> 'municipality' THEN t.base_value END AS "baseValue", t.target_year AS "targetYear", t.reduction_percent AS "reductionPercent", t.total
  FROM energy.target t JOIN org.region r ON r.id = t.region_id
  WHERE (t.region_id = ${region} AND r.kind <> 'municipality' OR r.kind = 'municipality' AND t.reduction_percent IS NOT NULL) AND ${year}::int BETWEEN t.base_year AND t.target_year
  ORDER BY own DESC, t.target_year`)

/** Whether in that year anybody stood in the district who today does not, or the other way round. */
const regrouped = async (trx: Transaction, region: number, year: number): Promise<boolean> => !!(await trx.one(sql`
  SELECT FROM energy.consumption WHERE months = 12 AND period_start = ${`${year}-01-01`}::date AND (region_id = ${region}) <> (region_now_id = ${region}) LIMIT 1`))

/** Everything that the page says. A district that was cut anew is compared with the same institutions, not with the same name. */
export async function districtReportData(trx: Transaction, { year, region }: { year: number; region: number }) {
  const place = await trx.one<{ name: string }>(sql`SELECT name FROM org.region WHERE id = ${region}`)
  if (!place) throw notFound('区划')
  await freshFigures(trx)
  // What stood there in the year stands there today: then the years before are those of today's district.
  const division = (await regrouped(trx, region, year)) ? ('then' as const) : ('now' as const)
  const at = (y: number) => ({ months: 12 as const, start: `${y}-01-01`, division, regionIds: [region] })
  const years = new Map<number, Promise<IndicatorRow | undefined>>()
  const one = (y: number): Promise<IndicatorRow | undefined> => {
    if (!years.has(y)) years.set(y, indicatorsBy(trx, 'city', at(y)).then(([row]) => (row?.counted ? row : undefined)))
    return years.get(y)!
  }
  const [now, before, base] = [await one(year), await one(year - 1), await one(BASE_YEAR)]
  if (!now) throw refused(`${place.name}${year}年没有计入的数据，不能生成通报。`)
  const anew = division === 'now' && ((await regrouped(trx, region, year - 1)) || (await regrouped(trx, region, BASE_YEAR)))
  const period = periodAt(`${year}-01-01`, 12)
  const settings = await settingsAt(trx, period)
  const { shape, amber } = yardstick(settings)
  const apart = scopesApart(base?.counted, now.counted, settings)
  const targets = await targetsFor(trx, region, year)
  const expected = await countExpected(trx, period, { regionIds: [region], division })
  const byCategory = await indicatorsBy(trx, 'category', at(year))
  const indicators = []
  let borrowed = false
  for (const i of INDICATORS) {
    const value = now.indicators[i.code]
    const target = targets.find((t) => t.indicator === i.code)
    const baseValue = target && (target.baseValue ?? (await one(target.baseYear))?.indicators[i.code] ?? null)
    const colour = target ? colourOf(value, targetAt({ ...target, baseValue: baseValue! }, year, shape), amber) : null
    if (colour && !target!.own) borrowed = true
    indicators.push({
      label: i.label, unit: unitOf(i, 12), value: shown(value), lastYear: shown(before?.indicators[i.code]),
      change: percent(reductionRate(before?.indicators[i.code], value)), reduction: percent(reductionRate(base?.indicators[i.code], value)), colour: colour ?? 'none', standing: colour ? COLOURS[colour] : '—',
    })
  }
  return {
    title: `${place.name}${year}年公共机构能源资源消费情况通报`,
    subtitle: `按当时区划 · 应报 ${expected} 家，计入 ${now.counted} 家，未计入 ${now.keptOut} 家 · 因子版本 ${now.factorSets.join('、')}`,
    footer: `公廨 机关事务管理平台 · ${todayInChongqing()} 生成`,
    summary: `${year}年，${place.name}纳入统计的公共机构 ${now.counted} 家，建筑面积 ${shown(now.sums.buildingArea)} ㎡，用能人数 ${shown(now.sums.people, 0)} 人，综合能耗 ${shown(now.sums.tce)} tce，用水 ${shown(now.sums.water)} m³，二氧化碳排放 ${shown(now.sums.co2)} t。`,
    indicators,
    fuels: FUELS.map((f) => ({ label: FUEL_LABELS[f], tce: now.sums[tceOf(f)] === null ? '—' : shown(now.sums[tceOf(f)]), share: now.sums[tceOf(f)] !== null && now.sums.tce && !new Decimal(now.sums.tce).isZero() ? `${new Decimal(now.sums[tceOf(f)]!).div(now.sums.tce).times(100).toFixed(1)}%` : '—' })),
    categories: nested([...byCategory, ...parentRows(byCategory)], (c) => c.key).map((c) => ({ label: isPart(c.key) ? `其中：${c.label}` : c.label, counted: String(c.counted), tce: shown(c.sums.tce), perHead: shown(c.indicators.energyPerHead), perArea: shown(c.indicators.energyPerArea), water: shown(c.indicators.waterPerHead) })),
    notes: [
      '注：综合能耗不含水；单位建筑面积能耗扣除公务用车用油，另列含公务用车用油的口径。“缺数”表示没有可比数据，不按零计算；“—”表示没有这一项。',
      // The screens show no target for it: whoever holds the page beside them must not wonder.
      ...(borrowed ? [`${place.name}没有单独下达目标的指标，按全市下达的下降率和${place.name}自己的基期值对照。`] : []),
      ...(anew ? ['区划调整后，上年和基期按现行区划计算，与本年是同一范围的机构。'] : []),
      ...(apart ? [apartSentence(apart, BASE_YEAR)] : []),
      ...(withoutFactor(now.sums).length ? [lackingSentence(now.sums)] : []),
    ],
  }
}
export const districtReportHandlers = [
  handleFreely(ops.districtReport, async ({ db, actor }, asked) => {
    const data = await db.asActor(actor, { operation: 'indicator.district-report' }, (trx) => districtReportData(trx, asked))
    const pdf = await renderPdf(fs.readFileSync(new URL('./district-report.typ', import.meta.url), 'utf8'), data)
    return { body: pdf, fileName: `${data.title}.pdf`, contentType: 'application/pdf' }
  }),
]
