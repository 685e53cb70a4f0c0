/** Many at once: first what will be done and what will be left out and why, then what was done. */
import { Alert, Button, Input, Modal } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { acceptFilings, returnFiling } from '../review.contract.ts'
import type { Filed } from './FilingsTable.tsx'
import { REVIEW_READS } from './reads.web.ts'

interface Props {
  decision: 'accept' | 'return'
  rows: Filed[]
  onClose: () => void
  onDone: () => void
}
interface Left {
  name: string
  why: string
}
const WORDS = { accept: '通过', return: '退回' } as const

function whyNot(r: Filed, decision: Props['decision']): string | null {
  if (!r.facts || ['missing', 'draft', 'returned'].includes(r.standing)) return '还没有提交'
  if (!r.facts.can.includes(decision)) return decision === 'accept' ? '已经审核通过，或主管单位还没有审核' : '已由上级审核通过'
  return decision === 'accept' && r.facts.hardFindings ? `有 ${r.facts.hardFindings} 处错误，应退回改正` : null
}

const LeftOut = ({ list }: { list: Left[] }) => (
  <ul className="left-out" tabIndex={0} aria-label="不处理的机构">{list.map((l, i) => <li key={i}><b>{l.name}</b>　{l.why}</li>)}</ul>
)

export default function BulkDialog({ decision, rows, onClose, onDone }: Props) {
  useFocusBack()
  const [remarks, setRemarks] = useState('')
  const [done, setDone] = useState<{ n: number; left: Left[] } | null>(null)
  const say = useProblem()
  const judged = rows.map((r) => ({ r, why: whyNot(r, decision) }))
  const fit = judged.filter((j) => !j.why).map((j) => ({ id: j.r.facts!.id, version: j.r.facts!.version }))
  const left = judged.filter((j) => j.why).map((j) => ({ name: j.r.organizationName, why: j.why! }))
  const doubtful = judged.filter((j) => !j.why && j.r.facts!.explainedFindings + j.r.facts!.openFindings > 0)
  const silent = doubtful.filter((j) => j.r.facts!.openFindings > 0).length
  const finish = (n: number, skipped: { organizationName: string; why: string }[]) => setDone({ n, left: [...left, ...skipped.map((s) => ({ name: s.organizationName, why: s.why }))] })
  const accept = useAct(acceptFilings, { changes: REVIEW_READS, onDone: (o) => finish(o.accepted, o.skipped), onProblem: say })
  const giveBack = useAct(returnFiling, { changes: REVIEW_READS, onDone: (o) => finish(o.returned, o.skipped), onProblem: say })
  const go = () => (decision === 'accept' ? accept.mutate({ filings: fit, remarks: remarks.trim() || undefined }) : giveBack.mutate({ filings: fit.slice(0, 500), remarks: remarks.trim() }))
  const close = () => {
    if (done) onDone()
    onClose()
  }
  if (done)
    return (
      <Modal open title={`${WORDS[decision]}结果`} onCancel={close} footer={<Button type="primary" onClick={close}>知道了</Button>} width={560}>
        <p>已{WORDS[decision]} <b>{done.n}</b> 家{done.left.length ? `，没有处理 ${done.left.length} 家：` : '。'}</p>
        {done.left.length > 0 && <LeftOut list={done.left} />}
      </Modal>
    )
  return (
    <Modal open title={`${WORDS[decision]}所选 ${rows.length} 家`} onCancel={close} onOk={go} okText={`${WORDS[decision]} ${fit.length} 家`} width={560} confirmLoading={accept.isPending || giveBack.isPending}
      okButtonProps={{ disabled: fit.length === 0 || (decision === 'return' && remarks.trim().length < 2) }}>
      <p>将{WORDS[decision]} <b>{fit.length}</b> 家{left.length ? `，跳过 ${left.length} 家` : ''}。</p>
      {decision === 'accept' && doubtful.length > 0 && <Alert type="warning" showIcon title={`其中 ${doubtful.length} 家有异常${silent ? `，${silent} 家没有说明原因` : '，填报人都已说明'}，请确认已逐家看过。`} />}
      {decision === 'return' && fit.length > 500 && <Alert type="warning" showIcon title="一次最多退回 500 家，其余请再操作一次。" />}
      {left.length > 0 && <LeftOut list={left} />}
      <label className="field-label" htmlFor="bulk-remarks">{decision === 'accept' ? '审核意见（可不填）' : '退回意见'}</label>
      <Input.TextArea id="bulk-remarks" rows={3} maxLength={1000} value={remarks} onChange={(e) => setRemarks(e.target.value)} placeholder={decision === 'accept' ? '' : '请写明要改什么，填报人会看到'} />
    </Modal>
  )
}
