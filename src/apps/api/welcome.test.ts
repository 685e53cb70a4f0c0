/** First start (C09): no account comes with an installation; a code makes the first three, once. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { openSecrets } from '../../kernel/authority/crypto.ts'
import { invite } from '../../kernel/authority/welcome.ts'
import { testApi, visitor } from '../../kernel/test/api.ts'
import { testSecrets } from '../../kernel/test/secrets.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const api = await testApi(database, domains)
const count = async (table: string) => (await db.asSystem('test', (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.table(table)}`)))!.n
const three = (code: string, patch: Record<string, object> = {}) => ({
  code,
  system: { name: '张系统', login: 'zhang.xt', password: 'Lantern-river-7-copper', ...patch.system },
  security: { name: '李安全', login: 'li.aq', password: 'Quiet-harbour-8-tram', ...patch.security },
  audit: { name: '王审计', login: 'wang.sj', password: 'Velvet-compass-9-reed', ...patch.audit },
})
const welcome = (body: object) => api.nobody.post('/session/welcome', body)

test('a fresh database has nobody, and no usual name opens it', async () => {
  expect([await count('auth.account'), await count('auth.person'), await count('auth.welcome')]).toEqual([0, 0, 0])
  expect((await api.nobody.get('/session/entrance')).body.welcome).toBe(false)
  for (const [login, password] of [['admin', 'admin'], ['admin', 'Admin@123456'], ['root', 'root'], ['system', 'system'], ['gongxie', 'gongxie'], ['administrator', 'password'], ['test', 'test'], ['postgres', 'postgres']])
    expect((await api.nobody.post('/session/sign-in', { login, password })).status).toBe(401)
})

describe('the code', () => {
  test('is stored as its hash, runs out after a day, and a newer one ends it', async () => {
    const first = (await invite(db))!
    expect(first).toMatch(/^([A-Z2-9]{5}-){3}[A-Z2-9]{5}$/)
    expect(JSON.stringify(await db.asSystem('test', (trx) => trx.rows(sql`SELECT * FROM auth.welcome`)))).not.toContain(first.replaceAll('-', ''))
    expect((await api.nobody.get('/session/entrance')).body.welcome).toBe(true)
    const second = (await invite(db))!
    expect((await welcome(three(first))).status).toBe(401)
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.welcome SET expires_at = now() - interval '1 second'`))
    expect((await welcome(three(second))).status).toBe(401)
    expect((await welcome(three('AAAAA-AAAAA-AAAAA-AAAAA'))).status).toBe(401)
    expect(await count('auth.account')).toBe(0)
  })
  test.each<[string, Record<string, object>, string]>([
    ['the same person twice', { audit: { name: '张系统' } }, 'audit.name'], ['the same login', { security: { login: 'zhang.xt' } }, 'security.login'],
    ['the same password', { audit: { password: 'Lantern-river-7-copper' } }, 'audit.password'], ['a weak password', { security: { password: 'Password2026!' } }, 'security.password'],
    ['a login with a space', { system: { login: 'zhang xt' } }, 'system.login'],
  ])('%s is refused at the place, and the code stays good', async (_what, patch, field) => {
    const code = (await invite(db))!
    const answer = await welcome(three(code, patch))
    expect([answer.status, answer.body.fields.map((f: any) => f.path)]).toEqual([400, [field]])
    expect(await count('auth.account')).toBe(0)
    expect((await api.nobody.get('/session/entrance')).body.welcome).toBe(true)
  })
  test('makes the city and its three administrators, once, also when ten come at once', async () => {
    const code = (await invite(db))!
    const answers = await Promise.all(Array.from({ length: 10 }, () => welcome(three(code.toLowerCase().replaceAll('-', ' ')))))
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array(9).fill(401)])
    const made = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT a.login, p.role, o.kind, a.must_change AS due FROM auth.account a JOIN auth.post p ON p.person_id = a.person_id JOIN org.organization o ON o.id = p.organization_id ORDER BY a.id`))
    expect(made).toEqual([['zhang.xt', 'system_administrator'], ['li.aq', 'security_administrator'], ['wang.sj', 'audit_administrator']].map(([login, role]) => ({ login, role, kind: 'city', due: false })))
    expect(await invite(db)).toBeNull()
    expect((await api.nobody.get('/session/entrance')).body.welcome).toBe(false)
    const entered = await api.nobody.post('/session/sign-in', { login: 'li.aq', password: 'Quiet-harbour-8-tram' })
    expect([entered.status, entered.body.gate]).toEqual([200, 'second-factor'])
    expect((await visitor(api.app, /gongxie=([^;]+)/.exec(String(entered.headers['set-cookie']))![1]!).post('/account/second-factor')).status).toBe(200)
  })
})

test('a process without the keys of the database does not start, and makes none of its own', async () => {
  await openSecrets(db, testSecrets())
  await openSecrets(db, testSecrets())
  const other = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-other-keys-'))
  await expect(openSecrets(db, other)).rejects.toThrow(/keys field-1, pepper-1, which are not in/)
  expect(fs.readdirSync(other)).toEqual([])
  for (const name of ['field-1.key', 'pepper-1.key']) fs.writeFileSync(path.join(other, name), Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  await expect(openSecrets(db, other)).rejects.toThrow(/keys field-1, pepper-1/)
  await openSecrets(db, testSecrets())
  fs.rmSync(other, { recursive: true })
})
