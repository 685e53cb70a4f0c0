/** Many proposals in one decision: what would happen with each is shown first, and that is what is then done. */
import { Alert, App, Input, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { approveMany, previewApproval, type ProposalRow } from './proposal.contract.ts'
import { PROPOSAL_READS } from './ProposalDrawer.tsx'
import { ShownTable } from './ShownTable.tsx'

export default function BulkApproval({ rows, onClose, onDone }: { rows: readonly ProposalRow[]; onClose: () => void; onDone: () => void }) {
  useFocusBack()
  const { message } = App.useApp()
  const say = useProblem()
  const [decision, setDecision] = useState('')
  const chosen = rows.map(({ id, version }) => ({ id, version }))
  const preview = useAct(previewApproval, { onProblem: (p) => { say(p); onClose() } })
  const approve = useAct(approveMany, { changes: PROPOSAL_READS, onProblem: say, onDone: ({ approved }) => { message.success(`已同意 ${approved} 件，授权已经生效。`); onDone() } })
  const { mutate } = preview
  // Once, for what was chosen when the dialog opened.
  useEffect(() => mutate({ chosen: rows.map(({ id, version }) => ({ id, version })) }), [mutate, rows])
  const found = preview.data
  return (
    <Modal open title={`批量同意 ${rows.length} 件`} width={720} okText={found ? `同意 ${found.fit.length} 件` : '正在核对…'} onCancel={onClose} confirmLoading={approve.isPending}
      okButtonProps={{ disabled: !found?.fit.length }} onOk={() => approve.mutate({ chosen, expected: found!.fit.length, ...(decision.trim() ? { decision: decision.trim() } : {}) })}>
      {found && found.unfit.length > 0 && <Alert className="rights-part" type="warning" showIcon title={`${found.unfit.length} 件不能一并同意`} description={<ul>{found.unfit.map((u) => <li key={u.id}>{u.summary}：{u.why}</li>)}</ul>} />}
      <div style={{ maxHeight: '50vh', overflowY: 'auto' }} tabIndex={0} role="region" aria-label="将要生效的授权">
        {found?.fit.map((p) => <section key={p.id} className="proposal-card"><h2 className="rights-title">{p.summary}</h2><p className="rights-why">{p.proposedByName}：{p.reason}</p><ShownTable shown={p.shown} /></section>)}
      </div>
      <label className="visually-hidden" htmlFor="bulk-decision">审批意见</label>
      <Input id="bulk-decision" style={{ marginBlockStart: 12 }} maxLength={300} placeholder="审批意见（可不填）" value={decision} onChange={(e) => setDecision(e.target.value)} />
    </Modal>
  )
}
