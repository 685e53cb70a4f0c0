/** Back from the provider of single sign-on: what stands behind `?` is given to the server once. */
import { Alert, Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { finishSingleSignOn } from '../authority/session.contract.ts'
import { call } from './client.web.ts'
import { Doorway } from './Doorway.tsx'
import { problemOf } from './queries.web.ts'
import { placeBefore } from './return.web.ts'
import { SignInForm } from './SignInForm.tsx'
import { LoadingState } from './states.tsx'

export default function ReturnPage() {
  const [wrong, setWrong] = useState('')
  const [ticket, setTicket] = useState<string>()
  const asked = useRef(false)
  const enter = () => location.replace(placeBefore())
  useEffect(() => {
    if (asked.current) return
    asked.current = true
    const search = location.search.slice(1)
    // The code stays in no history and is sent by no reload.
    history.replaceState(null, '', '/sso')
    if (!search) return location.replace('/')
    call(finishSingleSignOn, { search }).then((answer) => {
      if ('ticket' in answer) setTicket(answer.ticket)
      else enter()
    }, (error: unknown) => setWrong(problemOf(error).message))
  }, [])
  return (
    <Doorway title={ticket ? '请输入验证码' : '单点登录'}>
      {wrong ? (
        <>
          <Alert role="alert" type="error" showIcon title={wrong} style={{ marginBlockEnd: 16 }} />
          <Button type="primary" block onClick={enter}>返回</Button>
        </>
      ) : ticket ? <SignInForm ticket={ticket} onDone={enter} /> : <LoadingState label="正在核对身份…" />}
    </Doorway>
  )
}
