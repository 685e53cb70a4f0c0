/** All indicators by district, group or kind of institution; every figure opens what is behind it. */
import { Segmented } from 'antd'
import { isPart, nested } from '../../../../kernel/org/organization/categories.rules.ts'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { figureText, unitFor } from '../figures.web.ts'
import { FiguresTable, type Cell } from '../FiguresTable.tsx'
import { readIndicators, type FigureRow } from '../indicators.contract.ts'
import { indicatorLabel, inputOf, shownIndicators, spanLabel, type Regions, type Slice } from '../slice.web.ts'

const BY = [{ value: 'region', label: '区县' }, { value: 'group', label: '区域' }, { value: 'category', label: '机构类型' }]
type By = 'region' | 'group' | 'category'

export function PlacesTable({ slice, regions, several }: { slice: Slice; regions: Regions; several: boolean }) {
  const [asked, ask] = useAsked()
  const kinds = several ? BY : BY.slice(2)
  const by = (kinds.find((b) => b.value === asked.by) ?? kinds[0]!).value as By
  const figures = useCall(readIndicators, { ...inputOf(slice, regions), by }, { placeholderData: (before) => before })
  const shown = shownIndicators(slice.vehicles)
  const narrowed = (r: FigureRow): Record<string, string> => (by === 'category' ? { category: r.key } : { scope: r.key })
  const cells = (r: FigureRow, at: Record<string, string>): Cell[] => [
    { text: r.label, behind: at },
    ...shown.map((i) => ({ text: figureText(r.indicators[i.code]), behind: { ...at, indicator: i.code } })),
    { text: figureText(r.sums.tce, 1), behind: { ...at, indicator: 'energyPerHead' } }, { text: figureText(r.sums.water, 0), behind: { ...at, indicator: 'waterPerHead' } },
    { text: decimalText(r.counted), behind: { ...at, only: 'counted' } }, { text: decimalText(r.keptOut), behind: { ...at, only: 'keptOut' }, show: r.keptOut ? <b className="is-kept-out">{decimalText(r.keptOut)}</b> : undefined },
  ]
  return (
    <section className="panel" aria-label="分项数据">
      <div className="picture-head">
        <h2 className="panel-title">{spanLabel(slice)}分项数据</h2>
        <div className="picture-tools no-print">
          {several && <Segmented size="small" aria-label="按什么分" value={by} options={BY} onChange={(v) => ask({ by: v === 'region' ? undefined : v }, { replace: true })} />}
          <ExportFigures small input={{ ...inputOf(slice, regions), by }} />
          <ExportFigures small label="导出各机构" input={{ ...inputOf(slice, regions), by: 'institution' }} />
        </div>
      </div>
      <Loaded of={figures}>
        {({ rows, total, parents }) => rows.length === 0 ? <EmptyState title="这一期还没有数据" hint="报表提交并审核通过后会出现在这里。" /> : (
          <FiguresTable slice={slice} caption="分项数据表" figures={{
            columns: [{ heading: BY.find((b) => b.value === by)!.label, words: true }, ...shown.map((i) => ({ heading: indicatorLabel(i), unit: unitFor(i, slice) })), { heading: '综合能耗', unit: 'tce' }, { heading: '用水量', unit: 'm³' }, { heading: '计入', unit: '家' }, { heading: '未计入', unit: '家' }],
            rows: [...(by === 'category' ? nested([...rows, ...parents], (r) => r.key) : rows).map((r) => ({ key: r.key, sum: parents.includes(r), part: parents.length > 0 && isPart(r.key), cells: cells(r, narrowed(r)) })), ...(total ? [{ key: 'total', total: true, cells: cells(total, {}) }] : [])],
          }} />
        )}
      </Loaded>
    </section>
  )
}
