import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import Chart from '../../ui/Chart.tsx'
import { useNarrow } from '../../ui/narrow.web.ts'
import { SERIES_DARK, SERIES_LIGHT } from '../../ui/palette.rules.ts'
import { Loaded } from '../../ui/states.tsx'
import { useShade } from '../../ui/theme.tsx'
import type { listRegions } from '../organization/organization.contract.ts'
import { loadMap, MAP, MAP_NOTE } from './map.web.ts'
import { DAY_BEFORE, GROUPS, stoodOn, type Group } from './region.words.rules.ts'

/** The three groups (一区两群) on the districts' outlines. */
export default function RegionMap({ regions }: { regions: OutputOf<typeof listRegions>['regions'] }) {
  const { isDark } = useShade()
  const narrow = useNarrow()
  const map = useQuery({ queryKey: ['map', MAP], queryFn: () => loadMap().then(() => true), staleTime: Infinity })
  const palette = isDark ? SERIES_DARK : SERIES_LIGHT
  const groups = Object.keys(GROUPS) as Group[]
  const option = useMemo(() => ({
    tooltip: { formatter: (p: { name: string; data?: { group?: string } }) => `${p.name}\n${p.data?.group ?? ''}` },
    series: [{
      type: 'map', map: MAP, roam: false, selectedMode: false, nameProperty: 'name', aspectScale: 0.86, layoutCenter: ['50%', '50%'], layoutSize: '98%',
      label: { show: true, fontSize: 10, color: '#fff', textBorderColor: 'rgba(0,0,0,.55)', textBorderWidth: 2 }, labelLayout: { hideOverlap: true },
      emphasis: { label: { color: '#fff' }, itemStyle: { areaColor: isDark ? '#b3d0fa' : '#143a72' } },
      itemStyle: { borderColor: isDark ? '#0d1115' : '#fff' },
      data: regions.filter((r) => r.groupCode && r.kind !== 'functional' && stoodOn(r, DAY_BEFORE)).map((r) => ({
        name: r.name, value: groups.indexOf(r.groupCode as Group), group: GROUPS[r.groupCode as Group], itemStyle: { areaColor: palette[groups.indexOf(r.groupCode as Group)] },
      })),
    }],
  }), [regions, isDark, palette, groups])
  return (
    <Loaded of={map}>
      {() => (
        <>
          <p className="muted" style={{ marginBlockEnd: 8 }}>{MAP_NOTE}</p>
          <ul className="region-legend">{groups.map((g, i) => <li key={g}><i style={{ background: palette[i] }} />{GROUPS[g]}</li>)}</ul>
          <Chart option={option} height={narrow ? 380 : 620} fileName="重庆市区划示意图" label={`重庆市 38 个区县示意图，按${Object.values(GROUPS).join('、')}着色。各区县所属见“现行区划”表。`} />
        </>
      )}
    </Loaded>
  )
}
