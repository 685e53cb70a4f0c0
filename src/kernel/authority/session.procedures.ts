/**
 * Sessions. A token is 256 random bits, stored only as its hash; the CSRF token is derived from it.
 * Sessions are read at most once a second per process: a revocation takes effect within that second.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Actor, Database, Transaction } from '../db/database.ts'
import { forbidden, notFound } from '../contract/problem.rules.ts'
import { note, type From } from './event.ts'
import type { Gate } from './gate.rules.ts'
import { policyOf } from './policy.ts'
import { actorWith, hatsOf, type Hat } from './rights/hats.ts'
import type { CurrentUser } from './session.contract.ts'

export interface Session {
  id: number
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
  /** Who sits here proved it within the last minutes. */
  proved: boolean
  passwordDue: boolean
  secondFactor: boolean
  /** A post demands a second factor, and this session began without one. */
  secondFactorDue: boolean
  /** A post demands one, whether it is there or not. */
  secondFactorRequired: boolean
  lastSignIn: CurrentUser['lastSignIn']
}

export const digest = (token: string) => createHash('sha256').update(token).digest('hex')
export const csrfToken = (token: string) => createHmac('sha256', token).update('csrf').digest('base64url')

interface Known { at: number; session: Promise<Session | null>; renewing: boolean; attended: boolean }
/** One for each database that this process has open. */
const caches = new Map<Database, Map<string, Known>>()
function cacheOf(db: Database): Map<string, Known> {
  let cache = caches.get(db)
  if (!cache) caches.set(db, (cache = new Map()))
  return cache
}
const FRESH_MS = 800
/** From half of it on it is read again beside the requests, so that in steady use nobody waits for it. */
const AHEAD_MS = 400


/** `attended`: somebody did something. What a page asks by itself keeps no session alive. */
async function load(trx: Transaction, tokenHash: string, attended = true): Promise<Session | null> {
  const row = await trx.one<any>(sql`
    WITH found AS (
      SELECT s.id, s.account_id, s.post_id, s.entitlement_id, s.second_factor AS strong, s.last_sign_in, a.login, n.id AS person_id, n.name, n.sample, p.second_factor_roles AS roles, f.account_id IS NOT NULL AS enrolled,
        s.proved_at > now() - make_interval(mins => p.prove_minutes) AS proved,
        s.method = 'password' AND (a.must_change OR p.password_days > 0 AND NOT n.sample AND a.password_changed_at < now() - make_interval(days => p.password_days)) AS password_due,
        EXISTS (SELECT FROM auth.emergency e WHERE e.kind = 'read-only' AND e.lifted_at IS NULL) AS read_only
      FROM auth.session s JOIN auth.account a ON a.id = s.account_id JOIN auth.person n ON n.id = a.person_id CROSS JOIN auth.policy p LEFT JOIN auth.second_factor f ON f.account_id = a.id
      WHERE s.token_hash = ${tokenHash} AND a.status = 'active' AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(mins => p.idle_minutes)
        AND NOT EXISTS (SELECT FROM auth.emergency e WHERE e.kind = 'closed' AND e.lifted_at IS NULL AND NOT a.login = ANY (e.except_logins))
    ), seen AS (
      -- Half a minute is exact enough for an idle time of half an hour, and spares a write per second and session.
      UPDATE auth.session SET last_seen_at = now()
      WHERE token_hash = ${tokenHash} AND last_seen_at < now() - interval '30 seconds' AND ${attended}::boolean AND EXISTS (SELECT FROM found)
    )
    SELECT * FROM found`)
  if (!row) return null
  const held = await hatsOf(trx, row.person_id)
  const worn = held.find((h) => h.postId === row.post_id && h.entitlementId === row.entitlement_id) ?? held[0]
  const demanded = held.some((h) => row.roles.includes(h.role))
  return {
    id: row.id, tokenHash, accountId: row.account_id, login: row.login, personId: row.person_id, name: row.name, sample: row.sample, readOnly: row.read_only,
    postId: worn?.postId ?? null,
    kind: worn?.kind ?? null,
    hats: held, worn: worn ?? null,
    actor: worn ? actorWith({ id: row.person_id, name: row.name }, worn) : null,
    proved: row.proved, passwordDue: row.password_due, secondFactor: row.enrolled, secondFactorRequired: demanded, secondFactorDue: demanded && !row.strong, lastSignIn: row.last_sign_in,
  }
}

