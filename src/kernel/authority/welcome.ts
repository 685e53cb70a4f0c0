/** The first start of an empty installation: no account comes with it, only a code that is shown once and used once. */
import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { Problem, invalid } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'
import { plantTree } from '../org/tree.ts'
import { giveToAddress, takeFromAddress } from './attempts.ts'
import { note, type From } from './event.ts'
import { hashPassword, refuseWeak } from './password.ts'
import { policyOf } from './policy.ts'
import { seal } from './rights/seal.ts'
import type { Role } from './roles.rules.ts'
import { digest } from './session.procedures.ts'

const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const plain = (code: string) => code.toUpperCase().replace(/[^A-Z0-9]/g, '')
const untouched = async (trx: Transaction): Promise<boolean> => !(await trx.one(sql`SELECT 1 FROM auth.account LIMIT 1`))

/** A new code in place of any before it, or null where somebody has an account already. */
export async function invite(db: Database): Promise<string | null> {
  // A hundred bits: nobody tries them all.
  const code = Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return db.asSystem('welcome.invite', async (trx) => {
    if (!(await untouched(trx))) return null
    await trx.run(sql`DELETE FROM auth.welcome WHERE used_at IS NULL`)
    await trx.run(sql`INSERT INTO auth.welcome (code_hash, expires_at) VALUES (${digest(code)}, now() + interval '24 hours')`)
    return code.match(/.{5}/g)!.join('-')
  })
}

export const isWelcome = (db: Database): Promise<boolean> =>
  db.asSystem('session.entrance', async (trx) => (await untouched(trx)) && !!(await trx.one(sql`SELECT 1 FROM auth.welcome WHERE used_at IS NULL AND expires_at > now()`)))

export interface FirstAdministrator { name: string; login: string; password: string }
const OFFICES = { system: 'system_administrator', security: 'security_administrator', audit: 'audit_administrator' } as const satisfies Record<string, Role>

/** Three persons for three offices (GB/T 22239-2019 8.1.5.1–3). */
export async function welcome(db: Database, input: { code: string } & Record<keyof typeof OFFICES, FirstAdministrator>, from: From): Promise<void> {
  const policy = await db.asSystem('session.welcome', async (trx) => {
    const policy = await policyOf(trx)
    await takeFromAddress(trx, policy, from)
    return policy
  })
  const offices = Object.keys(OFFICES) as (keyof typeof OFFICES)[]
  const seen = { name: new Set<string>(), login: new Set<string>(), password: new Set<string>() }
  for (const office of offices) {
    const who = input[office]
    for (const [field, message] of [['name', '三员须由三个不同的人担任'], ['login', '登录名不能相同'], ['password', '三人须各设自己的密码']] as const) {
      if (seen[field].has(who[field])) throw invalid(`${message}。`, [{ path: `${office}.${field}`, message }])
      seen[field].add(who[field])
    }
    refuseWeak(who.password, { length: policy.passwordLength, classes: policy.passwordClasses }, { login: who.login, name: who.name, units: [] }, `${office}.password`)
  }
  const hashes = await Promise.all(offices.map((o) => hashPassword(input[o].password, policy.hash)))
  const done = await db.asSystem('session.welcome', async (trx) => {
    const used = await trx.run(sql`UPDATE auth.welcome SET used_at = now() WHERE code_hash = ${digest(plain(input.code))} AND used_at IS NULL AND expires_at > now()`)
    if (!used || !(await untouched(trx))) {
      await note(trx, { kind: 'welcome-refused', accountId: null, from })
      return false
    }
    await plantTree(trx)
    const city = (await trx.one<{ id: number; path: string }>(sql`SELECT id, org_path AS path FROM org.organization WHERE kind = 'city'`))!
    for (const [i, office] of offices.entries()) {
      const who = input[office]
      const person = (await trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) VALUES (${who.name}, ${city.path}) RETURNING id`))!
      const account = (await trx.one<{ id: number }>(sql`INSERT INTO auth.account (person_id, login, password_hash) VALUES (${person.id}, ${who.login}, ${hashes[i]}) RETURNING id`))!
      const post = (await trx.one<{ id: number }>(sql`
        INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path, reason) VALUES (${person.id}, ${city.id}, ${OFFICES[office]}, app.today(), ${city.path}, '首次启用时设立') RETURNING id`))!
      await seal(trx, 'post', [post.id])
      await note(trx, { kind: 'welcomed', accountId: account.id, from, detail: { role: OFFICES[office] } })
    }
    await giveToAddress(trx, policy, from)
    return true
  })
  if (!done) throw new Problem('unauthenticated', '启用码不正确、已用过或已超过 24 小时。重新启动平台会显示一个新的启用码。')
}
