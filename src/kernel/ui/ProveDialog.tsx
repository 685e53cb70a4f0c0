/** Before a critical act, over the page: who sits here proves it, and the act goes on. */
import { Alert, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { prove, type CurrentUser } from '../authority/session.contract.ts'
import { CodeField } from './CodeField.tsx'
import { useFocusBack } from './focus-back.web.ts'
import { useProblemInForm } from './problems.tsx'
import { useAct } from './queries.web.ts'
import { useSession } from './seat.web.ts'

export default function ProveDialog({ onDone }: { onDone: (user: CurrentUser | null) => void }) {
  useFocusBack()
  const { user } = useSession()
  const [form] = Form.useForm<{ password?: string; code?: string }>()
  const [wrong, setWrong] = useState('')
  const atFields = useProblemInForm(form)
  const act = useAct(prove, {
    onDone,
    onProblem: (problem) => (problem.body.fields?.length ? atFields(problem) : setWrong(problem.message)),
  })
  return (
    <Modal open title="请验证您的身份" footer={null} onCancel={() => onDone(null)} width={400} zIndex={1700} mask={{ closable: false }}>
      <p className="muted" style={{ marginBlockEnd: 16 }}>这是关键操作。{user.name}，请再次证明是您本人，几分钟内不再询问；您填写的内容还在。</p>
      {wrong && <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => { setWrong(''); act.mutate(values) }}>
        <input type="text" name="username" autoComplete="username" value={user.login} readOnly hidden />
        {user.secondFactor ? <CodeField autoFocus /> : (
          <Form.Item name="password" label="密码" rules={[{ required: true, message: '请填写密码' }]}><Input.Password autoFocus autoComplete="current-password" /></Form.Item>
        )}
        <div className="button-row is-end">
          <Button onClick={() => onDone(null)}>取消</Button>
          <Button type="primary" htmlType="submit" loading={act.isPending}>验证并继续</Button>
        </div>
      </Form>
    </Modal>
  )
}
