/**
 * Sign-in and sessions. A token is 256 random bits, stored only as its hash; the CSRF token is derived from it.
 * Sessions are read at most once a second per process: a revocation takes effect within that second.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Actor, Database, Transaction } from '../db/database.ts'
import { Problem, forbidden, refused } from '../contract/problem.rules.ts'
import { DUMMY_HASH, hashPassword, refuseWeak, verifyPassword } from './password.ts'
import { actorWith, hatsOf, type Hat } from './rights/hats.ts'
import type { CurrentUser } from './session.contract.ts'

export const IDLE_MINUTES = 30
export const ABSOLUTE_HOURS = 12
const FAILURES = 5
const LOCK_MINUTES = 15

export interface Session {
  tokenHash: string
  accountId: number
  login: string
  personId: number
  name: string
  sample: boolean
  postId: number | null
  actor: Actor | null
  kind: string | null
  hats: readonly Hat[]
  worn: Hat | null
  /** An operator stopped everything that changes something. */
  readOnly: boolean
}

const digest = (token: string) => createHash('sha256').update(token).digest('hex')
export const csrfToken = (token: string) => createHmac('sha256', token).update('csrf').digest('base64url')

const cache = new Map<string, { at: number; session: Promise<Session | null>; renewing: boolean }>()
const FRESH_MS = 800
/** From half of it on it is read again beside the requests, so that in steady use nobody waits for it. */
const AHEAD_MS = 400

const WRONG = () => new Problem('unauthenticated', '登录名或密码不正确，或账号已被锁定。连续输错 5 次将锁定 15 分钟。')

async function load(trx: Transaction, tokenHash: string): Promise<Session | null> {
  const row = await trx.one<any>(sql`
    WITH found AS (
      SELECT s.account_id, s.post_id, s.entitlement_id, a.login, n.id AS person_id, n.name, n.sample,
        EXISTS (SELECT FROM auth.emergency e WHERE e.kind = 'read-only' AND e.lifted_at IS NULL) AS read_only
      FROM auth.session s JOIN auth.account a ON a.id = s.account_id JOIN auth.person n ON n.id = a.person_id
      WHERE s.token_hash = ${tokenHash} AND a.status = 'active' AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(mins => ${IDLE_MINUTES})
        AND NOT EXISTS (SELECT FROM auth.emergency e WHERE e.kind = 'closed' AND e.lifted_at IS NULL AND NOT a.login = ANY (e.except_logins))
    ), seen AS (
      -- Half a minute is exact enough for an idle time of half an hour, and spares a write per second and session.
      UPDATE auth.session SET last_seen_at = now()
      WHERE token_hash = ${tokenHash} AND last_seen_at < now() - interval '30 seconds' AND EXISTS (SELECT FROM found)
    )
    SELECT * FROM found`)
  if (!row) return null
  const held = await hatsOf(trx, row.person_id)
  const worn = held.find((h) => h.postId === row.post_id && h.entitlementId === row.entitlement_id) ?? held[0]
  return {
    tokenHash, accountId: row.account_id, login: row.login, personId: row.person_id, name: row.name, sample: row.sample, readOnly: row.read_only,
    postId: worn?.postId ?? null,
    kind: worn?.kind ?? null,
    hats: held, worn: worn ?? null,
    actor: worn ? actorWith({ id: row.person_id, name: row.name }, worn) : null,
  }
}

export function readSession(db: Database, token: string): Promise<Session | null> {
  const key = digest(token)
  const known = cache.get(key)
  const age = known ? Date.now() - known.at : Infinity
  if (known && age < AHEAD_MS) return known.session
  if (known && age < FRESH_MS) {
    if (!known.renewing) {
      known.renewing = true
      void renew(db, key).catch(() => {})
    }
    return known.session
  }
  return renew(db, key)
}

/** Requests that come while a session is being read for the first time wait for this one reading. */
function renew(db: Database, key: string): Promise<Session | null> {
  if (cache.size > 20_000) cache.clear()
  const before = cache.get(key)
  const entry = { at: Date.now(), session: db.asSystem('session.read', (trx) => load(trx, key)), renewing: false }
  // Until the answer is there the one before it serves, as long as it is fresh.
  if (!before || Date.now() - before.at >= FRESH_MS) cache.set(key, entry)
  else entry.session.then(() => cache.get(key) === before && cache.set(key, entry)).catch(() => {})
  entry.session.catch(() => cache.get(key) === entry && cache.delete(key))
  return entry.session
}

export function forgetSessions(): void {
  cache.clear()
}

