/** Which figures a page shows: period, division, place and kind of institution, all of it in the address. */
import type { OutputOf } from '../../../kernel/contract/contract.rules.ts'
import { categoryName } from '../../../kernel/org/organization/categories.rules.ts'
import type { listRegions } from '../../../kernel/org/organization/organization.contract.ts'
import { GROUPS, type Group } from '../../../kernel/org/region/region.words.rules.ts'
import { lastEnded, parsePeriod, periodLabel, type Period } from '../../../kernel/reports/period.rules.ts'
import { useWorkingPeriod, type WorkingPeriod } from '../../../kernel/reports/working-period.web.ts'
import { listSettings } from '../../../kernel/settings/settings.contract.ts'
import { useAsked } from '../../../kernel/ui/address.web.ts'
import { useCall } from '../../../kernel/ui/queries.web.ts'
import { usuallyWith, VEHICLES_SETTING, vehiclesAsked, vehiclesCount } from './vehicles.rules.ts'
import { BASE_YEAR, INDICATORS, indicatorNamed, type Indicator, type IndicatorCode } from './indicators.rules.ts'

export type Regions = OutputOf<typeof listRegions>['regions']
export type Span = 'year' | 'quarter' | 'month' | 'rolling'
export interface Slice {
  period: Period
  span: Span
  division: 'then' | 'now'
  /** '' is everything one may see, otherwise a group's code or a region's id. */
  scope: string
  category: string
  /** 单位建筑面积能耗 with the fuel of official cars. */
  vehicles: boolean
  /** Whether that is so where nobody chose: a setting. A page whose figures are fixed does not ask for it. */
  usually: boolean | undefined
  indicator: Indicator
}
/** What stands in the address for a slice; pages link to each other with it. */
export type SliceSearch = Record<string, string>

const spanOf = (period: Period, rolling: boolean): Span => (rolling ? 'rolling' : period.months === 12 ? 'year' : period.months === 3 ? 'quarter' : 'month')
export const MONTHS = { year: 12, quarter: 3, month: 1, rolling: 12 } as const
/** Years before this are history, not shown. */
export const BASE_FROM = `${BASE_YEAR}-01-01`

/** `working`: what holds where the address names no period; `usually`: where it says nothing of the fuel of official cars. */
export function readSlice(asked: Record<string, string>, working?: WorkingPeriod, usually?: boolean): Slice {
  const found = asked.period ? parsePeriod(asked.period) : null
  const rolling = asked.rolling === '1' && (!found || found.months === 1)
  const period = found ?? (rolling ? (working?.of(1) ?? lastEnded(1)) : (working?.period ?? lastEnded(12)))
  const vehicles = vehiclesCount(asked.vehicles, usually)
  const indicator = indicatorNamed(asked.indicator ?? '') ?? INDICATORS[0]
  return {
    period, span: spanOf(period, rolling), division: asked.division === 'now' ? 'now' : 'then', scope: asked.scope ?? '', category: asked.category ?? '', vehicles, usually,
    indicator: vehicles && indicator.code === 'energyPerArea' ? indicatorNamed('energyPerAreaWithVehicles')! : indicator,
  }
}

export function useUsually(): boolean {
  const setting = useCall(listSettings, { prefix: VEHICLES_SETTING }, { staleTime: 300_000 })
  return usuallyWith(setting.data?.settings.find((s) => s.validTo === null)?.value)
}
export function useSlice(): [Slice, ReturnType<typeof useAsked>[1]] {
  const [asked, ask] = useAsked()
  return [readSlice(asked, useWorkingPeriod(), useUsually()), ask]
}

/** The address of a slice; `change` lays other names over it. */
export function searchOf(s: Slice, change: Record<string, string | undefined> = {}): SliceSearch {
  const all: Record<string, string | undefined> = {
    indicator: s.indicator.code, period: s.period.key, rolling: s.span === 'rolling' ? '1' : undefined, division: s.division === 'now' ? 'now' : undefined,
    scope: s.scope || undefined, category: s.category || undefined, vehicles: vehiclesAsked(s.usually, s.vehicles), ...change,
  }
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v)) as SliceSearch
}

/** Ids of the regions in the scope; undefined asks for all. A group holds its regions of every time. */
export function regionsIn(scope: string, regions: Regions): string | undefined {
  if (!scope) return undefined
  if (/^\d+$/.test(scope)) return scope
  const ids = regions.filter((r) => (scope === 'none' ? r.kind === 'municipality' : r.groupCode === scope)).map((r) => r.id)
  return ids.length ? ids.join(',') : '0'
}

/** The slice as operations take it. */
export const inputOf = (s: Slice, regions: Regions) => ({
  period: s.period.key, rolling: s.span === 'rolling' ? ('1' as const) : undefined, division: s.division, regions: regionsIn(s.scope, regions), categories: s.category || undefined,
})

export const scopeLabel = (s: Slice, regions: Regions, all: string): string =>
  !s.scope ? all : s.scope === 'none' ? '市本级' : (GROUPS[s.scope as Group] ?? regions.find((r) => String(r.id) === s.scope)?.name ?? all)
export const categoryLabel = (code: string): string => categoryName(code) ?? '全部类型'
export const spanLabel = (s: Slice): string => (s.span === 'rolling' ? `截至${periodLabel(s.period)}的 12 个月` : periodLabel(s.period))
/** Whose figures: the place, one kind of institution where one was chosen, and how the city is divided. */
export const placeLabel = (s: Slice, regions: Regions, all: string): string => `${scopeLabel(s, regions, all)}${s.category ? ` ${categoryLabel(s.category)}` : ''}，${divisionLabel(s)}`
export const divisionLabel = (s: Slice): string => (s.division === 'now' ? '按现行区划' : '按当时区划')

/** The four that are shown; the switch decides which 单位建筑面积能耗 is meant. */
export const shownIndicators = (vehicles: boolean): readonly Indicator[] =>
  INDICATORS.filter((i) => i.code !== (vehicles ? 'energyPerArea' : 'energyPerAreaWithVehicles'))
/** The name always says whether the fuel of official cars is in it. */
export const indicatorLabel = (i: Indicator): string => (i.code === 'energyPerArea' ? '单位建筑面积能耗（不含公务用车用油）' : i.label)
export type Code = IndicatorCode
