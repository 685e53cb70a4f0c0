/** 指标分析: spread, flow, composition, months, completeness for one slice. */
import { Segmented } from 'antd'
import { listRegions } from '../../../../kernel/org/organization/organization.contract.ts'
import { todayInChongqing } from '../../../../kernel/reports/period.rules.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { useHome } from '../home.web.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { exportCompleteness, exportDistribution, exportSeries, readCompleteness, readDistribution, readIndicators, readSeries } from '../indicators.contract.ts'
import { categoryLabel, divisionLabel, indicatorLabel, inputOf, placeLabel, scopeLabel, shownIndicators, spanLabel, useSlice, type Regions } from '../slice.web.ts'
import { SliceBar } from '../SliceBar.tsx'
import { CompletenessPicture } from './CompletenessPicture.tsx'
import { CompositionPicture } from './CompositionPicture.tsx'
import { DistributionPicture } from './DistributionPicture.tsx'
import { FlowPicture } from './FlowPicture.tsx'
import { MonthsPicture } from './MonthsPicture.tsx'
import { PlaceOfPictures } from './Picture.tsx'
import '../indicators.css'

const keep = { placeholderData: <T,>(before: T) => before }

function Analysis({ regions }: { regions: Regions }) {
  const [slice, ask] = useSlice()
  const home = useHome()
  const input = inputOf(slice, regions)
  const year = Number(slice.period.start.slice(0, 4))
  const scope = { division: slice.division, regions: input.regions, categories: input.categories }
  const distribution = useCall(readDistribution, { ...input, indicator: slice.indicator.code }, keep)
  const kinds = useCall(readIndicators, { ...input, by: 'category' }, keep)
  const total = useCall(readIndicators, { ...input, by: 'city', compare: '1' }, keep)
  const twoYears = { ...scope, months: '1' as const, from: `${year - 1}-01-01`, before: `${year + 1}-01-01` }
  const months = useCall(readSeries, twoYears, keep)
  const lastMonth = `${todayInChongqing().slice(0, 7)}-01`
  const calendar = { from: `${Number(lastMonth.slice(0, 4)) - 3}-01-01`, before: lastMonth, regions: input.regions }
  const completeness = useCall(readCompleteness, calendar, keep)
  return (
    <>
      <PageHeader title="指标分析" note={`${scopeLabel(slice, regions, home.label)}${slice.category ? ` ${categoryLabel(slice.category)}` : ''}，${spanLabel(slice)}，${divisionLabel(slice)}。`} />
      <SliceBar regions={regions} />
      <Segmented className="no-print indicator-choice" aria-label="指标" value={slice.indicator.code} onChange={(indicator) => ask({ indicator })} options={shownIndicators(slice.vehicles).map((i) => ({ value: i.code, label: indicatorLabel(i) }))} />
      <PlaceOfPictures value={placeLabel(slice, regions, home.label)}>
        <div className="pictures">
          <div className="is-wide">
            <Loaded of={distribution}>{({ groups }) => <DistributionPicture slice={slice} groups={groups} exportData={<ExportFigures small operation={exportDistribution} input={{ ...input, indicator: slice.indicator.code }} />} />}</Loaded>
          </div>
          <Loaded of={months}>{({ rows }) => <MonthsPicture slice={slice} rows={rows} year={year} exportData={<ExportFigures small operation={exportSeries} input={twoYears} />} />}</Loaded>
          <Loaded of={total}>{({ total: now, lastYear }) => <CompositionPicture slice={slice} total={now} lastYear={lastYear?.[0]} regions={regions} />}</Loaded>
          <div className="is-wide"><Loaded of={kinds}>{({ rows, parents }) => <FlowPicture slice={slice} rows={rows} parents={parents} regions={regions} />}</Loaded></div>
          <div className="is-wide"><Loaded of={completeness}>{({ months: all }) => <CompletenessPicture slice={slice} months={all} exportData={<ExportFigures small operation={exportCompleteness} input={calendar} />} />}</Loaded></div>
        </div>
      </PlaceOfPictures>
    </>
  )
}

export default function AnalysisPage() {
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  return <Loaded of={regions}>{({ regions: all }) => <Analysis regions={all} />}</Loaded>
}
