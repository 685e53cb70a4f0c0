/** In the place of the work: a first or expired password is changed, a second factor is enrolled. */
import { Alert, App, Button } from 'antd'
import { Doorway } from './Doorway.tsx'
import { EnrolSecondFactor } from './EnrolSecondFactor.tsx'
import { PasswordForm } from './PasswordForm.tsx'
import { problemOf } from './queries.web.ts'
import { useSession } from './seat.web.ts'

export default function GatePage() {
  const { user, refresh, signOut } = useSession()
  const { message } = App.useApp()
  const go = (words: string) => void refresh().then(() => message.success(words), (error: unknown) => message.error(problemOf(error).message))
  const password = user.gate === 'password'
  return (
    <Doorway title={password ? '请修改密码' : '请启用双因素登录'}>
      <Alert type="info" showIcon style={{ marginBlockEnd: 16 }}
        title={password ? `${user.name}，您的密码是初始密码或已到期，修改后即可继续。` : `${user.name}，您的岗位责任重大，登录须使用双因素：密码之外再加手机验证码。`} />
      {password ? <PasswordForm login={user.login} onDone={() => go('密码已修改。')} /> : <EnrolSecondFactor login={user.login} onDone={() => go('双因素已启用，下次登录时需要验证码。')} />}
      <p className="sign-in-foot"><Button type="link" size="small" style={{ paddingInline: 0 }} onClick={() => void signOut()}>退出登录</Button></p>
    </Doorway>
  )
}
