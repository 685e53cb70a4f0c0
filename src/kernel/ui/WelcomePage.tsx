/** The first start: the code from the terminal makes three administrators, three different persons. */
import { Alert, Button, Form, Input, Result } from 'antd'
import { useState } from 'react'
import { entrance, welcome } from '../authority/session.contract.ts'
import { Doorway } from './Doorway.tsx'
import { PasswordFields, usePasswordRules } from './PasswordFields.tsx'
import { useProblem } from './problems.tsx'
import { useAct, useCall } from './queries.web.ts'
import { Loaded } from './states.tsx'

const OFFICES = [
  ['system', '系统管理员', '管人员账号、参数和运行，不看业务数据。'],
  ['security', '安全管理员', '定登录策略、批准授权，不看业务数据。'],
  ['audit', '审计管理员', '查审计记录，不看业务数据。'],
] as const
type Office = (typeof OFFICES)[number][0]
interface Person { name: string; login: string; next: string }
type Values = { code: string } & Record<Office, Person>

export default function WelcomePage() {
  const [form] = Form.useForm<Values>()
  const rules = usePasswordRules()
  const door = useCall(entrance, {})
  const [wrong, setWrong] = useState('')
  const [done, setDone] = useState(false)
  const say = useProblem()
  const act = useAct(welcome, {
    onDone: () => setDone(true),
    onProblem: (problem) => {
      const fields = (problem.body.fields ?? []).map((f) => ({ name: f.path.replace(/\.password$/, '.next').split('.'), errors: [f.message] }))
      if (!fields.length) return problem.status === 401 ? setWrong(problem.message) : say(problem)
      form.setFields(fields as never)
      form.scrollToField(fields[0]!.name as never, { behavior: 'instant', block: 'center', focus: true })
    },
  })
  const person = ({ name, login, next }: Person) => ({ name, login, password: next })
  if (done) return <Doorway title="首次启用"><Result status="success" title="三员已设立" subTitle="请三位分别登录，并按提示启用双因素。之后由系统管理员登记人员、安全管理员批准岗位。与安全管理员本人有关的申请要由另一名安全管理员审批，请尽早增设一名。" extra={<Button type="primary" href="/">去登录</Button>} /></Doorway>
  return (
    <Doorway title="首次启用：设立三员" wide>
      <Loaded of={door}>
        {({ welcome: open }) => !open ? <Result status="info" title="现在不能设立三员" subTitle="平台上已有可以登录的账号，请直接登录；如果还没有，就是启用码已超过 24 小时，重新启动平台会显示新的启用码。" extra={<Button type="primary" href="/">去登录</Button>} /> : (
          <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError={{ focus: true }}
            onFinish={({ code, system, security, audit }) => { setWrong(''); act.mutate({ code, system: person(system), security: person(security), audit: person(audit) }) }}>
            <p className="muted" style={{ marginBlockEnd: 16 }}>平台不带任何预设账号。系统、安全、审计三员须由三个不同的人担任，各设自己的登录名和密码（GB/T 22239-2019 8.1.5）。</p>
            {wrong && <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />}
            <Form.Item name="code" label="启用码" extra="启动平台的终端上显示的 20 位字母和数字，24 小时内有效，只能用一次。" rules={[{ required: true, whitespace: true, message: '请填写启用码' }]}>
              <Input autoFocus autoComplete="off" autoCapitalize="characters" spellCheck={false} maxLength={40} placeholder="XXXXX-XXXXX-XXXXX-XXXXX" />
            </Form.Item>
            {OFFICES.map(([office, label, note]) => (
              <fieldset key={office} className="welcome-person">
                <legend>{label}</legend>
                <p className="muted">{note}</p>
                <Form.Item name={[office, 'name']} label={`${label}姓名`} rules={[{ required: true, whitespace: true, min: 2, message: '请填写姓名，至少 2 个字' }]}><Input maxLength={40} autoComplete="off" /></Form.Item>
                <Form.Item name={[office, 'login']} label={`${label}登录名`} rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9._-]{2,60}$/i, message: '登录名用 3 位以上小写字母、数字、点、横线' }]}><Input maxLength={61} autoCapitalize="none" autoComplete="off" spellCheck={false} /></Form.Item>
                <PasswordFields rules={rules} at={[office]} label={`${label}密码`} />
              </fieldset>
            ))}
            <Button type="primary" htmlType="submit" block size="large" loading={act.isPending}>设立三员</Button>
          </Form>
        )}
      </Loaded>
    </Doorway>
  )
}
