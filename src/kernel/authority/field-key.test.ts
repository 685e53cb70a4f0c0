/** A new key for encrypted fields (C53): nobody notices it, and the old one may be taken away. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { codeOf } from '../test/authenticator.ts'
import { testDatabase } from '../test/database.ts'
import { bindSecrets, fieldVersion, openSecrets, openText } from './crypto.ts'
import { rotateFieldKey } from './field-key.ts'
import { acceptCode, beginEnrolment, confirmEnrolment } from './second-factor.ts'

const { db, connection } = await testDatabase()
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-field-key-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const seeds = () => db.asSystem('test', (trx) => trx.rows<{ id: number; seed: string }>(sql`SELECT account_id AS id, seed FROM auth.second_factor ORDER BY 1`))
const known = () => db.asSystem('test', (trx) => trx.rows<{ id: string }>(sql`SELECT id FROM auth.key ORDER BY 1`)).then((r) => r.map((k) => k.id))

test('while another process writes and one only reads; then the old key is not needed, and not asked for at the next start', async () => {
  await openSecrets(db, folder)
  const accounts = await db.asSystem('test', (trx) => trx.rows<{ id: number; login: string }>(sql`
    WITH p AS (INSERT INTO auth.person (name, org_path) SELECT '人' || i, '1.' FROM generate_series(1, 40) i RETURNING id) INSERT INTO auth.account (person_id, login) SELECT id, 'who.' || id FROM p RETURNING id, login`))
  const secrets = new Map<number, string>()
  for (const account of accounts) {
    const { secret } = await db.asSystem('test', (trx) => beginEnrolment(trx, account))
    secrets.set(account.id, secret)
    // The last one is in the middle of enrolling.
    if (account !== accounts.at(-1)) expect(await db.asSystem('test', (trx) => confirmEnrolment(trx, account.id, codeOf(secret, -1)))).toBe(true)
  }
  const source = (name: string) => JSON.stringify(path.join(import.meta.dirname, name))
  const children = [true, false].map((writes) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', `
    import { sql } from ${JSON.stringify(import.meta.resolve('kysely'))}
    import { bindSecrets, openText } from ${source('crypto.ts')}
    import { beginEnrolment } from ${source('second-factor.ts')}
    import { openDatabase } from ${source('../db/database.ts')}
    bindSecrets(${JSON.stringify(folder)})
    const db = openDatabase(${JSON.stringify(connection)}, { app: 1, system: 2 })
    let rounds = 0, failed = [], go = true
    process.stdin.once('data', () => (go = false))
    while (go) {
      const rows = await db.asSystem('test', (trx) => trx.rows(sql\`SELECT account_id AS id, seed FROM auth.second_factor\`))
      for (const r of rows) try { openText(r.seed, ['auth.second_factor', r.id, 'seed']) } catch (e) { failed.push(e.message) }
      if (${writes}) await db.asSystem('test', (trx) => beginEnrolment(trx, { id: ${accounts[0]!.id}, login: 'x' }))
      if (++rounds === 1) process.stdout.write('reading\\n')
    }
    await db.close()
    process.stdout.write(JSON.stringify({ rounds, failed }))`], { stdio: ['pipe', 'pipe', 'inherit'] })
    const one = { child, said: '', closed: new Promise((resolve) => child.once('close', resolve)) }
    child.stdout.on('data', (d: Buffer) => (one.said += d))
    return one
  })
  await expect.poll(() => children.every((c) => c.said.includes('reading')), { timeout: 20_000 }).toBe(true)
  const before = await seeds()
  const done = await rotateFieldKey(db, folder)
  expect(done).toMatchObject({ version: 2, spare: ['field-1.key'] })
  expect(done.rewritten).toBeGreaterThanOrEqual(40)
  for (const { child } of children) child.stdin.end('enough')
  for (const c of children) {
    await c.closed
    const { rounds, failed } = JSON.parse(c.said.slice(c.said.indexOf('{'))) as { rounds: number; failed: string[] }
    expect([rounds > 1, failed]).toEqual([true, []])
  }
  for (const [i, { id, seed }] of (await seeds()).entries()) {
    expect([fieldVersion(seed), seed === before[i]!.seed]).toEqual([2, false])
    expect(openText(seed, ['auth.second_factor', id, 'seed'])).toBe(secrets.get(id))
  }
  expect(await known()).toEqual(['field-2', 'pepper-1'])
  // A start with the old key still beside it does not ask for it from then on.
  await openSecrets(db, folder)
  fs.rmSync(path.join(folder, 'field-1.key'))
  await openSecrets(db, folder)
  bindSecrets(folder)
  expect(await db.asSystem('test', (trx) => acceptCode(trx, accounts[1]!.id, codeOf(secrets.get(accounts[1]!.id)!), 'beside'))).toBe('code')
  expect(await db.asSystem('test', (trx) => confirmEnrolment(trx, accounts.at(-1)!.id, codeOf(secrets.get(accounts.at(-1)!.id)!)))).toBe(true)
}, 60_000)
