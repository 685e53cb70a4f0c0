/**
 * `access lock|unlock|status|rotate-keys|rotate-field-key`: what an operator does when an account was taken over, or the whole house must be
 * closed. It writes the database directly, so it works beside a running platform and without one; sessions follow within a
 * second. Every act has a reason and stands in the history.
 */
import os from 'node:os'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import type { Transaction } from '../../kernel/db/database.ts'
import { recordApart } from '../../kernel/audit/record.ts'
import { secretsFolder } from '../../kernel/authority/crypto.ts'
import { rotateFieldKey } from '../../kernel/authority/field-key.ts'
import { rotateKeys } from '../../kernel/authority/rights/seal.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform } from '../platform.ts'

const USAGE = `Usage: access lock LOGIN… --reason TEXT | access lock --all-except LOGIN… --reason TEXT | access lock --read-only --reason TEXT
       access unlock LOGIN… --reason TEXT | access unlock --all --reason TEXT | access unlock --read-only --reason TEXT
       access status [--json] | access rotate-keys --reason TEXT | access rotate-field-key --reason TEXT`

/** Accounts have no history of their own; this line is theirs. */
const note = (trx: Transaction, id: number, before: string, after: string, reason: string, path: string) => trx.run(sql`
  INSERT INTO audit.change (actor_name, operation, entity, record_id, org_path, action, changes, reason)
  VALUES (${operator()}, current_setting('app.operation'), 'auth.account', ${id}, ${path}, 'update', ${JSON.stringify({ status: [before, after] })}, ${reason})`)
const operator = () => `运维人员（${os.userInfo().username}）`

async function setStatus(trx: Transaction, logins: string[], to: 'active' | 'suspended', reason: string): Promise<void> {
  for (const login of logins) {
    const account = await trx.one<{ id: number; status: string; path: string }>(sql`SELECT a.id, a.status, n.org_path AS path FROM auth.account a JOIN auth.person n ON n.id = a.person_id WHERE a.login = ${login.toLowerCase()} FOR UPDATE OF a`)
    if (!account) throw new Problem('not_found', `There is no account ${login}. Nothing was changed.`)
    await trx.run(sql`UPDATE auth.account SET status = ${to}, failures = 0, locked_until = NULL WHERE id = ${account.id}`)
    if (to === 'suspended') await trx.run(sql`DELETE FROM auth.session WHERE account_id = ${account.id}`)
    await note(trx, account.id, account.status, to, reason, account.path)
  }
}
async function declare(trx: Transaction, kind: 'closed' | 'read-only', logins: string[], reason: string): Promise<void> {
  if (kind === 'closed' && !logins.length) throw new Problem('invalid_input', 'Name at least one login that stays open.')
  for (const login of logins) if (!(await trx.one(sql`SELECT 1 FROM auth.account WHERE login = ${login.toLowerCase()} AND status = 'active'`))) throw new Problem('not_found', `There is no active account ${login}: the house would be closed to everybody. Nothing was changed.`)
  await lift(trx, kind, reason, true)
  await trx.run(sql`INSERT INTO auth.emergency (kind, except_logins, reason, by_name) VALUES (${kind}, ${logins.map((l) => l.toLowerCase())}::text[], ${reason}, ${operator()})`)
}
async function lift(trx: Transaction, kind: 'closed' | 'read-only', reason: string, silent = false): Promise<void> {
  const n = await trx.run(sql`UPDATE auth.emergency SET lifted_at = now(), lifted_reason = ${reason} WHERE kind = ${kind} AND lifted_at IS NULL`)
  if (!n && !silent) throw new Problem('invalid_input', kind === 'closed' ? 'The house is not closed.' : 'The platform is not read-only.')
}

export async function access(args: string[]): Promise<number> {
  const [verb, ...rest] = args
  const { values, positionals: logins } = parseArgs({
    args: rest, allowPositionals: true,
    options: { ...common, reason: { type: 'string' }, 'all-except': { type: 'boolean', default: false }, all: { type: 'boolean', default: false }, 'read-only': { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  })
  if (!['lock', 'unlock', 'status', 'rotate-keys', 'rotate-field-key'].includes(verb ?? '')) throw new Problem('invalid_input', USAGE)
  const reason = values.reason?.trim() ?? ''
  if (verb !== 'status' && reason.length < 2) throw new Problem('invalid_input', `--reason is needed: it stands in the history.\n${USAGE}`)
  const one = [values['all-except'], values.all, values['read-only']].filter(Boolean).length
  if ((verb === 'lock' || verb === 'unlock') && (one > 1 || (one === 0 && !logins.length) || (values['read-only'] && logins.length) || (verb === 'lock' && values.all) || (verb === 'unlock' && values['all-except']))) throw new Problem('invalid_input', USAGE)
  const platform = await openPlatform(placeOf(values))
  try {
    const { db } = platform
    const told = (operation: string, detail: Record<string, unknown>) => recordApart(db, { operation, action: 'key', reason, detail }, { actorName: operator() })
    if (verb === 'rotate-keys') {
      const to = await rotateKeys(db, platform.dataDir)
      await told('rights.rotate', { to })
      process.stdout.write(`rights are sealed with key ${to} now\n`)
      return 0
    }
    if (verb === 'rotate-field-key') {
      const { version, rewritten, spare } = await rotateFieldKey(db, secretsFolder(platform.dataDir))
      await told('keys.rotate', { to: version })
      process.stdout.write(`fields are encrypted with field-${version}.key now, ${rewritten} were sealed anew; nothing in the database needs ${spare.join(', ')} any more: keep it as long as backups from before may be restored\n`)
      return 0
    }
    if (verb !== 'status')
      await db.asSystem({ operation: `access.${verb}`, reason }, async (trx) => {
        await trx.run(sql`SELECT set_config('app.actor_name', ${operator()}, true)`)
        if (values['read-only']) await (verb === 'lock' ? declare(trx, 'read-only', [], reason) : lift(trx, 'read-only', reason))
        else if (values['all-except']) await declare(trx, 'closed', logins, reason)
        else if (values.all) await lift(trx, 'closed', reason)
        else await setStatus(trx, logins, verb === 'lock' ? 'suspended' : 'active', reason)
      })
    const state = await db.asSystem({ operation: 'access.status', reads: true }, async (trx) => ({
      emergencies: await trx.rows<any>(sql`SELECT kind, except_logins AS "exceptLogins", reason, by_name AS "byName", at FROM auth.emergency WHERE lifted_at IS NULL ORDER BY id`),
      suspended: (await trx.rows<{ login: string }>(sql`SELECT login FROM auth.account WHERE status = 'suspended' ORDER BY login`)).map((r) => r.login),
    }))
    if (values.json) process.stdout.write(`${JSON.stringify(state)}\n`)
    else {
      for (const e of state.emergencies) process.stdout.write(e.kind === 'closed' ? `closed to everybody except ${e.exceptLogins.join(', ')} since ${e.at} (${e.reason})\n` : `read-only since ${e.at} (${e.reason})\n`)
      if (!state.emergencies.length) process.stdout.write('open\n')
      process.stdout.write(`suspended accounts: ${state.suspended.join(', ') || 'none'}\n`)
    }
    return 0
  } finally {
    await platform.close()
  }
}
