/** How an indicator spreads over the institutions of each kind, and who lies far outside. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, type ReactNode } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { isPart } from '../../../../kernel/org/organization/categories.rules.ts'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { figureText, forPicture, unitFor } from '../figures.web.ts'
import type { readDistribution } from '../indicators.contract.ts'
import { indicatorLabel, searchOf, type Slice } from '../slice.web.ts'
import { Outliers } from './Outliers.tsx'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

type Groups = OutputOf<typeof readDistribution>['groups']

export function DistributionPicture({ slice, groups, exportData }: { slice: Slice; groups: Groups; exportData: ReactNode }) {
  const ink = useInks()
  const navigate = useNavigate()
  const unit = unitFor(slice.indicator, slice)
  const name = indicatorLabel(slice.indicator)
  const drawn = useMemo(() => groups.filter((g) => g.low !== null && !g.parent), [groups])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 24, top: 24, bottom: 8, containLabel: true },
    tooltip: { formatter: (p: { seriesType: string; dataIndex: number; data: { name?: string; text?: string } }) => {
      if (p.seriesType === 'scatter') return `${p.data.name}\n${p.data.text} ${unit}`
      const g = drawn[p.dataIndex]!
      return `${g.label}（${g.count} 家）\n上须 ${figureText(g.high)}\n上四分位 ${figureText(g.q3)}\n中位数 ${figureText(g.median)}\n下四分位 ${figureText(g.q1)}\n下须 ${figureText(g.low)}`
    } },
    xAxis: { type: 'value', min: 0, splitNumber: 6, axisLabel: { hideOverlap: true } }, yAxis: { type: 'category', inverse: true, data: drawn.map((g) => `${g.label}（${g.count}）`), axisTick: { show: false } },
    series: [
      { type: 'boxplot', data: drawn.map((g) => [g.low, g.q1, g.median, g.q3, g.high].map(forPicture)), boxWidth: [8, 22], itemStyle: { color: ink.scale[1], borderColor: ink.series[0], borderWidth: 1.5 } },
      { type: 'scatter', symbol: 'diamond', symbolSize: 8, itemStyle: { color: ink.series[1] }, data: drawn.flatMap((g, i) => g.outliers.map((o) => ({ value: [forPicture(o.value), i], name: o.name, text: figureText(o.value), category: g.category }))) },
    ],
  }), [drawn, ink, unit])
  const onPick = useCallback((p: { dataIndex: number; data: unknown }) => {
    const category = (p.data as { category?: string } | null)?.category ?? drawn[p.dataIndex]?.category
    void navigate({ to: '/energy/behind', search: searchOf(slice, { category }) as never })
  }, [navigate, slice, drawn])
  return (
    <Picture title={`${name}的分布`} slice={slice} height={Math.max(200, 60 + drawn.length * 40)} fileName={`${name}分布-${slice.period.key}`} onPick={onPick} exportData={exportData}
      note={`单位 ${unit}。箱体是中间一半的机构，竖线是中位数，菱形是偏离箱体超过 1.5 倍四分位距的机构，每类最多画 12 家。`}
      option={drawn.length ? option : null} label={`各类机构${name}的箱线图：${drawn.map((g) => `${g.label}中位数 ${figureText(g.median)}`).join('，')}。`}
      figures={{
        columns: [{ heading: '机构类型', words: true }, { heading: '机构', unit: '家' }, { heading: '下四分位', unit }, { heading: '中位数', unit }, { heading: '上四分位', unit }, { heading: '离群', unit: '家' }],
        rows: groups.map((g) => ({ key: g.category, sum: g.parent, part: groups.some((p) => p.parent) && isPart(g.category), cells: [{ text: g.label, behind: { category: g.category } }, { text: decimalText(g.count), behind: { category: g.category, only: 'counted' } }, { text: figureText(g.q1) }, { text: figureText(g.median) }, { text: figureText(g.q3) }, { text: decimalText(g.outlierCount) }] })),
      }}
      below={<Outliers groups={groups} slice={slice} unit={unit} />} />
  )
}
