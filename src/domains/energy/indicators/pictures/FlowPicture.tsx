/** Where energy comes from and who uses it: fuel to kind of institution, in tce. */
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { isPart, nested } from '../../../../kernel/org/organization/categories.rules.ts'
import { FUEL_LABELS, FUELS, tceOf } from '../../consumption/measures.rules.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { figureText, forPicture } from '../figures.web.ts'
import type { FigureRow } from '../indicators.contract.ts'
import { inputOf, searchOf, spanLabel, type Regions, type Slice } from '../slice.web.ts'
import { Picture } from './Picture.tsx'
import { useInks } from './shade.web.ts'

export function FlowPicture({ slice, rows, parents, regions }: { slice: Slice; rows: readonly FigureRow[]; parents: readonly FigureRow[]; regions: Regions }) {
  const ink = useInks()
  const navigate = useNavigate()
  const fuels = useMemo(() => FUELS.filter((f) => rows.some((r) => Number(r.sums[tceOf(f)] ?? 0) > 0)), [rows])
  const option = useMemo(() => ({
    aria: { enabled: false },
    tooltip: { formatter: (p: { dataType: string; name: string; value: number; data: { source?: string; target?: string } }) => `${p.dataType === 'edge' ? `${p.data.source} → ${p.data.target}` : p.name}\n${figureText(String(p.value), 1)} tce` },
    series: [{
      type: 'sankey', left: 8, right: 128, top: 16, bottom: 8, nodeGap: 14, nodeWidth: 14, emphasis: { focus: 'adjacency' }, label: { color: ink.text, fontSize: 12, formatter: (p: { name: string; value: number }) => `${p.name} ${figureText(String(p.value), p.value < 10 ? 1 : 0)}` },
      lineStyle: { color: 'source', opacity: 0.35, curveness: 0.5 },
      data: [...fuels.map((f, i) => ({ name: FUEL_LABELS[f], itemStyle: { color: ink.series[i % ink.series.length] } })), ...rows.map((r) => ({ name: r.label, itemStyle: { color: ink.faint } }))],
      links: fuels.flatMap((f) => rows.flatMap((r) => (Number(r.sums[tceOf(f)] ?? 0) > 0 ? [{ source: FUEL_LABELS[f], target: r.label, value: forPicture(r.sums[tceOf(f)]) }] : []))),
    }],
  }), [fuels, rows, ink])
  const onPick = useCallback((p: { data: unknown }) => {
    const d = p.data as { name?: string; target?: string }
    const row = rows.find((r) => r.label === (d.target ?? d.name))
    void navigate({ to: '/energy/behind', search: searchOf(slice, { indicator: 'energyPerHead', category: row?.key ?? slice.category }) as never })
  }, [navigate, slice, rows])
  return (
    <Picture title="能源流向：品种 → 机构类型" slice={slice} height={420} fileName={`能源流向-${slice.period.key}`} onPick={onPick} note="单位 tce，按折标系数折算；水不计入综合能耗。" option={fuels.length ? option : null}
      label={`${spanLabel(slice)}各能源品种流向各类机构的数量，单位 tce。`} exportData={<ExportFigures small input={{ ...inputOf(slice, regions), by: 'category' }} />}
      figures={{
        columns: [{ heading: '机构类型', words: true }, ...fuels.map((f) => ({ heading: FUEL_LABELS[f], unit: 'tce' })), { heading: '综合能耗', unit: 'tce' }],
        rows: nested([...rows, ...parents], (r) => r.key).map((r) => ({ key: r.key, sum: parents.includes(r), part: parents.length > 0 && isPart(r.key), cells: [{ text: r.label, behind: { indicator: 'energyPerHead', category: r.key } }, ...fuels.map((f) => ({ text: r.sums[tceOf(f)] === null ? '—' : figureText(r.sums[tceOf(f)] ?? null, 1) })), { text: figureText(r.sums.tce, 1), behind: { indicator: 'energyPerHead', category: r.key } }] })),
      }} />
  )
}
