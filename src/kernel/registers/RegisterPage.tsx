/** The list of a register: ask, look, choose, export, change in bulk, open. Everything asked stands in the address. */
import { keepPreviousData } from '@tanstack/react-query'
import { Button } from 'antd'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { ExportButton } from '../ui/ExportButton.tsx'
import { useNarrow } from '../ui/narrow.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useCall } from '../ui/queries.web.ts'
import { useSession } from '../ui/session.tsx'
import { EmptyState, ErrorState, LoadingState } from '../ui/states.tsx'
import { useListAsked, usePages } from './asked.web.ts'
import { ColumnChooser } from './ColumnChooser.tsx'
import { FilterBar } from './FilterBar.tsx'
import { Pager } from './Pager.tsx'
import type { RecordRow, Register } from './register.web.ts'
import { RegisterCards } from './RegisterCards.tsx'
import { RegisterTable } from './RegisterTable.tsx'
import { SavedViews } from './SavedViews.tsx'
import { useTotals } from './totals.web.ts'
import './registers.css'

const BulkEdit = lazy(() => import('./BulkEdit.tsx'))
const RecordEditor = lazy(() => import('./RecordEditor.tsx'))

interface Page {
  rows: RecordRow[]
  next: string | null
  total: number
  totalKind: 'exact' | 'estimated'
}

/** Where the list was left, for the way back from a record. */
export const lastAsked = (path: string): Record<string, string> => JSON.parse(sessionStorage.getItem(`gongxie.list.${path}`) ?? '{}') as Record<string, string>

export function RegisterPage({ register, note, actions }: { register: Register; note?: ReactNode; actions?: ReactNode }) {
  const { may } = useSession()
  const narrow = useNarrow()
  const asked = useListAsked(register)
  const { operations } = register
  const [selected, setSelected] = useState<number[]>([])
  const [bulk, setBulk] = useState<'chosen' | 'all'>()
  const [creating, setCreating] = useState(false)
  const question = { q: asked.q || undefined, filter: asked.filter, sort: asked.sort }
  const list = useCall(operations.list, { ...question, limit: asked.limit, cursor: asked.cursor }, { placeholderData: keepPreviousData })
  const page = list.data as Page | undefined
  const totals = useTotals(register, asked, Boolean(page && (page.total > 1 || asked.cursor)))
  const pages = usePages(asked, register.path, page?.next)
  useEffect(() => sessionStorage.setItem(`gongxie.list.${register.path}`, JSON.stringify({ ...asked.query, ...(asked.cursor ? { cursor: asked.cursor } : {}) })), [asked, register.path])
  useEffect(() => setSelected([]), [asked.q, asked.filter])

  const mayCreate = operations.create && may(operations.create.access)
  const mayBulk = Boolean(operations.bulkUpdate && may(operations.bulkUpdate.access) && !narrow)
  const bulkBar = mayBulk && page && page.rows.length > 0 && (
    <div className="bulk-bar" role="region" aria-label="批量操作">
      {selected.length > 0 ? (
        <>
          已选 {selected.length} {register.counted}
          <Button size="small" type="primary" onClick={() => setBulk('chosen')}>批量修改所选</Button>
          <Button size="small" type="link" onClick={() => setSelected([])}>取消选择</Button>
        </>
      ) : <Button size="small" onClick={() => setBulk('all')}>批量修改全部筛选结果…</Button>}
    </div>
  )
  return (
    <>
      <PageHeader title={register.title} note={note} actions={
        <>
          {actions}
          {operations.export && may(operations.export.access) && <ExportButton operation={operations.export} input={{ ...question, columns: asked.columns.join(',') }} />}
          {mayCreate && <Button type="primary" onClick={() => setCreating(true)}>新增</Button>}
        </>
      } />
      <section className="panel register" aria-label="列表">
        <div className="register-tools">
          <FilterBar register={register} asked={asked} />
          <div className="register-views">
            <SavedViews register={register} asked={asked} />
            {!narrow && <ColumnChooser register={register} asked={asked} />}
          </div>
        </div>
        {list.error && <ErrorState error={list.error} retry={() => void list.refetch()} />}
        {!page && !list.error && <LoadingState />}
        {page && !list.error && (
          <>
            {bulkBar}
            {page.rows.length === 0 ? (
              <EmptyState title={asked.q || asked.filter ? '没有符合条件的记录' : '还没有记录'} hint={asked.q || asked.filter ? '可以放宽筛选，或换个说法查找。' : mayCreate ? '可以逐条新增，或从表格导入。' : undefined}
                action={(asked.q || asked.filter) && <Button onClick={() => asked.ask({ q: undefined, filter: '{}' })}>清除筛选</Button>} />
            ) : narrow ? <RegisterCards register={register} asked={asked} rows={page.rows} totals={totals} />
              : <RegisterTable register={register} asked={asked} rows={page.rows} loading={list.isPlaceholderData} selected={selected} onSelect={mayBulk ? setSelected : undefined} totals={totals} />}
            {(page.rows.length > 0 || asked.cursor) && <Pager asked={asked} total={page.total} totalKind={page.totalKind} counted={register.counted} busy={list.isPlaceholderData} pages={pages} />}
          </>
        )}
      </section>
      <Suspense>
        {bulk && <BulkEdit register={register} selection={bulk === 'chosen' ? { ids: selected } : { q: question.q, filter: question.filter }} onClose={() => setBulk(undefined)} onDone={() => setSelected([])} />}
        {creating && <RecordEditor register={register} onClose={() => setCreating(false)} />}
      </Suspense>
    </>
  )
}
