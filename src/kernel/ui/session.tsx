/** Who sits here, which post they wear, what it permits; and how a lost session is found again without losing the page. */
import { useQueryClient } from '@tanstack/react-query'
import { createContext, lazy, Suspense, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { signOut as signOutOperation, wearHat as wearHatOperation, whoAmI, type CurrentUser } from '../authority/session.contract.ts'
import { Problem } from '../contract/problem.rules.ts'
import { call, onSessionLost, rememberToken } from './client.web.ts'
import { ErrorState, LoadingState } from './states.tsx'

const SignInAgain = lazy(() => import('./SignInAgain.tsx'))

export interface SessionValue {
  user: CurrentUser
  /** May the post worn now do this? The server decides; this only hides what would be refused. */
  may: (permission?: string) => boolean
  wearHat: (postId: number, entitlementId: number | null) => Promise<void>
  signOut: () => Promise<void>
}

const SessionContext = createContext<SessionValue | null>(null)

export function useSession(): SessionValue {
  const value = use(SessionContext)
  if (!value) throw new Error('useSession outside of SessionProvider')
  return value
}

interface Waiting {
  promise: Promise<void>
  done: () => void
}

export function SessionProvider({ signIn, children }: { signIn: (done: (user: CurrentUser) => void) => ReactNode; children: ReactNode }) {
  const client = useQueryClient()
  const [user, setUser] = useState<CurrentUser | null>()
  const [trouble, setTrouble] = useState<Error>()
  const [lost, setLost] = useState(false)
  const waiting = useRef<Waiting>(null)

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

  useEffect(() => {
    if (!user) return
    onSessionLost(() => {
      if (!waiting.current) {
        let done = () => {}
        waiting.current = { promise: new Promise<void>((resolve) => (done = resolve)), done: () => done() }
        setLost(true)
      }
      return waiting.current.promise
    })
    return () => onSessionLost(null)
  }, [user])

  const found = useCallback((next: CurrentUser) => {
    // Another person takes over the seat: nothing of the first one stays on the screen.
    if (next.personId !== user?.personId) return location.assign('/')
    enter(next)
    setLost(false)
    waiting.current?.done()
    waiting.current = null
  }, [enter, user])

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
    }
  }, [client, enter, user])

  if (trouble) return <ErrorState error={trouble} retry={ask} full />
  if (user === undefined) return <LoadingState full />
  if (!value) return signIn(enter)
  return (
    <SessionContext value={value}>
      {children}
      {lost && (
        <Suspense>
          <SignInAgain login={value.user.login} onDone={found} />
        </Suspense>
      )}
    </SessionContext>
  )
}
