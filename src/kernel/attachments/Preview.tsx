import { Button, Modal } from 'antd'
import { useState } from 'react'
import { addressOf } from '../ui/client.web.ts'
import { download } from '../ui/files.web.ts'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useProblem } from '../ui/problems.tsx'
import { downloadAttachment, type AttachmentRow } from './attachment.contract.ts'

/** A picture in an `img`, which runs nothing; other kinds are downloaded. */
export default function Preview({ row, onClose }: { row: AttachmentRow; onClose: () => void }) {
  useFocusBack()
  const [failed, setFailed] = useState(false)
  const say = useProblem()
  return (
    <Modal open title={row.name} onCancel={onClose} width="min(960px, 96vw)" footer={<><Button onClick={() => void download(downloadAttachment, { id: row.id }).catch(say)}>下载</Button><Button type="primary" onClick={onClose}>关闭</Button></>}>
      {failed ? <p role="alert">图片显示不出来，请下载后查看。</p> : <img className="attachment-preview" src={addressOf(downloadAttachment, { id: row.id }).url} alt={row.note || row.name} onError={() => setFailed(true)} />}
    </Modal>
  )
}
