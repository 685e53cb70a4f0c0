/**
 * What requests leave in the trail beside their changes: the act of whoever changed nothing that has a history, files
 * taken away, sign-ins, and what was refused.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { FastifyRequest } from 'fastify'
import type { Operation } from '../contract/contract.rules.ts'
import type { Database } from '../db/database.ts'
import type { Session } from '../authority/session.procedures.ts'
import { detailOf, recordApart, sessionReference, subjectOf, whoOf, type ActEntry, type Who } from './record.ts'

/** What is known of a request when it ends, well or not. */
export interface Seen {
  session?: Session | null
  input?: unknown
  token?: string
}

/** Refusals that say something about authority; a field left empty does not. */
const TELLING = new Set(['forbidden', 'not_found', 'unauthenticated', 'reauth_required', 'password_change_required', 'second_factor_required', 'stale_page', 'too_many', 'locked', 'internal'])
/** Of one session or address in a minute; what goes beyond is counted and told in one line. */
const IN_A_MINUTE = 60

const references = new WeakMap<Session, string>()
export function referenceOf(session: Session): string {
  let known = references.get(session)
  if (!known) references.set(session, (known = sessionReference(session.tokenHash)))
  return known
}

export function whoIs(session: Session | null | undefined, request: FastifyRequest): Who {
  if (!session) return { actorName: '未登录', address: request.ip }
  const at = { session: referenceOf(session), address: request.ip }
  return session.actor ? { ...whoOf(session.actor), ...at } : { actorId: session.personId, actorName: session.name, ...at }
}

/** Why: whoever decides about forms gives remarks, everybody else a reason. */
export function whyOf(input: unknown): { reason: string | null; basis: string | null } {
  const texts = input as { reason?: unknown; remarks?: unknown; basis?: unknown } | null
  const text = (v: unknown) => (typeof v === 'string' && v ? v : null)
  return { reason: text(texts?.reason) ?? text(texts?.remarks), basis: text(texts?.basis) }
}

const ACTIONS: Readonly<Record<string, string>> = {
  'session.sign-in': 'sign-in', 'session.second-factor': 'sign-in', 'session.single-sign-on-return': 'sign-in', 'session.recover': 'password', 'session.sign-out': 'sign-out', 'session.wear-hat': 'hat', 'session.change-password': 'password',
}
const actionOf = (operation: Operation): string => ACTIONS[operation.id] ?? (operation.binary ? 'export' : operation.method === 'GET' ? 'read' : 'act')

/** The act of a request that came to its end. Nothing that was typed at a door is told. */
export function actOf(operation: Operation, input: unknown): ActEntry {
  const told = operation.access === 'public' ? null : detailOf(input)
  return {
    operation: operation.id, action: actionOf(operation), ...subjectOf(operation.id, input), detail: told, ...whyOf(input),
  }
}

interface Counted { minute: number; n: number; who: Who; operation: string }

export class RequestTrail {
  readonly #db: Database
  readonly #warn: (error: unknown) => void
  readonly #counted = new Map<string, Counted>()
  constructor(db: Database, warn: (error: unknown) => void) {
    this.#db = db
    this.#warn = warn
  }

  /** Failing here fails the request: what cannot be written down is not done. */
  done(operation: Operation, seen: Seen, request: FastifyRequest, detail: Record<string, unknown> = {}): Promise<void> {
    const act = actOf(operation, seen.input)
    const all = { ...act.detail, ...detail }
    return recordApart(this.#db, { ...act, detail: Object.keys(all).length ? all : null }, whoIs(seen.session, request))
  }

  /** A refusal stays a refusal, also where it cannot be written down; then the log says so. */
  async refused(operation: Operation, code: string | undefined, seen: Seen, request: FastifyRequest): Promise<void> {
    if (!code || !TELLING.has(code) || (code === 'internal' && operation.method === 'GET')) return
    const door = operation.access === 'public'
    // Whoever brings nothing is nobody: that is the sign-in page being opened.
    if (code === 'unauthenticated' && !door && !seen.token) return
    try {
      const who = door ? await this.#atTheDoor(seen.input, request) : whoIs(seen.session, request)
      if (!who.session && seen.token) who.session = sessionReference(createHash('sha256').update(seen.token).digest('hex'))
      if (this.#tooMany(operation.id, who)) return
      await recordApart(this.#db, { ...actOf(operation, seen.input), action: door ? actionOf(operation) : 'refuse', result: code === 'internal' ? 'failed' : 'refused', code }, who)
    } catch (error) {
      this.#warn(error)
    }
  }

  /** Somebody with an account is named; an unknown name is not kept, because passwords are typed there by mistake. */
  async #atTheDoor(input: unknown, request: FastifyRequest): Promise<Who> {
    const login = (input as { login?: unknown } | null)?.login
    const person = typeof login === 'string'
      ? await this.#db.asSystem({ operation: 'session.sign-in', reads: true }, (trx) =>
          trx.one<{ id: number; name: string; path: string }>(sql`SELECT n.id, n.name, n.org_path AS path FROM auth.account a JOIN auth.person n ON n.id = a.person_id WHERE a.login = ${login.toLowerCase()}`))
      : undefined
    return person ? { actorId: person.id, actorName: person.name, orgPath: person.path, address: request.ip } : { actorName: '未知账号', address: request.ip }
  }

  #tooMany(operation: string, who: Who): boolean {
    const key = who.session ?? who.address ?? ''
    const minute = Math.floor(Date.now() / 60_000)
    const known = this.#counted.get(key)
    if (known?.minute === minute) {
      known.n++
      known.operation = operation
      return known.n > IN_A_MINUTE
    }
    if (known) this.#sum(known)
    if (this.#counted.size > 10_000) this.flush()
    const counted = { minute, n: 1, who, operation }
    this.#counted.set(key, counted)
    setTimeout(() => {
      if (this.#counted.get(key) !== counted) return
      this.#counted.delete(key)
      this.#sum(counted)
    }, 61_000).unref()
    return false
  }
  #sum({ n, who, operation }: Counted): void {
    if (n <= IN_A_MINUTE) return
    recordApart(this.#db, { operation, action: 'refuse', result: 'refused', code: 'too_many', detail: { times: n - IN_A_MINUTE } }, who).catch(this.#warn)
  }
  flush(): void {
    for (const c of this.#counted.values()) this.#sum(c)
    this.#counted.clear()
  }
}
