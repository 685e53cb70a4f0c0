/** People and their posts: who works where as what, from when until when; moving one takes the old post away. */
import { Link } from '@tanstack/react-router'
import { App, Button, Input, Select, Table, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useSession } from '../../ui/session.tsx'
import { useSettled } from '../../ui/settled.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText, NONE } from '../../ui/text.web.ts'
import { ROLES } from '../roles.rules.ts'
import { addPerson, listPeople } from './people.contract.ts'
import { PersonDrawer } from './PersonDrawer.tsx'
import { AddPersonDrawer } from './AddPersonDrawer.tsx'
import '../authority.css'

const FirstCodesDialog = lazy(() => import('./FirstCodesDialog.tsx'))
type Person = OutputOf<typeof listPeople>['people'][number]
const current = (p: Person) => p.posts.filter((post) => post.current)
const postsOf = (p: Person) => (current(p).length
  ? current(p).map((post) => <div key={post.id}>{post.organizationName} · {post.roleLabel}{post.deputyFor ? `（代${post.deputyFor}）` : ''}{post.entitlements.some((e) => e.current) && <Tag variant="filled" style={{ marginInlineStart: 6 }}>另有授权</Tag>}</div>)
  : <span className="muted">没有现任岗位</span>)
const statusOf = (status: string | null) => (status === 'suspended' ? <Tag color="error" variant="filled">已停用</Tag> : status ? '正常' : '没有账号')

export default function PeoplePage() {
  const { may } = useSession()
  const narrow = useNarrow()
  const { modal } = App.useApp()
  const [search, setSearch] = useState('')
  const [role, setRole] = useState<keyof typeof ROLES>()
  const [pages, setPages] = useState<number[]>([0])
  const [open, setOpen] = useState<number>()
  const [adding, setAdding] = useState(false)
  const [codes, setCodes] = useState(false)
  const q = useSettled(search)
  const people = useCall(listPeople, { q: q.trim() || undefined, role, after: pages.at(-1), limit: 50 }, { placeholderData: (before) => before })
  const restart = () => setPages([0])
  const opener = (p: Person) => <Button type="link" size="small" style={{ paddingInline: 0 }} onClick={() => setOpen(p.id)}>{p.name}</Button>
  const showPassword = (login: string, password: string, proposed: number | null = null) =>
    modal.info({ title: '新密码只显示这一次', content: <><p>登录名 <code>{login}</code>，密码 <code>{password}</code>。请当面交给本人，首次登录后请本人修改。</p>{proposed !== null && <p>岗位已提交审批（申请 {proposed} 号），批准之前登录后没有权限。</p>}</>, okText: '已记下' })
  return (
    <>
      <PageHeader title="人员与岗位" note="一个人可以在几个单位任职。委托任命之内的岗位即时生效，其余的由另一人审批；调动后立即失去原单位的权限，办过的事仍记在原岗位名下。"
        actions={may(addPerson.access) && <>{may('import.run') && <Link to="/imports/new" search={{ target: 'people' } as never}><Button>批量导入</Button></Link>}<Button onClick={() => setCodes(true)}>发放首次登录码</Button><Button type="primary" onClick={() => setAdding(true)}>新增人员</Button></>} />
      <div className="panel">
        <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', marginBlockEnd: 12 }}>
          <Input.Search aria-label="按姓名查找" placeholder="姓名" allowClear style={{ width: 240 }} value={search} onChange={(e) => { setSearch(e.target.value); restart() }} />
          <Select aria-label="按岗位筛选" placeholder="全部岗位" allowClear style={{ width: 220 }} value={role} onChange={(v) => { setRole(v); restart() }}
            options={Object.entries(ROLES).map(([value, r]) => ({ value: value as keyof typeof ROLES, label: r.label }))} />
        </div>
        <Loaded of={people}>
          {(data) => data.people.length === 0 ? <EmptyState title="没有找到人员" hint="换个姓名或岗位再找。" /> : narrow ? (
            <ul className="rights-cards" aria-label="人员">
              {data.people.map((p) => (
                <li key={p.id}>
                  <div className="rights-cards-head">{opener(p)}<span>{statusOf(p.status)}</span></div>
                  {postsOf(p)}
                  <span className="rights-why">{p.login ?? NONE}　最近登录 {instantText(p.lastSignIn)}</span>
                </li>
              ))}
            </ul>
          ) : (
            <ScrollBox label="人员">
              <Table<Person> size="small" rowKey="id" pagination={false} dataSource={data.people} loading={people.isFetching}
                columns={[
                  { title: '姓名', dataIndex: 'name', render: (_, p) => opener(p) },
                  { title: '登录名', dataIndex: 'login', render: (login: string | null) => login ?? NONE },
                  { title: '现任岗位', render: (_, p) => postsOf(p) },
                  { title: '账号', dataIndex: 'status', render: statusOf },
                  { title: '最近登录', dataIndex: 'lastSignIn', render: (at: string | null) => instantText(at) },
                ]} />
            </ScrollBox>
          )}
        </Loaded>
        <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end', marginBlockStart: 12 }}>
          <Button disabled={pages.length === 1} onClick={() => setPages(pages.slice(0, -1))}>上一页</Button>
          <Button disabled={!people.data?.next} onClick={() => setPages([...pages, people.data!.next!])}>下一页</Button>
        </div>
      </div>
      <PersonDrawer person={people.data?.people.find((p) => p.id === open)} grantable={people.data?.grantable ?? []} onClose={() => setOpen(undefined)} onPassword={showPassword} />
      {codes && <Suspense><FirstCodesDialog onClose={() => setCodes(false)} /></Suspense>}
      <AddPersonDrawer open={adding} grantable={people.data?.grantable ?? []} onClose={() => setAdding(false)} onPassword={showPassword} />
    </>
  )
}
