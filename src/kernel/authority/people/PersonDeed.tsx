/** The acts on one person, each with its few fields: what widens a right becomes a proposal, and says so. */
import { Alert, App, Button, Checkbox, DatePicker, Form, Input, Radio, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { useProblem, useProblemInForm } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { Loaded } from '../../ui/states.tsx'
import { PROPOSAL_READS } from '../proposal/ProposalDrawer.tsx'
import { deputise, entitle, handOver, KINDS, previewHandover } from '../rights/rights.contract.ts'
import { BUSINESS_ROLES, GRANTABLE_PERMISSIONS, permissionWords, roleLabel, type Role } from '../roles.rules.ts'
import { appoint, correctPerson, endPost, erasePerson, resetPassword, setStatus, type listPeople } from './people.contract.ts'
import { colleagues, places } from './places.web.ts'

export type Person = OutputOf<typeof listPeople>['people'][number]
export type Post = Person['posts'][number]
export type Deed = { kind: 'appoint' | 'password' | 'suspend' | 'restore' | 'correct' | 'erase' } | { kind: 'handover' | 'end' | 'entitle' | 'deputise'; post: Post }
const TITLES: Record<Deed['kind'], string> = { appoint: '任命岗位', handover: '离任、调动、借调', end: '结束岗位', entitle: '另外授权', deputise: '安排代理人', password: '重置密码', suspend: '停用账号', restore: '恢复账号', correct: '更正姓名、电话', erase: '删除个人信息' }
const NOTES: Partial<Record<Deed['kind'], string>> = {
  end: '立即失去这个岗位的权限；办过的事仍可查。管理员的岗位要经审批才结束。', password: '将生成新密码并退出这个账号的全部登录。', suspend: '立即退出全部登录，不能再登录；岗位保留。', restore: '要经另一人审批才恢复。', correct: '按本人的要求更正，改动记入历史。', erase: '删去姓名、电话、账号和登录凭据、保存的视图，不能恢复。他办过的事、报表上的署名和审计记录依法保留。',
  entitle: '给这个岗位加上另一项角色或权限。范围选本单位，就加在现有岗位上；选别的单位，就成为可以切换的另一个岗位。要经安全管理员审批。', deputise: '代理人在期限内可以切换到这个岗位办事，每件事都记为“代某某”；代理人不能再委托别人。',
}
interface Values {
  organizationId?: number; role?: Role; reason: string; from?: Dayjs; to?: Dayjs; until?: Dayjs; handover?: keyof typeof KINDS; successorId?: number; permissions?: string[]; by?: 'role' | 'permissions'; personId?: number; name?: string; phone?: string; noPhone?: boolean
}
const day = (d?: Dayjs) => d?.format('YYYY-MM-DD')
const LABELS = { filings: '填报中的报表', imports: '未写入的导入', proposals: '等待审批的申请', views: '保存的视图', reminders: '未读的催报' } as const

function Items({ post }: { post: Post }) {
  const query = useCall(previewHandover, { id: post.id }, { staleTime: 0 })
  return (
    <Loaded of={query}>
      {({ items }) => {
        const some = (Object.keys(LABELS) as (keyof typeof LABELS)[]).filter((k) => items[k].count > 0)
        return (
          <Alert className="rights-part" type="info" title={some.length ? '将一并交接' : '没有未了的事项'} description={some.length > 0 && (
            <ul>{some.map((k) => <li key={k}>{LABELS[k]} {items[k].count} 项{items[k].names.length > 0 && <span className="muted">：{items[k].names.slice(0, 5).join('、')}{items[k].count > 5 ? ' 等' : ''}</span>}</li>)}</ul>
          )} />
        )
      }}
    </Loaded>
  )
}

export function PersonDeed({ deed, person, grantable, onDone, onCancel, onPassword }: { deed: Deed; person: Person; grantable: readonly { role: string; label: string }[]; onDone: () => void; onCancel: () => void; onPassword: (login: string, password: string) => void }) {
  const [form] = Form.useForm<Values>()
  const { message } = App.useApp()
  const say = useProblem()
  const onProblem = useProblemInForm(form)
  const [kind, setKind] = useState<keyof typeof KINDS>('leave')
  const [by, setBy] = useState<'role' | 'permissions'>('role')
  const noPhone = Form.useWatch('noPhone', form)
  const told = ({ proposed }: { proposed: number | null }) => {
    if (proposed === null) message.success('已办理，即时生效')
    else message.info(`已提交审批（申请 ${proposed} 号），批准之前权限不变。`, 6)
    onDone()
  }
  const options = { changes: PROPOSAL_READS, onProblem, onDone: told }
  const acts = { appoint: useAct(appoint, options), handover: useAct(handOver, options), end: useAct(endPost, options), entitle: useAct(entitle, options), deputise: useAct(deputise, options), status: useAct(setStatus, options) }
  const password = useAct(resetPassword, { onProblem: say, onDone: (made) => { onDone(); onPassword(made.login, made.password) } })
  const own = { changes: PROPOSAL_READS, onProblem, onDone: () => { message.success('已办理，即时生效'); onDone() } }
  const data = { correct: useAct(correctPerson, own), erase: useAct(erasePerson, own) }
  const busy = data.correct.isPending || data.erase.isPending || password.isPending || Object.values(acts).some((a) => a.isPending)
  const finish = (v: Values) => {
    const { reason } = v
    switch (deed.kind) {
      case 'appoint': return acts.appoint.mutate({ id: person.id, organizationId: v.organizationId!, role: v.role!, validFrom: day(v.from), validTo: day(v.to) ?? null, reason })
      case 'handover': return acts.handover.mutate({ id: deed.post.id, kind, successorId: v.successorId ?? null, from: day(v.from), reason, ...(kind === 'leave' ? {} : { organizationId: v.organizationId, role: v.role, until: day(v.until) ?? null }) })
      case 'end': return acts.end.mutate({ id: deed.post.id, reason })
      case 'entitle': return acts.entitle.mutate({ id: deed.post.id, organizationId: v.organizationId!, role: by === 'role' ? v.role! : null, permissions: by === 'role' ? [] : v.permissions!, from: day(v.from), to: day(v.to)!, reason })
      case 'deputise': return acts.deputise.mutate({ id: deed.post.id, personId: v.personId!, from: day(v.from), to: day(v.to)!, reason })
      case 'correct': return data.correct.mutate({ id: person.id, version: person.version, reason, ...(v.name && v.name.trim() !== person.name ? { name: v.name } : {}), ...(v.noPhone ? { phone: null } : v.phone?.trim() ? { phone: v.phone } : {}) })
      case 'erase': return data.erase.mutate({ id: person.id, reason })
      case 'password': return password.mutate({ id: person.id, reason })
      default: return acts.status.mutate({ id: person.id, status: deed.kind === 'suspend' ? 'suspended' : 'active', reason })
    }
  }
  const place = <Form.Item name="organizationId" label={deed.kind === 'entitle' ? '范围' : '单位'} rules={[{ required: true, message: '请选择单位' }]}><ReferenceSelect source={places} placeholder="输入名称查找" known={deed.kind === 'entitle' ? { value: deed.post.organizationId, label: deed.post.organizationName } : undefined} /></Form.Item>
  const role = (roles: readonly { role: string; label: string }[]) => <Form.Item name="role" label={deed.kind === 'entitle' ? '角色' : '岗位'} rules={[{ required: true, message: deed.kind === 'entitle' ? '请选择角色' : '请选择岗位' }]}><Select options={roles.map((g) => ({ value: g.role as Role, label: g.label }))} /></Form.Item>
  const from = (label: string) => <Form.Item name="from" label={label} extra="不填即今天。"><DatePicker style={{ width: '100%' }} /></Form.Item>
  const end = (name: 'to' | 'until', label: string, required: boolean) => <Form.Item name={name} label={label} rules={required ? [{ required: true, message: '请选择日期' }] : []}><DatePicker style={{ width: '100%' }} minDate={dayjs()} /></Form.Item>
  return (
    <Form form={form} name="deed" layout="vertical" onFinish={finish} aria-label={TITLES[deed.kind]} className="panel" initialValues={{ ...(deed.kind === 'correct' ? { name: person.name } : {}), ...('post' in deed ? { role: deed.kind === 'handover' ? deed.post.role : undefined, organizationId: deed.kind === 'entitle' ? deed.post.organizationId : undefined } : {}) }}>
      <h2 className="rights-title">{TITLES[deed.kind]}{'post' in deed && <span className="muted">　{deed.post.organizationName} · {deed.post.roleLabel}</span>}</h2>
      {NOTES[deed.kind] && <p className="muted" style={{ marginBlockEnd: 12 }}>{NOTES[deed.kind]}</p>}
      {deed.kind === 'correct' && (
        <>
          <Form.Item name="name" label="姓名" rules={[{ required: true, min: 2, message: '请填写姓名' }]}><Input maxLength={40} autoComplete="off" /></Form.Item>
          <Form.Item name="phone" label="电话" extra={person.phone ? `现为 ${person.phone}；不填即不变。` : '现在没有电话；不填即不变。'}><Input maxLength={40} inputMode="tel" autoComplete="off" disabled={noPhone} /></Form.Item>
          {person.phone && <Form.Item name="noPhone" valuePropName="checked"><Checkbox>删去电话</Checkbox></Form.Item>}
        </>
      )}
      {deed.kind === 'appoint' && <>{place}{role(grantable)}{from('任职日期')}{end('to', '任期到（不填即长期）', false)}</>}
      {deed.kind === 'handover' && (
        <>
          <Form.Item label="办理什么"><Radio.Group value={kind} onChange={(e) => setKind(e.target.value as keyof typeof KINDS)} options={Object.entries(KINDS).map(([value, label]) => ({ value, label }))} optionType="button" /></Form.Item>
          <Items post={deed.post} />
          {kind !== 'leave' && <>{place}{role(grantable)}</>}
          {from(kind === 'leave' ? '从哪天起离任' : kind === 'transfer' ? '到任日期' : '借调开始')}
          {kind === 'secondment' && end('until', '借调到', true)}
          <Form.Item name="successorId" label="交接给" extra="不选即交回单位。选了的人，会收到交接清单；他的岗位要另外任命。"><ReferenceSelect source={colleagues} placeholder="交回单位" /></Form.Item>
        </>
      )}
      {deed.kind === 'entitle' && (
        <>
          {place}
          <Form.Item label="授予"><Radio.Group value={by} onChange={(e) => setBy(e.target.value as 'role')} options={[{ value: 'role', label: '一个角色' }, { value: 'permissions', label: '几项权限' }]} optionType="button" /></Form.Item>
          {by === 'role' ? role(BUSINESS_ROLES.map((r) => ({ role: r, label: roleLabel(r) }))) : <Form.Item name="permissions" label="权限" rules={[{ required: true, message: '请选择权限' }]}><Select mode="multiple" optionFilterProp="label" options={GRANTABLE_PERMISSIONS.map((value) => ({ value, label: permissionWords(value) }))} /></Form.Item>}
          {from('开始')}{end('to', '到哪一天', true)}
        </>
      )}
      {deed.kind === 'deputise' && <><Form.Item name="personId" label="代理人" rules={[{ required: true, message: '请选择代理人' }]}><ReferenceSelect source={colleagues} placeholder="输入姓名查找" /></Form.Item>{from('开始')}{end('to', '到哪一天', true)}</>}
      <Form.Item name="reason" label="原因或依据" rules={[{ required: true, min: 2, message: '请写明原因或依据' }]}><Input maxLength={300} /></Form.Item>
      <div className="rights-acts"><Button type="primary" danger={deed.kind === 'erase'} htmlType="submit" loading={busy}>{deed.kind === 'erase' ? '删除' : '确认'}</Button><Button onClick={onCancel}>取消</Button></div>
    </Form>
  )
}
