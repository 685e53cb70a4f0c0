/**
 * Time-based codes (RFC 6238) and recovery codes. The step that was accepted last is kept: a code counts once, also when
 * twenty come at the same moment. Time is the database's, so that all processes agree.
 */
import { createHmac, randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { openText, pepper, sealText, type Place } from './crypto.ts'

const PERIOD = 30
const HOW = { algorithm: 'SHA1', digits: 6, period: PERIOD } as const
/** Steps before and after the current one: clocks of telephones differ. */
const WINDOW = 1
const place = (accountId: number): Place => ['auth.second_factor', accountId, 'seed']

const clock = async (trx: Transaction): Promise<number> => (await trx.one<{ ms: number }>(sql`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms`))!.ms

function stepOf(secret: Secret, code: string, now: number): number | null {
  const delta = TOTP.validate({ ...HOW, secret, token: code, window: WINDOW, timestamp: now })
  return delta === null ? null : Math.floor(now / 1000 / PERIOD) + delta
}

/** Beside a password or a session, or alone, in place of a forgotten password. */
export type CodeWay = 'beside' | 'alone'
/** So many wrong codes are mistakes; each one more doubles the wait, from fifteen minutes to a day. */
const FREE = 10
const WAIT_MINUTES = 15
const LONGEST_MINUTES = 24 * 60
const columns = (way: CodeWay) => ({ wrong: sql.ref(`wrong_${way}`), wait: sql.ref(`wait_${way}`) })

/** Right, and not used before? Uses it up. A recovery code has fifty bits: nobody guesses it, and it waits for nothing. */
export async function acceptCode(trx: Transaction, accountId: number, code: string, way: CodeWay): Promise<'code' | 'recovery-code' | null> {
  const { wrong, wait } = columns(way)
  if (!/^\d{6}$/.test(code)) {
    if (!(await useRecoveryCode(trx, accountId, code))) return null
    await trx.run(sql`UPDATE auth.second_factor SET wrong_beside = 0, wait_beside = NULL, wrong_alone = 0, wait_alone = NULL WHERE account_id = ${accountId}`)
    return 'recovery-code'
  }
  // Counted before it is compared, one after the other: of many at once none is looked at that has to wait.
  const row = await trx.one<{ seed: string }>(sql`
    UPDATE auth.second_factor SET ${wrong} = ${wrong} + 1,
      ${wait} = CASE WHEN ${wrong} + 1 >= ${FREE} THEN clock_timestamp() + make_interval(mins => least(${WAIT_MINUTES}::int * 2 ^ least(${wrong} + 1 - ${FREE}::int, 10), ${LONGEST_MINUTES}::int)::int) END
    WHERE account_id = ${accountId} AND (${wait} IS NULL OR ${wait} <= clock_timestamp()) RETURNING seed`)
  if (!row) return null
  const step = stepOf(Secret.fromBase32(openText(row.seed, place(accountId))), code, await clock(trx))
  if (step === null) return null
  return (await trx.run(sql`UPDATE auth.second_factor SET last_step = ${step}, ${wrong} = 0, ${wait} = NULL WHERE account_id = ${accountId} AND last_step < ${step}`)) ? 'code' : null
}
/** Minutes until a code is looked at again; 0 where it is. */
export async function minutesToWait(trx: Transaction, accountId: number, way: CodeWay): Promise<number> {
  const { wait } = columns(way)
  return (await trx.one<{ n: number }>(sql`SELECT greatest(ceil(extract(epoch FROM ${wait} - clock_timestamp()) / 60), 0)::int AS n FROM auth.second_factor WHERE account_id = ${accountId}`))?.n ?? 0
}

const waiting = (accountId: number) => `enrolment ${accountId}`
/** A new seed waits to be confirmed; what was enrolled before holds until then. */
export async function beginEnrolment(trx: Transaction, account: { id: number; login: string }): Promise<{ secret: string; uri: string }> {
  const secret = new Secret({ size: 20 })
  await trx.run(sql`
    INSERT INTO auth.pending (ticket_hash, purpose, account_id, data, expires_at)
    VALUES (${waiting(account.id)}, 'enrolment', ${account.id}, ${JSON.stringify({ seed: sealText(secret.base32, place(account.id)) })}::jsonb, now() + interval '15 minutes')
    ON CONFLICT (ticket_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`)
  return { secret: secret.base32, uri: new TOTP({ ...HOW, secret, issuer: '公廨', label: account.login }).toString() }
}
/** False: the code is not of the waiting seed. Null: none waits. */
export async function confirmEnrolment(trx: Transaction, accountId: number, code: string): Promise<boolean | null> {
  const row = await trx.one<{ seed: string }>(sql`SELECT data ->> 'seed' AS seed FROM auth.pending WHERE ticket_hash = ${waiting(accountId)} AND expires_at > now() FOR UPDATE`)
  if (!row) return null
  const step = stepOf(Secret.fromBase32(openText(row.seed, place(accountId))), code, await clock(trx))
  if (step === null) return false
  await trx.run(sql`DELETE FROM auth.pending WHERE ticket_hash = ${waiting(accountId)}`)
  await trx.run(sql`
    INSERT INTO auth.second_factor (account_id, seed, last_step) VALUES (${accountId}, ${row.seed}, ${step})
    ON CONFLICT (account_id) DO UPDATE SET seed = excluded.seed, last_step = excluded.last_step, confirmed_at = now(), wrong_beside = 0, wait_beside = NULL, wrong_alone = 0, wait_alone = NULL`)
  return true
}

// Fifty bits each, no letter that looks like another.
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
/** Written down on paper, so short; kept under a key outside of the database, because short. */
const hashOf = (accountId: number, code: string, version?: number) => {
  const { version: used, text } = pepper(code, 'sha256', version)
  return `${used}:${createHmac('sha256', text).update(`recovery ${accountId}`).digest('base64url')}`
}
export async function renewRecoveryCodes(trx: Transaction, accountId: number): Promise<string[]> {
  const codes = Array.from({ length: 10 }, () => Array.from({ length: 10 }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''))
  await trx.run(sql`DELETE FROM auth.recovery_code WHERE account_id = ${accountId}`)
  await trx.run(sql`INSERT INTO auth.recovery_code (account_id, code_hash) SELECT ${accountId}, unnest(${codes.map((c) => hashOf(accountId, c))}::text[])`)
  return codes.map((c) => `${c.slice(0, 5)}-${c.slice(5)}`)
}
async function useRecoveryCode(trx: Transaction, accountId: number, code: string): Promise<boolean> {
  const versions = await trx.rows<{ version: number }>(sql`SELECT DISTINCT split_part(code_hash, ':', 1)::int AS version FROM auth.recovery_code WHERE account_id = ${accountId}`)
  const hashes = versions.map((v) => hashOf(accountId, code, v.version))
  return (await trx.run(sql`DELETE FROM auth.recovery_code WHERE account_id = ${accountId} AND code_hash = ANY (${hashes}::text[])`)) > 0
}

export async function removeSecondFactor(trx: Transaction, accountId: number): Promise<void> {
  await trx.run(sql`DELETE FROM auth.second_factor WHERE account_id = ${accountId}`)
  await trx.run(sql`DELETE FROM auth.recovery_code WHERE account_id = ${accountId}`)
}
