/** A forgotten password is set anew by whoever holds the second factor. */
import { Alert, Button, Form, Input, Result } from 'antd'
import { useState } from 'react'
import { recover } from '../authority/session.contract.ts'
import { CodeField } from './CodeField.tsx'
import { Doorway } from './Doorway.tsx'
import { PasswordFields, usePasswordRules } from './PasswordFields.tsx'
import { useProblemInForm } from './problems.tsx'
import { useAct } from './queries.web.ts'

interface Values { login: string; code: string; next: string }

export default function RecoverPage() {
  const [form] = Form.useForm<Values>()
  const rules = usePasswordRules()
  const [wrong, setWrong] = useState('')
  const [done, setDone] = useState(false)
  const atFields = useProblemInForm(form)
  const act = useAct(recover, { onDone: () => setDone(true), onProblem: (problem) => (problem.body.fields?.length ? atFields(problem) : setWrong(problem.message)) })
  return (
    <Doorway title="重设密码">
      {done ? <Result status="success" title="密码已重设" subTitle="其他地方的登录已全部退出。" extra={<Button type="primary" href="/">去登录</Button>} /> : (
        <>
          <p className="muted" style={{ marginBlockEnd: 16 }}>启用了双因素的账号，可凭手机验证码或恢复码重设密码。没有启用的，请联系本单位的系统管理员重置。</p>
          {wrong && <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />}
          <Form form={form} layout="vertical" requiredMark={false} initialValues={{ login: localStorage.getItem('gongxie.login') ?? '' }}
            onFinish={({ login, code, next }) => { setWrong(''); act.mutate({ login, code, next }) }}>
            <Form.Item name="login" label="登录名" rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}><Input autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={100} /></Form.Item>
            <CodeField />
            <PasswordFields rules={rules} />
            <Button type="primary" htmlType="submit" block loading={act.isPending}>重设密码</Button>
          </Form>
          <p className="sign-in-foot"><a href="/">返回登录</a></p>
        </>
      )}
    </Doorway>
  )
}
