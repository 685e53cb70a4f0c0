/** A new person with a first post; the password is invented and shown once. */
import { Button, Drawer, Form, Input, Select } from 'antd'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import type { Role } from '../roles.rules.ts'
import { addPerson } from './people.contract.ts'
import { places } from './places.web.ts'

interface Props {
  open: boolean
  grantable: readonly { role: string; label: string }[]
  onClose: () => void
  onPassword: (login: string, password: string, proposed: number | null) => void
}
interface Values {
  name: string
  phone?: string
  login: string
  organizationId: number
  role: Role
  reason: string
}

export function AddPersonDrawer({ open, grantable, onClose, onPassword }: Props) {
  const [form] = Form.useForm<Values>()
  const act = useAct(addPerson, {
    changes: ['person.list', 'proposal.list'], onProblem: useProblemInForm(form),
    onDone: ({ person, password, proposed }) => {
      onClose()
      form.resetFields()
      onPassword(person.login ?? '', password, proposed)
    },
  })
  return (
    <Drawer open={open} onClose={onClose} size={480} title="新增人员"
      footer={<div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}><Button onClick={onClose}>取消</Button><Button type="primary" loading={act.isPending} onClick={() => form.submit()}>新增</Button></div>}>
      <Form form={form} name="add-person" layout="vertical" onFinish={(v) => act.mutate({ ...v, phone: v.phone?.trim() || null })}>
        <Form.Item name="name" label="姓名" rules={[{ required: true, min: 2, message: '请填写姓名，至少 2 个字' }]}><Input maxLength={40} /></Form.Item>
        <Form.Item name="phone" label="电话"><Input maxLength={40} inputMode="tel" /></Form.Item>
        <Form.Item name="login" label="登录名" extra="3 位以上小写字母、数字、点、横线，如姓名拼音。" rules={[{ required: true, message: '请填写登录名' }]}><Input maxLength={61} autoCapitalize="none" autoComplete="off" /></Form.Item>
        <Form.Item name="organizationId" label="任职单位" rules={[{ required: true, message: '请选择任职单位' }]}><ReferenceSelect source={places} placeholder="输入名称查找" /></Form.Item>
        <Form.Item name="role" label="岗位" rules={[{ required: true, message: '请选择岗位' }]}><Select options={grantable.map((g) => ({ value: g.role as Role, label: g.label }))} /></Form.Item>
        <Form.Item name="reason" label="依据" rules={[{ required: true, min: 2, message: '请写明依据，如任命文件' }]}><Input maxLength={300} /></Form.Item>
      </Form>
    </Drawer>
  )
}
