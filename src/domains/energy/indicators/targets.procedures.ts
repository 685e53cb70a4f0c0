/** Targets from the city to districts to institutions: trajectory, progress, forecast, colour. */
import { sql } from 'kysely'
import { isRoot } from '../../../kernel/authority/root.rules.ts'
import type { InputOf, OutputOf } from '../../../kernel/contract/contract.rules.ts'
import { handle } from '../../../kernel/domain.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { notFound, refused, versionConflict } from '../../../kernel/contract/problem.rules.ts'
import { settingsAt } from '../../../kernel/reports/registry.ts'
import { periodAt } from '../../../kernel/reports/period.rules.ts'
import * as ops from './indicators.contract.ts'
import { scopesApart } from './base.rules.ts'
import { totalOf } from './indicators.procedures.ts'
import { BASE_YEAR, indicatorNamed, reductionRate, unitOf } from './indicators.rules.ts'
import { indicatorSeries, type IndicatorRow, type Slice } from './indicators.ts'
import { colourOf, comparable, forecastYear, targetAt, yardstick } from './targets.rules.ts'

const columns = sql`
  t.id, t.version, t.indicator, t.scope, t.region_id AS "regionId", t.organization_id AS "organizationId",
  CASE t.scope WHEN 'nation' THEN '全国' WHEN 'region' THEN CASE WHEN r.kind = 'municipality' THEN '全市' ELSE r.name END ELSE o.name END AS "placeName",
  t.base_year AS "baseYear", t.base_value AS "baseValue", t.target_year AS "targetYear", t.reduction_percent AS "reductionPercent", t.total, t.handed_down_from AS "handedDownFrom",
  t.source, t.unsure, t.note, t.confirmed_at AS "confirmedAt", t.confirmed_by_name AS "confirmedByName"`
const from = sql`energy.target t LEFT JOIN org.region r ON r.id = t.region_id LEFT JOIN org.organization o ON o.id = t.organization_id`

interface TargetRow {
  id: number
  version: number
  indicator: string
  scope: 'nation' | 'region' | 'organization'
  regionId: number | null
  organizationId: number | null
  baseYear: number
  baseValue: string | null
  targetYear: number
  reductionPercent: string | null
  total: string | null
}

/** An indicator, or a total (tce, water, co2) where the target limits one. */
const figureOf = (row: IndicatorRow | null | undefined, indicator: string): string | null =>
  row ? ((row.indicators as Record<string, string | null>)[indicator] ?? (row.sums as Record<string, string | null>)[indicator] ?? null) : null

async function yearFigure(trx: Transaction, t: TargetRow, year: number, division: 'then' | 'now', cache: Map<string, IndicatorRow | null>): Promise<IndicatorRow | null> {
  const key = `${t.scope} ${t.regionId} ${t.organizationId} ${year}`
  if (!cache.has(key)) {
    const s: Slice = { months: 12, start: `${year}-01-01`, division }
    if (t.scope === 'organization') cache.set(key, (await indicatorSeries(trx, { months: 12, from: s.start, before: `${year + 1}-01-01`, division, organizationId: t.organizationId! }))[0] ?? null)
    else cache.set(key, await totalOf(trx, t.scope === 'region' && !(await isCity(trx, t.regionId!)) ? { ...s, regionIds: [t.regionId!] } : s))
  }
  return cache.get(key)!
}
const isCity = async (trx: Transaction, regionId: number): Promise<boolean> =>
  !!(await trx.one(sql`SELECT id FROM org.region WHERE id = ${regionId} AND kind = 'municipality'`))

/** Targets of a place with their trajectory, what was reached, and where the running year is heading. */
export async function targetProgress(trx: Transaction, { year, division, scope, id }: InputOf<typeof ops.readTargets>): Promise<OutputOf<typeof ops.readTargets>> {
  // A district sees its own figures only: held against the city's target they would say something false.
  if (scope === 'city' && trx.actor && !isRoot(trx.actor.orgPath)) throw refused('全市的目标进展由市级查看；请查看本区县或本单位的目标。')
  const where = scope === 'city' ? sql`t.scope = 'region' AND r.kind = 'municipality'` : scope === 'region' ? sql`t.scope = 'region' AND t.region_id = ${id ?? 0}` : sql`t.scope = 'organization' AND t.organization_id = ${id ?? 0}`
  const targets = await trx.rows<TargetRow & Record<string, any>>(sql`SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY t.id`)
  const settings = await settingsAt(trx, periodAt(`${year}-01-01`, 12))
  const { shape, amber, least } = yardstick(settings)
  const cache = new Map<string, IndicatorRow | null>()
  const result = []
  for (const t of targets) {
    const computed = t.baseValue === null ? figureOf(await yearFigure(trx, t, t.baseYear, division, cache), t.indicator) : null
    const baseValue = t.baseValue ?? computed
    const target = { ...t, baseValue }
    const points = []
    for (let y = t.baseYear; y <= Math.max(year, t.targetYear); y++) {
      const figure = await yearFigure(trx, t, y, division, cache)
      const actual = figure?.counted ? figureOf(figure, t.indicator) : null
      const allowed = targetAt(target, y, shape)
      points.push({ year: y, target: allowed, actual, colour: colourOf(actual, allowed, amber), forecast: false })
    }
    const now = points.find((p) => p.year === year)
    // Of a stated base nobody knows how many institutions were in it.
    const apart = t.baseValue === null ? scopesApart((await yearFigure(trx, t, t.baseYear, division, cache))?.counted, (await yearFigure(trx, t, year, division, cache))?.counted, settings) : null
    const forecast = await forecastFor(trx, t, year, division, least, await yearFigure(trx, t, year - 1, division, cache))
    const i = indicatorNamed(t.indicator)
    result.push({
      target: { ...t, baseValue, baseFrom: t.baseValue !== null ? ('stated' as const) : computed !== null ? ('computed' as const) : null } as any,
      label: i?.label ?? { tce: '能源消费总量', water: '用水总量', co2: '碳排放总量' }[t.indicator] ?? t.indicator,
      unit: i ? unitOf(i, 12) : ({ tce: 'tce', water: 'm³', co2: 't' }[t.indicator] ?? ''),
      points, actual: now?.actual ?? null, allowed: now?.target ?? null, reduction: reductionRate(baseValue, now?.actual ?? null), colour: now?.colour ?? null, apart,
      forecast, forecastColour: forecast ? colourOf(forecast.value, now?.target ?? null, amber) : null,
    })
  }
  return { targets: result }
}

