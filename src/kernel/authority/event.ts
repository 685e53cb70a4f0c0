/** What happens at the door is written here and nowhere else; only added to, seen by nobody but the system. */
import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'

/** Where a request came from, as far as a trusted proxy may say. */
export interface From {
  address: string
  agent: string
}
export type EventKind =
  | 'signed-in' | 'refused' | 'locked' | 'signed-out' | 'session-ended' | 'session-displaced' | 'proved' | 'prove-refused'
  | 'password-changed' | 'password-recovered' | 'second-factor-enrolled' | 'second-factor-removed' | 'recovery-codes-renewed' | 'recovery-code-used'
  | 'single-sign-on-linked' | 'single-sign-on-unlinked' | 'single-sign-on-refused' | 'welcomed' | 'welcome-refused'
  // Written by the database, whichever way an account is changed by another.
  | 'password-reset' | 'active' | 'suspended'

export interface DoorEvent {
  kind: EventKind
  /** Null where the name is nobody's: it is not kept, it may be a password typed into the wrong field. */
  accountId: number | null
  from: From
  detail?: Record<string, unknown>
}

export async function note(trx: Transaction, { kind, accountId, from, detail = {} }: DoorEvent): Promise<void> {
  await trx.run(sql`INSERT INTO auth.event (kind, account_id, address, agent, detail) VALUES (${kind}, ${accountId}, ${from.address}, ${from.agent.slice(0, 300)}, ${JSON.stringify(detail)}::jsonb)`)
}
