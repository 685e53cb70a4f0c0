/** What a person signs in with, beside the password: a lost telephone, and who they are at the provider of single sign-on. */
import { App, Button, Form, Input } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { linkIdentity, resetSecondFactor, type listPeople } from './people.contract.ts'

type Person = OutputOf<typeof listPeople>['people'][number]
const DEEDS = {
  factor: { title: '重置双因素', note: '手机和恢复码都遗失时用。请先当面或电话核实本人；重置后只凭密码登录，本人须重新绑定。' },
  identity: { title: '关联单点登录', note: '按认证中心里的用户标识（sub）关联，不按邮箱或手机号。' },
} as const

export function SignInDeeds({ person }: { person: Person }) {
  const [deed, setDeed] = useState<keyof typeof DEEDS>()
  const [form] = Form.useForm<{ issuer: string; subject: string; reason: string }>()
  const { message } = App.useApp()
  const close = () => { setDeed(undefined); form.resetFields() }
  const options = { changes: ['person.list'], onProblem: useProblemInForm(form), onDone: () => { close(); message.success('已办理，即时生效') } }
  const acts = { factor: useAct(resetSecondFactor, options), identity: useAct(linkIdentity, options) }
  if (!person.login) return null
  if (!deed)
    return <div className="button-row">{(Object.keys(DEEDS) as (keyof typeof DEEDS)[]).map((d) => <Button key={d} onClick={() => setDeed(d)}>{DEEDS[d].title}</Button>)}</div>
  return (
    <Form form={form} layout="vertical" className="panel" style={{ marginBlockStart: 12 }} aria-label={DEEDS[deed].title}
      onFinish={({ issuer, subject, reason }) => (deed === 'factor' ? acts.factor.mutate({ id: person.id, reason }) : acts.identity.mutate({ id: person.id, issuer, subject, reason }))}>
      <h2>{DEEDS[deed].title}</h2>
      <p className="muted" style={{ marginBlockEnd: 12 }}>{DEEDS[deed].note}</p>
      {deed === 'identity' && <Form.Item name="issuer" label="认证中心地址" rules={[{ required: true, type: 'url', message: '请填认证中心的地址，如 https://sso.example.gov.cn' }]}><Input maxLength={300} inputMode="url" /></Form.Item>}
      {deed === 'identity' && <Form.Item name="subject" label="用户标识（sub）" rules={[{ required: true, whitespace: true, message: '请填写用户标识' }]}><Input maxLength={255} autoComplete="off" /></Form.Item>}
      <Form.Item name="reason" label="原因或依据" rules={[{ required: true, min: 2, message: '请写明原因或依据' }]}><Input maxLength={300} /></Form.Item>
      <div className="button-row"><Button type="primary" htmlType="submit" loading={acts.factor.isPending || acts.identity.isPending}>确认</Button><Button onClick={close}>取消</Button></div>
    </Form>
  )
}
