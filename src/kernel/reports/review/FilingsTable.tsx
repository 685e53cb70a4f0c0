/** One filing a row; what is doubtful is said in the row. */
import { Pagination, Table } from 'antd'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { CATEGORIES } from '../../org/organization/organization.entity.ts'
import { instantText, NONE } from '../../ui/text.web.ts'
import type { listFilings } from '../filing.contract.ts'
import { StandingTag } from '../StandingTag.tsx'

export type Filed = OutputOf<typeof listFilings>['rows'][number]

interface Props {
  rows: readonly Filed[]
  total: number
  page: number
  offset: number
  open: number | undefined
  chosen: ReadonlyMap<number, Filed>
  toggle: (row: Filed) => void
  setChosen: (chosen: ReadonlyMap<number, Filed>) => void
  show: (id: number) => void
  goTo: (offset: number) => void
  /** The form stands beside, or the screen is narrow: fewer columns. */
  split: boolean
}

const Doubts = ({ row }: { row: Filed }) => {
  const f = row.facts
  if (!f || f.hardFindings + f.openFindings + f.explainedFindings === 0) return <span className="muted">{f?.submittedAt ? '没有发现问题' : NONE}</span>
  return (
    <span className="doubts">
      {f.hardFindings > 0 && <b className="is-hard">错误 {f.hardFindings}　</b>}
      {f.openFindings > 0 && <b className="is-soft">未说明 {f.openFindings}　</b>}
      {f.explainedFindings > 0 && <span>已说明 {f.explainedFindings}　</span>}
      <span className="muted">{row.doubts[0]}</span>
    </span>
  )
}

export function FilingsTable({ rows, total, page, offset, open, chosen, toggle, setChosen, show, goTo, split }: Props) {
  const wide = [
    { title: '区县', dataIndex: 'regionName', width: 110 },
    { title: '类型', key: 'category', width: 130, render: (_: unknown, r: Filed) => CATEGORIES[r.category as keyof typeof CATEGORIES] ?? NONE },
    { title: '提交', key: 'submitted', width: 190, render: (_: unknown, r: Filed) => r.facts?.submittedAt ? <>{instantText(r.facts.submittedAt)}{r.facts.onTime === false && <span className="is-late">　逾期</span>}</> : NONE },
  ]
  return (
    <div className="review-list">
      <div className={split ? 'list-scroll is-split' : 'list-scroll'}>
      <Table<Filed>
        size="small" rowKey="organizationId" dataSource={rows as Filed[]} pagination={false}
        rowClassName={(r) => (r.organizationId === open ? 'is-chosen-row' : '')} onRow={(r) => ({ onClick: () => show(r.organizationId) })}
        rowSelection={{
          selectedRowKeys: [...chosen.keys()], onSelect: toggle,
          onSelectAll: (on) => {
            const next = new Map(chosen)
            for (const r of rows) if (on) next.set(r.organizationId, r)
            else next.delete(r.organizationId)
            setChosen(next)
          },
          getCheckboxProps: (r) => ({ 'aria-label': `选择${r.organizationName}` } as never), getTitleCheckboxProps: () => ({ 'aria-label': '选择本页全部' }) as never,
        }}
        columns={[
          { title: '机构', key: 'name', width: split ? '36%' : 240, render: (_, r) => <button type="button" className="text-button" onClick={() => show(r.organizationId)}>{r.organizationName}</button> },
          { title: '状态', key: 'standing', width: split ? 112 : 124, render: (_, r) => <StandingTag standing={r.standing} /> },
          ...(split ? [] : wide),
          { title: '疑点', key: 'doubts', render: (_, r) => <Doubts row={r} /> },
        ]}
      />
      </div>
      <Pagination size="small" className="sheet-pages" current={Math.floor(offset / page) + 1} pageSize={page} total={total} showSizeChanger={false} simple={split} showTotal={split ? undefined : (n) => `共 ${n} 家`} onChange={(p) => goTo((p - 1) * page)} />
    </div>
  )
}
