import { Alert } from 'antd'
import { useEffect, useState } from 'react'
import type { CurrentUser } from '../authority/session.contract.ts'
import { SignInForm } from './SignInForm.tsx'
import './sign-in.css'

/** What the server says of itself to everybody. */
interface About {
  version?: string
  sample?: boolean
}

export function SignInPage({ onDone }: { onDone: (user: CurrentUser) => void }) {
  const [about, setAbout] = useState<About>({})
  useEffect(() => {
    fetch('/health').then((r) => r.json() as Promise<About>).then(setAbout, () => {})
  }, [])
  return (
    <main className="sign-in">
      <section className="sign-in-words" aria-hidden="true">
        <p className="sign-in-name">公廨</p>
        <p>机关事务管理平台</p>
        <p className="sign-in-line">成本算得清，资产管得住，用房用车有依据，能耗降得下来。</p>
      </section>
      <section className="sign-in-form" aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">登录公廨</h1>
        {about.sample && (
          <Alert type="info" showIcon title="示例环境" style={{ marginBlockEnd: 16 }}
            description="这里的机构、人员和数据都是虚构的。登录名和密码在启动时显示在终端，也写在数据目录的 sample-accounts.json 中。" />
        )}
        <SignInForm onDone={onDone} />
        <p className="muted sign-in-foot">忘记密码或账号被锁定，请联系本单位的系统管理员。{about.version && <span className="nowrap"> 版本 {about.version}</span>}</p>
      </section>
    </main>
  )
}
