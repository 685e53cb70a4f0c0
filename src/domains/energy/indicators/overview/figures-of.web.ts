/** What the overview and the wall read: this period, the one before, the base year, targets, the way here. */
import { periodAt, periodLabel, shift } from '../../../../kernel/reports/period.rules.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { together } from '../../../../kernel/ui/states.tsx'
import { useHome } from '../home.web.ts'
import { exportSeries, exportTargets, readIndicators, readSeries, readTargets } from '../indicators.contract.ts'
import { BASE_YEAR } from '../indicators.rules.ts'
import { BASE_FROM, inputOf, MONTHS, type Regions, type Slice } from '../slice.web.ts'

export function useOverview(slice: Slice, regions: Regions) {
  const home = useHome()
  const input = inputOf(slice, regions)
  const year = Number(slice.period.start.slice(0, 4))
  const total = useCall(readIndicators, { ...input, by: 'city', compare: '1' }, { placeholderData: (before) => before })
  const districts = useCall(readIndicators, { ...input, by: 'region', compare: '1' }, { placeholderData: (before) => before })
  // Targets are set for the city, a district or a unit, not for a group or one kind of institution.
  const one = /^\d+$/.test(slice.scope) ? Number(slice.scope) : null
  const wanted = slice.category || (slice.scope && one === null) ? null
    : one !== null ? { scope: 'region' as const, id: one }
    : home.reach === 'city' ? { scope: 'city' as const }
    : home.reach === 'district' ? { scope: 'region' as const, id: home.regionId ?? 0 } : { scope: 'organization' as const, id: home.organizationId }
  const targets = useCall(readTargets, { year, division: slice.division, ...wanted }, { enabled: wanted !== null && home.ready })
  const of = slice.span === 'rolling' ? 1 : MONTHS[slice.span]
  const steps = of === 12 ? 7 : of === 3 ? 12 : 24
  const first = shift(periodAt(slice.period.start, of), -steps)
  const common = { division: slice.division, regions: input.regions, categories: input.categories }
  const trend = useCall(readSeries, { ...common, months: String(of) as '1' | '3' | '12', from: first.start, before: slice.period.end }, { placeholderData: (before) => before })
  const yearly = { ...common, months: '12' as const, from: BASE_FROM, before: `${Math.max(year, BASE_YEAR) + 1}-01-01` }
  const years = useCall(readSeries, yearly, { placeholderData: (before) => before })
  // Without a target to be read, that there is none is known at once.
  const targetsRead = together(...(wanted ? [targets] : []))
  const points = Array.from({ length: steps + 1 }, (_, i) => shift(first, i))
  return {
    /** The trend as a workbook: with the trajectory where a target was handed down. */
    trendOut: wanted && targets.data?.targets.length ? { operation: exportTargets, input: { year, division: slice.division, ...wanted } } : { operation: exportSeries, input: yearly },
    home, total, districts, targetsRead, trendRead: together(years, targetsRead), targets: wanted ? targets.data?.targets : undefined, year,
    trendOf: (code: string) => points.filter((p) => trend.data?.rows.some((r) => r.key === p.start) || p.start >= slice.period.start).map((p) => ({ label: periodLabel(p), value: trend.data?.rows.find((r) => r.key === p.start)?.indicators[code] ?? null })),
    yearsOf: (code: string) => (years.data?.rows ?? []).map((r) => ({ year: Number(r.key.slice(0, 4)), value: r.indicators[code] ?? null })),
  }
}
