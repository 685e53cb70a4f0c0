import { Button, Modal } from 'antd'
import type { CurrentUser } from '../authority/session.contract.ts'
import { SignInForm } from './SignInForm.tsx'
import { useFocusBack } from './focus-back.web.ts'

/** Over the page, so that what was being filled in stays; the refused call is repeated afterwards. */
export default function SignInAgain({ login, onDone }: { login: string; onDone: (user: CurrentUser) => void }) {
  useFocusBack()
  return (
    <Modal open title="登录已过期，请重新登录" footer={null} closable={false} mask={{ closable: false }} keyboard={false} width={400} zIndex={1800}>
      <p className="muted" style={{ marginBlockEnd: 16 }}>您正在填写的内容还在本页，登录后会接着刚才的操作。</p>
      <SignInForm login={login} onDone={onDone} />
      <Button type="link" block onClick={() => location.assign('/')} style={{ marginBlockStart: 8 }}>放弃本页，换人登录</Button>
    </Modal>
  )
}
