/** Who may do what where, and why: by person, by organisation, by role; what offices may appoint by themselves; alarms. */
import { Alert, App, Button, Input, Segmented, Select, Switch, Table, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useAsked } from '../../ui/address.web.ts'
import { ExportButton } from '../../ui/ExportButton.tsx'
import { useNarrow } from '../../ui/narrow.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useSession } from '../../ui/session.tsx'
import { useSettled } from '../../ui/settled.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText, today } from '../../ui/text.web.ts'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { places } from '../people/places.web.ts'
import { PERMISSIONS, permissionWords, ROLES, type Role } from '../roles.rules.ts'
import { exportAccess, listAccess, listAlarms, VIAS, type AccessRow } from './access.contract.ts'
import '../authority.css'

const Delegations = lazy(() => import('../rights/Delegations.tsx'))
const BY = { person: '按人员', organization: '按单位', role: '按角色' } as const

function Alarms() {
  const { may } = useSession()
  const alarms = useCall(listAlarms, {}, { enabled: may(listAlarms.access) })
  if (!alarms.data?.alarms.length) return null
  const WORDS: Record<string, string> = { 'auth.post': '岗位', 'auth.entitlement': '另外授权', 'auth.delegation': '委托任命' }
  return (
    <Alert className="rights-part" type="error" showIcon title="有授权被绕过平台直接改动，已自动停用" description={
      <ul>{alarms.data.alarms.slice(0, 10).map((a) => <li key={a.id}>{instantText(a.at)}　{WORDS[a.subject] ?? a.subject} {a.recordId} 号{a.personName ? `（${a.personName}）` : ''}：{a.sealed ? '内容与签封不符' : '没有签封'}</li>)}</ul>
    } />
  )
}

export default function AccessPage() {
  const [asked, ask] = useAsked()
  const { may } = useSession()
  const { message } = App.useApp()
  const narrow = useNarrow()
  const by = asked.by && asked.by in BY ? (asked.by as keyof typeof BY) : 'person'
  const [search, setSearch] = useState(asked.q ?? '')
  const q = useSettled(search).trim() || undefined
  const [cursors, setCursors] = useState<(string | undefined)[]>([undefined])
  const filters = { by, q, organizationId: Number(asked.organizationId) || undefined, role: (asked.role as Role) || undefined, permission: asked.permission || undefined, past: asked.past === 'true' ? ('true' as const) : ('false' as const) }
  const query = useCall(listAccess, { ...filters, cursor: cursors.at(-1), limit: 50 }, { placeholderData: (before) => before })
  const set = (change: Record<string, string | undefined>) => { setCursors([undefined]); ask(change, { replace: true }) }
  const columns = {
    person: { title: '姓名', render: (_: unknown, r: AccessRow) => <>{r.personName}{!r.current && <Tag style={{ marginInlineStart: 6 }} variant="filled">{r.validTo && r.validTo < today() ? '已结束' : '未开始'}</Tag>}</>, className: 'nowrap' },
    organization: { title: '管理范围', render: (_: unknown, r: AccessRow) => r.organizationName },
    role: { title: '角色', render: (_: unknown, r: AccessRow) => <>{r.roleLabel}{r.via !== 'post' && <div><Tag color="processing" variant="filled">{VIAS[r.via]}{r.deputyFor ? ` 代${r.deputyFor}` : ''}</Tag></div>}{!r.sealed && <div><Tag color="error" variant="filled">签封不符，已停用</Tag></div>}</> },
    permissions: { title: '能做什么', render: (_: unknown, r: AccessRow) => <div className="rights-words">{r.permissions.map((p) => <Tag key={p} variant="filled">{p}</Tag>)}</div>, width: 420 },
    why: { title: '依据', render: (_: unknown, r: AccessRow) => <>{r.reason ?? (r.delegated ? '委托任命' : '此前登记，没有记载')}<div className="rights-why">{r.validFrom} 至 {r.validTo ?? '今'}{r.proposedByName ? `；${r.proposedByName}申请，${r.decidedByName ?? ''}审批` : r.delegated ? '；主管单位在委托任命内办理' : ''}</div></>, width: 260 },
  }
  const order = by === 'person' ? ['person', 'organization', 'role'] : by === 'organization' ? ['organization', 'person', 'role'] : ['role', 'organization', 'person']
  return (
    <>
      <PageHeader title="授权一览" note="谁、在什么范围、能做什么、凭什么。要看一条记录谁能看到，请到那条记录的页面点“谁能看到”。"
        actions={may(exportAccess.access) && <ExportButton operation={exportAccess} input={filters} />} />
      <Alarms />
      <div className="panel rights-part">
        <div className="rights-tools">
          <Segmented aria-label="排列方式" value={by} options={Object.entries(BY).map(([value, label]) => ({ value: value as keyof typeof BY, label }))} onChange={(v) => set({ by: v === 'person' ? undefined : v })} />
          <Input.Search aria-label="按姓名查找" placeholder="姓名" allowClear style={{ width: 160 }} value={search} onChange={(e) => { setSearch(e.target.value); setCursors([undefined]) }} />
          <div style={{ width: 260 }}><ReferenceSelect<number | undefined> source={places} aria-label="单位及其下属" placeholder="单位及其下属" value={filters.organizationId} onChange={(v) => set({ organizationId: v ? String(v) : undefined })} /></div>
          <Select aria-label="角色" allowClear placeholder="全部角色" style={{ width: 190 }} value={filters.role} onChange={(v) => set({ role: v })} options={Object.entries(ROLES).map(([value, r]) => ({ value: value as Role, label: r.label }))} />
          <Select aria-label="权限" allowClear showSearch={{ optionFilterProp: 'label' }} placeholder="有某项权限的" style={{ width: 190 }} value={filters.permission} onChange={(v) => set({ permission: v })} options={[...PERMISSIONS].map((value) => ({ value, label: permissionWords(value) }))} />
          <label><Switch size="small" checked={filters.past === 'true'} onChange={(on) => { set({ past: on ? 'true' : undefined }); if (on) message.info('已结束的授权也列出来了。') }} /> 含已结束的</label>
        </div>
        <Loaded of={query}>
          {(data) => data.rows.length === 0 ? <EmptyState title="没有这样的授权" hint="放宽条件再看。" /> : narrow ? (
            <ul className="rights-cards">
              {data.rows.map((r) => (
                <li key={`${r.via}${r.id}`}>
                  <div className="rights-cards-head"><strong>{columns.person.render(null, r)}</strong>{columns.role.render(null, r)}</div>
                  <span>{r.organizationName}</span>
                  {columns.permissions.render(null, r)}
                  <div>{columns.why.render(null, r)}</div>
                </li>
              ))}
            </ul>
          ) : (
            <ScrollBox label="授权">
              <Table<AccessRow> size="small" rowKey={(r) => `${r.via}${r.id}`} pagination={false} dataSource={data.rows} loading={query.isPlaceholderData} style={{ minWidth: 900 }}
                columns={[...order.map((k) => columns[k as 'person']), columns.permissions, columns.why]} />
            </ScrollBox>
          )}
        </Loaded>
        <div className="rights-foot">
          <Button disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>上一页</Button>
          <Button disabled={!query.data?.next} onClick={() => setCursors([...cursors, query.data!.next!])}>下一页</Button>
        </div>
      </div>
      <Suspense><Delegations /></Suspense>
    </>
  )
}
