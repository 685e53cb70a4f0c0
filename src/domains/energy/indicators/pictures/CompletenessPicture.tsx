/** Calendar of completeness: of those that should have reported each month, how many are counted. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, type ReactNode } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import type { readCompleteness } from '../indicators.contract.ts'
import { searchOf, type Slice } from '../slice.web.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

type Months = OutputOf<typeof readCompleteness>['months']
const share = (part: number, whole: number): string => (whole ? `${((part / whole) * 100).toFixed(1)}%` : '—')

export function CompletenessPicture({ slice, months, exportData, height = 260 }: { slice: Slice; months: Months; exportData: ReactNode; height?: number }) {
  const ink = useInks()
  const navigate = useNavigate()
  const years = useMemo(() => [...new Set(months.map((m) => m.start.slice(0, 4)))], [months])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 8, top: 28, bottom: 40, containLabel: true },
    tooltip: { formatter: (p: { dataIndex: number }) => {
      const m = months[p.dataIndex]!
      return `${m.start.slice(0, 7)}\n应报 ${m.expected} 家\n已报 ${m.submitted} 家（${share(m.submitted, m.expected)}）\n计入 ${m.counted} 家（${share(m.counted, m.expected)}）\n缺报 ${m.expected - m.submitted} 家`
    } },
    xAxis: { type: 'category', position: 'top', data: Array.from({ length: 12 }, (_, i) => `${i + 1}月`), axisTick: { show: false }, axisLine: { show: false } },
    yAxis: { type: 'category', inverse: true, data: years.map((y) => `${y}年`), axisTick: { show: false }, axisLine: { show: false } },
    visualMap: { type: 'piecewise', orient: 'horizontal', left: 'center', bottom: 0, itemGap: 6, itemWidth: 12, itemHeight: 12, textStyle: { color: ink.faint, fontSize: 11 }, selectedMode: false, dimension: 2,
      pieces: [{ lte: 0, label: '没有', color: ink.none }, { gt: 0, lt: 60, label: '＜60%', color: ink.scale[1] }, { gte: 60, lt: 90, label: '60%–90%', color: ink.scale[2] }, { gte: 90, lt: 98, label: '90%–98%', color: ink.scale[3] }, { gte: 98, label: '≥98%', color: ink.scale[4] }] },
    series: [{ type: 'heatmap', itemStyle: { borderColor: ink.ground, borderWidth: 2 }, cursor: 'pointer',
      data: months.map((m) => ({ value: [Number(m.start.slice(5, 7)) - 1, years.indexOf(m.start.slice(0, 4)), m.expected ? (m.counted / m.expected) * 100 : 0] })),
      label: { show: true, fontSize: 11, color: '#fff', textBorderColor: 'rgba(0,0,0,.55)', textBorderWidth: 2, formatter: (p: { dataIndex: number }) => {
        const m = months[p.dataIndex]!
        return m.counted ? `${Math.floor((m.counted / Math.max(1, m.expected)) * 100)}` : ''
      } } }],
  }), [months, years, ink])
  const onPick = useCallback((p: { dataIndex: number }) => void navigate({ to: '/energy/behind', search: searchOf(slice, { period: months[p.dataIndex]!.start.slice(0, 7), rolling: undefined, only: undefined }) as never }), [navigate, slice, months])
  const worst = months.filter((m) => m.counted).toSorted((a, b) => a.counted / a.expected - b.counted / b.expected)[0]
  return (
    <Picture overTime title="数据完整情况（月度台账）" slice={slice} height={height} fileName="数据完整情况" onPick={onPick} exportData={exportData} note="格中是计入家数占应报家数的百分比；灰色是还没有计入的数据。" option={months.length ? option : null}
      label={`各月月度台账计入家数占应报家数的比重。${worst ? `最低的是 ${worst.start.slice(0, 7)}，${share(worst.counted, worst.expected)}。` : ''}`}
      figures={{
        columns: [{ heading: '月份', words: true }, { heading: '应报', unit: '家' }, { heading: '已报', unit: '家' }, { heading: '计入', unit: '家' }, { heading: '缺报', unit: '家' }, { heading: '计入率' }],
        rows: months.toReversed().map((m) => {
          const at = { period: m.start.slice(0, 7), rolling: undefined }
          return { key: m.start, cells: [{ text: m.start.slice(0, 7), behind: at }, { text: String(m.expected) }, { text: String(m.submitted) }, { text: String(m.counted), behind: { ...at, only: 'counted' } }, { text: String(m.expected - m.submitted) }, { text: share(m.counted, m.expected) }] }
        }),
      }} />
  )
}
