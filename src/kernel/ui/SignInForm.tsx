/** Name and password, then the code where one is enrolled; every refusal stands above the fields and keeps the name. */
import { Alert, Button, Form, Input, type InputRef } from 'antd'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { secondFactor, signIn, type CurrentUser } from '../authority/session.contract.ts'
import { CodeField } from './CodeField.tsx'
import { call } from './client.web.ts'
import { problemOf } from './queries.web.ts'

interface Props {
  onDone: (user: CurrentUser) => void
  /** The person whose session ended: the name cannot be changed. */
  login?: string
  /** The first step was done elsewhere: the code is asked for at once. */
  ticket?: string
}

const LAST = 'gongxie.login'

export function SignInForm({ onDone, login, ticket: given }: Props) {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const [caps, setCaps] = useState(false)
  const [ticket, setTicket] = useState(given)
  const password = useRef<InputRef>(null)
  const [form] = Form.useForm<{ login: string; password: string }>()
  const [second] = Form.useForm<{ code: string }>()
  const known = login ?? localStorage.getItem(LAST) ?? ''

  // A dialog puts the focus on its first field; here that one is already filled in.
  useEffect(() => {
    if (!login) return
    const timer = setTimeout(() => password.current?.focus(), 100)
    return () => clearTimeout(timer)
  }, [login])

  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState?.('CapsLock') ?? false)
  const trying = async (step: () => Promise<void>, refused: () => void) => {
    setBusy(true)
    setWrong('')
    try {
      await step()
    } catch (error) {
      setWrong(problemOf(error).message)
      refused()
    } finally {
      setBusy(false)
    }
  }
  const submit = (values: { login: string; password: string }) => trying(async () => {
    const answer = await call(signIn, { login: values.login, password: values.password })
    localStorage.setItem(LAST, values.login.trim())
    if ('ticket' in answer) setTicket(answer.ticket)
    else onDone(answer)
  }, () => password.current?.focus({ cursor: 'all' }))
  const submitCode = ({ code }: { code: string }) => trying(async () => onDone(await call(secondFactor, { ticket: ticket!, code })), () => second.getFieldInstance('code')?.focus({ cursor: 'all' }))
  const back = () => {
    setTicket(undefined)
    setWrong('')
    second.resetFields()
    form.resetFields(['password'])
  }
  const problem = wrong && <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />

  if (ticket)
    return (
      <Form key="code" form={second} layout="vertical" requiredMark={false} size="large" onFinish={submitCode} disabled={busy} aria-label="登录第二步">
        {problem}
        <CodeField autoFocus />
        <Button type="primary" htmlType="submit" block loading={busy}>{busy ? '正在登录' : '登录'}</Button>
        <Button type="link" block onClick={given ? () => location.assign('/') : back} style={{ marginBlockStart: 8 }}>返回，重新输入密码</Button>
      </Form>
    )
  return (
    <Form key="password" form={form} layout="vertical" requiredMark={false} size="large" initialValues={{ login: known }} onFinish={submit} disabled={busy}>
      {problem}
      <Form.Item name="login" label="登录名" rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}>
        <Input autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus={!known} readOnly={Boolean(login)} maxLength={100} />
      </Form.Item>
      <Form.Item name="password" label="密码" rules={[{ required: true, message: '请填写密码' }]} extra={caps && <span role="status">大写锁定（Caps Lock）已打开</span>}>
        <Input.Password ref={password} autoComplete="current-password" autoFocus={Boolean(known)} onKeyUp={watchCaps} onKeyDown={watchCaps} onBlur={() => setCaps(false)} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>{busy ? '正在登录' : '登录'}</Button>
    </Form>
  )
}
