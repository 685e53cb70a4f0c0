/** The list with whole phone numbers: a reason, a fresh proof of who asks, a line in the history. */
import { App, Button, Form, Input, Modal, Radio } from 'antd'
import { useState } from 'react'
import { download } from '../../ui/files.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { useSession } from '../../ui/session.tsx'
import { exportWhole } from './reveal.contract.ts'

export function ExportWhole({ input }: { input: () => { q?: string; filter?: string; columns?: string } }) {
  const { may } = useSession()
  const { message } = App.useApp()
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [form] = Form.useForm<{ reason: string; format: 'xlsx' | 'csv' }>()
  const say = useProblem()
  if (!may(exportWhole.access)) return null
  const go = async (v: { reason: string; format: 'xlsx' | 'csv' }) => {
    setBusy(true)
    try {
      message.success(`已导出“${await download(exportWhole, { ...input(), ...v })}”，这次导出已留下记录。`)
      setOpen(false)
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>导出完整电话…</Button>
      <Modal open={open} title="导出含完整电话的名录" okText="导出" onCancel={() => setOpen(false)} onOk={() => form.submit()} confirmLoading={busy} width={480}>
        <p className="muted" style={{ marginBlockEnd: 12 }}>平常的导出隐去电话的中间几位。完整的导出按现在的筛选给出全部机构，谁、何时、为什么导出会记入历史。</p>
        <Form form={form} name="whole-export" layout="vertical" initialValues={{ format: 'xlsx' }} onFinish={(v) => void go(v)}>
          <Form.Item name="reason" label="用途" rules={[{ required: true, min: 2, message: '请写明用途' }]}><Input maxLength={300} placeholder="如：2026 年度联络员通讯录" /></Form.Item>
          <Form.Item name="format" label="格式"><Radio.Group options={[{ value: 'xlsx', label: 'Excel 工作簿' }, { value: 'csv', label: '文本表格（csv）' }]} /></Form.Item>
        </Form>
      </Modal>
    </>
  )
}
