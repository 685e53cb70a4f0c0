import { App, Input, Modal } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useProblem } from '../ui/problems.tsx'
import { useAct } from '../ui/queries.web.ts'
import { undoImport, type ImportBatch } from './import.contract.ts'

/** The whole batch is taken back, or nothing: what depends on it is named by the server. */
export default function UndoDialog({ batch, onClose }: { batch: ImportBatch; onClose: () => void }) {
  useFocusBack()
  const [reason, setReason] = useState('')
  const { message } = App.useApp()
  const say = useProblem()
  const act = useAct(undoImport, {
    changes: ['import.get', 'import.list', 'organization.list', 'organization.totals', 'filing.list'],
    onDone: () => {
      message.success('整批导入已撤销。')
      onClose()
    },
    onProblem: say,
  })
  return (
    <Modal open title={`撤销导入：${batch.fileName}`} okText="撤销整批" okButtonProps={{ danger: true, disabled: reason.trim().length < 2 }} confirmLoading={act.isPending} onCancel={onClose} onOk={() => act.mutate({ id: batch.id, reason: reason.trim() })} width={480}>
      <p>这次新增的 {batch.counts.create ?? 0} 行将删除，更新的 {batch.counts.update ?? 0} 行恢复为导入之前的内容。导入之后已被审核或再次修改的，不能撤销。</p>
      <label className="field-label" htmlFor="undo-reason">撤销原因</label>
      <Input.TextArea id="undo-reason" rows={3} maxLength={500} autoFocus value={reason} onChange={(e) => setReason(e.target.value)} placeholder="如：选错了文件" />
    </Modal>
  )
}
