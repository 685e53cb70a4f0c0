import { App, Input, Modal } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import type { FilingSession } from './filing-session.web.ts'

export default function WithdrawDialog({ session, onClose }: { session: FilingSession; onClose: () => void }) {
  useFocusBack()
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const go = async () => {
    setBusy(true)
    try {
      await session.withdraw(reason.trim())
      message.success('报表已撤回，改好后请重新提交。')
      onClose()
    } catch (error) {
      say(error)
      setBusy(false)
    }
  }
  return (
    <Modal open title="撤回报表" okText="撤回" onCancel={onClose} onOk={() => void go()} confirmLoading={busy} okButtonProps={{ disabled: reason.trim().length < 2 }} width={480}>
      <p>撤回后可以修改，改好须重新提交。撤回的原因会记入办理过程。</p>
      <Input.TextArea rows={3} maxLength={500} autoFocus value={reason} onChange={(e) => setReason(e.target.value)} placeholder="如：电费填错，需要更正" aria-label="撤回原因" />
    </Modal>
  )
}
