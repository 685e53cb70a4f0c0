/** The chosen indicator period by period: its own figures, the median of its kind, and what the target allows. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, type ReactNode } from 'react'
import { parsePeriod, periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { cellOf, cellSearch, formAddress } from '../cells.web.ts'
import { figureText, forPicture } from '../figures.web.ts'
import { unitOf } from '../indicators.rules.ts'
import { Picture } from '../pictures/Picture.tsx'
import { useInks } from '../pictures/shade.web.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { indicatorLabel, type Slice } from '../slice.web.ts'
import type { Row } from './InstitutionCard.tsx'

interface Props {
  id: number
  slice: Slice
  months: 1 | 3 | 12
  rows: readonly Row[]
  progress: Progress | undefined
  place: string
  exportData: ReactNode
  from: string
  search: Record<string, string>
}
const short = (period: string): string => (/Q/.test(period) ? `${period.slice(-1)} 季度` : period.length === 7 ? `${Number(period.slice(5))} 月` : period)

export function InstitutionPicture({ id, slice, months, rows, progress, place, exportData, from, search }: Props) {
  const ink = useInks()
  const navigate = useNavigate()
  const { indicator } = slice
  const unit = unitOf(indicator, months)
  const name = indicatorLabel(indicator)
  const points = useMemo(() => rows.toReversed().map((row) => ({
    row, value: row.indicators[indicator.code] ?? null, median: row.peers[indicator.code]?.median ?? null, target: progress?.points.find((p) => String(p.year) === row.period)?.target ?? null,
  })), [rows, progress, indicator])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true }, legend: { top: 0, right: 0, icon: 'roundRect', itemWidth: 16, itemHeight: 8 },
    tooltip: { trigger: 'axis', valueFormatter: (v: unknown) => (v === null || v === undefined ? '缺数' : `${figureText(String(v))} ${unit}`) },
    xAxis: { type: 'category', data: points.map((p) => short(p.row.period)) }, yAxis: { type: 'value', min: 0, name: unit, nameTextStyle: { align: 'left' } },
    series: [
      { name: '本机构', type: 'bar', barMaxWidth: 36, data: points.map((p) => ({ value: forPicture(p.value), itemStyle: { color: ink.series[0] } })), label: { show: true, position: 'top', color: ink.text, fontSize: 11, formatter: (p: { value: number | null }) => (p.value === null || p.value === undefined ? '' : figureText(String(p.value), p.value >= 100 ? 0 : 2)) } },
      { name: '同类中位数', type: 'line', symbol: 'emptyCircle', symbolSize: 7, data: points.map((p) => forPicture(p.median)), lineStyle: { color: ink.faint, width: 2 }, itemStyle: { color: ink.faint }, connectNulls: false },
      ...(points.some((p) => p.target !== null) ? [{ name: '目标轨迹', type: 'line', symbol: 'diamond', symbolSize: 8, data: points.map((p) => forPicture(p.target)), lineStyle: { type: 'dashed', width: 2, color: ink.series[1] }, itemStyle: { color: ink.series[1] }, connectNulls: true }] : []),
    ],
  }), [points, ink, unit])
  const onPick = useCallback((p: { dataIndex: number }) => {
    const row = points[p.dataIndex]?.row
    if (row && row.state !== 'outside') void navigate({ to: formAddress({ form: row.form, period: row.formPeriod, organizationId: id }), search: cellSearch(cellOf(indicator), from, search) as never })
  }, [navigate, points, id, indicator, from, search])
  return (
    <Picture title={`${name}：与同类比较`} slice={slice} height={300} fileName={`${place}${name}`} onPick={onPick} exportData={exportData}
      note={`单位 ${unit}。同类中位数取全市同一机构类型、同一期计入的机构；点一根柱子打开那一期的报表。`} empty="这些统计期都没有计入的数据"
      option={points.some((p) => p.value !== null || p.median !== null) ? option : null}
      label={`${place}各期${name}，单位 ${unit}。${points.map((p) => `${periodLabel(parsePeriod(p.row.period)!)} ${figureText(p.value)}，同类中位数 ${figureText(p.median)}`).join('；')}。`}
      figures={{
        columns: [{ heading: '统计期', words: true }, { heading: '本机构', unit }, { heading: '同类中位数', unit }, { heading: '目标轨迹', unit }],
        rows: points.map((p) => ({ key: p.row.period, cells: [{ text: periodLabel(parsePeriod(p.row.period)!) }, { text: figureText(p.value) }, { text: p.median === null ? '—' : figureText(p.median) }, { text: p.target === null ? '—' : figureText(p.target) }] })),
      }} />
  )
}