export const targetHandlers = [
  handle(ops.readTargets, targetProgress),
  handle(ops.handDownTarget, async (trx, { id, to, entries, source }) => {
    const parent = await trx.one<TargetRow>(sql`SELECT ${columns} FROM ${from} WHERE t.id = ${id}`)
    if (!parent) throw notFound('目标')
    if (to === 'regions' && parent.scope !== 'region') throw refused('只有全市的目标才能分解到区县。')
    let n = 0
    for (const e of entries) {
      if (!e.reductionPercent === !e.total) throw refused('下降百分比和总量上限要填一个，且只填一个。')
      const place = to === 'regions'
        ? await trx.one<{ path: string }>(sql`SELECT o.org_path AS path FROM org.organization o WHERE o.kind = 'district' AND o.region_id = ${e.id} AND o.valid_to IS NULL LIMIT 1`)
        : await trx.one<{ path: string }>(sql`SELECT org_path AS path FROM org.organization WHERE id = ${e.id}`)
      if (!place) throw notFound(to === 'regions' ? '区县' : '机构')
      // Everybody sees the target above their own; handing it down is for whom it was set.
      if (place.path === trx.actor?.orgPath) throw refused('目标由上级下达，不能给本单位下达。')
      n += await trx.run(sql`
        INSERT INTO energy.target (indicator, scope, region_id, organization_id, org_path, base_year, target_year, reduction_percent, total, handed_down_from, source)
        VALUES (${parent.indicator}, ${to === 'regions' ? 'region' : 'organization'}, ${to === 'regions' ? e.id : null}, ${to === 'organizations' ? e.id : null}, ${place.path},
          ${parent.baseYear}, ${parent.targetYear}, ${e.reductionPercent ?? null}, ${e.total ?? null}, ${id}, ${source})
        ON CONFLICT ON CONSTRAINT target_once DO UPDATE SET reduction_percent = excluded.reduction_percent, total = excluded.total, source = excluded.source, handed_down_from = excluded.handed_down_from, confirmed_at = NULL, confirmed_by_name = NULL`)
    }
    return { handedDown: n }
  }),
  handle(ops.confirmTarget, async (trx, { id, version }) => {
    const n = await trx.run(sql`UPDATE energy.target SET confirmed_at = now(), confirmed_by_name = ${trx.actor?.name ?? '系统'} WHERE id = ${id} AND version = ${version}`)
    if (!n) throw (await trx.one(sql`SELECT id FROM energy.target WHERE id = ${id}`)) ? versionConflict() : notFound('目标')
    return { ok: true as const }
  }),
]

/** From the ledgers: the months so far against the same months of last year, on last year's own figure. */
async function forecastFor(trx: Transaction, t: TargetRow, year: number, division: 'then' | 'now', least: string, lastYear: IndicatorRow | null) {
  if (year < BASE_YEAR) return null
  const regionIds = t.scope === 'region' && !(await isCity(trx, t.regionId!)) ? [t.regionId!] : undefined
  const rows = new Map((await indicatorSeries(trx, { months: 1, from: `${year - 1}-01-01`, before: `${year + 1}-01-01`, division, regionIds, organizationId: t.scope === 'organization' ? t.organizationId! : undefined })).map((r) => [r.key, r]))
  const row = (y: number, m: number) => rows.get(`${y}-${String(m + 1).padStart(2, '0')}-01`)
  const before = Array.from({ length: 12 }, (_, m) => row(year - 1, m))
  const now = before.map((b, m) => {
    const found = row(year, m)
    return found && b && comparable(found.counted, b.counted, least) ? figureOf(found, t.indicator) : null
  })
  // A year that few answered for yet is not what its months add up to.
  const whole = lastYear && comparable(lastYear.counted, Math.max(...before.map((b) => b?.counted ?? 0)), least) ? figureOf(lastYear, t.indicator) : null
  return forecastYear(now, before.map((b) => figureOf(b, t.indicator)), whole)
}
