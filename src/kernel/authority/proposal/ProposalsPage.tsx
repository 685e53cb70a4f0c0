/** What waits for a decision, what I asked for, and everything that was decided. */
import { Alert, Button, Segmented, Select, Table, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useAsked } from '../../ui/address.web.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { listProposals, STATES, type ProposalRow, type ProposalState } from './proposal.contract.ts'
import { ByCommand } from './ByCommand.tsx'
import { STATE_COLOURS } from './colours.web.ts'
import { ProposalDrawer } from './ProposalDrawer.tsx'
import '../../registers/registers.css'
import '../authority.css'

const BulkApproval = lazy(() => import('./BulkApproval.tsx'))
const VIEWS = { waiting: '待我审批', mine: '与我有关', all: '全部记录' } as const
type View = keyof typeof VIEWS

const State = ({ row: r }: { row: ProposalRow }) => <Tag color={r.stuck ? 'warning' : STATE_COLOURS[r.state]} variant="filled">{r.stuck ? '无人可批' : STATES[r.state]}</Tag>

export default function ProposalsPage() {
  const [asked, ask] = useAsked()
  const view: View = asked.view && asked.view in VIEWS ? (asked.view as View) : 'waiting'
  const narrow = useNarrow()
  const [pages, setPages] = useState<(number | undefined)[]>([undefined])
  const [chosen, setChosen] = useState<number[]>([])
  const [open, setOpen] = useState<number>()
  const [bulk, setBulk] = useState<readonly ProposalRow[]>()
  const query = useCall(listProposals, { view, kind: asked.kind || undefined, state: (asked.state as ProposalState) || undefined, before: pages.at(-1), limit: 50 }, { staleTime: 0, placeholderData: (before) => before })
  const restart = (change: Record<string, string | undefined>) => { setPages([undefined]); setChosen([]); ask(change) }
  const rows = query.data?.proposals ?? []
  return (
    <>
      <PageHeader title="授权申请" note="任命、调动、代理、另外授权和恢复账号，由一人申请、另一人审批；申请人、审批人和受益人不能是同一个人。" />
      {query.data?.deciders !== undefined && query.data.deciders !== null && query.data.deciders < 2 && (
        <Alert className="rights-part" type="warning" showIcon title={query.data.deciders ? '平台只有一名安全管理员' : '平台现在没有安全管理员'}
          description={<><p>{query.data.deciders ? '与其本人有关的申请（结束岗位、停用或恢复账号等），没有人能审批。请增设一名。' : '所有申请都没有人能审批。请先增设。'}</p><ByCommand /></>} />
      )}
      <div className="panel">
        <div className="rights-tools">
          <Segmented aria-label="看哪些申请" value={view} options={Object.entries(VIEWS).map(([value, label]) => ({ value: value as View, label }))} onChange={(v) => restart({ view: v === 'waiting' ? undefined : v })} />
          <Select aria-label="申请的种类" allowClear placeholder="全部种类" style={{ width: 150 }} value={asked.kind || undefined} onChange={(v) => restart({ kind: v })} options={(query.data?.kinds ?? []).map((k) => ({ value: k.kind, label: k.label }))} />
          {view !== 'waiting' && <Select aria-label="申请的状态" allowClear placeholder="全部状态" style={{ width: 120 }} value={asked.state || undefined} onChange={(v) => restart({ state: v })} options={Object.entries(STATES).map(([value, label]) => ({ value, label }))} />}
          {chosen.length > 0 && <Button type="primary" onClick={() => setBulk(rows.filter((r) => chosen.includes(r.id)))}>批量同意 {chosen.length} 件…</Button>}
        </div>
        <Loaded of={query}>
          {(data) => data.proposals.length === 0 ? <EmptyState title={view === 'waiting' ? '没有等您审批的申请' : '没有这样的申请'} hint={view === 'waiting' ? '新的申请会出现在这里和右上角的待办里。' : '换个条件再看。'} /> : narrow ? (
            <ul className="rights-cards">
              {data.proposals.map((r) => (
                <li key={r.id}>
                  <div className="rights-cards-head"><button type="button" className="text-button" onClick={() => setOpen(r.id)}>{r.summary}</button><State row={r} /></div>
                  <span>{r.reason}</span>
                  <span className="rights-why">{r.kindLabel}　{r.organizationName}</span>
                  <span className="rights-why">{r.proposedByName}　{instantText(r.at)}{r.decidedByName && r.state !== 'proposed' ? `；${r.decidedByName}${r.decision ? `：${r.decision}` : ''}` : ''}</span>
                </li>
              ))}
            </ul>
          ) : (
            <ScrollBox label="授权申请">
              <Table<ProposalRow> size="small" rowKey="id" pagination={false} dataSource={data.proposals} loading={query.isPlaceholderData}
                rowSelection={view === 'waiting' && !narrow ? { selectedRowKeys: chosen, onChange: (keys) => setChosen(keys as number[]), getCheckboxProps: (r) => ({ disabled: !r.can.includes('decide'), 'aria-label': `选择 ${r.summary}` } as never) } : undefined}
                columns={[
                  { title: '申请', render: (_, r) => <><Button type="link" size="small" style={{ paddingInline: 0, whiteSpace: 'normal', textAlign: 'start', height: 'auto' }} onClick={() => setOpen(r.id)}>{r.summary}</Button><div className="rights-why">{r.reason}</div></> },
                  { title: '种类', dataIndex: 'kindLabel', className: 'nowrap' },
                  { title: '单位', dataIndex: 'organizationName' },
                  { title: '申请人', render: (_, r) => <>{r.proposedByName}<div className="rights-why nowrap">{instantText(r.at)}</div></> },
                  { title: '状态', render: (_, r) => <><State row={r} />{r.decidedByName && r.state !== 'proposed' && <div className="rights-why">{r.decidedByName}{r.decision ? `：${r.decision}` : ''}</div>}</> },
                ]} />
            </ScrollBox>
          )}
        </Loaded>
        <div className="rights-foot">
          <Button disabled={pages.length === 1} onClick={() => setPages(pages.slice(0, -1))}>上一页</Button>
          <Button disabled={!query.data?.next} onClick={() => setPages([...pages, query.data!.next!])}>下一页</Button>
        </div>
      </div>
      <ProposalDrawer proposal={rows.find((p) => p.id === open)} onClose={() => setOpen(undefined)} />
      {bulk && <Suspense><BulkApproval rows={bulk} onClose={() => setBulk(undefined)} onDone={() => { setBulk(undefined); setChosen([]) }} /></Suspense>}
    </>
  )
}
