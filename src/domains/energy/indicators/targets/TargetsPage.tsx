/** 目标分解: what a place must reach, where it stands, and what it handed down. */
import { Link } from '@tanstack/react-router'
import { Segmented, Select } from 'antd'
import { listRegions } from '../../../../kernel/org/organization/organization.contract.ts'
import { useWorkingPeriod } from '../../../../kernel/reports/working-period.web.ts'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { today } from '../../../../kernel/ui/text.web.ts'
import { useHome } from '../home.web.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { exportTargets, readTargets } from '../indicators.contract.ts'
import { indicatorNamed, INDICATORS } from '../indicators.rules.ts'
import { PlaceOfPictures } from '../pictures/Picture.tsx'
import { TrendPicture } from '../pictures/TrendPicture.tsx'
import { divisionLabel, readSlice } from '../slice.web.ts'
import { TargetCard } from './TargetCard.tsx'
import { TargetsBelow } from './TargetsBelow.tsx'
import '../indicators.css'

const lastYear = () => Number(today().slice(0, 4)) - 1

export default function TargetsPage() {
  const [asked, ask] = useAsked()
  const home = useHome()
  const working = useWorkingPeriod()
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  const year = Number(asked.year) || Number(working.of(12).key)
  const division = asked.division === 'then' ? ('then' as const) : ('now' as const)
  const regionId = asked.region ? Number(asked.region) : home.reach === 'district' ? home.regionId : null
  const place = home.reach === 'unit' ? { scope: 'organization' as const, id: home.organizationId } : regionId === null ? { scope: 'city' as const } : { scope: 'region' as const, id: regionId }
  const targets = useCall(readTargets, { year, division, ...place }, { enabled: home.ready, placeholderData: (before) => before })
  const name = regionId === null ? home.label : (regions.data?.regions.find((r) => r.id === regionId)?.name ?? home.label)
  return (
    <>
      <PageHeader title={`目标分解${regionId === null ? '' : `：${name}`}`} back={regionId !== null && home.reach === 'city' ? { to: '/energy/targets', label: '全市目标', search: { year: asked.year, division: asked.division } } : undefined}
        note={`${name}${year}年。全市目标分到区县，区县目标分到机构；颜色按当年目标轨迹判断。`} />
      <div className="slice-bar no-print">
        <Select aria-label="年度" value={year} style={{ width: 112 }} onChange={(y) => ask({ year: String(y) })} options={Array.from({ length: 7 }, (_, i) => ({ value: lastYear() + 1 - i, label: `${lastYear() + 1 - i}年` }))} />
        <Segmented aria-label="区划口径" value={division} options={[{ value: 'now' as const, label: '按现行区划' }, { value: 'then' as const, label: '按当时区划' }]} onChange={(d) => ask({ division: d === 'now' ? undefined : d })} />
      </div>
      <Loaded of={targets}>
        {({ targets: all }) => {
          if (all.length === 0) return <EmptyState title={`还没有下达给${name}的目标`} hint="上级分解下达后会列在这里。" action={<Link to="/energy">回到指标总览</Link>} />
          const order = INDICATORS.map((i) => i.code as string)
          const sorted = all.toSorted((a, b) => order.indexOf(a.target.indicator) - order.indexOf(b.target.indicator))
          const chosen = sorted.find((t) => t.target.indicator === asked.indicator) ?? sorted[0]!
          const slice = readSlice({ period: String(year), division: division === 'now' ? 'now' : '', scope: regionId === null ? '' : String(regionId), indicator: chosen.target.indicator })
          return (
            <>
              <div className="indicator-cards">{sorted.map((t) => <TargetCard key={t.target.id} progress={t} slice={slice} year={year} chosen={t === chosen} onChoose={() => ask({ indicator: t.target.indicator }, { replace: true })} />)}</div>
              <div className="pictures is-after">
                {indicatorNamed(chosen.target.indicator) && <div className="is-wide"><PlaceOfPictures value={`${name}，${divisionLabel(slice)}`}><TrendPicture slice={slice} exportData={<ExportFigures small operation={exportTargets} input={{ year, division, ...place }} />} progress={chosen} actual={[]} unit={chosen.unit} year={year} place={name} height={280} /></PlaceOfPictures></div>}
                {home.reach !== 'unit' && <div className="is-wide"><TargetsBelow above={chosen} slice={slice} year={year} division={division} /></div>}
              </div>
            </>
          )
        }}
      </Loaded>
    </>
  )
}
