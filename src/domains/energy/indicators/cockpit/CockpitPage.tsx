/** 驾驶舱: the wall. The same figures as the overview, dark, and the same way down to the institutions. */
import { FullscreenOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useEffect } from 'react'
import { listRegions } from '../../../../kernel/org/organization/organization.contract.ts'
import { refresh, useCall } from '../../../../kernel/ui/queries.web.ts'
import { Loaded, together } from '../../../../kernel/ui/states.tsx'
import { today } from '../../../../kernel/ui/text.web.ts'
import { AlwaysDark } from '../../../../kernel/ui/theme.tsx'
import { ExportFigures } from '../ExportFigures.tsx'
import { unitFor } from '../figures.web.ts'
import { unitOf } from '../indicators.rules.ts'
import { IndicatorCard } from '../overview/IndicatorCard.tsx'
import { useOverview } from '../overview/figures-of.web.ts'
import { DistrictMap } from '../pictures/DistrictMap.tsx'
import { PlaceOfPictures } from '../pictures/Picture.tsx'
import { RankingPicture } from '../pictures/RankingPicture.tsx'
import { TrendPicture } from '../pictures/TrendPicture.tsx'
import { divisionLabel, placeLabel, scopeLabel, searchOf, shownIndicators, spanLabel, useSlice, type Regions } from '../slice.web.ts'
import { SliceBar } from '../SliceBar.tsx'
import { Alerts } from './Alerts.tsx'
import '../indicators.css'
import './cockpit.css'

const EVERY = 5 * 60_000

function Wall({ regions }: { regions: Regions }) {
  const [slice, ask] = useSlice()
  const { home, total, districts, targets, targetsRead, trendRead, year, trendOut, trendOf, yearsOf } = useOverview(slice, regions)
  const client = useQueryClient()
  useEffect(() => {
    const timer = setInterval(() => void refresh(client, ['indicator.read', 'indicator.series', 'target.progress', 'target.below', 'indicator.completeness']), EVERY)
    return () => clearInterval(timer)
  }, [client])
  useEffect(() => {
    document.title = '驾驶舱 · 公廨'
  }, [])
  const { indicator } = slice
  const progress = targets?.find((t) => t.target.indicator === indicator.code)
  return (
    <div className="cockpit">
      <header className="cockpit-head">
        <h1>公共机构节能驾驶舱</h1>
        <p className="muted">{scopeLabel(slice, regions, home.label)} {spanLabel(slice)} {divisionLabel(slice)}　{today()}</p>
        <span className="cockpit-space" />
        <Button type="text" icon={<FullscreenOutlined aria-hidden />} onClick={() => void document.documentElement.requestFullscreen?.()}>全屏</Button>
        <Link to="/energy" search={searchOf(slice) as never}>退出驾驶舱</Link>
      </header>
      <SliceBar regions={regions} noCategory />
      <PlaceOfPictures value={placeLabel(slice, regions, home.label)}>
        <div className="cockpit-grid">
          <div className="cockpit-cards">
            <Loaded of={total}>
              {({ total: now, lastYear, base, baseYear, apart, expected }) => shownIndicators(slice.vehicles).map((i) => (
                <IndicatorCard key={i.code} indicator={i} slice={slice} total={now} lastYear={lastYear?.[0]} base={base?.[0]} baseYear={baseYear} apart={apart} expected={expected} trend={trendOf(i.code)}
                  progress={targets?.find((t) => t.target.indicator === i.code)} unread={!targetsRead.data} chosen={i.code === indicator.code} onChoose={() => ask({ indicator: i.code }, { replace: true })} />
              ))}
            </Loaded>
          </div>
          <div className="cockpit-middle">
            <Loaded of={districts}>{({ rows }) => <DistrictMap slice={slice} rows={rows} regions={regions} unit={unitFor(indicator, slice)} height={460} />}</Loaded>
            <Loaded of={trendRead}>{() => <TrendPicture slice={slice} exportData={<ExportFigures small {...trendOut} />} unit={unitOf(indicator, 12)} year={year} place={scopeLabel(slice, regions, home.label)} progress={progress} actual={yearsOf(indicator.code)} height={220} />}</Loaded>
          </div>
          <div className="cockpit-right">
            <Alerts slice={slice} targets={targets} regions={regions} districts={districts.data?.rows ?? []} read={together(targetsRead, districts)} />
            <Loaded of={districts}>{({ rows, lastYear, total: all }) => <RankingPicture slice={slice} rows={rows} lastYear={lastYear} average={all?.indicators[indicator.code] ?? null} regions={regions} unit={unitFor(indicator, slice)} most={16} />}</Loaded>
          </div>
        </div>
      </PlaceOfPictures>
    </div>
  )
}

export default function CockpitPage() {
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  return <AlwaysDark><Loaded of={regions}>{({ regions: all }) => <Wall regions={all} />}</Loaded></AlwaysDark>
}
