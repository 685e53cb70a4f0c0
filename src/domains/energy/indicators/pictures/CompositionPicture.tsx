/** What energy is made of, this period beside the same of last year. */
import { useMemo } from 'react'
import { FUEL_LABELS, FUELS, tceOf } from '../../consumption/measures.rules.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { changeFrom, changeText, figureText, forPicture } from '../figures.web.ts'
import type { FigureRow } from '../indicators.contract.ts'
import { inputOf, spanLabel, type Regions, type Slice } from '../slice.web.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

export function CompositionPicture({ slice, total, lastYear, regions }: { slice: Slice; total: FigureRow | null; lastYear: FigureRow | undefined; regions: Regions }) {
  const ink = useInks()
  const rows = useMemo(() => FUELS.flatMap((f) => {
    const [now, before] = [total?.sums[tceOf(f)] ?? null, lastYear?.sums[tceOf(f)] ?? null]
    return now === null && before === null ? [] : [{ fuel: f, label: FUEL_LABELS[f], now, before, share: now === null ? null : (Number(now) / Number(total!.sums.tce)) * 100 }]
  }), [total, lastYear])
  const option = useMemo(() => ({
    aria: { enabled: false }, grid: { left: 8, right: 56, top: 36, bottom: 8, containLabel: true }, legend: { top: 0, right: 0, icon: 'roundRect', itemWidth: 16, itemHeight: 8 },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: (v: unknown) => (v === null || v === undefined ? '缺数' : `${figureText(String(v), 1)} tce`) },
    xAxis: { type: 'value', min: 0, name: 'tce', nameGap: 4 }, yAxis: { type: 'category', inverse: true, data: rows.map((r) => r.label), axisTick: { show: false } },
    series: [
      { name: '上年同期', type: 'bar', barMaxWidth: 12, itemStyle: { color: ink.none }, data: rows.map((r) => forPicture(r.before)) },
      { name: '本期', type: 'bar', barMaxWidth: 12, itemStyle: { color: ink.series[0] }, data: rows.map((r) => forPicture(r.now)), label: { show: true, position: 'right', color: ink.text, fontSize: 11, formatter: (p: { dataIndex: number }) => (rows[p.dataIndex]?.share === null ? '' : `${rows[p.dataIndex]!.share!.toFixed(1)}%`) } },
    ],
  }), [rows, ink])
  return (
    <Picture title="能源构成" slice={slice} height={Math.max(220, 60 + rows.length * 44)} fileName={`能源构成-${slice.period.key}`} note={`综合能耗 ${figureText(total?.sums.tce, 1)} tce；百分数是占本期综合能耗的比重。`} option={rows.length ? option : null}
      label={`${spanLabel(slice)}能源构成：${rows.map((r) => `${r.label} ${figureText(r.now, 1)} tce`).join('，')}。`} exportData={<ExportFigures small input={{ ...inputOf(slice, regions), by: 'city' }} />}
      figures={{
        columns: [{ heading: '能源品种', words: true }, { heading: '本期', unit: 'tce' }, { heading: '上年同期', unit: 'tce' }, { heading: '比上年同期' }, { heading: '占比' }],
        rows: rows.map((r) => ({ key: r.fuel, cells: [{ text: r.label }, { text: figureText(r.now, 1), behind: { indicator: 'energyPerHead' } }, { text: figureText(r.before, 1) }, { text: changeText(changeFrom(r.before, r.now)) }, { text: r.share === null ? '—' : `${r.share.toFixed(1)}%` }] })),
      }} />
  )
}
