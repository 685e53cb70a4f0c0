/** One line of the trail in full. Its place stands in the page's address, so that it can be shown to a colleague. */
import { Drawer } from 'antd'
import type { ReactNode } from 'react'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { NONE } from '../ui/text.web.ts'
import { readEntry, type FullEntry } from './audit.contract.ts'
import { Actor, Changes, ResultTag, Subject } from './EntryWords.tsx'
import { exactText } from './words.web.ts'

export function EntryDrawer({ id, onClose }: { id: number; onClose: () => void }) {
  useFocusBack()
  const entry = useCall(readEntry, { id })
  return (
    <Drawer open onClose={onClose} size={640} title="审计记录">
      <Loaded of={entry}>{(e) => <Entry entry={e} />}</Loaded>
    </Drawer>
  )
}

function Entry({ entry: e }: { entry: FullEntry }) {
  const facts: [string, ReactNode, boolean?][] = [
    ['时间（北京时间）', <span key="at" className="code">{exactText(e.at)}</span>],
    ['链上编号', e.seq === null ? '等待封存' : <span key="seq" className="code">{e.seq}</span>],
    ['人员', <Actor key="who" entry={e} />], ['岗位', e.roleLabel], ['单位', e.organizationName], ['地址', e.address], ['会话', e.session && <span key="session" className="code">{e.session}</span>],
    ['动作', e.actionLabel], ['操作', `${e.operationLabel}（${e.operation}）`], ['对象', <Subject key="subject" entry={e} />], ['结果', <ResultTag key="result" entry={e} />],
    ['事由', e.reason, true], ['依据', e.basis, true], ['事项', e.matter], ['条款', e.clause], ['导入批次', e.batchId && `第 ${e.batchId} 批`],
    ...e.detail.map((d): [string, ReactNode] => [d.label, d.value]),
  ]
  return (
    <>
      <dl className="record-facts">
        {facts.filter(([, value], n) => n < 7 || (value !== null && value !== '' && value !== undefined)).map(([label, value, long]) => (
          <div key={label} className={long ? 'is-long' : undefined}><dt>{label}</dt><dd>{value || NONE}</dd></div>
        ))}
      </dl>
      {e.changes.length > 0 && <h2 style={{ marginBlock: '16px 8px', fontSize: 14 }}>改动的内容</h2>}
      <Changes entry={e} />
      {e.action === 'create' && e.kind === 'change' && <p className="muted" style={{ marginBlockStart: 12 }}>登记时不另存内容：内容就在记录本身，以后的每次改动都留有改动前的值。</p>}
      {e.hash && <p className="muted" style={{ marginBlockStart: 16, overflowWrap: 'anywhere' }}>封存值（HMAC-SM3，第 {e.key} 号密钥）<br /><code>{e.hash}</code></p>}
    </>
  )
}
