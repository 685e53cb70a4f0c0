/**
 * Tries are counted before anything is compared, in PostgreSQL: fifty at once count fifty in every process, and of the
 * tries after the last permitted one none is looked at, right or wrong (GB/T 22239-2019 8.1.4.1 b).
 */
import { sql } from 'kysely'
import { isIPv6 } from 'node:net'
import { Problem } from '../contract/problem.rules.ts'
import type { Transaction } from '../db/database.ts'
import { note, type EventKind, type From } from './event.ts'
import type { Policy } from './policy.rules.ts'

export interface Tried {
  id: number
  login: string
  name: string
  passwordHash: string | null
  status: string
  personId: number
  /** The account was locked before this try. */
  locked: boolean
  /** Tries in this run, this one counted. */
  failures: number
}

/** One more try for this account; undefined where there is none. */
export function countTry(trx: Transaction, policy: Policy, whose: { login: string } | { id: number }): Promise<Tried | undefined> {
  return trx.one<Tried>(sql`
    UPDATE auth.account a SET failures = t.n, failing_since = CASE WHEN t.n = 1 THEN now() ELSE coalesce(a.failing_since, now()) END,
      locked_until = CASE WHEN t.locked THEN a.locked_until WHEN t.n >= ${policy.failures} THEN now() + make_interval(mins => ${policy.lockMinutes}) END
    FROM (
      SELECT id, coalesce(locked_until > now(), false) AS locked,
        CASE WHEN locked_until > now() THEN failures + 1
          WHEN locked_until <= now() OR failures = 0 OR failing_since < now() - make_interval(mins => ${policy.lockMinutes}) THEN 1 ELSE failures + 1 END AS n
      FROM auth.account WHERE ${'login' in whose ? sql`login = ${whose.login.toLowerCase()}` : sql`id = ${whose.id}`} FOR UPDATE) t, auth.person n
    WHERE a.id = t.id AND n.id = a.person_id
    RETURNING a.id, a.login, n.name, a.password_hash AS "passwordHash", a.status, a.person_id AS "personId", t.locked, a.failures`)
}

/** The try was wrong. The last permitted one locks. */
export async function noteRefusal(trx: Transaction, policy: Policy, tried: Tried | undefined, from: From, why: string, kind: EventKind = 'refused'): Promise<void> {
  await note(trx, { kind, accountId: tried?.id ?? null, from, detail: { why: !tried ? 'unknown' : tried.locked ? 'locked' : tried.status !== 'active' ? tried.status : why } })
  if (tried && !tried.locked && tried.failures === policy.failures) await note(trx, { kind: 'locked', accountId: tried.id, from, detail: { minutes: policy.lockMinutes } })
}

/** All was right: nothing is held against the account. */
export const clearTries = (trx: Transaction, accountId: number) => trx.run(sql`UPDATE auth.account SET failures = 0, failing_since = NULL, locked_until = NULL WHERE id = ${accountId}`)
/** The first step was right, the second is to come: what failed there stays counted, or a password would buy new tries for the code. */
export const giveBack = (trx: Transaction, policy: Policy, accountId: number) => trx.run(sql`
  UPDATE auth.account SET failures = greatest(failures - 1, 0), locked_until = CASE WHEN failures > ${policy.failures} THEN locked_until END WHERE id = ${accountId}`)

/** An address is an IPv4 address, or the network of an IPv6 one: whoever has one there has all of them. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const full = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${full.slice(0, 4).map((g) => Number.parseInt(g, 16).toString(16)).join(':')}::/64`
}
const bucket = (from: From) => `sign-in ${networkOf(from.address)}`

/** Takes one from the address's bucket. Called in a transaction of its own that commits before anything is compared. */
export async function takeFromAddress(trx: Transaction, policy: Policy, from: From): Promise<void> {
  const left = (await trx.one<{ tokens: number }>(sql`
    INSERT INTO auth.throttle AS t (key, tokens, at) VALUES (${bucket(from)}, ${policy.addressBurst - 1}, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET at = clock_timestamp(),
      tokens = greatest(-1, least(${policy.addressBurst}, t.tokens + greatest(0, extract(epoch FROM clock_timestamp() - t.at)) * ${policy.addressPerMinute}::float8 / 60) - 1)
    RETURNING tokens`))!.tokens
  if (left >= 0) return
  const seconds = Math.ceil(60 / policy.addressPerMinute)
  throw new Problem('too_many', `这个网络地址失败的次数太多，请 ${seconds < 60 ? `${seconds} 秒` : '1 分钟'}后再试。`, { params: { retryAfter: seconds } })
}
/** Only failures are held against an address: behind one there may be a whole office building. */
export async function giveToAddress(trx: Transaction, policy: Policy, from: From): Promise<void> {
  await trx.run(sql`UPDATE auth.throttle SET tokens = least(${policy.addressBurst}, tokens + 1) WHERE key = ${bucket(from)}`)
  // Full again after this time, whatever it was: as good as absent.
  await trx.run(sql`DELETE FROM auth.throttle WHERE at < now() - make_interval(secs => ${Math.ceil((policy.addressBurst / policy.addressPerMinute) * 60)}) AND key <> ${bucket(from)}`)
}
