/** Secrets that pass through the server are nowhere to be read afterwards: not in its log, not in the trail (C36). */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { hashPassword } from '../kernel/authority/password.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { startProcess, urlOf } from '../kernel/test/process.ts'

const { db, connection } = await testDatabase()

test('canaries of passwords, a session and its token', async () => {
  const hash = await hashPassword('Canary-password-77')
  await db.asSystem('test', (trx) => trx.run(sql`
    WITH p AS (INSERT INTO auth.person (name, org_path) VALUES ('金丝雀', '1.') RETURNING id) INSERT INTO auth.account (person_id, login, password_hash) SELECT id, 'canary', ${hash} FROM p`))
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-hygiene-'))
  const server = await startProcess({ dataDir, databaseUrl: urlOf(connection) })
  const secrets: RegExp[] = [/Canary-[a-z]+(-[a-z]+)?-\d\d/]
  try {
    const call = (way: string, body: object | string | null, headers: Record<string, string> = {}) =>
      fetch(`${server.url}/api${way}`, body === null ? { headers } : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) })
    await call('/session/sign-in', { login: 'canary', password: 'Canary-wrong-88' })
    await call('/session/sign-in', { login: 'Canary-typed-99', password: 'x' })
    const entered = await call('/session/sign-in', { login: 'canary', password: 'Canary-password-77' })
    expect(entered.status).toBe(200)
    const cookie = entered.headers.getSetCookie()[0]!.split(';')[0]!
    const { token } = (await entered.json()) as { token: string }
    secrets.push(new RegExp(cookie.split('=')[1]!.slice(0, 24)), new RegExp(token.slice(0, 24)))
    const own = { cookie, 'x-gongxie-token': token }
    await call('/session/password', { current: 'Canary-guess-55', next: 'short' }, own)
    await call('/session/password', { current: 'Canary-password-77', next: 'Canary-new-pass-66' }, own)
    await call('/session/hat', { postId: 999_999 }, own)
    await call('/organizations', '{"broken": "Canary-body-44', own)
    await call('/organizations/999999', null, own)
    await call('/organizations', null, { cookie: 'gongxie=Canary-cookie-33' })
    await call('/session/sign-out', {}, own)
  } finally {
    await server.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
  const owner = new pg.Client(connection)
  await owner.connect()
  const { t, n } = (await owner.query(`SELECT string_agg(to_jsonb(e)::text, E'\\n') AS t, count(*)::int AS n FROM audit.entry e WHERE kind = 'act'`)).rows[0] as { t: string; n: number }
  await owner.end()
  // Start, three tries to enter, the password twice, the hat, two refusals, leaving, stop.
  expect(n).toBeGreaterThan(8)
  for (const secret of secrets) {
    expect(server.output()).not.toMatch(secret)
    expect(t).not.toMatch(secret)
  }
}, 150_000)
