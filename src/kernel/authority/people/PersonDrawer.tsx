/** One person: posts now and before, and the acts: appoint, transfer, end, reset the password, suspend. */
import { App, Button, Drawer, Form, Input, Select, Tag, Timeline } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useOrganizationOptions } from '../../org/organization/organization.register.web.ts'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import type { Role } from '../roles.rules.ts'
import { appoint, endPost, listPeople, resetPassword, setStatus } from './people.contract.ts'
import { SignInDeeds } from './SignInDeeds.tsx'

type Person = OutputOf<typeof listPeople>['people'][number]
interface Props {
  person: Person | undefined
  grantable: readonly { role: string; label: string }[]
  onClose: () => void
  onPassword: (login: string, password: string) => void
}
type Deed = { kind: 'appoint' | 'password' | 'suspend' | 'restore' } | { kind: 'end'; post: Person['posts'][number] }
const TITLES = { appoint: '任命岗位', end: '结束岗位', password: '重置密码', suspend: '停用账号', restore: '恢复账号' }
const NOTES: Partial<Record<Deed['kind'], string>> = {
  end: '立即失去这个岗位的权限；办过的事仍可查。',
  password: '将生成新密码并退出这个账号的全部登录。', suspend: '立即退出全部登录，不能再登录；岗位保留。',
}
interface Values { organizationId: number; role: Role; reason: string }

export function PersonDrawer({ person, grantable, onClose, onPassword }: Props) {
  const { may } = useSession()
  const { message } = App.useApp()
  const [deed, setDeed] = useState<Deed>()
  const [form] = Form.useForm<Values>()
  const onProblem = useProblem()
  const close = () => { setDeed(undefined); form.resetFields() }
  const options = { changes: ['person.list'], onProblem, onDone: () => { close(); message.success('已办理') } }
  const acts = { appoint: useAct(appoint, options), end: useAct(endPost, options), status: useAct(setStatus, options) }
  const password = useAct(resetPassword, { onProblem, onDone: (made) => { close(); onPassword(made.login, made.password) } })
  const busy = password.isPending || Object.values(acts).some((a) => a.isPending)
  const finish = ({ organizationId, role, reason }: Values) => {
    if (!deed || !person) return
    if (deed.kind === 'appoint') acts.appoint.mutate({ id: person.id, organizationId, role, reason })
    else if (deed.kind === 'end') acts.end.mutate({ id: deed.post.id, reason })
    else if (deed.kind === 'password') password.mutate({ id: person.id, reason })
    else acts.status.mutate({ id: person.id, status: deed.kind === 'suspend' ? 'suspended' : 'active', reason })
  }
  const places = deed?.kind === 'appoint'
  return (
    <Drawer open={Boolean(person)} onClose={() => { close(); onClose() }} size={520} title={person ? `${person.name}${person.login ? `（${person.login}）` : ''}` : ''}>
      {person && (
        <>
          <Timeline items={person.posts.map((post) => ({
            color: post.current ? 'blue' : 'gray',
            content: (
              <>
                <strong>{post.organizationName}</strong> · {post.roleLabel} {post.current ? <Tag color="processing" variant="filled">现任</Tag> : null}
                <div className="muted">{post.validFrom} 至 {post.validTo ?? '今'}</div>
                {post.current && may(endPost.access) && (
                  <div style={{ display: 'flex', gap: 8, marginBlockStart: 4 }}>
                    <Button size="small" onClick={() => setDeed({ kind: 'end', post })}>结束</Button>
                  </div>
                )}
              </>
            ),
          }))} />
          {may(appoint.access) && !deed && (
            <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap' }}>
              <Button onClick={() => setDeed({ kind: 'appoint' })}>任命岗位</Button>
              {person.login && <Button onClick={() => setDeed({ kind: 'password' })}>重置密码</Button>}
              {person.login && (person.status === 'suspended' ? <Button onClick={() => setDeed({ kind: 'restore' })}>恢复账号</Button> : <Button danger onClick={() => setDeed({ kind: 'suspend' })}>停用账号</Button>)}
            </div>
          )}
          {may(appoint.access) && !deed && <SignInDeeds person={person} />}
          {deed && (
            <Form form={form} layout="vertical" onFinish={finish} aria-label={TITLES[deed.kind]} className="panel">
              <h2>{TITLES[deed.kind]}</h2>
              {NOTES[deed.kind] && <p className="muted" style={{ marginBlockEnd: 12 }}>{NOTES[deed.kind]}</p>}
              {places && <Form.Item name="organizationId" label="单位" rules={[{ required: true, message: '请选择单位' }]}><ReferenceSelect source={{ useOptions: useOrganizationOptions, remote: true }} placeholder="输入名称查找" /></Form.Item>}
              {places && <Form.Item name="role" label="岗位" rules={[{ required: true, message: '请选择岗位' }]}><Select options={grantable.map((g) => ({ value: g.role as Role, label: g.label }))} /></Form.Item>}
              <Form.Item name="reason" label="原因或依据" rules={[{ required: true, min: 2, message: '请写明原因或依据' }]}><Input maxLength={300} /></Form.Item>
              <div style={{ display: 'flex', gap: 8 }}><Button type="primary" htmlType="submit" loading={busy}>确认</Button><Button onClick={close}>取消</Button></div>
            </Form>
          )}
        </>
      )}
    </Drawer>
  )
}
