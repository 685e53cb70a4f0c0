/** Coming in: password, then code where one is enrolled; and changing what one comes in with. Refusals are one answer. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { Problem, invalid, refused } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'
import { clearTries, countTry, giveBack, giveToAddress, noteRefusal, takeFromAddress } from './attempts.ts'
import { note, type From } from './event.ts'
import { dummyHash, hashPassword, outdated, refuseWeak, verifyPassword } from './password.ts'
import { shapeProblem } from './password.rules.ts'
import { policyOf } from './policy.ts'
import type { Policy } from './policy.rules.ts'
import { acceptCode, minutesToWait } from './second-factor.ts'
import { digest, forgetSessions, openSession, rotate, type Session } from './session.procedures.ts'

export interface Entered { token: string; session: Session }
export interface SecondStep { ticket: string }

const WRONG = (policy: Policy) => new Problem('unauthenticated', `登录名或密码不正确，或账号已被锁定。连续输错 ${policy.failures} 次将锁定 ${policy.lockMinutes} 分钟。`)
const WRONG_CODE = (policy: Policy) => new Problem('unauthenticated', `验证码不正确、已用过或已过期，请用最新的一个再试；也可以用恢复码。连续输错 ${policy.failures} 次将锁定 ${policy.lockMinutes} 分钟。`)
/** Said to whoever has shown a password or a session already; nobody else learns that there is a second factor. */
const WAIT = (minutes: number) => `验证码连续输错太多次，请等 ${minutes >= 60 ? `${Math.ceil(minutes / 60)} 小时` : `${minutes} 分钟`}后再试；现在可以用恢复码。`
const TOO_LATE = () => new Problem('unauthenticated', '等待验证码的时间已过，请重新输入登录名和密码。')
const rulesOf = (policy: Policy) => ({ length: policy.passwordLength, classes: policy.passwordClasses })

/** A session's token, or a ticket for the second step. Unknown name, wrong password, locked and suspended are one answer. */
export async function signIn(db: Database, login: string, password: string, from: From): Promise<Entered | SecondStep> {
  const { policy, account } = await db.asSystem('session.sign-in', async (trx) => {
    const policy = await policyOf(trx)
    await takeFromAddress(trx, policy, from)
    return { policy, account: await countTry(trx, policy, { login }) }
  })
  const right = await verifyPassword(account?.passwordHash ?? (await dummyHash(policy.hash)), password)
  if (!account || !right || account.locked || account.status !== 'active') {
    await db.asSystem('session.sign-in', (trx) => noteRefusal(trx, policy, account, from, 'password'))
    throw WRONG(policy)
  }
  const anew = account.passwordHash && outdated(account.passwordHash, policy.hash) ? await hashPassword(password, policy.hash) : null
  return db.asSystem('session.sign-in', async (trx) => {
    if (anew) await trx.run(sql`UPDATE auth.account SET password_hash = ${anew} WHERE id = ${account.id} AND password_hash = ${account.passwordHash}`)
    await giveToAddress(trx, policy, from)
    return enter(trx, db, policy, account.id, from, { method: 'password', secondFactor: false })
  })
}

/** The first proof was accepted: a session, or the way to the second one. */
export async function enter(trx: Transaction, db: Database, policy: Policy, accountId: number, from: From, how: { method: 'password' | 'single-sign-on'; secondFactor: boolean }): Promise<Entered | SecondStep> {
  const enrolled = await trx.one(sql`SELECT 1 FROM auth.second_factor WHERE account_id = ${accountId}`)
  if (enrolled && !how.secondFactor) {
    if (how.method === 'password') await giveBack(trx, policy, accountId)
    const ticket = randomBytes(32).toString('base64url')
    await trx.run(sql`DELETE FROM auth.pending WHERE expires_at < now()`)
    await trx.run(sql`INSERT INTO auth.pending (ticket_hash, purpose, account_id, data, expires_at) VALUES (${digest(ticket)}, 'second-factor', ${accountId}, ${JSON.stringify({ method: how.method })}::jsonb, now() + interval '5 minutes')`)
    return { ticket }
  }
  await clearTries(trx, accountId)
  const made = await openSession(trx, db, accountId, from, how)
  if (!made) throw WRONG(policy)
  return made
}