export function readSession(db: Database, token: string, attended = true): Promise<Session | null> {
  const key = digest(token)
  const known = cacheOf(db).get(key)
  const age = known ? Date.now() - known.at : Infinity
  // What was read for a page by itself has not said that somebody is there.
  const enough = known && (known.attended || !attended)
  if (known && enough && age < AHEAD_MS) return known.session
  if (known && age < FRESH_MS) {
    if (!known.renewing || !enough) {
      known.renewing = true
      known.attended ||= attended
      void renew(db, key, attended).catch(() => {})
    }
    return known.session
  }
  return renew(db, key, attended)
}

/** Requests that come while a session is being read for the first time wait for this one reading. */
function renew(db: Database, key: string, attended: boolean): Promise<Session | null> {
  const cache = cacheOf(db)
  if (cache.size > 20_000) cache.clear()
  const before = cache.get(key)
  const entry = { at: Date.now(), session: db.asSystem('session.read', (trx) => load(trx, key, attended)), renewing: false, attended }
  // Until the answer is there the one before it serves, as long as it is fresh.
  if (!before || Date.now() - before.at >= FRESH_MS) cache.set(key, entry)
  else entry.session.then(() => cache.get(key) === before && cache.set(key, entry)).catch(() => {})
  entry.session.catch(() => cache.get(key) === entry && cache.delete(key))
  return entry.session
}

export function forgetSessions(): void {
  for (const cache of caches.values()) cache.clear()
}

/** What must be done first; a sample lets its second factor be tried without demanding it. */
export const gateOf = (session: Session, enforced: boolean): Gate | null => (session.passwordDue ? 'password' : enforced && session.secondFactorDue ? 'second-factor' : null)

export async function describe(db: Database, session: Session, token: string, enforced: boolean): Promise<CurrentUser> {
  const held = await db.asSystem('session.read', (trx) => hatsOf(trx, session.personId))
  const face = ({ postId, entitlementId, role, roleLabel, organizationId, organizationName, deputyFor }: Hat) => ({ postId, entitlementId, role, roleLabel, organizationId, organizationName, deputyFor })
  const worn = held.find((h) => h.postId === session.postId && h.entitlementId === (session.worn?.entitlementId ?? null))
  return {
    personId: session.personId, name: session.name, login: session.login, sample: session.sample,
    hat: worn ? { ...face(worn), orgPath: worn.orgPath, kind: worn.kind, permissions: [...worn.permissions] } : null,
    hats: held.map(face),
    token: csrfToken(token),
    gate: gateOf(session, enforced), secondFactor: session.secondFactor, lastSignIn: session.lastSignIn,
  }
}

