/** One record of a register: facts, what other domains know of it, what its own adds, and the history; changing it is a drawer over the page. */
import { Button, Tabs } from 'antd'
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { WhoLink } from '../authority/access/WhoLink.tsx'
import { useAddress, useAsked } from '../ui/address.web.ts'
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx'
import { useMounted } from '../ui/mounted.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useCall } from '../ui/queries.web.ts'
import { useSession } from '../ui/session.tsx'
import { EmptyState, Loaded, LoadingState } from '../ui/states.tsx'
import { HistoryTimeline } from './HistoryTimeline.tsx'
import { RecordFacts } from './RecordFacts.tsx'
import { lastAsked } from './RegisterPage.tsx'
import type { RecordRow, Register } from './register.web.ts'
import './registers.css'

const RecordEditor = lazy(() => import('./RecordEditor.tsx'))

interface Props {
  register: Register
  note?: (row: RecordRow) => ReactNode
  /** Further acts on the record, beside 修改. */
  actions?: (row: RecordRow) => ReactNode
  /** Between the header and the tabs: warnings, states. */
  above?: (row: RecordRow) => ReactNode
  tabs?: { key: string; label: string; render: (row: RecordRow) => ReactNode }[]
}

export function RecordPage({ register, note, actions, above, tabs = [] }: Props) {
  const id = Number(useAddress().id)
  const [{ tab }, set] = useAsked()
  const [editing, setEditing] = useState(false)
  const { operations } = register
  const { may } = useSession()
  const { recordTabs } = useMounted()
  const brought = useMemo(() => recordTabs.filter((t) => t.entity === register.entity.name).map((t) => ({ ...t, Tab: lazy(t.load) })), [recordTabs, register])
  const record = useCall(operations.get, { id }, { enabled: Number.isInteger(id) && id > 0 })
  if (!Number.isInteger(id) || id <= 0) return <EmptyState title="没有这条记录" hint="地址可能写错了。" />
  const back = { to: register.path, label: register.title, search: lastAsked(register.path) }
  return (
    <Loaded of={record}>
      {(row: RecordRow) => {
        const items = [
          { key: 'facts', label: '基本信息', children: <RecordFacts register={register} row={row} /> },
          ...brought.filter((t) => may(t.permission) && (t.only?.(row) ?? true)).map(({ key, label, Tab }) => ({ key, label, children: <ErrorBoundary><Suspense fallback={<LoadingState />}><Tab id={row.id} /></Suspense></ErrorBoundary> })),
          ...tabs.map((t) => ({ key: t.key, label: t.label, children: t.render(row) })),
          ...(operations.history ? [{ key: 'history', label: '修改历史', children: <HistoryTimeline register={register} id={row.id} /> }] : []),
        ]
        return (
          <>
            <PageHeader title={String(row[register.nameField])} back={back} note={note?.(row)} actions={
              <>
                {register.subject && <WhoLink subject={register.subject} id={row.id} />}
                {actions?.(row)}
                {operations.update && row.can?.includes('update') && <Button type="primary" onClick={() => setEditing(true)}>修改</Button>}
              </>
            } />
            {above?.(row)}
            <section className="panel">
              {/* An address may name a tab that this record does not have. */}
              <Tabs activeKey={items.find((i) => i.key === tab)?.key ?? 'facts'} onChange={(key) => set({ tab: key === 'facts' ? undefined : key }, { replace: true })} items={items} />
            </section>
            {editing && (
              <Suspense>
                <RecordEditor register={register} row={row} onClose={() => setEditing(false)} />
              </Suspense>
            )}
          </>
        )
      }}
    </Loaded>
  )
}
