/** Changes one's own password; all other sign-ins end with it. */
import { Button, Form, Input } from 'antd'
import { changePassword } from '../authority/session.contract.ts'
import { PasswordFields, usePasswordRules } from './PasswordFields.tsx'
import { useProblemInForm } from './problems.tsx'
import { useAct } from './queries.web.ts'

interface Values { current: string; next: string; again: string }

export function PasswordForm({ login, onDone }: { login: string; onDone: () => void }) {
  const [form] = Form.useForm<Values>()
  const rules = usePasswordRules()
  const act = useAct(changePassword, {
    changes: ['account.read'], onProblem: useProblemInForm(form),
    onDone: () => {
      form.resetFields()
      onDone()
    },
  })
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={({ current, next }) => act.mutate({ current, next })} style={{ maxWidth: 420 }}>
      {/* For the browser's own store of passwords. */}
      <input type="text" name="username" autoComplete="username" value={login} readOnly hidden />
      <Form.Item name="current" label="原密码" rules={[{ required: true, message: '请填写原密码' }]}><Input.Password autoComplete="current-password" /></Form.Item>
      <PasswordFields rules={rules} />
      <Button type="primary" htmlType="submit" loading={act.isPending}>修改密码</Button>
    </Form>
  )
}
