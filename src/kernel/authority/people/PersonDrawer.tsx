/** One person: posts now and before, with what was granted besides; what was handed over; and the acts. */
import { App, Button, Drawer, Tag, Timeline } from 'antd'
import { useState } from 'react'
import { useProblem } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { instantText, today } from '../../ui/text.web.ts'
import { WhoLink } from '../access/WhoLink.tsx'
import { Reveal } from '../personal/Reveal.tsx'
import { endEntitlement, listHandovers } from '../rights/rights.contract.ts'
import { isAdministrator, type Role } from '../roles.rules.ts'
import { appoint } from './people.contract.ts'
import { person as entity } from './person.entity.ts'
import { PersonDeed, type Deed, type Person, type Post } from './PersonDeed.tsx'
import { SignInDeeds } from './SignInDeeds.tsx'
import '../authority.css'

interface Props {
  person: Person | undefined
  grantable: readonly { role: string; label: string }[]
  onClose: () => void
  onPassword: (login: string, password: string) => void
}

function Handovers({ personId }: { personId: number }) {
  const { data } = useCall(listHandovers, { personId })
  if (!data?.handovers.length) return null
  return (
    <>
      <h2 className="rights-title">交接记录</h2>
      <ul className="rights-list">
        {data.handovers.map((h) => (
          <li key={h.id}>
            <span>{h.personName}{h.kindLabel}，{h.organizationName}，到 {h.lastDay} 为止；{h.successorName ? `交给${h.successorName}` : '交回单位'}<span className="rights-why">　报表 {h.items.filings.count}、导入 {h.items.imports.count}、申请 {h.items.proposals.count}、视图 {h.items.views.count}；{h.reason}</span></span>
            <span className="muted">{h.byName}　{instantText(h.at)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

export function PersonDrawer({ person, grantable, onClose, onPassword }: Props) {
  const { may, user } = useSession()
  const { modal, message } = App.useApp()
  const [deed, setDeed] = useState<Deed>()
  const say = useProblem()
  const take = useAct(endEntitlement, { changes: ['person.list', 'access.list'], onProblem: say, onDone: () => void message.success('已收回，即时生效。') })
  const close = () => setDeed(undefined)
  const manage = may(appoint.access) && person?.id !== user.personId
  // Whoever could set an administrator's means of signing in anew could be that administrator.
  const byCommand = person?.posts.some((p) => p.current && isAdministrator(p.role as Role))
  const touches = (post: Post) => grantable.some((g) => g.role === post.role)
  const retract = (id: number) => modal.confirm({ title: '收回另外授权', content: '收回后立即失去这些权限。', okText: '收回', onOk: () => take.mutateAsync({ id, reason: '收回另外授权' }).then(() => {}, () => {}) })
  return (
    <Drawer open={Boolean(person)} onClose={() => { close(); onClose() }} size={560} title={person ? `${person.name}${person.login ? `（${person.login}）` : ''}` : ''} extra={person && <WhoLink subject="person" id={person.id} />}>
      {person && (
        <>
          {person.phone && <p className="rights-part">电话　<Reveal entity={entity.name} id={person.id} field="phone" shown={person.phone} /></p>}
          {person.posts.length === 0 && <p className="muted rights-part">还没有岗位。任命要经审批的，批准之后出现在这里。</p>}
          <Timeline items={person.posts.map((post) => ({
            color: post.current ? 'blue' : 'gray',
            content: (
              <>
                <strong>{post.organizationName}</strong> · {post.roleLabel} {post.deputyFor && <Tag color="warning" variant="filled">代{post.deputyFor}</Tag>}{post.current ? <Tag color="processing" variant="filled">现任</Tag> : null}
                <div className="muted">{post.validFrom} 至 {post.validTo ?? '今'}{post.reason ? `；${post.reason}` : ''}</div>
                {post.entitlements.map((e) => (
                  <div key={e.id} className="rights-why">另授：{e.organizationName} · {e.label}（{e.validFrom} 至 {e.validTo}）{e.current && manage ? <Button type="link" size="small" onClick={() => retract(e.id)}>收回</Button> : !e.current && '，已结束'}</div>
                ))}
                {post.current && manage && touches(post) && !deed && (
                  <div className="rights-acts is-under">
                    {!post.deputyFor && !isAdministrator(post.role as Role) && <><Button size="small" onClick={() => setDeed({ kind: 'handover', post })}>离任、调动、借调</Button><Button size="small" onClick={() => setDeed({ kind: 'deputise', post })}>安排代理</Button><Button size="small" onClick={() => setDeed({ kind: 'entitle', post })}>另外授权</Button></>}
                    <Button size="small" onClick={() => setDeed({ kind: 'end', post })}>结束</Button>
                  </div>
                )}
              </>
            ),
          }))} />
          {manage && !deed && (
            <div className="rights-acts rights-part">
              <Button onClick={() => setDeed({ kind: 'appoint' })}>任命岗位</Button>
              {person.login && !byCommand && <Button onClick={() => setDeed({ kind: 'password' })}>重置密码</Button>}
              {person.login && (person.status === 'suspended' ? <Button onClick={() => setDeed({ kind: 'restore' })}>恢复账号</Button> : <Button danger onClick={() => setDeed({ kind: 'suspend' })}>停用账号</Button>)}
              <Button onClick={() => setDeed({ kind: 'correct' })}>更正姓名、电话</Button>
              {!person.posts.some((p) => p.validTo === null || p.validTo >= today()) && (person.login || person.phone) && <Button danger onClick={() => setDeed({ kind: 'erase' })}>删除个人信息</Button>}
            </div>
          )}
          {manage && !deed && (byCommand ? person.login && <p className="muted rights-part">三员的密码和双因素由运维人员用命令行重置（user reset-password、user reset-second-factor），不由别的管理员办理。</p> : <SignInDeeds person={person} />)}
          {deed && <PersonDeed key={deed.kind} deed={deed} person={person} grantable={grantable} onDone={close} onCancel={close} onPassword={onPassword} />}
          <Handovers personId={person.id} />
        </>
      )}
    </Drawer>
  )
}
