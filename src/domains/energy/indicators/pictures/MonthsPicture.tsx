/** Month by month against last year; a month without figures is a gap, not a zero. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, type ReactNode } from 'react'
import { changeFrom, changeText, figureText, forPicture } from '../figures.web.ts'
import type { FigureRow } from '../indicators.contract.ts'
import { unitOf } from '../indicators.rules.ts'
import { indicatorLabel, searchOf, type Slice } from '../slice.web.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

const MONTHS = Array.from({ length: 12 }, (_, i) => String(i + 1).padStart(2, '0'))

export function MonthsPicture({ slice, rows, year, exportData }: { slice: Slice; rows: readonly FigureRow[]; year: number; exportData: ReactNode }) {
  const ink = useInks()
  const navigate = useNavigate()
  const unit = unitOf(slice.indicator, 1)
  const { code } = slice.indicator
  const name = indicatorLabel(slice.indicator)
  const months = useMemo(() => {
    const at = (y: number, m: string) => rows.find((r) => r.key === `${y}-${m}-01`)
    return MONTHS.map((m) => ({ month: m, now: at(year, m), before: at(year - 1, m) })).map((m) => ({ ...m, value: m.now?.indicators[code] ?? null, last: m.before?.indicators[code] ?? null }))
  }, [rows, year, code])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true }, legend: { top: 0, right: 0 },
    tooltip: { trigger: 'axis', valueFormatter: (v: unknown) => (v === null || v === undefined ? '缺数' : `${figureText(String(v))} ${unit}`) },
    xAxis: { type: 'category', data: MONTHS.map((m) => `${Number(m)}月`) }, yAxis: { type: 'value', min: 0, name: unit, nameTextStyle: { align: 'left' } },
    series: [
      { name: `${year - 1}年`, type: 'line', symbol: 'emptyCircle', symbolSize: 6, data: months.map((m) => forPicture(m.last)), lineStyle: { type: 'dashed', color: ink.faint }, itemStyle: { color: ink.faint }, connectNulls: false },
      { name: `${year}年`, type: 'line', symbol: 'circle', symbolSize: 7, data: months.map((m) => forPicture(m.value)), lineStyle: { width: 2.5, color: ink.series[0] }, itemStyle: { color: ink.series[0] }, connectNulls: false },
    ],
  }), [months, ink, unit, year])
  const onPick = useCallback((p: { dataIndex: number; seriesName?: string }) => void navigate({
    to: '/energy/behind', search: searchOf(slice, { period: `${p.seriesName === `${year - 1}年` ? year - 1 : year}-${MONTHS[p.dataIndex]}`, rolling: undefined }) as never,
  }), [navigate, slice, year])
  return (
    <Picture overTime title={`${name}：逐月比上年`} slice={slice} height={300} fileName={`${name}逐月-${year}`} onPick={onPick} exportData={exportData} note="由月度台账汇总；没有计入数据的月份断开。" option={months.some((m) => m.value !== null || m.last !== null) ? option : null}
      label={`${year} 年与 ${year - 1} 年各月${name}，单位 ${unit}。`}
      figures={{
        columns: [{ heading: '月份', words: true }, { heading: `${year}年`, unit }, { heading: `${year - 1}年`, unit }, { heading: '比上年同期' }, { heading: '计入', unit: '家' }, { heading: '未计入', unit: '家' }],
        rows: months.map((m) => ({ key: m.month, cells: [{ text: `${Number(m.month)}月` }, { text: figureText(m.value), behind: { period: `${year}-${m.month}`, rolling: undefined } }, { text: figureText(m.last), behind: { period: `${year - 1}-${m.month}`, rolling: undefined } }, { text: changeText(changeFrom(m.last, m.value)) }, { text: m.now ? String(m.now.counted) : '—' }, { text: m.now ? String(m.now.keptOut) : '—', behind: m.now ? { period: `${year}-${m.month}`, rolling: undefined, only: 'keptOut' } : undefined }] })),
      }} />
  )
}
