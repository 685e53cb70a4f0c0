/** One's own account: password, second factor, where one is signed in, single sign-on, what happened lately. */
import { App, Button, Descriptions, Modal, Popconfirm, Table, Tag } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { EnrolSecondFactor } from '../../ui/EnrolSecondFactor.tsx'
import { download } from '../../ui/files.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { PasswordForm } from '../../ui/PasswordForm.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { RecoveryCodes } from '../../ui/RecoveryCodes.tsx'
import { rememberPlace } from '../../ui/return.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText, NONE } from '../../ui/text.web.ts'
import { endOtherSessions, endSession, entrance, linkSingleSignOn, ownAccount, ownPersonalData, removeSecondFactor, renewRecoveryCodes, unlinkSingleSignOn } from '../session.contract.ts'
import { browserOf, EVENTS } from './words.rules.ts'

type Own = OutputOf<typeof ownAccount>
const changes = ['account.read']

export default function AccountPage() {
  const account = useCall(ownAccount, {})
  const { user } = useSession()
  return (
    <>
      <PageHeader title="我的账号" note={`${user.name}，登录名 ${user.login}。${user.lastSignIn ? `上次登录 ${instantText(user.lastSignIn.at)}，来自 ${user.lastSignIn.address ?? '未知地址'}${user.lastSignIn.failuresSince ? `；其间有 ${user.lastSignIn.failuresSince} 次登录失败` : ''}。` : ''}`} />
      <Loaded of={account}>
        {(own) => (
          <div className="account">
            <PasswordPart own={own} />
            <FactorPart own={own} />
            <SessionsPart own={own} />
            <IdentitiesPart own={own} />
            <DataPart />
            <section className="panel is-wide" aria-labelledby="account-events">
              <h2 id="account-events">最近的登录与账号变动</h2>
              <ScrollBox label="登录与账号变动的清单">
                <Table<Own['events'][number]> size="small" rowKey={(_e, i) => String(i)} pagination={false} dataSource={own.events} locale={{ emptyText: <EmptyState title="还没有记录" /> }}
                  columns={[
                    { title: '时间', dataIndex: 'at', render: (at: string) => <span className="nowrap">{instantText(at)}</span> },
                    { title: '事项', dataIndex: 'kind', render: (kind: string) => <span className="nowrap">{kind === 'refused' || kind === 'locked' ? <Tag color="warning" variant="filled">{EVENTS[kind]}</Tag> : (EVENTS[kind] ?? kind)}</span> },
                    { title: '网络地址', dataIndex: 'address', render: (a: string | null) => a ?? NONE },
                    { title: '浏览器', dataIndex: 'agent', render: (agent: string | null) => <span className="nowrap">{browserOf(agent)}</span> },
                  ]} />
              </ScrollBox>
              <p className="muted" style={{ marginBlockStart: 8 }}>有不是您本人的登录，请立即修改密码，并告诉本单位的系统管理员。</p>
            </section>
          </div>
        )}
      </Loaded>
    </>
  )
}

