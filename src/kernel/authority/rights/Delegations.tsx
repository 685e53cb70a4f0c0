/** What offices may appoint by themselves: approved once, for everybody to see. */
import { App, Button, DatePicker, Form, Input, Modal, Select, Table, Tag } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { places } from '../people/places.web.ts'
import { roleLabel } from '../roles.rules.ts'
import { delegate, endDelegation, listDelegations } from './rights.contract.ts'

interface Values { organizationId: number; holderRole: 'district_reviewer' | 'city_reviewer'; roles: ('filler' | 'responsible' | 'leader' | 'district_reviewer')[]; to?: Dayjs; reason: string }

function Ask({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<Values>()
  const { message } = App.useApp()
  const act = useAct(delegate, { changes: ['proposal.list'], onProblem: useProblemInForm(form), onDone: () => { message.success('已提交，等安全管理员审批。'); onClose() } })
  return (
    <Modal open title="申请委托任命" okText="提交审批" onCancel={onClose} onOk={() => form.submit()} confirmLoading={act.isPending} width={520}>
      <p className="muted" style={{ marginBlockEnd: 12 }}>批准之后，范围内的审核人可以直接任命自己管理范围里的这些岗位，不必逐件审批；每次任命仍留记录。</p>
      <Form form={form} name="delegation" layout="vertical" initialValues={{ holderRole: 'district_reviewer', roles: ['filler', 'responsible'] }} onFinish={(v) => act.mutate({ ...v, to: v.to?.format('YYYY-MM-DD') ?? null })}>
        <Form.Item name="organizationId" label="范围" rules={[{ required: true, message: '请选择单位' }]}><ReferenceSelect source={places} placeholder="选择市级主管部门即为全市" /></Form.Item>
        <Form.Item name="holderRole" label="委托给" rules={[{ required: true }]}><Select options={(['district_reviewer', 'city_reviewer'] as const).map((value) => ({ value, label: roleLabel(value) }))} /></Form.Item>
        <Form.Item name="roles" label="可以任命" rules={[{ required: true, message: '请选择岗位' }]}><Select mode="multiple" options={(['filler', 'responsible', 'leader', 'district_reviewer'] as const).map((value) => ({ value, label: roleLabel(value) }))} /></Form.Item>
        <Form.Item name="to" label="到哪一天（不填即长期）"><DatePicker style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="reason" label="依据" rules={[{ required: true, min: 2, message: '请写明依据' }]}><Input maxLength={300} /></Form.Item>
      </Form>
    </Modal>
  )
}

function Take({ id, name, onClose }: { id: number; name: string; onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<{ reason: string }>()
  const { message } = App.useApp()
  const end = useAct(endDelegation, { changes: ['delegation.list'], onProblem: useProblemInForm(form), onDone: () => { message.success('已收回，即时生效。'); onClose() } })
  return (
    <Modal open title="收回委托任命" okText="收回" okButtonProps={{ danger: true }} onCancel={onClose} onOk={() => form.submit()} confirmLoading={end.isPending} width={480}>
      <p className="muted" style={{ marginBlockEnd: 12 }}>{name}的审核人从现在起不能再直接任命；已经任命的岗位不变。</p>
      <Form form={form} name="take-delegation" layout="vertical" onFinish={({ reason }) => end.mutate({ id, reason })}>
        <Form.Item name="reason" label="收回的原因" rules={[{ required: true, whitespace: true, min: 2, message: '请写明收回的原因' }]}><Input maxLength={300} /></Form.Item>
      </Form>
    </Modal>
  )
}

export default function Delegations() {
  const { user, may } = useSession()
  const [asking, setAsking] = useState(false)
  const [taking, setTaking] = useState<{ id: number; name: string }>()
  const query = useCall(listDelegations, {})
  return (
    <section className="panel" aria-labelledby="delegations">
      <div className="panel-head"><h2 id="delegations" className="panel-title">委托任命</h2>{user.hat?.role === 'system_administrator' && <Button size="small" onClick={() => setAsking(true)}>申请委托任命</Button>}</div>
      <Loaded of={query}>
        {({ delegations }) => delegations.length === 0 ? <EmptyState title="还没有委托任命" hint="没有委托时，每个岗位的任命都要逐件审批。由系统管理员申请、安全管理员审批。" /> : (
          <ScrollBox label="委托任命一览">
            <Table size="small" rowKey="id" pagination={false} dataSource={delegations} columns={[
              { title: '范围', dataIndex: 'organizationName' }, { title: '委托给', dataIndex: 'holderLabel' },
              { title: '可以直接任命', render: (_, d) => <div className="rights-words">{d.roleLabels.map((r) => <Tag key={r} variant="filled">{r}</Tag>)}</div> },
              { title: '依据', render: (_, d) => <>{d.reason}<div className="rights-why">{d.validFrom} 至 {d.validTo ?? '今'}{d.proposedByName ? `；${d.proposedByName}申请，${d.decidedByName ?? ''}审批` : ''}</div></> },
              { title: '状态', render: (_, d) => d.current ? (may(endDelegation.access) ? <Button size="small" danger onClick={() => setTaking({ id: d.id, name: d.organizationName })}>收回</Button> : '有效') : <span className="muted">已结束</span> },
            ]} />
          </ScrollBox>
        )}
      </Loaded>
      {asking && <Ask onClose={() => setAsking(false)} />}
      {taking && <Take {...taking} onClose={() => setTaking(undefined)} />}
    </section>
  )
}
