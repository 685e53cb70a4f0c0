/** Pairs that may be one institution registered twice, side by side; one stays, the other ends with it as successor. */
import { Link } from '@tanstack/react-router'
import { App, Button, Drawer, Form, Input, Segmented, Tag } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useAsked } from '../../ui/address.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText, NONE, today } from '../../ui/text.web.ts'
import { restructure } from '../change/change.contract.ts'
import { findDuplicates, keepDistinct } from './duplicates.contract.ts'
import { DistinctPairs, ReasonDialog } from './DistinctPairs.tsx'
import './organization.css'

type Pair = OutputOf<typeof findDuplicates>['pairs'][number]
type Side = Pair['a']
const WHY = { code: '代码相同', name: '名称相同或相近', address: '地址相同、名称相近' }
const ROWS: [string, (s: Side) => string | null][] = [['统一社会信用代码', (s) => s.uscc], ['区划', (s) => s.regionName], ['地址', (s) => s.address]]

function Compared({ pair, mayEnd, mayKeep, onKeep, onDistinct }: { pair: Pair; mayEnd: boolean; mayKeep: boolean; onKeep: (keep: Side, end: Side) => void; onDistinct: () => void }) {
  const sides = [pair.a, pair.b]
  return (
    <li className="panel pair">
      <div className="pair-head">
        <Tag variant="filled">{WHY[pair.why]}</Tag>
        {mayKeep && <Button size="small" onClick={onDistinct} aria-label={`不是重复：${pair.a.name}与${pair.b.name}`}>不是重复…</Button>}
      </div>
      {pair.earlier && <p className="muted">{pair.earlier.byName} 曾于 {instantText(pair.earlier.at)} 认定不是重复（{pair.earlier.reason}）；此后{pair.earlier.changed.join('、')}改了，请再核对。</p>}
      <table className="change-table">
        <thead><tr><th scope="col" className="visually-hidden">栏目</th>{sides.map((s) => <th key={s.id} scope="col"><Link to={`/organizations/${s.id}`}>{s.name}</Link></th>)}</tr></thead>
        <tbody>
          {ROWS.map(([label, of]) => (
            <tr key={label} className={of(pair.a) && of(pair.a) === of(pair.b) ? 'is-same' : undefined}>
              <th scope="row">{label}</th>
              {sides.map((s) => <td key={s.id}>{of(s) ?? NONE}</td>)}
            </tr>
          ))}
          {mayEnd && (
            <tr>
              <th scope="row">处理</th>
              {sides.map((s, i) => <td key={s.id}><Button size="small" onClick={() => onKeep(s, sides[1 - i]!)} aria-label={`保留这个：${s.name}`}>保留这个</Button></td>)}
            </tr>
          )}
        </tbody>
      </table>
    </li>
  )
}

export default function DuplicatesPage() {
  const { may } = useSession()
  const pairs = useCall(findDuplicates, { limit: 50 })
  const [asked, ask] = useAsked()
  const [distinct, setDistinct] = useState<Pair>()
  const [choice, setChoice] = useState<{ keep: Side; end: Side }>()
  const [form] = Form.useForm<{ basis: string; note?: string }>()
  const { message } = App.useApp()
  const onProblem = useProblem()
  const act = useAct(restructure, {
    changes: ['organization.duplicates', 'organization.list', 'organization.totals', 'organization.get', 'organization.restructurings'], onProblem,
    onDone: () => {
      message.success(`已终止重复登记的“${choice!.end.name}”`)
      setChoice(undefined)
      form.resetFields()
    },
  })
  const finish = ({ basis, note }: { basis: string; note?: string }) =>
    act.mutate({ change: { kind: 'abolish', ids: [choice!.end.id], successorId: choice!.keep.id, reason: `重复登记，保留“${choice!.keep.name}”`.slice(0, 200), effective: today(), basis, note: note?.trim() || null } })
  return (
    <>
      <PageHeader title="疑似重复" note="按代码、名称、地址找出可能登记了两次的机构。确实是两个机构的，认定后不再列出；名称、地址或代码改了会再问一次。" />
      <div className="pair-views"><Segmented aria-label="查看" value={asked.view ?? 'open'} onChange={(view) => ask({ view: view === 'open' ? undefined : view }, { replace: true })} options={[{ value: 'open', label: '待处理' }, { value: 'distinct', label: `已认定不是重复${pairs.data?.distinct ? ` ${pairs.data.distinct}` : ''}` }]} /></div>
      {asked.view === 'distinct' ? <DistinctPairs /> : <Loaded of={pairs}>
        {(data) => data.pairs.length === 0 ? <EmptyState title="没有发现疑似重复的机构" /> : (
          <>
            <p className="muted" style={{ marginBlockEnd: 12 }}>{data.pairs.length >= 50 ? '先列出最相似的 50 对，处理后会继续列出其余的。' : `共 ${data.pairs.length} 对。`}</p>
            <ul className="pairs">{data.pairs.map((p) => <Compared key={`${p.a.id}-${p.b.id}`} pair={p} mayEnd={may(restructure.access)} mayKeep={may(keepDistinct.access)} onKeep={(keep, end) => setChoice({ keep, end })} onDistinct={() => setDistinct(p)} />)}</ul>
          </>
        )}
      </Loaded>}
      {distinct && <ReasonDialog title="认定不是重复" label="理由" text={`“${distinct.a.name}”与“${distinct.b.name}”是两个机构，以后不再列为疑似重复。`} act={keepDistinct} input={{ aId: distinct.a.id, bId: distinct.b.id }} done="已认定不是重复。" onClose={() => setDistinct(undefined)} />}
      <Drawer open={Boolean(choice)} onClose={() => setChoice(undefined)} size={480} title="终止重复登记"
        footer={<div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}><Button onClick={() => setChoice(undefined)}>取消</Button><Button type="primary" loading={act.isPending} onClick={() => form.submit()}>确认</Button></div>}>
        {choice && (
          <>
            <p>保留：<strong>{choice.keep.name}</strong></p>
            <p style={{ marginBlockEnd: 16 }}>终止：<strong>{choice.end.name}</strong>。从今天起它不再参加报送，人数和面积不会加到保留的机构上；此前的报表和历史仍可查阅。</p>
            <Form form={form} layout="vertical" initialValues={{ basis: '名录库核查' }} onFinish={finish}>
              <Form.Item name="basis" label="依据" rules={[{ required: true, min: 2, message: '请填写依据' }]}><Input maxLength={300} /></Form.Item>
              <Form.Item name="note" label="说明"><Input.TextArea autoSize={{ minRows: 2 }} maxLength={1000} /></Form.Item>
            </Form>
          </>
        )}
      </Drawer>
    </>
  )
}
