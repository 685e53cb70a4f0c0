/** One's own account: what one signs in with, where one is signed in, what happened lately. */
import { sql } from 'kysely'
import { notFound, refused } from '../contract/problem.rules.ts'
import type { Database } from '../db/database.ts'
import { note, type From } from './event.ts'
import * as factor from './second-factor.ts'
import { forgetSessions, type Session } from './session.procedures.ts'

export const readAccount = (db: Database, session: Session) => db.asSystem('account.read', async (trx) => {
  const own = (await trx.one<any>(sql`
    SELECT a.password_hash IS NOT NULL AS set, a.password_changed_at AS "changedAt", CASE WHEN p.password_days > 0 THEN a.password_changed_at + make_interval(days => p.password_days) END AS "expiresAt",
      f.confirmed_at AS "confirmedAt", (SELECT count(*) FROM auth.recovery_code c WHERE c.account_id = a.id) AS codes
    FROM auth.account a CROSS JOIN auth.policy p LEFT JOIN auth.second_factor f ON f.account_id = a.id WHERE a.id = ${session.accountId}`))!
  return {
    password: { set: own.set, changedAt: own.changedAt, expiresAt: own.expiresAt },
    secondFactor: own.confirmedAt ? { confirmedAt: own.confirmedAt, recoveryCodes: own.codes } : null,
    secondFactorRequired: session.secondFactorRequired,
    sessions: await trx.rows(sql`
      SELECT s.id, s.token_hash = ${session.tokenHash} AS here, s.created_at AS since, s.last_seen_at AS "lastSeen", s.address, s.agent, s.method FROM auth.session s CROSS JOIN auth.policy p
      WHERE s.account_id = ${session.accountId} AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(mins => p.idle_minutes) ORDER BY s.id DESC`),
    identities: await trx.rows(sql`SELECT id, issuer, subject, linked_at AS "linkedAt", used_at AS "usedAt" FROM auth.identity WHERE account_id = ${session.accountId} ORDER BY id`),
    events: await trx.rows(sql`SELECT at, kind, address, agent FROM auth.event WHERE account_id = ${session.accountId} ORDER BY id DESC LIMIT 20`),
  }
})

export const beginSecondFactor = (db: Database, session: Session) => db.asSystem('account.begin-second-factor', (trx) => factor.beginEnrolment(trx, { id: session.accountId, login: session.login }))

export async function confirmSecondFactor(db: Database, session: Session, code: string, from: From): Promise<string[]> {
  const recoveryCodes = await db.asSystem('account.confirm-second-factor', async (trx) => {
    const right = await factor.confirmEnrolment(trx, session.accountId, code)
    if (right === null) throw refused('密钥已过期，请重新扫描二维码。')
    const message = '验证码不正确。请确认手机时间准确，用最新的 6 位数字再试。'
    if (!right) throw refused(message, { fields: [{ path: 'code', message }] })
    const codes = await factor.renewRecoveryCodes(trx, session.accountId)
    await trx.run(sql`UPDATE auth.session SET second_factor = true WHERE token_hash = ${session.tokenHash}`)
    // What began without it is over.
    await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${session.accountId} AND token_hash <> ${session.tokenHash}`)
    await note(trx, { kind: 'second-factor-enrolled', accountId: session.accountId, from })
    return codes
  })
  forgetSessions()
  return recoveryCodes
}

export const renewRecoveryCodes = (db: Database, session: Session, from: From) => db.asSystem('account.renew-recovery-codes', async (trx) => {
  if (!session.secondFactor) throw refused('还没有启用双因素。')
  const codes = await factor.renewRecoveryCodes(trx, session.accountId)
  await note(trx, { kind: 'recovery-codes-renewed', accountId: session.accountId, from })
  return codes
})

export async function removeSecondFactor(db: Database, session: Session, enforced: boolean, from: From): Promise<void> {
  if (enforced && session.secondFactorRequired) throw refused('您的岗位必须使用双因素，不能停用。换了手机请重新绑定。')
  await db.asSystem('account.remove-second-factor', async (trx) => {
    await factor.removeSecondFactor(trx, session.accountId)
    await note(trx, { kind: 'second-factor-removed', accountId: session.accountId, from })
  })
  forgetSessions()
}

export const unlinkIdentity = (db: Database, session: Session, id: number, from: From) => db.asSystem('account.unlink-single-sign-on', async (trx) => {
  const gone = await trx.one<{ issuer: string }>(sql`DELETE FROM auth.identity WHERE id = ${id} AND account_id = ${session.accountId} RETURNING issuer`)
  if (!gone) throw notFound('关联')
  await note(trx, { kind: 'single-sign-on-unlinked', accountId: session.accountId, from, detail: gone })
})
