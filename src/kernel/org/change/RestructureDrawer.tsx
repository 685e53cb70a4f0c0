/** An act of change is rehearsed at the server before it is done: what is shown is what will happen. */
import { Alert, App, Button, DatePicker, Drawer, Form, Input } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import type { InputOf, OutputOf } from '../../contract/contract.rules.ts'
import type { RecordRow } from '../../registers/register.web.ts'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { useProblem, useProblemInForm } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { decimalText } from '../../ui/text.web.ts'
import { previewRestructuring, restructure, type Restructuring } from './change.contract.ts'
import { ACTS } from './change.words.rules.ts'
import { changeFrom, KindFields, type ChangeValues } from './KindFields.tsx'

type Outcome = OutputOf<typeof previewRestructuring>
const CHANGED = ['organization.list', 'organization.totals', 'organization.get', 'organization.history', 'organization.tree', 'organization.duplicates', 'organization.restructurings']

/** An act that is recorded late finds forms of its time already filed. */
function Forms({ forms: f }: { forms: Outcome['forms'] }) {
  if (f.moved + f.afterEnd === 0) return <p className="muted">已填的报表不受影响。</p>
  return (
    <>
      {f.moved > 0 && <p>已填的报表有 {f.moved} 张随之改列：它们的报告期末在生效日期之后，“按当时区划”以生效日期为准。其中 {f.counted} 张已计入合计；全部合计不变，只在区划之间改列。</p>}
      {f.published > 0 && <p>改列的报表有 {f.published} 张在已发布的数据里：已发布的数据不变，需要更正的，请发布新版。</p>}
      {f.afterEnd > 0 && <p>终止的机构有 {f.afterEnd} 张已提交的报表，报告期在终止之后，照旧保留。由承接机构重报的，请先退回这些报表，以免重复计算。</p>}
    </>
  )
}

function Totals({ outcome }: { outcome: Outcome }) {
  const { totalsBefore: a, totalsAfter: b } = outcome
  const line = (label: string, before: string | number, after: string | number, unit: string) => (
    <tr><th scope="row">{label}</th><td className="number">{decimalText(before)} {unit}</td><td className="number">{decimalText(after)} {unit}</td></tr>
  )
  const list = (rows: Outcome['created']) => rows.map((r) => r.name).join('、')
  return (
    <section aria-live="polite">
      <Alert type="info" showIcon title="预演结果：下面是办理后的情况，现在还没有办理。" style={{ marginBlockEnd: 12 }} />
      <table className="change-table">
        <thead><tr><th scope="col">涉及的现存机构</th><th scope="col" className="number">变更前</th><th scope="col" className="number">变更后</th></tr></thead>
        <tbody>{line('机构', a.organizations, b.organizations, '个')}{line('用能人数', a.people, b.people, '人')}{line('建筑面积', a.buildingArea, b.buildingArea, '㎡')}</tbody>
      </table>
      <div style={{ display: 'grid', gap: 8, marginBlockStart: 12 }}>
        {outcome.created.length > 0 && <p>新设：{list(outcome.created)}</p>}
        {outcome.ended.length > 0 && <p>终止：{list(outcome.ended)}</p>}
        {outcome.postsAffected > 0 && <p>有 {outcome.postsAffected} 个岗位设在终止的机构，从生效日起失去权限，请另行安排。</p>}
        <Forms forms={outcome.forms} />
      </div>
    </section>
  )
}

export default function RestructureDrawer({ kind, row, onClose }: { kind: Restructuring['kind']; row: RecordRow; onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<ChangeValues>()
  const [rehearsed, setRehearsed] = useState<{ change: InputOf<typeof restructure>['change']; outcome: Outcome }>()
  const { message } = App.useApp()
  const narrow = useNarrow()
  const inForm = useProblemInForm(form)
  const say = useProblem()
  const preview = useAct(previewRestructuring, { onDone: (outcome, { change }) => setRehearsed({ change: change as Restructuring, outcome }), onProblem: inForm })
  const act = useAct(restructure, {
    changes: CHANGED,
    onDone: () => {
      message.success(`已办理${ACTS[kind]}`)
      onClose()
    },
    onProblem: (p) => {
      setRehearsed(undefined)
      say(p)
    },
  })
  const footer = (
    <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
      <Button onClick={rehearsed ? () => setRehearsed(undefined) : onClose}>{rehearsed ? '返回修改' : '取消'}</Button>
      {rehearsed ? <Button type="primary" loading={act.isPending} onClick={() => act.mutate({ change: rehearsed.change })}>确认办理{ACTS[kind]}</Button>
        : <Button type="primary" loading={preview.isPending} onClick={() => form.submit()}>预演</Button>}
    </div>
  )
  return (
    <Drawer open onClose={onClose} size={narrow ? '100%' : 640} title={`${ACTS[kind]}：${String(row.name)}`} footer={footer} mask={{ closable: false }}>
      <Form<ChangeValues> form={form} layout="vertical" hidden={Boolean(rehearsed)} initialValues={{ parts: [{}, {}], effective: dayjs() }} onFinish={(values) => preview.mutate({ change: changeFrom(kind, row, values) })}>
        <KindFields kind={kind} row={row} />
        <div className="form-grid">
          <Form.Item name="effective" label="生效日期" rules={[{ required: true, message: '请填生效日期' }]} getValueProps={(v: Dayjs | undefined) => ({ value: v })}>
            <DatePicker style={{ width: '100%' }} format="YYYY-MM-DD" />
          </Form.Item>
          <Form.Item name="basis" label="依据文件" rules={[{ required: true, min: 2, message: '请填写依据文件，如“渝委编〔2025〕12 号”' }]}>
            <Input maxLength={300} placeholder="文件名称或文号" />
          </Form.Item>
          <Form.Item name="note" label="说明" className="is-wide">
            <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1000} />
          </Form.Item>
        </div>
      </Form>
      {rehearsed && <Totals outcome={rehearsed.outcome} />}
    </Drawer>
  )
}
