/** Search of the trail. What is asked stands in the address; what is shown goes out with a signature. */
import { keepPreviousData } from '@tanstack/react-query'
import { Button, Table } from 'antd'
import { useEffect, useState } from 'react'
import { useAsked } from '../ui/address.web.ts'
import { ExportButton } from '../ui/ExportButton.tsx'
import { useNarrow } from '../ui/narrow.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useCall } from '../ui/queries.web.ts'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { EmptyState, ErrorState, LoadingState } from '../ui/states.tsx'
import { decimalText, NONE } from '../ui/text.web.ts'
import { exportEntries, searchEntries, type EntryRow } from './audit.contract.ts'
import { EntryDrawer } from './EntryDrawer.tsx'
import { Actor, Deed, deedText, ResultTag, Subject } from './EntryWords.tsx'
import { questionFrom, SearchBar } from './SearchBar.tsx'
import { secondText } from './words.web.ts'
import '../registers/registers.css'
import './audit.css'

const LIMIT = 50

export default function AuditPage() {
  const [asked, ask] = useAsked()
  const narrow = useNarrow()
  const question = questionFrom(asked)
  const key = JSON.stringify(question)
  const [pages, setPages] = useState<(string | undefined)[]>([undefined])
  useEffect(() => setPages([undefined]), [key])
  const found = useCall(searchEntries, { ...question, limit: LIMIT, cursor: pages.at(-1) }, { placeholderData: keepPreviousData })
  const open = (id: number) => ask({ entry: String(id) })
  const data = found.data
  return (
    <>
      <PageHeader title="审计查询" note="谁在什么时候、以什么岗位、从哪里，对什么做了什么、为什么、结果怎样。记录只增不改，敏感内容已遮盖。"
        actions={<ExportButton operation={exportEntries} input={question} label="导出并签名" />} />
      <section className="panel">
        <SearchBar asked={asked} ask={ask} />
        {found.error && <ErrorState error={found.error} retry={() => void found.refetch()} />}
        {!data && !found.error && <LoadingState />}
        {data && !found.error && (data.rows.length === 0 ? (
          <EmptyState title="没有符合条件的审计记录" hint="可以放宽时间范围或去掉一些条件。一秒以内的新操作正在封存，稍后即可查到。"
            action={Object.keys(question).length > 0 && <Button onClick={() => ask(Object.fromEntries(Object.keys(asked).map((k) => [k, undefined])))}>清除条件</Button>} />
        ) : (
          <>
            {narrow ? <Cards rows={data.rows} open={open} /> : (
              <ScrollBox label="审计记录">
                <Table<EntryRow> size="small" rowKey="id" pagination={false} dataSource={data.rows} loading={found.isPlaceholderData} className="audit-table"
                  columns={[
                    { title: '时间', dataIndex: 'at', render: (at: string, e) => <button type="button" className="text-button nowrap" onClick={() => open(e.id)}>{secondText(at)}</button> },
                    { title: '人员', key: 'who', width: 240, render: (_, e) => <><Actor entry={e} />{e.organizationName && <div className="muted audit-second">{e.roleLabel} · {e.organizationName}</div>}</> },
                    { title: '动作', key: 'deed', render: (_, e) => <Deed entry={e} /> },
                    { title: '对象', key: 'subject', width: 240, render: (_, e) => <><Subject entry={e} />{e.fields.length > 0 && <div className="muted audit-second">改了 {fieldsText(e)}</div>}</> },
                    { title: '事由', dataIndex: 'reason', render: (v: string | null) => v ?? NONE },
                    { title: '结果', key: 'result', width: 170, render: (_, e) => <ResultTag entry={e} /> },
                    { title: '地址', dataIndex: 'address', className: 'nowrap', render: (v: string | null) => v ?? NONE },
                    { title: '编号', dataIndex: 'seq', align: 'right', render: (v: number | null) => v ?? <span className="muted">待封存</span> },
                  ]} />
              </ScrollBox>
            )}
            <nav className="pager" aria-label="翻页">
              <span role="status">{data.totalKind === 'estimated' ? '约' : '共'} {decimalText(data.total)} 条{pages.length > 1 ? `，第 ${pages.length} 页` : ''}</span>
              <span className="pager-space" />
              <Button size="small" disabled={pages.length === 1} onClick={() => setPages((p) => p.slice(0, -1))}>上一页</Button>
              <Button size="small" disabled={!data.next || found.isPlaceholderData} onClick={() => setPages((p) => [...p, data.next!])}>下一页</Button>
            </nav>
          </>
        ))}
      </section>
      {/^[1-9]\d{0,14}$/.test(asked.entry ?? '') && <EntryDrawer id={Number(asked.entry)} onClose={() => ask({ entry: undefined })} />}
    </>
  )
}

const FEW = 3
const fieldsText = (e: EntryRow): string => (e.fields.length ? `${e.fields.slice(0, FEW).join('、')}${e.fields.length > FEW ? ` 等 ${e.fields.length} 栏` : ''}` : NONE)

/** On a phone: a card each. */
function Cards({ rows, open }: { rows: readonly EntryRow[]; open: (id: number) => void }) {
  return (
    <ul className="record-cards" aria-label="审计记录">
      {rows.map((e) => (
        <li key={e.id} className="record-card">
          <button type="button" className="text-button" onClick={() => open(e.id)}><strong>{e.personName}　{deedText(e)}</strong></button>
          <dl>
            <div><dt>时间</dt><dd>{secondText(e.at)}</dd></div>
            <div><dt>结果</dt><dd><ResultTag entry={e} /></dd></div>
            <div><dt>对象</dt><dd><Subject entry={e} /></dd></div>
            <div><dt>改动</dt><dd>{fieldsText(e)}</dd></div>
          </dl>
        </li>
      ))}
    </ul>
  )
}
