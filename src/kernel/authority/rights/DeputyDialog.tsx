/** While I am away: a colleague stands in for the post that I wear, for a time. */
import { App, DatePicker, Form, Input, Modal } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { colleagues } from '../people/places.web.ts'
import { deputise } from './rights.contract.ts'

export default function DeputyDialog({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const { user } = useSession()
  const { message } = App.useApp()
  const [form] = Form.useForm<{ personId: number; during: [Dayjs, Dayjs]; reason: string }>()
  const act = useAct(deputise, {
    changes: ['proposal.list'], onProblem: useProblemInForm(form),
    onDone: ({ proposed }) => {
      message.success(proposed === null ? '已生效，代理人现在可以切换到您的岗位。' : `已提交审批（申请 ${proposed} 号），批准之后生效。`, 6)
      onClose()
    },
  })
  return (
    <Modal open title="委托代理" okText="提交" onCancel={onClose} onOk={() => form.submit()} confirmLoading={act.isPending} width={480}>
      <p className="muted" style={{ marginBlockEnd: 12 }}>您的岗位：{user.hat?.organizationName} · {user.hat?.roleLabel}。代理人在期限内可以切换到这个岗位办事，每件事都记为“代{user.name}”；到期自行结束。</p>
      <Form form={form} name="deputy" layout="vertical" onFinish={({ personId, during: [from, to], reason }) => act.mutate({ id: user.hat!.postId, personId, from: from.format('YYYY-MM-DD'), to: to.format('YYYY-MM-DD'), reason })}>
        <Form.Item name="personId" label="代理人" rules={[{ required: true, message: '请选择代理人' }]}><ReferenceSelect source={colleagues} placeholder="输入姓名查找同事" /></Form.Item>
        <Form.Item name="during" label="期限" rules={[{ required: true, message: '请选择起止日期' }]}><DatePicker.RangePicker style={{ width: '100%' }} minDate={dayjs()} /></Form.Item>
        <Form.Item name="reason" label="原因" rules={[{ required: true, min: 2, message: '请写明原因' }]}><Input maxLength={300} placeholder="如：年休假" /></Form.Item>
      </Form>
    </Modal>
  )
}
