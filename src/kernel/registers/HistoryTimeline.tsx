/** Who changed what, when, from what to what, why and on what basis; one field alone where asked. */
import { Select } from 'antd'
import { useState } from 'react'
import { useCall } from '../ui/queries.web.ts'
import { EmptyState, Loaded } from '../ui/states.tsx'
import { instantText, NONE } from '../ui/text.web.ts'
import type { Register } from './register.web.ts'

interface Entry {
  id: number
  at: string
  actorName: string
  action: 'create' | 'update' | 'delete'
  reason: string | null
  basis: string | null
  batchId: number | null
  changes: { field: string; label: string; before: string | null; after: string | null }[]
}
const ACTIONS = { create: '登记', update: '修改', delete: '删除' }

export function HistoryTimeline({ register, id }: { register: Register; id: number }) {
  const [field, setField] = useState<string>()
  const history = useCall(register.operations.history!, { id, field })
  const { fields } = register.entity
  return (
    <>
      <Select aria-label="只看一个栏目" allowClear placeholder="全部栏目" value={field} onChange={setField} style={{ width: 200, marginBlockEnd: 16 }} showSearch={{ optionFilterProp: 'label' }}
        options={Object.entries(fields).map(([n, f]) => ({ value: n, label: f.label }))} />
      <Loaded of={history}>
        {({ entries }: { entries: Entry[] }) => entries.length === 0 ? <EmptyState title="没有修改记录" hint={field && '这个栏目登记以后没有改过。'} /> : (
          <ol className="history">
            {entries.map((e) => (
              <li key={e.id}>
                <div className="history-head">
                  <strong>{ACTIONS[e.action]}</strong>
                  <span>{e.actorName}</span>
                  <time className="muted" dateTime={e.at}>{instantText(e.at)}</time>
                  {e.batchId && <span className="muted">第 {e.batchId} 批导入</span>}
                </div>
                {(e.reason || e.basis) && <p className="history-why">{e.reason && `原因：${e.reason}`}{e.reason && e.basis && '；'}{e.basis && `依据：${e.basis}`}</p>}
                {e.changes.length > 0 && (
                  <ul>
                    {e.changes.map((c) => (
                      <li key={c.field}>{c.label}：<span className="change-old">{c.before ?? NONE}</span> → <strong>{c.after ?? NONE}</strong></li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </>
  )
}