function DataPart() {
  const { message } = App.useApp()
  const say = useProblem()
  const [busy, setBusy] = useState(false)
  const take = async () => {
    setBusy(true)
    try {
      message.success(`已导出“${await download(ownPersonalData, {})}”。`)
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className="panel is-wide" aria-labelledby="account-data">
      <h2 id="account-data">个人信息</h2>
      <p style={{ marginBlockEnd: 12 }}>平台里有关您的信息：姓名、电话、账号、岗位、登录记录，以及谁查看过您的完整电话。有误的，或离任后不再需要的，请向本单位或上级单位负责人员管理的同志申请更正或删除。</p>
      <Button loading={busy} onClick={() => void take()}>导出我的个人信息</Button>
    </section>
  )
}

function PasswordPart({ own }: { own: Own }) {
  const { user } = useSession()
  const { message } = App.useApp()
  const [open, setOpen] = useState(false)
  return (
    <section className="panel" aria-labelledby="account-password">
      <h2 id="account-password">密码</h2>
      <Descriptions size="small" column={1} items={[
        { key: 'changed', label: '上次修改', children: instantText(own.password.changedAt) },
        { key: 'expires', label: '到期', children: own.password.expiresAt ? instantText(own.password.expiresAt) : '不要求定期更换' },
      ]} />
      <div className="button-row">
        {open ? <PasswordForm login={user.login} onDone={() => { setOpen(false); message.success('密码已修改，其他地方的登录已全部退出。') }} /> : <Button onClick={() => setOpen(true)}>修改密码</Button>}
      </div>
    </section>
  )
}

function FactorPart({ own }: { own: Own }) {
  const { user, refresh } = useSession()
  const { message } = App.useApp()
  const [enrolling, setEnrolling] = useState<false | 'key' | 'codes'>(false)
  const [codes, setCodes] = useState<readonly string[]>()
  const onProblem = useProblem()
  const done = (words: string) => void refresh().then(() => message.success(words))
  const renew = useAct(renewRecoveryCodes, { changes, onProblem, onDone: ({ recoveryCodes }) => setCodes(recoveryCodes) })
  const remove = useAct(removeSecondFactor, { changes, onProblem, onDone: () => done('双因素已停用。') })
  const factor = own.secondFactor
  const few = factor && factor.recoveryCodes < 3
  return (
    <section className="panel" aria-labelledby="account-factor">
      <h2 id="account-factor">双因素登录</h2>
      {factor ? (
        <>
          <Descriptions size="small" column={1} items={[
            { key: 'since', label: '状态', children: <span><Tag color="success" variant="filled" style={{ marginInlineEnd: 8 }}>已启用</Tag>{instantText(factor.confirmedAt)}</span> },
            { key: 'codes', label: '恢复码', children: <span>剩余 {factor.recoveryCodes} 个{few && <Tag color="warning" variant="filled" style={{ marginInlineStart: 8 }}>请重新生成</Tag>}</span> },
          ]} />
          <div className="button-row">
            <Popconfirm title="重新生成恢复码？" description="原来的恢复码立即全部作废。" okText="重新生成" onConfirm={() => renew.mutate({})}><Button loading={renew.isPending}>重新生成恢复码</Button></Popconfirm>
            <Button onClick={() => setEnrolling('key')}>换绑手机</Button>
            <Popconfirm title="停用双因素？" description={own.secondFactorRequired ? '您的岗位要求使用双因素。' : '以后只凭密码登录，账号会不那么安全。'} okText="停用" okButtonProps={{ danger: true }} onConfirm={() => remove.mutate({})}><Button danger loading={remove.isPending}>停用</Button></Popconfirm>
          </div>
        </>
      ) : (
        <>
          <p style={{ marginBlockEnd: 12 }}>{own.secondFactorRequired ? '您的岗位责任重大，应当启用双因素：密码之外再加手机验证码。' : '密码之外再加手机验证码，别人知道了密码也不能登录；忘记密码时可以自行重设。'}</p>
          <Button type="primary" onClick={() => setEnrolling('key')}>启用双因素</Button>
        </>
      )}
      <Modal open={Boolean(enrolling)} title={enrolling === 'codes' ? '恢复码' : factor ? '换绑手机' : '启用双因素'} footer={null} width={600} destroyOnHidden mask={{ closable: false }} closable={enrolling !== 'codes'} keyboard={enrolling !== 'codes'} onCancel={() => setEnrolling(false)}>
        <EnrolSecondFactor login={user.login} onCodes={() => setEnrolling('codes')} onCancel={() => setEnrolling(false)} onDone={() => { setEnrolling(false); done('双因素已启用，其他地方的登录已退出。') }} />
      </Modal>
      <Modal open={Boolean(codes)} title="新的恢复码" footer={null} mask={{ closable: false }} closable={false} keyboard={false}>
        {codes && <RecoveryCodes codes={codes} login={user.login} onDone={() => setCodes(undefined)} />}
      </Modal>
    </section>
  )
}

function SessionsPart({ own }: { own: Own }) {
  const { message } = App.useApp()
  const onProblem = useProblem()
  const end = useAct(endSession, { changes, onProblem, onDone: () => message.success('已退出那一处登录。') })
  const others = useAct(endOtherSessions, { changes, onProblem, onDone: ({ ended }) => message.success(`已退出其他 ${ended} 处登录。`) })
  return (
    <section className="panel is-wide" aria-labelledby="account-sessions">
      <div className="panel-head"><h2 id="account-sessions" className="panel-title">正在登录</h2>{own.sessions.length > 1 && <Button size="small" loading={others.isPending} onClick={() => others.mutate({})}>退出其他全部</Button>}</div>
      <ScrollBox label="正在登录的清单">
        <Table<Own['sessions'][number]> size="small" rowKey="id" pagination={false} dataSource={own.sessions}
          columns={[
            { title: '浏览器', dataIndex: 'agent', render: (agent: string | null, s) => <span className="nowrap">{browserOf(agent)} {s.here && <Tag color="processing" variant="filled">当前</Tag>}</span> },
            // Beside the name, so that it is reached on a phone without scrolling.
            { title: '操作', key: 'end', render: (_, s) => (s.here ? <span className="muted">{NONE}</span> : <Button size="small" loading={end.isPending && end.variables?.id === s.id} onClick={() => end.mutate({ id: s.id })}>退出</Button>) },
            { title: '网络地址', dataIndex: 'address', render: (a: string | null) => a ?? NONE },
            { title: '方式', dataIndex: 'method', render: (m: string) => <span className="nowrap">{m === 'single-sign-on' ? '单点登录' : '密码'}</span> },
            { title: '登录时间', dataIndex: 'since', render: (at: string) => <span className="nowrap">{instantText(at)}</span> },
            { title: '最近使用', dataIndex: 'lastSeen', render: (at: string) => <span className="nowrap">{instantText(at)}</span> },
          ]} />
      </ScrollBox>
    </section>
  )
}

function IdentitiesPart({ own }: { own: Own }) {
  const { message } = App.useApp()
  const onProblem = useProblem()
  const provider = useCall(entrance, {}, { staleTime: 60_000 }).data?.singleSignOn
  const link = useAct(linkSingleSignOn, { onProblem, onDone: ({ url }) => { rememberPlace(); location.assign(url) } })
  const unlink = useAct(unlinkSingleSignOn, { changes, onProblem, onDone: () => message.success('已解除关联。') })
  if (!provider && !own.identities.length) return null
  return (
    <section className="panel is-wide" aria-labelledby="account-identities">
      <h2 id="account-identities">单点登录</h2>
      {own.identities.length > 0 && (
        <ul className="account-identities">
          {own.identities.map((i) => (
            <li key={i.id}>
              <span><strong>{i.issuer}</strong><br /><span className="muted">用户标识 {i.subject}，{instantText(i.linkedAt)} 关联{i.usedAt ? `，最近使用 ${instantText(i.usedAt)}` : ''}</span></span>
              <Popconfirm title="解除关联？" description="以后不能再用它登录。" okText="解除" onConfirm={() => unlink.mutate({ id: i.id })}><Button size="small">解除</Button></Popconfirm>
            </li>
          ))}
        </ul>
      )}
      {provider && <Button loading={link.isPending} onClick={() => link.mutate({})}>关联{provider.label}账号</Button>}
    </section>
  )
}