/** Begins one, in the transaction that accepted its proof. The account's row is locked, so that none slips past the most permitted. */
export async function openSession(trx: Transaction, db: Database, accountId: number, from: From, how: { method: 'password' | 'single-sign-on'; secondFactor: boolean }): Promise<{ token: string; session: Session } | null> {
  const policy = await policyOf(trx)
  const before = await trx.one<{ at: string; address: string | null; failuresSince: number }>(sql`
    SELECT e.at, e.address, (SELECT count(*) FROM auth.event f WHERE f.account_id = e.account_id AND f.id > e.id AND f.kind = 'refused') AS "failuresSince"
    FROM auth.event e WHERE e.account_id = ${accountId} AND e.kind = 'signed-in' ORDER BY e.id DESC LIMIT 1`)
  await trx.run(sql`UPDATE auth.account SET last_sign_in = now() WHERE id = ${accountId}`)
  await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${accountId} AND (expires_at < now() OR last_seen_at < now() - make_interval(mins => ${policy.idleMinutes}))`)
  const out = await trx.rows<{ hash: string }>(sql`
    DELETE FROM auth.session WHERE token_hash IN (SELECT token_hash FROM auth.session WHERE account_id = ${accountId} ORDER BY id DESC OFFSET ${policy.sessions - 1}) RETURNING token_hash AS hash`)
  for (const { hash } of out) {
    cacheOf(db).delete(hash)
    await note(trx, { kind: 'session-displaced', accountId, from, detail: { most: policy.sessions } })
  }
  const token = randomBytes(32).toString('base64url')
  await trx.run(sql`
    INSERT INTO auth.session (token_hash, account_id, expires_at, address, agent, method, second_factor, last_sign_in)
    VALUES (${digest(token)}, ${accountId}, now() + make_interval(hours => ${policy.absoluteHours}), ${from.address}, ${from.agent.slice(0, 300)}, ${how.method}, ${how.secondFactor}, ${before ? JSON.stringify(before) : null}::jsonb)`)
  const session = await load(trx, digest(token))
  if (!session) return null
  if (session.postId) await trx.run(sql`UPDATE auth.session SET post_id = ${session.postId} WHERE token_hash = ${digest(token)}`)
  await note(trx, { kind: 'signed-in', accountId, from, detail: how })
  return { token, session }
}

/** Proved again: the same session under a new token. The old one serves what is under way in this process, and no longer than it is fresh. */
export async function rotate(trx: Transaction, session: Session): Promise<{ token: string; session: Session }> {
  const token = randomBytes(32).toString('base64url')
  await trx.run(sql`UPDATE auth.session SET token_hash = ${digest(token)}, proved_at = now() WHERE token_hash = ${session.tokenHash}`)
  const next = await load(trx, digest(token))
  // Ended by somebody else in between.
  if (!next) throw forbidden()
  return { token, session: next }
}

export async function signOut(db: Database, session: Session, from: From): Promise<void> {
  await db.asSystem('session.sign-out', async (trx) => {
    await trx.run(sql`DELETE FROM auth.session WHERE token_hash = ${session.tokenHash}`)
    await note(trx, { kind: 'signed-out', accountId: session.accountId, from })
  })
  cacheOf(db).delete(session.tokenHash)
}

export async function wearHat(db: Database, session: Session, postId: number, entitlementId: number | null): Promise<Session> {
  const next = await db.asSystem('session.wear-hat', async (trx) => {
    if (!(await hatsOf(trx, session.personId)).some((h) => h.postId === postId && h.entitlementId === entitlementId)) throw forbidden()
    await trx.run(sql`UPDATE auth.session SET post_id = ${postId}, entitlement_id = ${entitlementId} WHERE token_hash = ${session.tokenHash}`)
    return load(trx, session.tokenHash)
  })
  cacheOf(db).delete(session.tokenHash)
  return next!
}

/** One of one's own by its number, or all but this one. */
export async function endSessions(db: Database, session: Session, which: number | 'others', from: From): Promise<number> {
  return db.asSystem('account.end-session', async (trx) => {
    const ended = await trx.rows<{ hash: string }>(sql`
      DELETE FROM auth.session WHERE account_id = ${session.accountId} AND ${which === 'others' ? sql`token_hash <> ${session.tokenHash}` : sql`id = ${which}`} RETURNING token_hash AS hash`)
    if (which !== 'others' && !ended.length) throw notFound('登录')
    for (const { hash } of ended) cacheOf(db).delete(hash)
    if (ended.length) await note(trx, { kind: 'session-ended', accountId: session.accountId, from, detail: { ended: ended.length } })
    return ended.length
  })
}
