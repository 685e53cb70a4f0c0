/** Who sits here, for everything that only asks; the provider is in session.tsx. */
import { createContext, use } from 'react'
import type { CurrentUser } from '../authority/session.contract.ts'

export interface SessionValue {
  user: CurrentUser
  /** May the post worn now do this? The server decides; this only hides what would be refused. */
  may: (permission?: string) => boolean
  wearHat: (postId: number, entitlementId: number | null) => Promise<void>
  signOut: () => Promise<void>
  /** Asks the server again who one is, after something about the account has changed. */
  refresh: () => Promise<void>
}

export const SessionContext = createContext<SessionValue | null>(null)

export function useSession(): SessionValue {
  const value = use(SessionContext)
  if (!value) throw new Error('useSession outside of SessionProvider')
  return value
}