export async function secondStep(db: Database, ticket: string, code: string, from: From): Promise<Entered> {
  const { policy, account, method } = await db.asSystem('session.second-factor', async (trx) => {
    const policy = await policyOf(trx)
    await takeFromAddress(trx, policy, from)
    const pending = await trx.one<{ id: number; method: 'password' | 'single-sign-on' }>(sql`
      SELECT account_id AS id, data ->> 'method' AS method FROM auth.pending WHERE ticket_hash = ${digest(ticket)} AND purpose = 'second-factor' AND expires_at > now()`)
    return { policy, account: pending && (await countTry(trx, policy, { id: pending.id })), method: pending?.method ?? 'password' }
  })
  if (!account) throw TOO_LATE()
  const entered = await db.asSystem('session.second-factor', async (trx) => {
    const used = account.locked || account.status !== 'active' ? null : await acceptCode(trx, account.id, code, 'beside')
    // The ticket goes with its use: of two requests with one ticket one opens a session.
    if (!used || !(await trx.run(sql`DELETE FROM auth.pending WHERE ticket_hash = ${digest(ticket)}`))) {
      await noteRefusal(trx, policy, account, from, 'code')
      return { wait: await minutesToWait(trx, account.id, 'beside') }
    }
    if (used === 'recovery-code') await note(trx, { kind: 'recovery-code-used', accountId: account.id, from })
    await giveToAddress(trx, policy, from)
    await clearTries(trx, account.id)
    return openSession(trx, db, account.id, from, { method, secondFactor: true })
  })
  if (!entered) throw WRONG_CODE(policy)
  if ('wait' in entered) throw entered.wait ? new Problem('unauthenticated', WAIT(entered.wait)) : WRONG_CODE(policy)
  return entered
}

/** Units whose names a password must not be made of. */
const unitsOf = async (trx: Transaction, personId: number): Promise<string[]> =>
  (await trx.rows<{ name: string }>(sql`SELECT o.name FROM auth.post p JOIN org.organization o ON o.id = p.organization_id WHERE p.person_id = ${personId}`)).map((r) => r.name)

/** The rules about the person and the past; the shape alone was checked before. */
async function setPassword(trx: Transaction, policy: Policy, account: { id: number; login: string; name: string; personId: number; passwordHash: string | null }, next: string): Promise<void> {
  refuseWeak(next, rulesOf(policy), { login: account.login, name: account.name, units: await unitsOf(trx, account.personId) })
  const older = await trx.rows<{ hash: string }>(sql`SELECT password_hash AS hash FROM auth.old_password WHERE account_id = ${account.id} ORDER BY id DESC LIMIT ${Math.max(policy.passwordHistory - 1, 0)}`)
  const message = policy.passwordHistory > 1 ? `新密码不能与最近 ${policy.passwordHistory} 次用过的相同。` : '新密码不能与原密码相同。'
  for (const hash of [account.passwordHash, ...older.map((o) => o.hash)]) if (hash && (await verifyPassword(hash, next))) throw invalid(message, [{ path: 'next', message }])
  if (account.passwordHash) await trx.run(sql`INSERT INTO auth.old_password (account_id, password_hash) VALUES (${account.id}, ${account.passwordHash})`)
  await trx.run(sql`DELETE FROM auth.old_password WHERE account_id = ${account.id} AND id NOT IN (SELECT id FROM auth.old_password WHERE account_id = ${account.id} ORDER BY id DESC LIMIT 24)`)
  await trx.run(sql`UPDATE auth.account SET password_hash = ${await hashPassword(next, policy.hash)}, must_change = false, password_changed_at = now() WHERE id = ${account.id}`)
}

