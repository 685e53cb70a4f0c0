/** Pairs that were found to be two: who said so, when and why, and the way to take it back. */
import { Link } from '@tanstack/react-router'
import { App, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { keepDistinct, listDistinct, undoDistinct } from './duplicates.contract.ts'

type Distinct = OutputOf<typeof listDistinct>['pairs'][number]
export const DISTINCT_READS = ['organization.duplicates', 'organization.distinct']

export function DistinctPairs() {
  const [before, setBefore] = useState<number[]>([])
  const { may } = useSession()
  const list = useCall(listDistinct, { before: before.at(-1) })
  const [undoing, setUndoing] = useState<Distinct>()
  return (
    <>
      <Loaded of={list}>
        {({ pairs, next }) => pairs.length === 0 ? <EmptyState title="还没有认定过" hint="在“待处理”里核对过、确实是两个机构的，可以认定不是重复，以后不再列出。" /> : (
          <>
            <ul className="distinct-pairs panel">
              {pairs.map((p) => (
                <li key={p.id} className={p.undone ? 'is-undone' : undefined}>
                  <div>
                    <p>{[p.a, p.b].map((s, i) => <span key={s.id}>{i === 1 && '　与　'}<Link to={`/organizations/${s.id}`}>{s.name}</Link><span className="muted">（{s.regionName}）</span></span>)}</p>
                    <p className="muted">{p.byName}　{instantText(p.at)}　认定不是重复：{p.reason}</p>
                    {p.undone && <p className="muted">{p.undone.byName}　{instantText(p.undone.at)}　已撤销{p.undone.reason && `：${p.undone.reason}`}</p>}
                  </div>
                  {!p.undone && may(undoDistinct.access) && <Button size="small" onClick={() => setUndoing(p)} aria-label={`撤销认定：${p.a.name}与${p.b.name}`}>撤销</Button>}
                </li>
              ))}
            </ul>
            <div className="import-more">
              {before.length > 0 && <Button size="small" onClick={() => setBefore((b) => b.slice(0, -1))}>上一页</Button>}
              {next !== null && <Button size="small" onClick={() => setBefore((b) => [...b, next])}>下一页</Button>}
            </div>
          </>
        )}
      </Loaded>
      {undoing && <ReasonDialog title="撤销认定" label="撤销原因" text={`撤销后，“${undoing.a.name}”与“${undoing.b.name}”又会列为疑似重复。`} act={undoDistinct} input={{ id: undoing.id, version: undoing.version }} done="已撤销，这一对又会列出。" onClose={() => setUndoing(undefined)} />}
    </>
  )
}

interface Props {
  title: string
  label: string
  text: string
  act: typeof keepDistinct | typeof undoDistinct
  input: Record<string, unknown>
  done: string
  onClose: () => void
}

export function ReasonDialog({ title, label, text, act: operation, input, done, onClose }: Props) {
  useFocusBack()
  const [form] = Form.useForm<{ reason: string }>()
  const { message } = App.useApp()
  const onProblem = useProblemInForm(form)
  const act = useAct(operation as typeof keepDistinct, {
    changes: DISTINCT_READS, onProblem,
    onDone: () => {
      message.success(done)
      onClose()
    },
  })
  return (
    <Modal open title={title} okText={title} width={480} onCancel={onClose} onOk={form.submit} confirmLoading={act.isPending}>
      <p style={{ marginBlockEnd: 12 }}>{text}</p>
      <Form form={form} layout="vertical" onFinish={({ reason }) => act.mutate({ ...input, reason } as never)}>
        <Form.Item name="reason" label={label} rules={[{ required: true, whitespace: true, min: 2, message: `请写明${label}，至少 2 个字` }]}><Input.TextArea autoFocus rows={2} maxLength={500} /></Form.Item>
      </Form>
    </Modal>
  )
}
