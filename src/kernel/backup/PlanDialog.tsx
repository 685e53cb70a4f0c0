import { App, Form, Input, InputNumber, Modal } from 'antd'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useAct } from '../ui/queries.web.ts'
import { useProblemInForm } from '../ui/problems.tsx'
import { planBackups } from './backup.contract.ts'

interface Fields {
  dailyAt: string
  keep: number
  reason: string
}

export function PlanDialog({ plan, onClose }: { plan: { version: number; dailyAt: string; keep: number }; onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<Fields>()
  const { message } = App.useApp()
  const act = useAct(planBackups, {
    changes: ['backup.state'], onProblem: useProblemInForm(form),
    onDone: () => {
      message.success('备份计划已修改')
      onClose()
    },
  })
  return (
    <Modal open title="备份计划" onCancel={onClose} onOk={form.submit} okText="保存" confirmLoading={act.isPending}>
      <Form<Fields> form={form} layout="vertical" initialValues={{ dailyAt: plan.dailyAt, keep: plan.keep, reason: '' }} onFinish={(v) => act.mutate({ version: plan.version, ...v })}>
        <Form.Item name="dailyAt" label="每天几点（北京时间）" extra="选使用的人最少的时候。平台那时没有开着，就在下次启动后补做。" rules={[{ required: true, pattern: /^([01][0-9]|2[0-3]):[0-5][0-9]$/, message: '请填每天的时刻，如 02:30' }]}>
          <Input placeholder="02:30" inputMode="numeric" maxLength={5} style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="keep" label="保留几份" extra="更早的备份和它们之间的日志会自动删除；发现坏页时，最后一份完好的备份总会保留。" rules={[{ required: true, message: '请填写份数' }]}>
          <InputNumber min={1} max={400} precision={0} style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="reason" label="修改原因" rules={[{ required: true, min: 2, message: '请写明修改原因' }]}><Input maxLength={300} /></Form.Item>
      </Form>
    </Modal>
  )
}
