import { App, DatePicker, Form, Input, Modal } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { OrganizationSelect } from '../OrganizationSelect.tsx'
import { grantException } from '../review.contract.ts'
import { FormPeriodFields, type FormPeriodValues } from './FormPeriodFields.tsx'

interface Values extends FormPeriodValues {
  organizationId: number
  until: Dayjs
  reason: string
}

export default function ExceptionDialog({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<Values>()
  const { message } = App.useApp()
  const show = useProblemInForm(form)
  const act = useAct(grantException, {
    changes: ['period.locks'], onProblem: show,
    onDone: () => {
      message.success('已开锁定例外，该机构在截止时间前可以修改。')
      onClose()
    },
  })
  return (
    <Modal open title="开锁定例外" okText="开例外" onCancel={onClose} onOk={() => form.submit()} confirmLoading={act.isPending} width={480}>
      {/* The office's days end at midnight in Shanghai, wherever the browser is. */}
      <Form form={form} layout="vertical" onFinish={(v) => act.mutate({ form: v.form, period: v.period, organizationId: v.organizationId, reason: v.reason, until: `${v.until.format('YYYY-MM-DD')}T23:59:59+08:00` })}>
        <Form.Item name="organizationId" label="机构" rules={[{ required: true, message: '请选择机构' }]}><OrganizationSelect /></Form.Item>
        <FormPeriodFields form={form} />
        <Form.Item name="until" label="可改到哪一天" rules={[{ required: true, message: '请选择截止日期' }]}><DatePicker style={{ width: '100%' }} minDate={dayjs()} /></Form.Item>
        <Form.Item name="reason" label="原因" rules={[{ required: true, min: 2, message: '请写明开例外的原因' }]}><Input.TextArea rows={2} maxLength={1000} /></Form.Item>
      </Form>
    </Modal>
  )
}
