/** Before the sign-in: by its address one of three pages, all without a session. */
import { Alert, Button, Divider } from 'antd'
import { lazy, Suspense, useEffect, useState } from 'react'
import { beginSingleSignOn, entrance, type CurrentUser } from '../authority/session.contract.ts'
import { call } from './client.web.ts'
import { Doorway } from './Doorway.tsx'
import { problemOf, useCall } from './queries.web.ts'
import { SignInForm } from './SignInForm.tsx'
import { rememberPlace } from './return.web.ts'
import { LoadingState } from './states.tsx'

const WelcomePage = lazy(() => import('./WelcomePage.tsx'))
const RecoverPage = lazy(() => import('./RecoverPage.tsx'))

/** What the server says of itself to everybody. */
interface About {
  version?: string
  sample?: boolean
}

export function SignInPage({ onDone }: { onDone: (user: CurrentUser) => void }) {
  const { pathname } = location
  if (pathname === '/welcome') return <Suspense fallback={<LoadingState full />}><WelcomePage /></Suspense>
  if (pathname === '/recover') return <Suspense fallback={<LoadingState full />}><RecoverPage /></Suspense>
  return <Entrance onDone={onDone} />
}

function Entrance({ onDone }: { onDone: (user: CurrentUser) => void }) {
  const [about, setAbout] = useState<About>({})
  const [wrong, setWrong] = useState('')
  const [leaving, setLeaving] = useState(false)
  const door = useCall(entrance, {})
  useEffect(() => {
    fetch('/health').then((r) => r.json() as Promise<About>).then(setAbout, () => {})
  }, [])
  const leave = async () => {
    setLeaving(true)
    setWrong('')
    try {
      const { url } = await call(beginSingleSignOn, {})
      rememberPlace()
      location.assign(url)
    } catch (error) {
      setWrong(problemOf(error).message)
      setLeaving(false)
    }
  }
  const provider = door.data?.singleSignOn
  return (
    <Doorway title="登录公廨">
      {about.sample && (
        <Alert type="info" showIcon title="示例环境" style={{ marginBlockEnd: 16 }}
          description="这里的机构、人员和数据都是虚构的。登录名和密码在启动时显示在终端，也写在数据目录的 sample-accounts.json 中。" />
      )}
      {door.data?.welcome && <Alert type="info" showIcon title="还没有人可以登录" description={<>这是首次启用。请用启动时显示的启用码<a href="/welcome">设立三员</a>。</>} style={{ marginBlockEnd: 16 }} />}
      <SignInForm onDone={onDone} />
      {provider && (
        <>
          <Divider plain>或</Divider>
          {wrong && <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />}
          <Button block size="large" loading={leaving} onClick={() => void leave()}>通过{provider.label}进入</Button>
        </>
      )}
      <p className="muted sign-in-foot">
        <a href="/recover">忘记密码</a>，启用了双因素的可凭验证码或恢复码自行重设；账号被锁定，请稍后再试或联系本单位的系统管理员。{about.version && <span className="nowrap"> 版本 {about.version}</span>}
      </p>
    </Doorway>
  )
}
