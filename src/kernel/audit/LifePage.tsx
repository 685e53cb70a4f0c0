/** A record's life on one page: every line about it, in order, from its beginning. */
import { Button } from 'antd'
import { useState } from 'react'
import { useAddress, useAsked } from '../ui/address.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { recordLife, type FullEntry } from './audit.contract.ts'
import { Actor, Changes, ResultTag } from './EntryWords.tsx'
import { secondText } from './words.web.ts'
import '../registers/registers.css'
import './audit.css'

export default function LifePage() {
  const { id } = useAddress()
  // Behind the `?`: a name with a point in the path would be a file's.
  const [{ entity = '' }] = useAsked()
  const [after, setAfter] = useState<number[]>([0])
  const life = useCall(recordLife, { entity, recordId: Number(id), after: after.at(-1)!, limit: 200 })
  return (
    <Loaded of={life} page>
      {(data) => (
        <>
          <PageHeader title={data.recordName ?? `${data.entityLabel} 编号 ${id}`} note={`${data.entityLabel}的全过程，从最早的一条开始。${data.recordName ? '' : '这条记录已经不在，或没有名称。'}`} back={{ to: '/audit', label: '审计查询', search: { entity, record: id } }} />
          <section className="panel">
            {after.length > 1 && <Button size="small" style={{ marginBlockEnd: 12 }} onClick={() => setAfter((a) => a.slice(0, -1))}>更早的</Button>}
            <ol className="history">{data.entries.map((e) => <Step key={e.id} entry={e} />)}</ol>
            {data.next !== null && <Button size="small" style={{ marginBlockStart: 12 }} onClick={() => setAfter((a) => [...a, data.next!])}>往后的</Button>}
          </section>
        </>
      )}
    </Loaded>
  )
}

function Step({ entry: e }: { entry: FullEntry }) {
  return (
    <li className={e.result === 'done' ? undefined : 'is-refused'}>
      <div className="history-head">
        <time dateTime={e.at} className="code">{secondText(e.at)}</time>
        <strong>{e.actionLabel}{e.kind === 'act' && `：${e.operationLabel}`}</strong>
        <Actor entry={e} />
        {e.organizationName && <span className="muted">{e.roleLabel} · {e.organizationName}</span>}
        {e.address && <span className="muted">{e.address}</span>}
        {e.batchId && <span className="muted">第 {e.batchId} 批导入</span>}
        {e.result !== 'done' && <ResultTag entry={e} />}
        <span className="muted">{e.seq === null ? '待封存' : `编号 ${e.seq}`}</span>
      </div>
      {(e.reason || e.basis) && <p className="history-why">{e.reason && `事由：${e.reason}`}{e.reason && e.basis && '；'}{e.basis && `依据：${e.basis}`}</p>}
      {e.detail.length > 0 && <p className="history-why">{e.detail.map((d) => `${d.label} ${d.value}`).join('，')}</p>}
      <Changes entry={e} />
    </li>
  )
}
