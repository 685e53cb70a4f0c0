/** A picture and the same figures as a table: who cannot see the one reads the other. The charts' code comes with the first of them. */
import { Segmented } from 'antd'
import type { EChartsCoreOption } from 'echarts/core'
import { createContext, lazy, Suspense, use, useId, useState, type ReactNode } from 'react'
import { EmptyState, LoadingState } from '../../../../kernel/ui/states.tsx'
import { FiguresTable, type Figures } from '../FiguresTable.tsx'
import { spanLabel, type Slice } from '../slice.web.ts'

const Chart = lazy(() => import('../../../../kernel/ui/Chart.tsx'))

/** Whose figures the pictures of a page show: said on it once, and in each picture that leaves it. */
export const PlaceOfPictures = createContext('')

interface Props {
  title: string
  note?: ReactNode
  /** null: nothing to draw. */
  option: EChartsCoreOption | null
  /** In words, for those who do not see the picture. */
  label: string
  figures: Figures
  slice: Slice
  height?: number
  fileName: string
  onPick?: (picked: { name: string; seriesName?: string; dataIndex: number; data: unknown }) => void
  /** Beside the title: what else the picture can be asked. */
  tools?: ReactNode
  /** The data as a workbook. */
  exportData: ReactNode
  /** Under the picture: a legend in words, what is missing. */
  below?: ReactNode
  empty?: string
  /** Its axis is time: it is not of the page's period. */
  overTime?: boolean
}

export function Picture({ title, note, option, label, figures, slice, height = 320, fileName, onPick, tools, exportData, below, empty = '这一期还没有计入的数据', overTime }: Props) {
  const place = use(PlaceOfPictures)
  const [view, setView] = useState<'picture' | 'table'>('picture')
  const id = useId()
  return (
    <section className="panel picture" aria-labelledby={id}>
      <div className="picture-head">
        <h2 id={id} className="panel-title">{title}</h2>
        <div className="picture-tools no-print">
          {tools}
          <Segmented size="small" aria-label={`${title}：图或表`} value={view} onChange={setView} options={[{ value: 'picture' as const, label: '图' }, { value: 'table' as const, label: '表' }]} />
        </div>
      </div>
      {note && <p className="muted picture-note">{note}</p>}
      {!option ? <EmptyState title={empty} hint="可以换一个统计期或范围。" /> : view === 'table' ? (
        <>
          <FiguresTable figures={figures} slice={slice} caption={title} dense />
          <div className="picture-out no-print">{exportData}</div>
        </>
      ) : (
        <Suspense fallback={<div style={{ height }}><LoadingState /></div>}>
          <Chart option={option} label={`${label}数据见“表”。`} height={height} fileName={fileName} heading={[overTime ? title : `${title}（${spanLabel(slice)}）`, [place, typeof note === 'string' ? note : ''].filter(Boolean).join('。')]} onPick={onPick} actions={exportData} />
        </Suspense>
      )}
      {below}
    </section>
  )
}
