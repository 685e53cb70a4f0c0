/** Name and password; every refusal stands above the fields, says what to do, and keeps the name. */
import { Alert, Button, Form, Input, type InputRef } from 'antd'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { signIn, type CurrentUser } from '../authority/session.contract.ts'
import { call } from './client.web.ts'
import { problemOf } from './queries.web.ts'

interface Props {
  onDone: (user: CurrentUser) => void
  /** The person whose session ended: the name cannot be changed. */
  login?: string
}

const LAST = 'gongxie.login'

export function SignInForm({ onDone, login }: Props) {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const [caps, setCaps] = useState(false)
  const password = useRef<InputRef>(null)
  const [form] = Form.useForm<{ login: string; password: string }>()
  const known = login ?? localStorage.getItem(LAST) ?? ''

  // A dialog puts the focus on its first field; here that one is already filled in.
  useEffect(() => {
    if (!login) return
    const timer = setTimeout(() => password.current?.focus(), 100)
    return () => clearTimeout(timer)
  }, [login])

  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState?.('CapsLock') ?? false)
  const submit = async (values: { login: string; password: string }) => {
    setBusy(true)
    setWrong('')
    try {
      const user = await call(signIn, { login: values.login, password: values.password })
      localStorage.setItem(LAST, values.login.trim())
      onDone(user)
    } catch (error) {
      setWrong(problemOf(error).message)
      password.current?.focus({ cursor: 'all' })
    } finally {
      setBusy(false)
    }
  }

  return (
    <Form form={form} layout="vertical" requiredMark={false} size="large" initialValues={{ login: known }} onFinish={submit} disabled={busy}>
      {wrong && <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />}
      <Form.Item name="login" label="登录名" rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}>
        <Input autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus={!known} readOnly={Boolean(login)} maxLength={100} />
      </Form.Item>
      <Form.Item name="password" label="密码" rules={[{ required: true, message: '请填写密码' }]} extra={caps && <span role="status">大写锁定（Caps Lock）已打开</span>}>
        <Input.Password ref={password} autoComplete="current-password" autoFocus={Boolean(known)} maxLength={128} onKeyUp={watchCaps} onKeyDown={watchCaps} onBlur={() => setCaps(false)} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>{busy ? '正在登录' : '登录'}</Button>
    </Form>
  )
}
