/** Form and period inside a dialog's form. */
import { Form, Select, type FormInstance } from 'antd'
import { periodsToChoose, useForms } from '../forms.web.ts'
import { periodLabel } from '../period.rules.ts'
import { useWorkingPeriod } from '../working-period.web.ts'

export interface FormPeriodValues {
  form: string
  period: string
}

export function FormPeriodFields<T extends FormPeriodValues>({ form }: { form: FormInstance<T> }) {
  const { kinds } = useForms()
  const working = useWorkingPeriod()
  const chosen = Form.useWatch('form', form as FormInstance) as string | undefined
  const kind = kinds.find((k) => k.name === chosen)
  const periods = kind ? periodsToChoose(kind.months) : []
  if (kind && !periods.some((p) => p.key === working.of(kind.months).key)) periods.push(working.of(kind.months))
  return (
    <>
      <Form.Item name="form" label="报表" rules={[{ required: true, message: '请选择报表' }]}>
        <Select options={kinds.map((k) => ({ value: k.name, label: k.label }))} onChange={(name: string) => (form as FormInstance).setFieldValue('period', working.of(kinds.find((k) => k.name === name)!.months).key)} />
      </Form.Item>
      <Form.Item name="period" label="报告期" rules={[{ required: true, message: '请选择报告期' }]}>
        <Select disabled={!kind} options={periods.map((p) => ({ value: p.key, label: periodLabel(p) }))} />
      </Form.Item>
    </>
  )
}
