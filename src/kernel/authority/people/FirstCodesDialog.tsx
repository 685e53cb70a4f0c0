/** First sign-in codes of an office: shown once, to print and cut apart; the codes before are worthless then. */
import { Alert, Button, Form, Input, Modal } from 'antd'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { OnPaper } from '../../ui/OnPaper.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblemInForm } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { firstCodes } from './people.contract.ts'
import { places } from './places.web.ts'

const Codes = ({ made }: { made: OutputOf<typeof firstCodes> }) => (
  <table className="codes"><thead><tr><th>姓名</th><th>单位</th><th>岗位</th><th>登录名</th><th>首次登录码</th></tr></thead>
    <tbody>{made.codes.map((c) => <tr key={c.login}><td className="nowrap">{c.name}</td><td>{c.organizationName}</td><td>{c.roleLabel}</td><td className="nowrap">{c.login}</td><td><code>{c.code}</code></td></tr>)}</tbody>
  </table>
)

export default function FirstCodesDialog({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<{ organizationId: number; reason: string }>()
  const act = useAct(firstCodes, { onProblem: useProblemInForm(form) })
  const made = act.data
  return (
    <Modal open title={made ? `首次登录码　${made.organizationName}` : '发放首次登录码'} width={made ? 760 : 480} onCancel={onClose} mask={{ closable: !made }} closable={!made} keyboard={!made}
      footer={made ? <><Button onClick={() => print()}>打印</Button><Button type="primary" onClick={onClose}>已发放完毕</Button></> : <><Button onClick={onClose}>取消</Button><Button type="primary" loading={act.isPending} onClick={() => form.submit()}>生成</Button></>}>
      {made ? (
        <>
          <Alert className="rights-part" type="warning" showIcon title="只显示这一次。请当场打印，裁开后分别交给本人；关闭之后看不到了，可以重新生成，旧码随即作废。" />
          <ScrollBox label="首次登录码"><Codes made={made} /></ScrollBox>
          <OnPaper><h1>首次登录码　{made.organizationName}</h1><Codes made={made} /></OnPaper>
        </>
      ) : (
        <Form form={form} name="first-codes" layout="vertical" onFinish={(v) => act.mutate(v)}>
          <p className="muted" style={{ marginBlockEnd: 12 }}>为这个单位及其下属单位里从未登录过的账号生成登录码，首次登录后须本人改密码。</p>
          <Form.Item name="organizationId" label="单位" rules={[{ required: true, message: '请选择单位' }]}><ReferenceSelect source={places} placeholder="输入名称查找" /></Form.Item>
          <Form.Item name="reason" label="说明" rules={[{ required: true, min: 2, message: '请写明原因' }]}><Input maxLength={300} placeholder="如：新系统上线，首次发放" /></Form.Item>
        </Form>
      )}
    </Modal>
  )
}
