import { App, Input, Modal } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useProblem } from '../ui/problems.tsx'
import { useAct } from '../ui/queries.web.ts'
import { removeAttachment, restoreAttachment, type AttachmentRow } from './attachment.contract.ts'

/** Removing and taking back, each with its reason; a removed file is kept for its time. */
export default function ReasonDialog({ row, what, onClose }: { row: AttachmentRow; what: 'remove' | 'restore'; onClose: () => void }) {
  useFocusBack()
  const [reason, setReason] = useState('')
  const { message } = App.useApp()
  const say = useProblem()
  const removing = what === 'remove'
  const act = useAct(removing ? removeAttachment : restoreAttachment, {
    changes: ['attachment.list'],
    onDone: () => {
      message.success(removing ? '附件已移除。' : '附件已恢复。')
      onClose()
    },
    onProblem: say,
  })
  return (
    <Modal open title={`${removing ? '移除' : '恢复'}附件：${row.name}`} okText={removing ? '移除' : '恢复'} okButtonProps={{ danger: removing, disabled: reason.trim().length < 2 }} confirmLoading={act.isPending} onCancel={onClose} width={480}
      onOk={() => act.mutate({ id: row.id, version: row.version, reason: reason.trim() })}>
      {removing && <p>移除后列在“已移除”里，写明原因；内容保留到期前可以恢复。</p>}
      <label className="field-label" htmlFor="attachment-reason">{removing ? '移除原因' : '恢复原因'}</label>
      <Input.TextArea id="attachment-reason" rows={3} maxLength={500} autoFocus value={reason} onChange={(e) => setReason(e.target.value)} placeholder={removing ? '如：传错了文件' : '如：误移除'} />
    </Modal>
  )
}
