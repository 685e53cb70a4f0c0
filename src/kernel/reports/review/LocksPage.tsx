/** Locked periods and the exceptions to them: who, why, until when. */
import { App, Button, Input, Modal, Table } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { useForms } from '../forms.web.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import { listLocks, unlockPeriod } from '../review.contract.ts'
import './review.css'

const LockDialog = lazy(() => import('./LockDialog.tsx'))
const ExceptionDialog = lazy(() => import('./ExceptionDialog.tsx'))

export default function LocksPage() {
  const forms = useForms()
  const query = useCall(listLocks, {})
  const [dialog, setDialog] = useState<'lock' | 'exception' | null>(null)
  const [unlocking, setUnlocking] = useState<{ id: number; what: string } | null>(null)
  const label = (key: string) => {
    const p = parsePeriod(key)
    return p ? periodLabel(p) : key
  }
  return (
    <>
      <PageHeader title="报告期锁定" back={{ to: '/reviews', label: '审核' }} note="锁定后各单位不能再改这一期；确需更正的，给单个机构开有期限的例外。"
        actions={<><Button onClick={() => setDialog('exception')}>开锁定例外</Button><Button type="primary" onClick={() => setDialog('lock')}>锁定报告期</Button></>} />
      <Loaded of={query}>
        {({ locks, exceptions }) => (
          <>
            <section className="panel lock-part">
              <h2>已锁定</h2>
              {locks.length === 0 ? <EmptyState title="没有锁定的报告期" hint="审核结束、数据发布之前，把报告期锁定，数字就不会再变。" /> : (
                <Table size="small" rowKey="id" pagination={false} dataSource={locks} scroll={{ x: 720 }} columns={[
                  { title: '报表', render: (_, l) => forms.label(l.form) }, { title: '报告期', width: 130, render: (_, l) => label(l.period) }, { title: '范围', width: 130, render: (_, l) => l.regionName ?? '全市' },
                  { title: '原因', dataIndex: 'reason' }, { title: '锁定人', width: 220, render: (_, l) => `${l.byName}　${instantText(l.at)}` },
                  { title: '操作', width: 90, render: (_, l) => <Button type="link" size="small" onClick={() => setUnlocking({ id: l.id, what: `${label(l.period)} ${forms.label(l.form)}` })}>解除</Button> },
                ]} />
              )}
            </section>
            <section className="panel lock-part">
              <h2>锁定例外</h2>
              {exceptions.length === 0 ? <p className="muted">没有锁定例外。</p> : (
                <Table size="small" rowKey="id" pagination={false} dataSource={exceptions} scroll={{ x: 720 }} columns={[
                  { title: '机构', dataIndex: 'organizationName' }, { title: '报表', render: (_, e) => forms.label(e.form) }, { title: '报告期', width: 130, render: (_, e) => label(e.period) },
                  { title: '原因', dataIndex: 'reason' }, { title: '截止', width: 160, render: (_, e) => <span className={new Date(e.until) < new Date() ? 'muted' : undefined}>{instantText(e.until)}{new Date(e.until) < new Date() && '（已过）'}</span> },
                  { title: '批准人', width: 220, render: (_, e) => `${e.byName}　${instantText(e.at)}` },
                ]} />
              )}
            </section>
          </>
        )}
      </Loaded>
      <Suspense>
        {dialog === 'lock' && <LockDialog onClose={() => setDialog(null)} />}
        {dialog === 'exception' && <ExceptionDialog onClose={() => setDialog(null)} />}
      </Suspense>
      {unlocking && <UnlockDialog {...unlocking} onClose={() => setUnlocking(null)} />}
    </>
  )
}

function UnlockDialog({ id, what, onClose }: { id: number; what: string; onClose: () => void }) {
  useFocusBack()
  const [reason, setReason] = useState('')
  const { message } = App.useApp()
  const say = useProblem()
  const act = useAct(unlockPeriod, {
    changes: ['period.locks'], onProblem: say,
    onDone: () => {
      message.success('已解除锁定。')
      onClose()
    },
  })
  return (
    <Modal open title={`解除锁定：${what}`} okText="解除锁定" okButtonProps={{ danger: true, disabled: reason.trim().length < 2 }} confirmLoading={act.isPending} onCancel={onClose} onOk={() => act.mutate({ id, reason: reason.trim() })} width={480}>
      <p>解除后，范围内的单位又可以修改这一期的数字。</p>
      <label className="field-label" htmlFor="unlock-reason">解除原因</label>
      <Input.TextArea id="unlock-reason" rows={3} maxLength={1000} autoFocus value={reason} onChange={(e) => setReason(e.target.value)} />
    </Modal>
  )
}
