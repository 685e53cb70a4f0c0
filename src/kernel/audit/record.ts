/** Acts in the trail: what was done, refused or taken away, beside what was changed. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { sql } from 'kysely'
import type { Actor, Database, Transaction } from '../db/database.ts'
import { SUBJECTS } from './words.rules.ts'

export interface ActEntry {
  operation: string
  /** What kind of act: `export`, `sign-in`, `refuse`, …; words in words.rules.ts. */
  action: string
  result?: 'done' | 'refused' | 'failed'
  /** Code of the Problem that refused. */
  code?: string
  /** What the act was about, where it was one record. */
  entity?: string | null
  recordId?: number | null
  detail?: Record<string, unknown> | null
  reason?: string | null
  basis?: string | null
}
/** Who, where no actor is bound to the transaction. */
export interface Who {
  actorId?: number | null
  actorName?: string
  postId?: number | null
  role?: string | null
  organizationId?: number | null
  orgPath?: string
  session?: string | null
  address?: string | null
}

export const whoOf = (actor: Actor): Who => ({
  actorId: actor.personId, actorName: actor.name, postId: actor.postId, role: actor.role, organizationId: actor.organizationId, orgPath: actor.orgPath,
  session: actor.session ?? null, address: actor.address ?? null,
})

/** In the transaction of the act. */
export async function recordAct(trx: Transaction, act: ActEntry, who: Who = trx.actor ? whoOf(trx.actor) : {}): Promise<void> {
  await trx.run(sql`SELECT audit.record(${JSON.stringify({ ...who, ...act })}::jsonb)`)
}
/** The act itself, where nothing in this transaction has written what it changed; asked when everything else is done. */
export function recordUntraced(trx: Transaction, act: ActEntry): void {
  trx.lastly = `SELECT audit.record_untraced(${pg.escapeLiteral(JSON.stringify({ ...(trx.actor ? whoOf(trx.actor) : {}), ...act }))}::jsonb)`
}
/** In a transaction of its own: refusals, and acts whose handler opens its own transactions. */
export const recordApart = (db: Database, act: ActEntry, who: Who): Promise<void> =>
  db.asSystem({ operation: act.operation }, (trx) => recordAct(trx, act, who))

/** Names a session in the trail; neither the token nor its stored hash can be had from it. */
export const sessionReference = (tokenHash: string): string => createHash('sm3').update(`session ${tokenHash}`).digest('hex').slice(0, 16)

/** Texts that say what was asked for. Every other text of an input may be a secret or somebody's words, and stays out. */
const TOLD = new Set(['form', 'period', 'target', 'format', 'filter', 'columns', 'sort', 'kind', 'role', 'from', 'to', 'division', 'by', 'scope', 'effective', 'until', 'validFrom', 'validTo', 'status', 'login', 'item', 'accept', 'entity', 'operation', 'result', 'page', 'title', 'subject', 'edition'])
const LONGEST = 300
const MOST = 50

/** Of an operation's input: numbers, answers of yes and no, and the few texts above. */
export function detailOf(input: unknown): Record<string, unknown> | null {
  const told = tell(input, '', 0) as Record<string, unknown> | undefined
  return told && Object.keys(told).length ? told : null
}
function tell(value: unknown, key: string, depth: number): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return TOLD.has(key) ? value.slice(0, LONGEST) : undefined
  if (!value || typeof value !== 'object' || depth > 3) return undefined
  if (Array.isArray(value)) {
    const some = value.slice(0, MOST).map((v) => tell(v, key, depth + 1)).filter((v) => v !== undefined)
    return value.length > MOST ? [...some, `… ${value.length}`] : some.length ? some : undefined
  }
  const told = Object.entries(value).slice(0, MOST).flatMap(([k, v]) => {
    const part = tell(v, k, depth + 1)
    return part === undefined ? [] : [[k, part] as const]
  })
  return told.length ? Object.fromEntries(told) : undefined
}

/** The record that an input names: `filing.submit` with an id is about that filing. */
export function subjectOf(operation: string, input: unknown): Pick<ActEntry, 'entity' | 'recordId'> {
  const id = (input as { id?: unknown } | null)?.id
  const entity = SUBJECTS[operation] ?? SUBJECTS[operation.split('.')[0]!]
  // A number of what has no life of its own in the trail (a session, a job, a question) is told beside, not as a record.
  return entity && typeof id === 'number' && Number.isSafeInteger(id) ? { entity, recordId: id } : {}
}
