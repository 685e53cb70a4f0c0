/** Scan, type the code, keep the recovery codes: three steps on one page. */
import { Button, Form, QRCode } from 'antd'
import { useState } from 'react'
import { beginSecondFactor, confirmSecondFactor } from '../authority/session.contract.ts'
import { CodeField } from './CodeField.tsx'
import { useProblem, useProblemInForm } from './problems.tsx'
import { useAct } from './queries.web.ts'
import { RecoveryCodes } from './RecoveryCodes.tsx'

const inFours = (secret: string) => secret.match(/.{1,4}/g)!.join(' ')

interface Props {
  login: string
  onDone: () => void
  onCancel?: () => void
  /** From now on the codes stand there, once: whatever this stands in must not close by a slip of the finger. */
  onCodes?: () => void
}

export function EnrolSecondFactor({ login, onDone, onCancel, onCodes }: Props) {
  const [key, setKey] = useState<{ secret: string; uri: string }>()
  const [codes, setCodes] = useState<readonly string[]>()
  const [form] = Form.useForm<{ code: string }>()
  const begin = useAct(beginSecondFactor, { onDone: setKey, onProblem: useProblem() })
  const confirm = useAct(confirmSecondFactor, { onDone: ({ recoveryCodes }) => { setCodes(recoveryCodes); onCodes?.() }, onProblem: useProblemInForm(form) })
  if (codes) return <RecoveryCodes codes={codes} login={login} onDone={onDone} />
  if (!key)
    return (
      <>
        <p>用手机上的验证器（任何支持 TOTP 的应用，如微信小程序“二次验证码”、Microsoft Authenticator）扫描二维码，登录时除密码外再输入手机上的 6 位数字。</p>
        <div className="button-row">
          <Button type="primary" loading={begin.isPending} onClick={() => begin.mutate({})}>开始绑定</Button>
          {onCancel && <Button onClick={onCancel}>取消</Button>}
        </div>
      </>
    )
  return (
    <div className="enrol">
      <figure>
        {/* Black on white in every theme: cameras read it so. */}
        <QRCode value={key.uri} type="svg" size={184} color="#000" bgColor="#fff" bordered={false} aria-label="绑定验证器的二维码" />
        <figcaption className="muted">不能扫描时，在验证器中手工输入密钥：<code className="enrol-key">{inFours(key.secret)}</code></figcaption>
      </figure>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={({ code }) => confirm.mutate({ code })}>
        <CodeField autoFocus enrolment />
        <div className="button-row">
          <Button type="primary" htmlType="submit" loading={confirm.isPending}>核对并启用</Button>
          {onCancel && <Button onClick={onCancel}>取消</Button>}
        </div>
      </Form>
    </div>
  )
}
