import { sql } from 'kysely'
import { handle } from '../../../kernel/domain.ts'
import { notFound } from '../../../kernel/contract/problem.rules.ts'
import { periodAt } from '../../../kernel/reports/period.rules.ts'
import { settingsAt } from '../../../kernel/reports/registry.ts'
import { scopesApart } from './base.rules.ts'
import { reductionRate } from './indicators.rules.ts'
import { indicatorsBy, type IndicatorRow } from './indicators.ts'
import { targetsBelow } from './targets-below.contract.ts'
import { colourOf, targetAt, yardstick } from './targets.rules.ts'

const columns = sql`
  t.id, t.version, t.indicator, t.scope, t.region_id AS "regionId", t.organization_id AS "organizationId", p.name AS "placeName", t.base_year AS "baseYear", t.base_value AS "baseValue",
  t.target_year AS "targetYear", t.reduction_percent AS "reductionPercent", t.total, t.handed_down_from AS "handedDownFrom", t.source, t.unsure, t.note, t.confirmed_at AS "confirmedAt", t.confirmed_by_name AS "confirmedByName"`

const figureOf = (row: IndicatorRow | undefined, indicator: string): string | null =>
  row?.counted ? ((row.indicators as Record<string, string | null>)[indicator] ?? (row.sums as Record<string, string | null>)[indicator] ?? null) : null

interface Below {
  placeId: number
  groupCode: string | null
  name: string
  id: number | null
  baseValue: string | null
  [column: string]: unknown
}

export const targetsBelowHandlers = [
  handle(targetsBelow, async (trx, { id, year, division }) => {
    const above = await trx.one<{ indicator: string; scope: string; regionId: number | null; baseYear: number; targetYear: number; city: boolean }>(sql`
      SELECT t.indicator, t.scope, t.region_id AS "regionId", t.base_year AS "baseYear", t.target_year AS "targetYear", coalesce(r.kind = 'municipality', false) AS city
      FROM energy.target t LEFT JOIN org.region r ON r.id = t.region_id WHERE t.id = ${id}`)
    if (!above || above.scope !== 'region') throw notFound('目标')
    const regions = above.city
    const places = regions
      ? sql`SELECT DISTINCT ON (g.sort, g.id) g.id, g.name, g.group_code, g.sort AS place_order FROM org.region g JOIN org.organization o ON o.region_id = g.id AND o.kind = 'district' AND o.valid_to IS NULL ORDER BY g.sort, g.id`
      : sql`SELECT o.id, o.name, NULL::text AS group_code, o.id AS place_order FROM org.organization o WHERE o.kind = 'institution' AND o.region_id = ${above.regionId} AND o.valid_to IS NULL`
    const rows = await trx.rows<Below>(sql`
      SELECT p.id AS "placeId", p.name, p.group_code AS "groupCode", ${columns}
      FROM (${places}) p LEFT JOIN energy.target t ON t.indicator = ${above.indicator} AND t.base_year = ${above.baseYear} AND t.target_year = ${above.targetYear}
        AND ${regions ? sql`t.scope = 'region' AND t.region_id = p.id` : sql`t.scope = 'organization' AND t.organization_id = p.id`}
      ORDER BY p.place_order`)
    const figures = async (of: number) => {
      const found = await indicatorsBy(trx, regions ? 'region' : 'institution', { months: 12, start: `${of}-01-01`, division, ...(regions ? {} : { regionIds: [above.regionId!] }) })
      return new Map(found.map((r) => [r.key, r]))
    }
    const [base, now] = [await figures(above.baseYear), await figures(year)]
    const settings = await settingsAt(trx, periodAt(`${year}-01-01`, 12))
    const { shape, amber } = yardstick(settings)
    return {
      to: regions ? ('regions' as const) : ('organizations' as const),
      rows: rows.map(({ placeId, name, groupCode, ...t }) => {
        const computed = figureOf(base.get(String(placeId)), above.indicator)
        const figure = now.get(String(placeId))
        const actual = figureOf(figure, above.indicator)
        const baseValue = t.baseValue ?? computed
        const target = t.id === null ? null : ({ ...t, baseValue, baseFrom: t.baseValue !== null ? 'stated' : computed !== null ? 'computed' : null } as any)
        const allowed = target ? targetAt(target, year, shape) : null
        return {
          id: placeId, name, groupCode, target, baseValue, actual, allowed, reduction: reductionRate(baseValue, actual),
          colour: colourOf(actual, allowed, amber), apart: t.baseValue === null ? scopesApart(base.get(String(placeId))?.counted, figure?.counted, settings) : null, counted: figure?.counted ?? 0, keptOut: figure?.keptOut ?? 0,
        }
      }),
    }
  }),
]
