/** 指标总览: the four indicators, where they come from and where they are heading. */
import { Link } from '@tanstack/react-router'
import { Button, Checkbox } from 'antd'
import { listRegions } from '../../../../kernel/org/organization/organization.contract.ts'
import { periodLabel, shift } from '../../../../kernel/reports/period.rules.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { apartSentence } from '../base.rules.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { districtReport } from '../indicators.contract.ts'
import { DistrictMap } from '../pictures/DistrictMap.tsx'
import { PlaceOfPictures } from '../pictures/Picture.tsx'
import { RankingPicture } from '../pictures/RankingPicture.tsx'
import { TrendPicture } from '../pictures/TrendPicture.tsx'
import { categoryLabel, divisionLabel, inputOf, placeLabel, scopeLabel, searchOf, shownIndicators, spanLabel, useSlice, type Regions } from '../slice.web.ts'
import { vehiclesAsked } from '../vehicles.rules.ts'
import { lackingSentence, withoutFactor } from '../lacking.rules.ts'
import { SliceBar } from '../SliceBar.tsx'
import { unitFor } from '../figures.web.ts'
import { unitOf } from '../indicators.rules.ts'
import { useOverview } from './figures-of.web.ts'
import { GreatestInstitutions } from './GreatestInstitutions.tsx'
import { IndicatorCard } from './IndicatorCard.tsx'
import { PlacesTable } from './PlacesTable.tsx'
import '../indicators.css'

function Overview({ regions }: { regions: Regions }) {
  const [slice, ask] = useSlice()
  const { home, total, districts, targets, targetsRead, trendRead, year, trendOut, trendOf, yearsOf } = useOverview(slice, regions)
  const place = scopeLabel(slice, regions, home.label)
  const region = /^\d+$/.test(slice.scope) ? Number(slice.scope) : home.reach === 'district' ? home.regionId : null
  const { indicator } = slice
  const several = home.reach === 'city' && !/^\d+$/.test(slice.scope)
  return (
    <>
      <PageHeader title="指标总览" note={`${place}${slice.category ? ` ${categoryLabel(slice.category)}` : ''}，${spanLabel(slice)}，${divisionLabel(slice)}。点任何一个数，看它背后的机构。`}
        actions={
          <>
            {region !== null && slice.span === 'year' && <ExportFigures operation={districtReport} input={{ year, region }} label="区县一页通报（PDF）" />}
            {home.reach === 'unit' && home.own && <Link to={`/energy/institutions/${home.organizationId}`}><Button>本单位历年指标</Button></Link>}
            <ExportFigures input={{ ...inputOf(slice, regions), by: 'region' }} />
          </>
        } />
      <SliceBar regions={regions} />
      <Loaded of={total}>
        {({ total: now, lastYear, base, baseYear, apart, expected }) => (
          <>
            {!now?.counted && <p className="notice" role="status">{spanLabel(slice)}还没有计入的数据：报表未交齐或未审核通过。<Link to="/energy" search={searchOf(slice, { period: shift(slice.period, -1).key }) as never}>看{periodLabel(shift(slice.period, -1))}</Link></p>}
            <div className="indicator-cards">
              {shownIndicators(slice.vehicles).map((i) => (
                <IndicatorCard key={i.code} indicator={i} slice={slice} total={now} lastYear={lastYear?.[0]} base={base?.[0]} baseYear={baseYear} apart={apart} expected={expected} trend={trendOf(i.code)}
                  progress={targets?.find((t) => t.target.indicator === i.code)} unread={!targetsRead.data} chosen={i.code === indicator.code} onChoose={() => ask({ indicator: i.code }, { replace: true })} />
              ))}
            </div>
            {apart && <p className="notice" role="note">{apartSentence(apart, baseYear)}</p>}
            {now && withoutFactor(now.sums).length > 0 && <p className="notice" role="note">{lackingSentence(now.sums)}</p>}
            <p className="no-print vehicles-switch">
              <Checkbox checked={slice.vehicles} onChange={(e) => ask({ vehicles: vehiclesAsked(slice.usually, e.target.checked), indicator: indicator.code.startsWith('energyPerArea') ? 'energyPerArea' : indicator.code }, { replace: true })}>单位建筑面积能耗含公务用车用油</Checkbox>
              <span className="muted">{indicator.basis}。<Link to="/energy/factors">系数与口径</Link></span>
            </p>
          </>
        )}
      </Loaded>
      <PlaceOfPictures value={placeLabel(slice, regions, home.label)}>
        <div className="pictures">
          <Loaded of={trendRead}>{() => <TrendPicture slice={slice} exportData={<ExportFigures small {...trendOut} />} unit={unitOf(indicator, 12)} year={year} place={place} progress={targets?.find((t) => t.target.indicator === indicator.code)} actual={yearsOf(indicator.code)} height={several ? 400 : 300} />}</Loaded>
          {several && <Loaded of={districts}>{({ rows }) => <DistrictMap slice={slice} rows={rows} regions={regions} unit={unitFor(indicator, slice)} />}</Loaded>}
          {!several && <GreatestInstitutions slice={slice} regions={regions} />}
          {several && <div className="is-wide"><Loaded of={districts}>{({ rows, lastYear, total: all }) => <RankingPicture slice={slice} rows={rows} lastYear={lastYear} average={all?.indicators[indicator.code] ?? null} regions={regions} unit={unitFor(indicator, slice)} />}</Loaded></div>}
          <div className="is-wide"><PlacesTable slice={slice} regions={regions} several={several} /></div>
        </div>
      </PlaceOfPictures>
    </>
  )
}

export default function OverviewPage() {
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  return <Loaded of={regions}>{({ regions: all }) => <Overview regions={all} />}</Loaded>
}
