import { App, Form, Input, Modal, Select } from 'antd'
import { listRegions } from '../../org/organization/organization.contract.ts'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { lockPeriod } from '../review.contract.ts'
import { FormPeriodFields, type FormPeriodValues } from './FormPeriodFields.tsx'

interface Values extends FormPeriodValues {
  regionId?: number
  reason: string
}

export default function LockDialog({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<Values>()
  const { message } = App.useApp()
  const show = useProblemInForm(form)
  const regions = useCall(listRegions, {}, { staleTime: 600_000 })
  const act = useAct(lockPeriod, {
    changes: ['period.locks'], onProblem: show,
    onDone: () => {
      message.success('已锁定，各单位不能再改这一期。')
      onClose()
    },
  })
  return (
    <Modal open title="锁定报告期" okText="锁定" onCancel={onClose} onOk={() => form.submit()} confirmLoading={act.isPending} width={480}>
      <Form form={form} layout="vertical" onFinish={(v) => act.mutate({ form: v.form, period: v.period, regionId: v.regionId ?? null, reason: v.reason })}>
        <FormPeriodFields form={form} />
        <Form.Item name="regionId" label="范围" extra="不选区县，即锁定全市。">
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder="全市" options={(regions.data?.regions ?? []).filter((r) => r.reporting).map((r) => ({ value: r.id, label: r.name }))} />
        </Form.Item>
        <Form.Item name="reason" label="锁定原因" rules={[{ required: true, min: 2, message: '请写明锁定原因，如：年度汇总已上报国管局' }]}><Input.TextArea rows={2} maxLength={1000} /></Form.Item>
      </Form>
    </Modal>
  )
}
