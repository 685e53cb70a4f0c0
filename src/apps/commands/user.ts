/** `user add|reset-password|reset-second-factor`: what an operator does when nobody can sign in. */
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { hashPassword, inventPassword } from '../../kernel/authority/password.ts'
import { note } from '../../kernel/authority/event.ts'
import { removeSecondFactor } from '../../kernel/authority/second-factor.ts'
import { ROLES } from '../../kernel/authority/roles.rules.ts'
import { plantTree } from '../../kernel/org/tree.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform } from '../platform.ts'

const operator = { address: 'command line', agent: process.env.USER ?? '' }

export async function user(args: string[]): Promise<number> {
  const [verb, ...rest] = args
  const { values, positionals } = parseArgs({
    args: rest, allowPositionals: true,
    options: { ...common, name: { type: 'string' }, role: { type: 'string' }, organization: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const login = positionals[0]?.toLowerCase()
  if (!['reset-password', 'reset-second-factor', 'add'].includes(verb ?? '') || !login || !/^[a-z0-9][a-z0-9._-]{2,60}$/.test(login))
    throw new Problem('invalid_input', 'Usage: user reset-password LOGIN | user reset-second-factor LOGIN | user add LOGIN --name NAME --role ROLE [--organization ID]')
  const platform = await openPlatform(placeOf(values))
  try {
    if (verb === 'reset-second-factor') {
      await platform.db.asSystem('user.reset-second-factor', async (trx) => {
        const account = await trx.one<{ id: number }>(sql`SELECT id FROM auth.account WHERE login = ${login}`)
        if (!account) throw new Problem('not_found', `There is no account ${login}.`)
        await removeSecondFactor(trx, account.id)
        await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${account.id}`)
        await note(trx, { kind: 'second-factor-removed', accountId: account.id, from: operator })
      })
      process.stdout.write(values.json ? `${JSON.stringify({ login })}\n` : `${login}: signs in with the password alone until a new second factor is enrolled\n`)
      return 0
    }
    const password = inventPassword()
    const hash = await hashPassword(password)
    await platform.db.asSystem(`user.${verb}`, async (trx) => {
      if (verb === 'add') {
        if (!values.name || !values.role || !(values.role in ROLES)) throw new Problem('invalid_input', `--name and --role are needed; roles: ${Object.keys(ROLES).join(', ')}`)
        await plantTree(trx)
        const org = await trx.one<{ id: number; path: string }>(sql`
          SELECT id, org_path AS path FROM org.organization WHERE ${values.organization ? sql`id = ${Number(values.organization)}` : sql`kind = 'city'`}`)
        if (!org) throw new Problem('invalid_input', `There is no organisation ${values.organization}.`)
        if (await trx.one(sql`SELECT id FROM auth.account WHERE login = ${login}`)) throw new Problem('invalid_input', `The login ${login} is taken.`)
        const person = await trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) VALUES (${values.name}, ${org.path}) RETURNING id`)
        await trx.run(sql`INSERT INTO auth.account (person_id, login, password_hash, must_change) VALUES (${person!.id}, ${login}, ${hash}, true)`)
        const post = await trx.one<{ id: number }>(sql`INSERT INTO auth.post (person_id, organization_id, role, org_path, reason) VALUES (${person!.id}, ${org.id}, ${values.role}, ${org.path}, '运维人员用命令行建立') RETURNING id`)
        await seal(trx, 'post', [post!.id])
        return
      }
      const account = await trx.one<{ id: number }>(sql`
        UPDATE auth.account SET password_hash = ${hash}, failures = 0, failing_since = NULL, locked_until = NULL, must_change = true WHERE login = ${login} RETURNING id`)
      if (!account) throw new Problem('not_found', `There is no account ${login}.`)
      await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${account.id}`)
    })
    process.stdout.write(values.json ? `${JSON.stringify({ login, password })}\n` : `${login}: new password ${password}\n`)
    return 0
  } finally {
    await platform.close()
  }
}
