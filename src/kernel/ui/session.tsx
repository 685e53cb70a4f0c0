/** Who sits here, which post they wear, what it permits; and how a lost session is found again without losing the page. */
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { signOut as signOutOperation, wearHat as wearHatOperation, whoAmI, type CurrentUser } from '../authority/session.contract.ts'
import { Problem } from '../contract/problem.rules.ts'
import { call, mend, rememberToken } from './client.web.ts'
import { SessionContext, type SessionValue } from './seat.web.ts'
import { ErrorState, LoadingState } from './states.tsx'

const SignInAgain = lazy(() => import('./SignInAgain.tsx'))
const ProveDialog = lazy(() => import('./ProveDialog.tsx'))
const GatePage = lazy(() => import('./GatePage.tsx'))

export { useSession, type SessionValue } from './seat.web.ts'

interface Waiting {
  promise: Promise<void>
  done: () => void
  giveUp: (why: Error) => void
}
function wait(): Waiting {
  let [done, giveUp]: [() => void, (why: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((resolve, reject) => ([done, giveUp] = [resolve, reject]))
  return { promise, done, giveUp }
}

export function SessionProvider({ signIn, children }: { signIn: (done: (user: CurrentUser) => void) => ReactNode; children: ReactNode }) {
  const client = useQueryClient()
  const [user, setUser] = useState<CurrentUser | null>()
  const [trouble, setTrouble] = useState<Error>()
  const [lost, setLost] = useState(false)
  const waiting = useRef<Waiting>(null)
  const [proving, setProving] = useState(false)
  const proof = useRef<Waiting>(null)

  const enter = useCallback((next: CurrentUser) => {
    rememberToken(next.token)
    setUser(next)
  }, [])

  const ask = useCallback(() => {
    setTrouble(undefined)
    call(whoAmI, {}, { quiet: true }).then(enter, (error: Error) => {
      if (error instanceof Problem && error.status === 401) setUser(null)
      else setTrouble(error)
    })
  }, [enter])
  useEffect(ask, [ask])

  const refresh = useCallback(async () => enter(await call(whoAmI, {}, { quiet: true })), [enter])
  const personId = user?.personId
  useEffect(() => {
    if (personId === undefined) return
    // Another page of this browser may have signed in anew or proved: the cookie is good, only what we remember is old.
    const again = async (orElse: () => Promise<void>) => {
      const now = await call(whoAmI, {}, { quiet: true }).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) return null
        throw error
      })
      if (!now) return orElse()
      if (now.personId !== personId) return location.assign('/')
      enter(now)
    }
    const ask = (waiting: { current: Waiting | null }, show: (on: boolean) => void) => {
      if (!waiting.current) {
        waiting.current = wait()
        show(true)
      }
      return waiting.current.promise
    }
    const undo = [
      mend('unauthenticated', () => again(() => ask(waiting, setLost))),
      mend('stale_page', () => again(() => ask(waiting, setLost))),
      mend('reauth_required', () => ask(proof, setProving)),
      // What must be done first takes the place of the page.
      ...['password_change_required', 'second_factor_required'].map((code) => mend(code, refresh)),
    ]
    return () => undo.forEach((off) => off())
  }, [personId, enter, refresh])

  const found = useCallback((next: CurrentUser) => {
    // Another person takes over the seat: nothing of the first one stays on the screen.
    if (next.personId !== user?.personId) return location.assign('/')
    enter(next)
    setLost(false)
    waiting.current?.done()
    waiting.current = null
  }, [enter, user])
  const proved = useCallback((next: CurrentUser | null) => {
    setProving(false)
    if (next) {
      enter(next)
      proof.current?.done()
    } else proof.current?.giveUp(new Problem('reauth_required', '没有验证身份，这项操作没有进行。'))
    proof.current = null
  }, [enter])

  const value = useMemo<SessionValue | null>(() => {
    if (!user) return null
    return {
      user,
      may: (permission) => !permission || Boolean(user.hat?.permissions.includes(permission)),
      wearHat: async (postId, entitlementId) => {
        enter(await call(wearHatOperation, { postId, entitlementId }))
        // Every answer so far was the other post's.
        await client.resetQueries()
      },
      signOut: async () => {
        try {
          await call(signOutOperation, {}, { quiet: true })
        } finally {
          client.clear()
          location.assign('/')
        }
      },
      refresh,
    }
  }, [client, enter, refresh, user])

  if (trouble) return <ErrorState error={trouble} retry={ask} full />
  if (user === undefined) return <LoadingState full />
  if (!value) return signIn(enter)
  return (
    <SessionContext value={value}>
      {value.user.gate ? <Suspense fallback={<LoadingState full />}><GatePage /></Suspense> : children}
      {proving && (
        <Suspense>
          <ProveDialog onDone={proved} />
        </Suspense>
      )}
      {lost && (
        <Suspense>
          <SignInAgain login={value.user.login} onDone={found} />
        </Suspense>
      )}
    </SessionContext>
  )
}
