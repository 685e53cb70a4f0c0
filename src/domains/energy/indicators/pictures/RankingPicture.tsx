/** Districts from the highest to the lowest, with the whole scope's figure as a line; one group at a time if wished. */
import { useNavigate } from '@tanstack/react-router'
import { Segmented } from 'antd'
import { useCallback, useMemo, useState } from 'react'
import { GROUPS, type Group } from '../../../../kernel/org/region/region.words.rules.ts'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { changeFrom, changeText, figureText, forPicture } from '../figures.web.ts'
import type { FigureRow } from '../indicators.contract.ts'
import { indicatorLabel, inputOf, searchOf, spanLabel, type Regions, type Slice } from '../slice.web.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

interface Props {
  slice: Slice
  rows: readonly FigureRow[]
  lastYear: readonly FigureRow[] | null
  average: string | null
  regions: Regions
  unit: string
  /** On a wall: only the first so many are drawn. */
  most?: number
}
const SHORT: Record<Group, string> = { metropolitan: '主城都市区', northeast: '渝东北', southeast: '渝东南' }

export function RankingPicture({ slice, rows, lastYear, average, regions, unit, most }: Props) {
  const ink = useInks()
  const navigate = useNavigate()
  const [group, setGroup] = useState<Group | ''>('')
  const { code } = slice.indicator
  const ranked = useMemo(() => rows
    .filter((r) => !group || regions.find((g) => String(g.id) === r.key)?.groupCode === group)
    .toSorted((a, b) => (forPicture(b.indicators[code]) ?? -1) - (forPicture(a.indicators[code]) ?? -1)), [rows, group, regions, code])
  const known = useMemo(() => ranked.filter((r) => r.indicators[code] !== null), [ranked, code])
  const drawn = useMemo(() => known.slice(0, most), [known, most])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 64, top: 20, bottom: 8, containLabel: true },
    tooltip: { trigger: 'item', formatter: (p: { name: string; dataIndex: number }) => `${p.name}\n${figureText(drawn[p.dataIndex]?.indicators[code])} ${unit}\n计入 ${drawn[p.dataIndex]?.counted ?? 0} 家，未计入 ${drawn[p.dataIndex]?.keptOut ?? 0} 家` },
    xAxis: { type: 'value', min: 0, position: 'top', name: '' }, yAxis: { type: 'category', inverse: true, data: drawn.map((r) => r.label), axisTick: { show: false }, axisLabel: { width: 128, overflow: 'truncate', interval: 0, fontSize: 12 } },
    series: [{
      type: 'bar', barMaxWidth: 14, cursor: 'pointer', data: drawn.map((r) => ({ value: forPicture(r.indicators[code]), itemStyle: { color: average !== null && Number(r.indicators[code]) > Number(average) ? ink.series[1] : ink.series[0] } })),
      label: { show: true, position: 'right', color: ink.text, fontSize: 11, formatter: (p: { value: number }) => figureText(String(p.value)) },
      markLine: average === null ? undefined : { symbol: 'none', silent: true, lineStyle: { color: ink.text, type: 'dashed' }, label: { show: false }, data: [{ xAxis: Number(average) }] },
    }],
  }), [drawn, code, average, ink, unit])
  const onPick = useCallback((p: { dataIndex: number }) => void navigate({ to: '/energy/behind', search: searchOf(slice, { scope: drawn[p.dataIndex]?.key }) as never }), [navigate, slice, drawn])
  const name = indicatorLabel(slice.indicator)
  const missing = ranked.length - known.length
  return (
    <Picture title={`各区县${name}排名`} slice={slice} height={Math.max(160, 40 + drawn.length * 20)} fileName={`各区县${name}排名-${slice.period.key}`} onPick={onPick}
      note={`${most && known.length > most ? `最高的 ${most} 个，` : ''}单位 ${unit}；虚线是合计${average === null ? '' : ` ${figureText(average)}`}，橙色的高于合计。${missing ? `${missing} 个区县缺数，不排名。` : ''}`}
      tools={<Segmented size="small" aria-label="区域" value={group} onChange={setGroup} options={[{ value: '' as const, label: '全部' }, ...(Object.keys(GROUPS) as Group[]).map((g) => ({ value: g, label: SHORT[g] }))]} />}
      option={drawn.length ? option : null} label={`${spanLabel(slice)}各区县${name}从高到低：${drawn.slice(0, 5).map((r) => `${r.label} ${figureText(r.indicators[code])}`).join('、')}等，共 ${drawn.length} 个。`}
      exportData={<ExportFigures small input={{ ...inputOf(slice, regions), by: 'region' }} />}
      figures={{
        columns: [{ heading: '区县', words: true }, { heading: '位次' }, { heading: '指标值', unit }, { heading: '比上年同期' }, { heading: '计入', unit: '家' }, { heading: '未计入', unit: '家' }],
        rows: ranked.map((r, i) => ({
          key: r.key,
          cells: [{ text: r.label, behind: { scope: r.key } }, { text: i < known.length ? String(i + 1) : '—' }, { text: figureText(r.indicators[code]), behind: { scope: r.key } },
            { text: changeText(changeFrom(lastYear?.find((l) => l.key === r.key)?.indicators[code], r.indicators[code])) }, { text: decimalText(r.counted), behind: { scope: r.key, only: 'counted' } }, { text: decimalText(r.keptOut), behind: { scope: r.key, only: 'keptOut' } }],
        })),
      }} />
  )
}