export async function describe(db: Database, session: Session, token: string): Promise<CurrentUser> {
  const held = await db.asSystem('session.read', (trx) => hatsOf(trx, session.personId))
  const face = ({ postId, entitlementId, role, roleLabel, organizationId, organizationName, deputyFor }: Hat) => ({ postId, entitlementId, role, roleLabel, organizationId, organizationName, deputyFor })
  const worn = held.find((h) => h.postId === session.postId && h.entitlementId === (session.worn?.entitlementId ?? null))
  return {
    personId: session.personId, name: session.name, login: session.login, sample: session.sample,
    hat: worn ? { ...face(worn), orgPath: worn.orgPath, kind: worn.kind, permissions: [...worn.permissions] } : null,
    hats: held.map(face),
    token: csrfToken(token),
  }
}

/** Returns a new session's token. Unknown name, wrong password, locked and suspended are one answer. */
export async function signIn(db: Database, login: string, password: string, from: { address: string; agent: string }): Promise<{ token: string; session: Session }> {
  const account = await db.asSystem('session.sign-in', (trx) =>
    trx.one<any>(sql`
      SELECT id, password_hash, status, coalesce(locked_until > now(), false) AS locked FROM auth.account WHERE login = ${login.toLowerCase()}`),
  )
  const right = await verifyPassword(account?.password_hash ?? DUMMY_HASH, password)
  if (!account || !right || account.locked || account.status !== 'active') {
    if (account && !right && !account.locked)
      await db.asSystem('session.sign-in', (trx) =>
        trx.run(sql`
          UPDATE auth.account SET failures = failures + 1,
            locked_until = CASE WHEN failures + 1 >= ${FAILURES} THEN now() + make_interval(mins => ${LOCK_MINUTES}) END
          WHERE id = ${account.id}`),
      )
    throw WRONG()
  }
  const token = randomBytes(32).toString('base64url')
  return db.asSystem('session.sign-in', async (trx) => {
    await trx.run(sql`UPDATE auth.account SET failures = 0, locked_until = NULL, last_sign_in = now() WHERE id = ${account.id}`)
    await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${account.id} AND (expires_at < now() OR last_seen_at < now() - make_interval(mins => ${IDLE_MINUTES}))`)
    await trx.run(sql`
      INSERT INTO auth.session (token_hash, account_id, expires_at, address, agent)
      VALUES (${digest(token)}, ${account.id}, now() + make_interval(hours => ${ABSOLUTE_HOURS}), ${from.address}, ${from.agent.slice(0, 300)})`)
    const session = await load(trx, digest(token))
    if (!session) throw WRONG()
    if (session.postId) await trx.run(sql`UPDATE auth.session SET post_id = ${session.postId} WHERE token_hash = ${digest(token)}`)
    return { token, session }
  })
}

export async function signOut(db: Database, session: Session): Promise<void> {
  await db.asSystem('session.sign-out', (trx) => trx.run(sql`DELETE FROM auth.session WHERE token_hash = ${session.tokenHash}`))
  cache.delete(session.tokenHash)
}

export async function wearHat(db: Database, session: Session, postId: number, entitlementId: number | null): Promise<Session> {
  const next = await db.asSystem('session.wear-hat', async (trx) => {
    if (!(await hatsOf(trx, session.personId)).some((h) => h.postId === postId && h.entitlementId === entitlementId)) throw forbidden()
    await trx.run(sql`UPDATE auth.session SET post_id = ${postId}, entitlement_id = ${entitlementId} WHERE token_hash = ${session.tokenHash}`)
    return load(trx, session.tokenHash)
  })
  cache.delete(session.tokenHash)
  return next!
}

export async function changePassword(db: Database, session: Session, current: string, next: string): Promise<void> {
  const stored = await db.asSystem('session.change-password', (trx) =>
    trx.one<{ hash: string }>(sql`SELECT password_hash AS hash FROM auth.account WHERE id = ${session.accountId}`),
  )
  if (!stored || !(await verifyPassword(stored.hash, current))) throw refused('原密码不正确。', { fields: [{ path: 'current', message: '原密码不正确' }] })
  refuseWeak(next, session.login)
  const hash = await hashPassword(next)
  await db.asSystem('session.change-password', async (trx) => {
    await trx.run(sql`UPDATE auth.account SET password_hash = ${hash}, must_change = false, password_changed_at = now() WHERE id = ${session.accountId}`)
    await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${session.accountId} AND token_hash <> ${session.tokenHash}`)
  })
  cache.clear()
}