export async function changePassword(db: Database, session: Session, current: string, next: string, from: From): Promise<void> {
  const { policy, account } = await db.asSystem('session.change-password', async (trx) => {
    const policy = await policyOf(trx)
    return { policy, account: (await countTry(trx, policy, { id: session.accountId }))! }
  })
  if (account.locked || !account.passwordHash || !(await verifyPassword(account.passwordHash, current))) {
    await db.asSystem('session.change-password', (trx) => noteRefusal(trx, policy, account, from, 'password', 'prove-refused'))
    throw refused('原密码不正确。', { fields: [{ path: 'current', message: account.locked ? `输错次数太多，请 ${policy.lockMinutes} 分钟后再试` : '原密码不正确' }] })
  }
  await db.asSystem('session.change-password', (trx) => clearTries(trx, account.id))
  await db.asSystem('session.change-password', async (trx) => {
    await setPassword(trx, policy, account, next)
    await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${account.id} AND token_hash <> ${session.tokenHash}`)
    await note(trx, { kind: 'password-changed', accountId: account.id, from })
  })
  forgetSessions()
}

/** A forgotten password: the second factor speaks for its owner. Whoever has none is told the same as whoever is wrong. */
export async function recover(db: Database, login: string, code: string, next: string, from: From): Promise<void> {
  const { policy, account } = await db.asSystem('session.recover', async (trx) => {
    const policy = await policyOf(trx)
    // Says nothing about the account: refused before a try is counted.
    const shape = shapeProblem(next, rulesOf(policy))
    if (shape) throw invalid(shape, [{ path: 'next', message: shape }])
    await takeFromAddress(trx, policy, from)
    return { policy, account: await countTry(trx, policy, { login }) }
  })
  const done = await db.asSystem('session.recover', async (trx) => {
    const used = !account || account.locked || account.status !== 'active' ? null : await acceptCode(trx, account.id, code, 'alone')
    if (!account || !used) {
      await noteRefusal(trx, policy, account, from, 'recover')
      return false
    }
    await giveToAddress(trx, policy, from)
    // A password that is refused takes the use of the code back with it.
    await setPassword(trx, policy, account, next)
    await clearTries(trx, account.id)
    await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${account.id}`)
    await note(trx, { kind: 'password-recovered', accountId: account.id, from, detail: { by: used } })
    return true
  })
  forgetSessions()
  if (!done) throw new Problem('unauthenticated', `登录名或验证码不正确、这个账号没有启用双因素，或账号已被锁定。连续输错 ${policy.failures} 次将锁定 ${policy.lockMinutes} 分钟，输错越多等得越久；也可以用恢复码，或请本单位的系统管理员重置密码。`)
}

/** Before a critical act: the code where one is enrolled, otherwise the password. */
export async function prove(db: Database, session: Session, proof: { password?: string; code?: string }, from: From): Promise<Entered> {
  const { policy, account } = await db.asSystem('session.prove', async (trx) => {
    const policy = await policyOf(trx)
    return { policy, account: (await countTry(trx, policy, { id: session.accountId }))! }
  })
  const password = !session.secondFactor && proof.password !== undefined && !!account.passwordHash && (await verifyPassword(account.passwordHash, proof.password))
  const entered = await db.asSystem('session.prove', async (trx) => {
    const right = account.locked ? false : session.secondFactor ? proof.code !== undefined && (await acceptCode(trx, account.id, proof.code, 'beside')) !== null : password
    if (!right) {
      await noteRefusal(trx, policy, account, from, 'proof', 'prove-refused')
      return { wait: session.secondFactor ? await minutesToWait(trx, account.id, 'beside') : 0 }
    }
    await note(trx, { kind: 'proved', accountId: account.id, from })
    await clearTries(trx, account.id)
    return rotate(trx, session)
  })
  if ('token' in entered) return entered
  if (!session.secondFactor && !account.passwordHash) throw refused('这个账号没有密码，也没有启用双因素。请退出后重新登录，再在几分钟内办理。')
  const field = session.secondFactor ? 'code' : 'password'
  const message = account.locked ? `输错次数太多，账号已锁定 ${policy.lockMinutes} 分钟。` : entered.wait ? WAIT(entered.wait) : session.secondFactor ? '验证码不正确、已用过或已过期，请用最新的一个再试。' : '密码不正确。'
  throw refused(message, { fields: [{ path: field, message }] })
}
