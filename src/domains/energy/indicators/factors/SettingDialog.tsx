/** Changes a setting: as it stands, or from a day on. Says why; the history shows it. */
import { App, Checkbox, DatePicker, Form, Input, Modal, Select } from 'antd'
import dayjs from 'dayjs'
import { settingHistory, updateSetting, type SettingRow } from '../../../../kernel/settings/settings.contract.ts'
import { useFocusBack } from '../../../../kernel/ui/focus-back.web.ts'
import { useAct, useCall } from '../../../../kernel/ui/queries.web.ts'
import { useProblemInForm } from '../../../../kernel/ui/problems.tsx'
import { instantText, NONE } from '../../../../kernel/ui/text.web.ts'

interface Fields {
  value: string
  source: string
  unsure: boolean
  validFrom?: dayjs.Dayjs | null
  reason: string
}

export default function SettingDialog({ setting: s, onClose }: { setting: SettingRow; onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<Fields>()
  const { message } = App.useApp()
  const problem = useProblemInForm(form)
  const history = useCall(settingHistory, { id: s.id })
  const act = useAct(updateSetting, {
    changes: ['setting.list', 'setting.history', 'indicator.read', 'target.progress', 'target.below', 'job.list'], onProblem: problem,
    onDone: () => {
      message.success('已修改')
      onClose()
    },
  })
  const go = ({ value, source, unsure, validFrom, reason }: Fields) =>
    act.mutate({ id: s.id, version: s.version, value, source, unsure, validFrom: validFrom ? validFrom.format('YYYY-MM-DD') : null, reason })
  return (
    <Modal open title={s.label} onCancel={onClose} onOk={form.submit} okText="保存" confirmLoading={act.isPending}>
      <Form<Fields> form={form} layout="vertical" onFinish={go} initialValues={{ value: s.value, source: s.source, unsure: s.unsure, reason: '' }}>
        <Form.Item name="value" label={s.unit ? `数值（${s.unit}）` : '数值'} rules={[{ required: s.value !== '', message: '请填写数值' }]}>
          {s.choices ? <Select options={Object.entries(s.choices).map(([value, label]) => ({ value, label }))} /> : <Input />}
        </Form.Item>
        <Form.Item name="validFrom" label="从哪一天起执行" help="留空是更正原数值，对各期都有效；填了日期，以前各期仍用原来的数值。"><DatePicker style={{ width: 176 }} /></Form.Item>
        <Form.Item name="source" label="来源" rules={[{ required: true, min: 2, message: '请填写来源' }]}><Input.TextArea rows={2} /></Form.Item>
        <Form.Item name="unsure" valuePropName="checked"><Checkbox>待核：还没有核到正式出处</Checkbox></Form.Item>
        <Form.Item name="reason" label="修改原因" rules={[{ required: true, min: 2, message: '请写明修改原因' }]}><Input.TextArea rows={2} /></Form.Item>
      </Form>
      {history.data && history.data.entries.length > 0 && (
        <details>
          <summary>修改历史 {history.data.entries.length} 次</summary>
          <ul className="setting-history">
            {history.data.entries.map((e) => <li key={`${e.at}${e.actorName}`}><span className="muted">{instantText(e.at)} {e.actorName}</span>：{e.changes.map((c) => `${c.label} ${c.before ?? NONE} → ${c.after ?? NONE}`).join('；')}{e.reason && `。原因：${e.reason}`}</li>)}
          </ul>
        </details>
      )}
    </Modal>
  )
}
