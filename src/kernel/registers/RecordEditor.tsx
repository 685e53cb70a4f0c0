/** Creates or changes a record in a drawer: draft kept as one types, only what changed is sent, conflicts are shown side by side. */
import { useNavigate } from '@tanstack/react-router'
import { Alert, App, AutoComplete, Button, Drawer, Form, Input } from 'antd'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { call } from '../ui/client.web.ts'
import { useDraft } from '../ui/drafts.web.ts'
import { useNarrow } from '../ui/narrow.web.ts'
import { useProblemInForm } from '../ui/problems.tsx'
import { useAct } from '../ui/queries.web.ts'
import { instantText } from '../ui/text.web.ts'
import { UnsavedGuard } from '../ui/UnsavedGuard.tsx'
import { sent } from './FieldInput.tsx'
import { RecordForm, type Values } from './RecordForm.tsx'
import type { RecordRow, Register } from './register.web.ts'

const ConflictDialog = lazy(() => import('./ConflictDialog.tsx'))
const REASONS = ['数据更正', '情况发生变化', '核查补充', '联系方式更新'].map((value) => ({ value }))

interface Props {
  register: Register
  /** Absent: a new record. */
  row?: RecordRow
  onClose: () => void
}

export default function RecordEditor({ register, row, onClose }: Props) {
  useFocusBack()
  const { entity, operations } = register
  const [form] = Form.useForm<Values>()
  const [base, setBase] = useState(row)
  const [dirty, setDirty] = useState(false)
  const [conflict, setConflict] = useState<{ current: RecordRow; mine: Values }>()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const narrow = useNarrow()
  const draft = useDraft<Values>(`${entity.name}:${row?.id ?? 'new'}`, row?.version ?? null)
  const stored = useMemo<Values>(() => Object.fromEntries(entity.writable.map((n) => [n, row?.[n] ?? null])), [entity, row])
  const [initial] = useState<Values>(() => ({ ...stored, ...draft.restored?.values }))
  const showProblem = useProblemInForm(form)

  const changed = (values: Values, from: RecordRow | undefined): Values =>
    Object.fromEntries(entity.writable.map((n) => [n, sent(entity.fields[n]!, values[n])] as const).filter(([n, v]) => v !== sent(entity.fields[n]!, from?.[n])))
  const act = useAct(row ? operations.update! : operations.create!, {
    changes: [operations.list.id, ...(operations.totals ? [operations.totals.id] : []), operations.get.id, ...(operations.history ? [operations.history.id] : [])],
    onDone: async (saved: RecordRow) => {
      draft.drop()
      setDirty(false)
      message.success(row ? '已保存' : `已新增“${String(saved[register.nameField])}”`)
      onClose()
      if (!row) await navigate({ to: `${register.path}/${saved.id}` })
    },
    onProblem: async (problem) => {
      if (problem.body.code !== 'version_conflict' || !row) return showProblem(problem)
      setConflict({ current: (await call(operations.get, { id: row.id })) as RecordRow, mine: changed(form.getFieldsValue(true) as Values, base) })
    },
  })

  const save = (values: Values, from = base, only?: Values) => {
    const patch = only ?? changed(values, from)
    const { reason, basis } = form.getFieldsValue(['reason', 'basis']) as { reason?: string; basis?: string }
    if (row && !Object.keys(patch).length) {
      draft.drop()
      message.info('内容没有变化')
      return onClose()
    }
    const why = { reason: reason?.trim() || undefined, basis: basis?.trim() || undefined }
    act.mutate(row ? { id: row.id, version: from!.version, patch, ...why } : { values: patch, ...why })
  }
  const discard = () => {
    draft.drop()
    form.resetFields()
    form.setFieldsValue({ ...stored })
    setDirty(false)
  }
  const close = () => {
    if (dirty) message.info('填写的内容已作为草稿保存在本机，下次打开时恢复。')
    onClose()
  }
  return (
    <Drawer open onClose={close} size={narrow ? '100%' : 680} title={row ? `修改：${String(row[register.nameField])}` : `新增${register.title}`} mask={{ closable: !dirty }}
      footer={<div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}><Button onClick={close}>取消</Button><Button type="primary" loading={act.isPending} onClick={() => form.submit()}>保存</Button></div>}>
      {draft.restored && (
        <Alert type="info" showIcon style={{ marginBlockEnd: 16 }} title={`已恢复 ${instantText(new Date(draft.restored.at).toISOString())} 未保存的草稿`}
          description={row && draft.restored.version !== row.version ? '这条记录在那之后被修改过，请核对后再保存。' : undefined}
          action={<Button size="small" onClick={discard}>放弃草稿</Button>} />
      )}
      <RecordForm register={register} form={form} row={row} initial={initial} onSubmit={(v) => save(v)} onChange={({ reason: _r, basis: _b, ...values }) => {
        setDirty(true)
        draft.keep(values)
      }}>
        <section className="form-group">
          <h3>{row ? '为什么修改' : '登记依据'}</h3>
          <div className="form-grid">
            <Form.Item name="reason" label="原因" required={Boolean(row)} rules={row ? [{ required: true, whitespace: true, message: '请填写修改原因，它会留在修改历史中' }] : []}>
              <AutoComplete options={REASONS} maxLength={500} placeholder="选择或填写" />
            </Form.Item>
            <Form.Item name="basis" label="依据" extra="文件、文号或来源；没有可不填。">
              <Input maxLength={500} />
            </Form.Item>
          </div>
        </section>
      </RecordForm>
      <UnsavedGuard dirty={dirty} />
      {conflict && (
        <Suspense>
          <ConflictDialog register={register} base={base!} current={conflict.current} mine={conflict.mine} onCancel={() => setConflict(undefined)}
            onResolved={(patch) => {
              setConflict(undefined)
              setBase(conflict.current)
              save({}, conflict.current, patch)
            }} />
        </Suspense>
      )}
    </Drawer>
  )
}
