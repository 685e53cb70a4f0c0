/** The reverse question: who can see or change this record, and why. */
import { Alert, Table, Tag } from 'antd'
import { useAsked } from '../../ui/address.web.ts'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { SUBJECTS, VIAS, whoSees, type Subject } from './access.contract.ts'
import '../authority.css'

const BACK: Partial<Record<Subject, (id: number) => string>> = { organization: (id) => `/organizations/${id}`, import: (id) => `/imports/${id}`, person: () => '/people' }

type Row = OutputOf<typeof whoSees>['people'][number]
const keyOf = (r: Row) => `${r.personName}|${r.organizationName}|${r.roleLabel}|${r.via}|${r.validTo ?? ''}`
const Can = ({ row }: { row: Row }) => <div className="rights-words">{row.can.map((c) => <Tag key={c} variant="filled">{c}</Tag>)}</div>
const Why = ({ row: r }: { row: Row }) => (
  <>
    {r.organizationName} · {r.roleLabel}{r.via !== 'post' && <Tag color="processing" variant="filled" style={{ marginInlineStart: 6 }}>{VIAS[r.via]}{r.deputyFor ? ` 代${r.deputyFor}` : ''}</Tag>}
    <div className="rights-why">{r.above === 0 ? '就在这个单位任职' : `上 ${r.above} 级单位，管理范围包含这里`}{r.validTo ? `；到 ${r.validTo}` : ''}{r.reason ? `；依据：${r.reason}` : ''}</div>
  </>
)

export default function WhoPage() {
  const narrow = useNarrow()
  const [{ subject = 'organization', id }] = useAsked()
  const known = subject in SUBJECTS && /^[1-9]\d{0,14}$/.test(id ?? '')
  const query = useCall(whoSees, { subject: subject as Subject, id: Number(id) }, { enabled: known })
  if (!known) return <EmptyState page title="没有指明是哪条记录" hint="请从一条记录的页面点“谁能看到”进来。" />
  return (
    <Loaded of={query} page>
      {(data) => {
        const back = BACK[subject as Subject]?.(Number(id))
        return (
          <>
            <PageHeader title={`谁能看到：${data.title}`} back={back ? { to: back, label: `返回${data.subjectLabel}` } : undefined} note={`${subject === 'organization' ? '' : `${data.subjectLabel}属于${data.organizationName}。`}能看到它的，是在这个单位或它的上级任职、并且角色里有相应权限的人。`} />
            <div className="panel">
              {data.more && <Alert className="rights-part" type="info" showIcon title="人数较多，只列出前 500 人。" />}
              {data.people.length === 0 ? <EmptyState title="现在没有人能看到它" hint="这个单位和它的上级都没有现任的有权人员。" /> : narrow ? (
                <ul className="rights-cards">{data.people.map((r) => <li key={keyOf(r)}><strong>{r.personName}</strong><div><Why row={r} /></div><Can row={r} /></li>)}</ul>
              ) : (
                <ScrollBox label="能看到的人">
                  <Table<Row> size="small" rowKey={keyOf} pagination={{ pageSize: 50, hideOnSinglePage: true }} dataSource={data.people}
                    columns={[{ title: '姓名', dataIndex: 'personName', className: 'nowrap' }, { title: '能做什么', render: (_, r) => <Can row={r} /> }, { title: '凭什么', render: (_, r) => <Why row={r} /> }]} />
                </ScrollBox>
              )}
            </div>
          </>
        )
      }}
    </Loaded>
  )
}
