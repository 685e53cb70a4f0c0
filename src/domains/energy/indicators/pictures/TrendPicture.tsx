/** Year by year: what was used against what the trajectory allows, and where the running year is heading. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, type ReactNode } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { figureText, forPicture } from '../figures.web.ts'
import type { readTargets } from '../indicators.contract.ts'
import { Signal } from '../Signal.tsx'
import { COLOURS } from '../standing.rules.ts'
import { indicatorLabel, searchOf, type Slice } from '../slice.web.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

export type Progress = OutputOf<typeof readTargets>['targets'][number]

interface Props {
  slice: Slice
  /** Target with its points; the actual figures alone where no target was handed down. */
  progress: Progress | undefined
  actual: readonly { year: number; value: string | null }[]
  unit: string
  year: number
  place: string
  exportData: ReactNode
  height?: number
}

export function TrendPicture({ slice, progress, actual, unit, year, place, exportData, height = 300 }: Props) {
  const ink = useInks()
  const navigate = useNavigate()
  const name = indicatorLabel(slice.indicator)
  const forecast = progress?.forecast && progress.forecast.months < 12 ? progress.forecast : null
  const years = useMemo(() => {
    const found = new Map<number, { actual: string | null; target: string | null; colour: 'green' | 'amber' | 'red' | null }>()
    for (const a of actual) found.set(a.year, { actual: a.value, target: null, colour: null })
    for (const p of progress?.points ?? []) found.set(p.year, { actual: p.actual ?? found.get(p.year)?.actual ?? null, target: p.target, colour: p.colour })
    return [...found].toSorted(([a], [b]) => a - b).map(([y, v]) => ({ year: y, ...v }))
  }, [actual, progress])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true }, legend: { top: 0, right: 0, icon: 'roundRect', itemWidth: 16, itemHeight: 8 },
    tooltip: { trigger: 'axis', valueFormatter: (v: unknown) => (v === null || v === undefined ? '缺数' : `${figureText(String(v))} ${unit}`) },
    xAxis: { type: 'category', data: years.map((y) => String(y.year)) }, yAxis: { type: 'value', min: 0, name: unit, nameTextStyle: { align: 'left' } },
    series: [
      { name: '实际', type: 'bar', barMaxWidth: 36, data: years.map((y) => ({ value: forPicture(y.actual), itemStyle: { color: ink.series[0] } })), label: { show: years.length < 12, position: 'top', color: ink.text, fontSize: 11, formatter: (p: { value: number | null }) => (p.value === null ? '' : figureText(String(p.value), p.value >= 100 ? 1 : 2)) } },
      ...(!progress ? [] : [{ name: '目标轨迹', type: 'line', symbol: 'diamond', symbolSize: 8, data: years.map((y) => forPicture(y.target)), lineStyle: { type: 'dashed', width: 2, color: ink.series[1] }, itemStyle: { color: ink.series[1] }, connectNulls: true }]),
      ...(forecast ? [{ name: '全年预计', type: 'bar', barGap: '-100%', barMaxWidth: 36, data: years.map((y) => (y.year === year ? forPicture(forecast.value) : null)), itemStyle: { color: 'transparent', borderColor: ink.series[0], borderType: 'dashed', borderWidth: 1.5 }, label: { show: true, position: 'top', color: ink.text, fontSize: 11, formatter: (p: { value: number | null }) => (p.value === null || p.value === undefined ? '' : `预计 ${figureText(String(p.value), 1)}`) } }] : []),
    ],
  }), [years, forecast, progress, ink, unit, year])
  const onPick = useCallback((p: { name: string }) => void navigate({ to: '/energy/behind', search: searchOf(slice, { period: p.name, rolling: undefined }) as never }), [navigate, slice])
  return (
    <Picture overTime title={`${name}走势`} slice={slice} height={height} fileName={`${name}走势-${place}`} onPick={onPick} exportData={exportData}
      note={progress ? `目标依据：${progress.target.source}。${progress.target.baseFrom === 'computed' ? '基期值由 2020 年汇总数算出。' : ''}${forecast ? `${year} 年已有 ${forecast.months} 个月数据，按上年同期占全年的比重推算全年。` : ''}` : '这个范围没有下达这项目标，只画实际数。'}
      option={years.some((y) => y.actual !== null) ? option : null} label={`${place}${name}各年实际数${progress ? '与目标轨迹' : ''}，单位 ${unit}。${years.map((y) => `${y.year} 年 ${figureText(y.actual)}${y.colour ? `，${COLOURS[y.colour]}` : ''}`).join('；')}。`}
      figures={{
        columns: [{ heading: '年份', words: true }, { heading: '实际', unit }, { heading: '目标轨迹', unit }, { heading: '对照', words: true }],
        rows: years.map((y) => ({ key: String(y.year), cells: [{ text: `${y.year}年` }, { text: figureText(y.actual), behind: { period: String(y.year), rolling: undefined } }, { text: y.target === null ? '—' : figureText(y.target) }, { text: y.colour ? COLOURS[y.colour] : '—', show: <Signal colour={y.colour} note={y.colour ? undefined : '—'} /> }] })),
      }} />
  )
}
