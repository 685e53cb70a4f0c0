/** Pairs that may be one institution registered twice, side by side; one stays, the other ends with it as successor. */
import { Link } from '@tanstack/react-router'
import { App, Button, Drawer, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { NONE, today } from '../../ui/text.web.ts'
import { restructure } from '../change/change.contract.ts'
import { findDuplicates } from './organization.contract.ts'
import './organization.css'

type Pair = OutputOf<typeof findDuplicates>['pairs'][number]
type Side = Pair['a']
const WHY = { code: '代码相同', name: '名称相同或相近', address: '地址相同、名称相近' }
const ROWS: [string, (s: Side) => string | null][] = [['统一社会信用代码', (s) => s.uscc], ['区划', (s) => s.regionName], ['地址', (s) => s.address]]

function Compared({ pair, mayDecide, onKeep }: { pair: Pair; mayDecide: boolean; onKeep: (keep: Side, end: Side) => void }) {
  const sides = [pair.a, pair.b]
  return (
    <li className="panel pair">
      <Tag variant="filled">{WHY[pair.why]}</Tag>
      <table className="change-table">
        <thead><tr><th scope="col" className="visually-hidden">栏目</th>{sides.map((s) => <th key={s.id} scope="col"><Link to={`/organizations/${s.id}`}>{s.name}</Link></th>)}</tr></thead>
        <tbody>
          {ROWS.map(([label, of]) => (
            <tr key={label} className={of(pair.a) && of(pair.a) === of(pair.b) ? 'is-same' : undefined}>
              <th scope="row">{label}</th>
              {sides.map((s) => <td key={s.id}>{of(s) ?? NONE}</td>)}
            </tr>
          ))}
          {mayDecide && (
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
      <PageHeader title="疑似重复" note="按代码、名称、地址找出可能登记了两次的机构。不是重复的可以不处理。" />
      <Loaded of={pairs}>
        {(data) => data.pairs.length === 0 ? <EmptyState title="没有发现疑似重复的机构" /> : (
          <>
            <p className="muted" style={{ marginBlockEnd: 12 }}>{data.pairs.length >= 50 ? '先列出最相似的 50 对，处理后会继续列出其余的。' : `共 ${data.pairs.length} 对。`}</p>
            <ul className="pairs">{data.pairs.map((p) => <Compared key={`${p.a.id}-${p.b.id}`} pair={p} mayDecide={may(restructure.access)} onKeep={(keep, end) => setChoice({ keep, end })} />)}</ul>
          </>
        )}
      </Loaded>
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
