/** The schematic map: an indicator by district. Regions without an outline stand as points and in the list below. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { Behind } from '../Behind.tsx'
import { ExportFigures } from '../ExportFigures.tsx'
import { figureText, forPicture, MISSING } from '../figures.web.ts'
import type { FigureRow } from '../indicators.contract.ts'
import { divisionLabel, indicatorLabel, inputOf, searchOf, spanLabel, type Regions, type Slice } from '../slice.web.ts'
import { DRAWN_AS, outlinesOf, POINTS, shortName, SMALL, stepsOf } from './districts.rules.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

// The map's code registers outlines with the charts: it comes when a map is shown, not before.
const map = () => import('../../../../kernel/org/region/map.web.ts')

interface Props {
  slice: Slice
  rows: readonly FigureRow[]
  regions: Regions
  unit: string
  height?: number
}
interface Datum {
  name: string
  value: number | null
  key: string
  label: string
  text: string
}

export function DistrictMap({ slice, rows, regions, unit, height = 440 }: Props) {
  const ink = useInks()
  const navigate = useNavigate()
  const loaded = useQuery({ queryKey: ['map', 'districts'], queryFn: async () => {
    const { loadMap, MAP, MAP_NOTE } = await map()
    await loadMap()
    return { name: MAP, note: MAP_NOTE }
  }, staleTime: Infinity })
  const { code } = slice.indicator
  const { areas, points, steps } = useMemo(() => {
    const of = (r: FigureRow) => regions.find((g) => String(g.id) === r.key)
    const datum = (r: FigureRow, name: string): Datum => ({ name, value: forPicture(r.indicators[code]), key: r.key, label: r.label, text: figureText(r.indicators[code]) })
    return {
      areas: rows.flatMap((r) => (of(r) ? outlinesOf(of(r)!).map((name) => datum(r, name)) : [])),
      points: rows.filter((r) => of(r) && POINTS[of(r)!.code]).map((r) => ({ ...datum(r, r.label), at: POINTS[of(r)!.code]! })),
      steps: stepsOf(rows.flatMap((r) => forPicture(r.indicators[code]) ?? [])),
    }
  }, [rows, regions, code])
  const newDistrict = rows.some((r) => DRAWN_AS[regions.find((g) => String(g.id) === r.key)?.code ?? ''])
  const city = rows.find((r) => regions.find((g) => String(g.id) === r.key)?.kind === 'municipality')
  const option = useMemo(() => {
    const colour = (v: number | null) => (v === null ? ink.none : ink.scale[steps.filter((b) => v >= b).length]!)
    const bounds = (i: number) => (i === 0 ? `＜${steps[0]}` : i === steps.length ? `≥${steps[i - 1]}` : `${steps[i - 1]}–${steps[i]}`)
    return {
      aria: { enabled: false },
      tooltip: { formatter: (p: { name: string; data?: Datum }) => (p.data ? `${p.data.label === p.name ? p.name : `${p.data.label}（${p.name}）`}\n${p.data.text}${p.data.value === null ? '' : ` ${unit}`}` : `${p.name}\n${MISSING}`) },
      visualMap: { type: 'piecewise', left: 0, bottom: 0, itemWidth: 14, itemHeight: 12, itemGap: 4, textStyle: { color: ink.faint, fontSize: 11 }, seriesIndex: 0, hoverLink: false, selectedMode: false,
        pieces: Array.from({ length: steps.length + 1 }, (_, i) => ({ gte: i ? steps[i - 1] : undefined, lt: i < steps.length ? steps[i] : undefined, label: bounds(i), color: ink.scale[i] })) },
      geo: { map: loaded.data?.name, roam: false, aspectScale: 0.86, layoutCenter: ['54%', '50%'], layoutSize: '100%', itemStyle: { areaColor: ink.none, borderColor: ink.ground }, select: { disabled: true },
        regions: SMALL.map((name) => ({ name, label: { show: false } })), label: { show: true, formatter: (p: { name: string }) => shortName(p.name), fontSize: 10, color: '#fff', textBorderColor: 'rgba(0,0,0,.6)', textBorderWidth: 2 }, emphasis: { label: { color: '#fff' }, itemStyle: { areaColor: ink.series[1] } } },
      series: [
        { type: 'map', geoIndex: 0, map: loaded.data?.name, data: areas.map((a) => ({ ...a, value: a.value ?? Number.NaN })) },
        { type: 'scatter', coordinateSystem: 'geo', symbol: 'pin', symbolSize: 26, data: points.map((p) => ({ ...p, value: [...p.at, p.value ?? 0], itemStyle: { color: colour(p.value), borderColor: ink.text, borderWidth: 1 } })),
          tooltip: { formatter: (p: { data: Datum }) => `${p.data.label}\n${p.data.text} ${unit}` } },
      ],
    }
  }, [areas, points, steps, ink, unit, loaded.data])
  const onPick = useCallback((p: { data: unknown }) => {
    const key = (p.data as Datum | undefined)?.key
    if (key) void navigate({ to: '/energy/behind', search: searchOf(slice, { scope: key }) as never })
  }, [navigate, slice])
  const name = indicatorLabel(slice.indicator)
  const aside = [...points.map((p) => rows.find((r) => r.key === p.key)!), ...(city ? [city] : [])]
  return (
    <Loaded of={loaded}>
      {({ note }) => (
        <Picture title={`各区县${name}分布`} slice={slice} height={height} fileName={`${name}分布-${slice.period.key}`} onPick={onPick} note={`单位 ${unit}，${divisionLabel(slice)}。${note}${newDistrict ? '两江新区画在原江北区、渝北区的位置上。' : ''}`}
          option={areas.some((a) => a.value !== null) ? option : null} label={`${spanLabel(slice)}各区县${name}的示意地图，颜色越深数值越大。`}
          exportData={<ExportFigures small input={{ ...inputOf(slice, regions), by: 'region' }} />}
          below={aside.length > 0 && <p className="map-aside">没有单独界线：{aside.map((r) => <span key={r.key}>{r.label} <Behind slice={slice} change={{ scope: r.key }}>{figureText(r.indicators[code])}</Behind></span>)}</p>}
          figures={{ columns: [{ heading: '区县', words: true }, { heading: '指标值', unit }, { heading: '计入', unit: '家' }, { heading: '未计入', unit: '家' }], rows: rows.map((r) => ({ key: r.key, cells: [{ text: r.label, behind: { scope: r.key } }, { text: figureText(r.indicators[code]), behind: { scope: r.key } }, { text: decimalText(r.counted) }, { text: decimalText(r.keptOut), behind: { scope: r.key, only: 'keptOut' } }] })) }} />
      )}
    </Loaded>
  )
}
