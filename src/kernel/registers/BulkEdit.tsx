/** One value for many records: choose fields, see exactly what would change, then change it. */
import { Alert, App, AutoComplete, Button, Drawer, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useProblem, useProblemInForm } from '../ui/problems.tsx'
import { useAct } from '../ui/queries.web.ts'
import { decimalText, NONE } from '../ui/text.web.ts'
import { FieldInput, sent, wrong } from './FieldInput.tsx'
import type { Values } from './RecordForm.tsx'
import type { Register } from './register.web.ts'

interface Preview {
  matched: number
  changed: number
  unchanged: number
  examples: { id: number; name: string; changes: { field: string; before: string | null; after: string | null }[] }[]
}
interface Props {
  register: Register
  selection: { ids?: number[]; q?: string; filter?: string }
  onClose: () => void
  onDone: () => void
}

export default function BulkEdit({ register, selection, onClose, onDone }: Props) {
  useFocusBack()
  const { fields } = register.entity
  const { operations, counted } = register
  const [form] = Form.useForm<Values>()
  const [chosen, setChosen] = useState<string[]>([])
  const [preview, setPreview] = useState<Preview>()
  const { message } = App.useApp()
  const say = useProblem()
  const inForm = useProblemInForm(form)
  const look = useAct(operations.bulkPreview!, { onDone: (p: Preview) => setPreview(p), onProblem: inForm })
  const apply = useAct(operations.bulkUpdate!, {
    changes: [operations.list.id, ...(operations.totals ? [operations.totals.id] : []), operations.get.id, ...(operations.history ? [operations.history.id] : [])],
    onDone: ({ changed }: { changed: number }) => {
      message.success(`已修改 ${decimalText(changed)} ${counted}`)
      onDone()
      onClose()
    },
    onProblem: (p) => {
      say(p)
      setPreview(undefined)
    },
  })
  const patch = () => Object.fromEntries(chosen.map((n) => [n, sent(fields[n]!, form.getFieldValue(n))]))
  const { reason, basis } = { reason: Form.useWatch('reason', form) as string | undefined, basis: Form.useWatch('basis', form) as string | undefined }
  const footer = (
    <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
      <Button onClick={onClose}>取消</Button>
      {preview ? (
        <Button type="primary" danger={preview.changed > 100} disabled={!preview.changed || !reason?.trim()} loading={apply.isPending} onClick={() => apply.mutate({ selection, patch: patch(), expected: preview.changed, reason, basis: basis?.trim() || undefined })}>
          确认修改 {decimalText(preview.changed)} {counted}
        </Button>
      ) : <Button type="primary" disabled={!chosen.length} loading={look.isPending} onClick={() => void form.validateFields(chosen).then(() => look.mutate({ selection, patch: patch() }), () => {})}>预览</Button>}
    </div>
  )
  return (
    <Drawer open onClose={onClose} size={640} title={selection.ids ? `批量修改所选 ${selection.ids.length} ${counted}` : '批量修改全部筛选结果'} footer={footer}>
      <Form form={form} layout="vertical" onValuesChange={(c) => !('reason' in c || 'basis' in c) && setPreview(undefined)}>
        <Form.Item label="要修改的栏目" htmlFor="bulk-fields">
          <Select id="bulk-fields" mode="multiple" value={chosen} placeholder="选择一个或几个栏目" options={register.bulkFields.map((n) => ({ value: n, label: fields[n]!.label }))} onChange={(v: string[]) => {
            setChosen(v)
            setPreview(undefined)
          }} />
        </Form.Item>
        {chosen.map((n) => (
          <Form.Item key={n} name={n} label={`${fields[n]!.label} 改为`} extra={fields[n]!.required === true ? undefined : '留空表示清除原有内容。'} rules={[{ validator: (_r, v) => {
            const why = wrong(fields[n]!, v)
            return why ? Promise.reject(new Error(why)) : Promise.resolve()
          } }]}>
            <FieldInput field={fields[n]!} source={register.references[n]} />
          </Form.Item>
        ))}
        <div className="form-grid" hidden={!preview}>
          <Form.Item name="reason" label="修改原因" required><AutoComplete maxLength={500} options={['数据更正', '隶属关系调整', '核查补充'].map((value) => ({ value }))} placeholder="选择或填写" /></Form.Item>
          <Form.Item name="basis" label="依据"><Input maxLength={500} /></Form.Item>
        </div>
      </Form>
      {preview && (
        <section aria-live="polite">
          <Alert type={preview.changed ? 'warning' : 'info'} showIcon style={{ marginBlockEnd: 12 }}
            title={preview.changed ? `符合条件 ${decimalText(preview.matched)} ${counted}，其中 ${decimalText(preview.changed)} ${counted}会改变，${decimalText(preview.unchanged)} ${counted}本来就是这样。` : '没有需要改变的记录。'} />
          {preview.examples.length > 0 && (
            <table className="change-table">
              <caption className="muted" style={{ textAlign: 'start' }}>{preview.changed > preview.examples.length ? `前 ${preview.examples.length} ${counted}` : '将要改变的记录'}</caption>
              <thead><tr><th scope="col">名称</th><th scope="col">栏目</th><th scope="col">现在</th><th scope="col">改为</th></tr></thead>
              <tbody>
                {preview.examples.flatMap((e) => e.changes.map((c, i) => (
                  <tr key={`${e.id}${c.field}`}><th scope="row">{i === 0 ? e.name : ''}</th><td>{c.field}</td><td className="muted">{c.before ?? NONE}</td><td>{c.after ?? NONE}</td></tr>
                )))}
              </tbody>
            </table>
          )}
        </section>
      )}
    </Drawer>
  )
}
