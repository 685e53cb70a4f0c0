import { App, Form, Input, Modal } from 'antd'
import { changePassword } from '../authority/session.contract.ts'
import { useProblemInForm } from './problems.tsx'
import { useAct } from './queries.web.ts'

interface Values {
  current: string
  next: string
  again: string
}

export default function PasswordDialog({ onClose }: { onClose: () => void }) {
  const [form] = Form.useForm<Values>()
  const { message } = App.useApp()
  const show = useProblemInForm(form)
  const act = useAct(changePassword, {
    onDone: () => {
      message.success('密码已修改，其他地方的登录已全部退出。')
      onClose()
    },
    onProblem: show,
  })
  return (
    <Modal open title="修改密码" okText="修改" onCancel={onClose} onOk={() => form.submit()} confirmLoading={act.isPending} width={420}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={({ current, next }) => act.mutate({ current, next })}>
        <Form.Item name="current" label="原密码" rules={[{ required: true, message: '请填写原密码' }]}>
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
        <Form.Item name="next" label="新密码" rules={[{ required: true, min: 12, message: '至少 12 位' }]} extra="12 至 128 位，大写字母、小写字母、数字、符号至少三类，不含登录名。">
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
        <Form.Item name="again" label="再输一次新密码" dependencies={['next']}
          rules={[({ getFieldValue }) => ({ validator: (_rule, value) => (value === getFieldValue('next') ? Promise.resolve() : Promise.reject(new Error('两次输入不一致'))) })]}>
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
