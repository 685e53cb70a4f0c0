/** The rules of signing in, for the security administrator: figures within the floor of the profile, changed with a reason. */
import { Alert, App, Button, Checkbox, Form, Input, InputNumber, Radio, Select, Timeline } from 'antd'
import type { OutputOf } from '../contract/contract.rules.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useProblemInForm } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { useSession } from '../ui/session.tsx'
import { EmptyState, Loaded } from '../ui/states.tsx'
import { instantText } from '../ui/text.web.ts'
import { UnsavedGuard } from '../ui/UnsavedGuard.tsx'
import { useState } from 'react'
import { readPolicy, updatePolicy } from './policy.contract.ts'
import { ALWAYS_SECOND_FACTOR, boundOf, HASHES, PROFILES, type Policy, type Profile } from './policy.rules.ts'
import { ROLES } from './roles.rules.ts'

type Row = OutputOf<typeof readPolicy>['policy']
type Values = Omit<Row, 'version'> & { reason: string }
const GROUPS: readonly { title: string; figures: readonly Parameters<typeof boundOf>[1][] }[] = [
  { title: '密码', figures: ['passwordLength', 'passwordClasses', 'passwordDays', 'passwordHistory'] },
  { title: '失败与锁定', figures: ['failures', 'lockMinutes', 'addressBurst', 'addressPerMinute'] },
  { title: '登录的时长与处数', figures: ['idleMinutes', 'absoluteHours', 'sessions', 'proveMinutes'] },
]

export default function PolicyPage() {
  const policy = useCall(readPolicy, {})
  return (
    <>
      <PageHeader title="登录安全策略" note="密码、锁定、登录时长和双因素的要求，修改后立即对所有人生效；每次修改须写明原因并留痕。" />
      <Loaded of={policy}>{(data) => <PolicyForm key={data.policy.version} policy={data.policy} history={data.history} />}</Loaded>
    </>
  )
}

function PolicyForm({ policy, history }: OutputOf<typeof readPolicy>) {
  const [form] = Form.useForm<Values>()
  const { message } = App.useApp()
  const { may } = useSession()
  const [dirty, setDirty] = useState(false)
  const profile: Profile = Form.useWatch('profile', form) ?? policy.profile
  const act = useAct(updatePolicy, { changes: ['policy.read', 'session.entrance'], onProblem: useProblemInForm(form), onDone: () => { setDirty(false); message.success('策略已保存，立即生效。') } })
  const { version, ...initial } = policy
  return (
    <>
      <UnsavedGuard dirty={dirty} kept={false} />
      <Form form={form} layout="vertical" initialValues={initial} disabled={!may(updatePolicy.access)} onValuesChange={() => setDirty(true)} onFinish={(values) => act.mutate({ ...values, version })} scrollToFirstError={{ focus: true }}>
        <section className="panel" style={{ marginBlockEnd: 16 }}>
          <h2>依据</h2>
          <Form.Item name="profile" label="策略" extra={PROFILES[profile].basis}>
            <Radio.Group onChange={(e) => form.setFieldsValue(PROFILES[e.target.value as Profile].values)} options={(Object.keys(PROFILES) as Profile[]).map((value) => ({ value, label: PROFILES[value].label }))} />
          </Form.Item>
          {profile === 'NIST' && <Alert type="warning" showIcon title="等保三级测评要求口令复杂度和定期更换；选用 NIST 时须有其他依据。" style={{ marginBlockEnd: 16 }} />}
          <Form.Item name="hash" label="密码存储算法" extra="改变后，每个人下次登录时按新算法重新存储。"><Select style={{ maxWidth: 320 }} options={Object.entries(HASHES).map(([value, label]) => ({ value: value as Policy['hash'], label }))} /></Form.Item>
        </section>
        <div className="policy">
          {GROUPS.map(({ title, figures }) => (
            <section key={title} className="panel">
              <h2>{title}</h2>
              {figures.map((name) => {
                const { label, unit, least, most, note } = boundOf(profile, name)
                return (
                  <Form.Item key={name} name={name} label={label} extra={`${least} 至 ${most} ${unit}${note && !(name === 'passwordDays' && least > 0) ? `；${note}` : ''}`} dependencies={['profile']}
                    rules={[{ required: true, message: '请填写' }, { type: 'integer', min: least, max: most, message: `须为 ${least} 至 ${most} 的整数` }]}>
                    <InputNumber style={{ width: 160 }} suffix={unit} precision={0} />
                  </Form.Item>
                )
              })}
            </section>
          ))}
          <section className="panel">
            <h2>双因素</h2>
            <Form.Item name="secondFactorRoles" label="必须使用双因素的岗位" extra="没有启用的人，登录后只能先启用。三员不能取消。">
              <Checkbox.Group className="policy-roles" options={Object.entries(ROLES).map(([value, r]) => ({ value, label: r.label, disabled: (ALWAYS_SECOND_FACTOR as readonly string[]).includes(value) }))} />
            </Form.Item>
          </section>
        </div>
        <section className="panel" style={{ marginBlockStart: 16 }}>
          <Form.Item name="reason" label="修改原因" rules={[{ required: true, whitespace: true, min: 2, message: '请写明修改原因，如测评意见、文件名称' }]}><Input maxLength={300} /></Form.Item>
          <Button type="primary" htmlType="submit" loading={act.isPending} disabled={!dirty}>保存策略</Button>
        </section>
      </Form>
      <section className="panel" style={{ marginBlockStart: 16 }} aria-labelledby="policy-history">
        <h2 id="policy-history">修改记录</h2>
        {history.length === 0 ? <EmptyState title="还没有修改过" hint="现在执行的是平台的默认策略。" /> : (
          <Timeline items={history.map((h) => ({
            content: (
              <>
                <strong>{h.actorName}</strong> <span className="muted">{instantText(h.at)}</span>
                <div>{h.reason}</div>
                {h.changes.map((c) => <div key={c.label} className="muted">{c.label}：{c.before} → {c.after}</div>)}
              </>
            ),
          }))} />
        )}
      </section>
    </>
  )
}
