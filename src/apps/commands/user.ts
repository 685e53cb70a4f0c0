/** `user add|reset-password`: what an operator does when nobody can sign in. */
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { hashPassword, inventPassword } from '../../kernel/authority/password.ts'
import { ROLES } from '../../kernel/authority/roles.rules.ts'
import { plantTree } from '../../kernel/org/tree.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform } from '../platform.ts'

export async function user(args: string[]): Promise<number> {
  const [verb, ...rest] = args
  const { values, positionals } = parseArgs({
    args: rest, allowPositionals: true,
    options: { ...common, name: { type: 'string' }, role: { type: 'string' }, organization: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const login = positionals[0]?.toLowerCase()
  if ((verb !== 'reset-password' && verb !== 'add') || !login || !/^[a-z0-9][a-z0-9._-]{2,60}$/.test(login))
    throw new Problem('invalid_input', 'Usage: user reset-password LOGIN | user add LOGIN --name NAME --role ROLE [--organization ID]')
  const platform = await openPlatform(placeOf(values))
  try {
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
      const n = await trx.run(sql`UPDATE auth.account SET password_hash = ${hash}, failures = 0, locked_until = NULL, must_change = true WHERE login = ${login}`)
      if (!n) throw new Problem('not_found', `There is no account ${login}.`)
      await trx.run(sql`DELETE FROM auth.session WHERE account_id = (SELECT id FROM auth.account WHERE login = ${login})`)
    })
    process.stdout.write(values.json ? `${JSON.stringify({ login, password })}\n` : `${login}: new password ${password}\n`)
    return 0
  } finally {
    await platform.close()
  }
}
