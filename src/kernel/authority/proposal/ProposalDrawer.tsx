/** One proposal: what it changes, why, who asked, who decided; and the decision. */
import { Alert, App, Button, Drawer, Form, Input, Tag } from 'antd'
import { useProblem } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { instantText } from '../../ui/text.web.ts'
import { approveProposal, rejectProposal, STATES, withdrawProposal, type ProposalRow } from './proposal.contract.ts'
import { STATE_COLOURS } from './colours.web.ts'
import { ShownTable } from './ShownTable.tsx'
import { ByCommand } from './ByCommand.tsx'

export const PROPOSAL_READS = ['proposal.list', 'proposal.waiting', 'person.list', 'access.list', 'delegation.list', 'handover.list']

export function ProposalDrawer({ proposal: p, onClose }: { proposal: ProposalRow | undefined; onClose: () => void }) {
  const { message } = App.useApp()
  const [form] = Form.useForm<{ decision?: string }>()
  const say = useProblem()
  const options = (done: string) => ({ changes: PROPOSAL_READS, onProblem: say, onDone: () => { message.success(done); form.resetFields(); onClose() } })
  const approve = useAct(approveProposal, options('已同意，授权已经生效。'))
  const reject = useAct(rejectProposal, options('已退回申请人。'))
  const withdraw = useAct(withdrawProposal, options('已撤回。'))
  // What was typed about one proposal must not be said of the next.
  const close = () => {
    if (p?.can.includes('decide')) form.resetFields()
    onClose()
  }
  const decide = async (yes: boolean) => {
    const decision = form.getFieldValue('decision')?.trim() as string | undefined
    if (yes) return approve.mutate({ id: p!.id, version: p!.version, ...(decision ? { decision } : {}) })
    if (!decision || decision.length < 2) return form.setFields([{ name: 'decision', errors: ['不同意要写明理由，申请人会看到。'] }])
    reject.mutate({ id: p!.id, version: p!.version, decision })
  }
  return (
    <Drawer open={Boolean(p)} onClose={close} size={560} title={p ? `${p.kindLabel}申请 ${p.id} 号` : ''}
      footer={p && p.can.length > 0 && (
        <div className="rights-acts" style={{ justifyContent: 'flex-end' }}>
          {p.can.includes('withdraw') && <Button loading={withdraw.isPending} onClick={() => withdraw.mutate({ id: p.id, version: p.version })}>撤回申请</Button>}
          {p.can.includes('decide') && <><Button danger loading={reject.isPending} onClick={() => void decide(false)}>不同意</Button><Button type="primary" loading={approve.isPending} onClick={() => void decide(true)}>同意</Button></>}
        </div>
      )}>
      {p && (
        <>
          <p><strong>{p.summary}</strong>　<Tag color={STATE_COLOURS[p.state]} variant="filled">{STATES[p.state]}</Tag></p>
          <dl className="proposal-facts">
            <dt>依据</dt><dd>{p.reason}</dd>
            <dt>申请</dt><dd>{p.proposedByName}　{instantText(p.at)}</dd>
            {p.state === 'proposed' && <><dt>有效期</dt><dd>{instantText(p.expiresAt)} 前未审批即失效</dd></>}
            {p.decidedAt && <><dt>{p.state === 'withdrawn' ? '撤回' : '审批'}</dt><dd>{p.decidedByName}　{instantText(p.decidedAt)}{p.decision ? `　${p.decision}` : ''}</dd></>}
          </dl>
          {p.stuck && <Alert className="rights-part" type="warning" showIcon title="现在没有人能审批这件申请" description={<><p>申请人和当事人本人都不能审批{p.personName ? `（当事人是${p.personName}）` : ''}，而平台上没有别的安全管理员。增设一名安全管理员之后，由新任者审批。</p><ByCommand /></>} />}
          <ShownTable shown={p.shown} />
          {p.can.includes('decide') && (
            <Form form={form} name="decision" layout="vertical" style={{ marginBlockStart: 16 }}>
              <Form.Item name="decision" label="审批意见" extra="同意时可以不写；批准的同时授权生效，申请人、审批人和受益人都会留在记录里。"><Input.TextArea rows={2} maxLength={300} /></Form.Item>
            </Form>
          )}
        </>
      )}
    </Drawer>
  )
}
