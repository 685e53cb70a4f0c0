/** What an operator does on the machine of the platform, beside a running one: lock out, close, read-only, new keys, a way back in. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSecrets } from '../kernel/authority/crypto.ts'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { forgetSessions } from '../kernel/authority/session.procedures.ts'
import { commands } from '../kernel/test/command.ts'
import { testApi, visitor, type Visitor } from '../kernel/test/api.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { buildFixture } from '../kernel/test/fixture.ts'
import { testSecrets } from '../kernel/test/secrets.ts'
import { domains } from './domains.ts'

const database = await testDatabase()
const { db } = database
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-emergency-'))
// The keys that the commands will find.
await openSecrets(db, testSecrets())
await openKeys(db, dataDir)
const city = await buildFixture(db)
const api = await testApi(database, domains)
const owner = new pg.Client(database.connection)
beforeAll(() => owner.connect())
afterAll(async () => {
  await owner.end()
  fs.rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(() => forgetSessions())
const PASSWORD = 'Lantern-river-7-copper'
const reason = '疑似被盗用，王处长电话通知'
const command = commands(database.connection, dataDir)
const signIn = (login: string, password = PASSWORD) => api.nobody.post('/session/sign-in', { login, password })
const seat = (answer: { headers: Record<string, unknown> }): Visitor => visitor(api.app, /gongxie=([^;]+)/.exec(String(answer.headers['set-cookie']))![1]!)
const enter = async (login: string) => seat(await signIn(login))
const status = (who: Visitor) => who.get('/session').then((a) => a.status)
const trail = (entity: string) => owner.query(`SELECT actor_name AS who, changes, reason FROM audit.change WHERE entity = $1 ORDER BY id DESC LIMIT 1`, [entity]).then((r) => r.rows[0])
for (const [login, actor] of [['li.lei', await city.actorAt(city.school, 'filler')], ['han.mei', await city.actorAt(city.yuzhong, 'district_reviewer')], ['ma.dong', await city.actorAt(city.hospital, 'filler')]] as const) await api.account(actor, login, PASSWORD)

describe('access', () => {
  test('one account: out at once, not in again, the others untouched; back by command; both stand in the history with the reason', async () => {
    const [taken, other] = [await enter('li.lei'), await enter('han.mei')]
    expect(await command('access', 'lock', 'Li.Lei', '--reason', reason)).toMatchObject({ code: 0, out: expect.stringContaining('suspended accounts: li.lei') })
    await expect.poll(() => status(taken), { timeout: 3_000 }).toBe(401)
    expect([await status(other), (await signIn('li.lei')).status]).toEqual([200, 401])
    expect(await trail('auth.account')).toEqual({ who: expect.stringMatching(/^运维人员（.+）$/), changes: { status: ['active', 'suspended'] }, reason })
    expect((await command('access', 'unlock', 'li.lei', '--reason', '已更换密码')).code).toBe(0)
    expect(await trail('auth.account')).toMatchObject({ changes: { status: ['suspended', 'active'] }, reason: '已更换密码' })
    // What was ended stays ended.
    expect([(await signIn('li.lei')).status, await status(taken)]).toEqual([200, 401])
  }, 60_000)
  test('everybody but those who are named; what was closed by one command opens by one', async () => {
    const [out, kept] = [await enter('li.lei'), await enter('han.mei')]
    expect(await command('access', 'lock', '--all-except', 'han.mei', '--reason', '疑似入侵')).toMatchObject({ code: 0, out: expect.stringContaining('closed to everybody except han.mei') })
    await expect.poll(() => status(out), { timeout: 3_000 }).toBe(401)
    expect([await status(kept), (await signIn('ma.dong')).status, (await signIn('han.mei')).status]).toEqual([200, 401, 200])
    expect(await trail('auth.emergency')).toMatchObject({ reason: '疑似入侵' })
    expect((await command('access', 'unlock', '--all', '--reason', '排查完毕')).code).toBe(0)
    forgetSessions()
    expect([await status(out), (await signIn('ma.dong')).status]).toEqual([200, 200])
    expect((await command('access', 'status', '--json')).out).toBe('{"emergencies":[],"suspended":[]}\n')
  }, 60_000)
  test('read only: nothing is changed by anybody, everything is read, coming and going goes on', async () => {
    const who = await enter('han.mei')
    const change = async () => who.post(`/organizations/${city.school}`, { version: (await who.get(`/organizations/${city.school}`)).body.version, patch: { people: 77 } })
    expect((await command('access', 'lock', '--read-only', '--reason', '核对数据')).code).toBe(0)
    forgetSessions()
    const refused = await change()
    expect([refused.status, refused.body.message]).toEqual([503, expect.stringContaining('只读')])
    expect([(await who.get('/organizations')).status, (await signIn('li.lei')).status]).toEqual([200, 200])
    expect((await command('access', 'unlock', '--read-only', '--reason', '核对完毕')).code).toBe(0)
    forgetSessions()
    expect((await change()).status).toBe(200)
  }, 60_000)
  test.each([
    ['nobody of that name', ['lock', 'no.body', '--reason', reason], /no account no\.body.*Nothing was changed/],
    ['one of two is nobody: neither', ['lock', 'li.lei', 'no.body', '--reason', reason], /Nothing was changed/], ['without a reason', ['lock', 'li.lei'], /--reason is needed/],
    ['to nobody at all', ['lock', '--all-except', 'no.body', '--reason', reason], /closed to everybody/], ['what is not closed', ['unlock', '--all', '--reason', reason], /not closed/], ['two things at once', ['lock', '--read-only', 'li.lei', '--reason', reason], /Usage/],
  ])('%s: refused with a sentence', async (_what, args, sentence) => {
    const { code, err } = await command('access', ...args)
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)])
    expect((await owner.query(`SELECT 1 FROM auth.account WHERE status <> 'active' UNION ALL SELECT 1 FROM auth.emergency WHERE lifted_at IS NULL`)).rows).toEqual([])
  }, 30_000)
  test('new keys of rights: a running process goes on, everything carries the new seal, and what was forged is not blessed', async () => {
    const who = await enter('li.lei')
    const { rows: [forged] } = await owner.query(`INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) SELECT person_id, ${city.city}, 'leader', '2020-01-01', '1.' FROM auth.account WHERE login = 'ma.dong' RETURNING id`)
    expect(await command('access', 'rotate-keys', '--reason', '保管人离岗')).toMatchObject({ code: 0, out: 'rights are sealed with key 2 now\n' })
    forgetSessions()
    expect((await who.get('/organizations')).status).toBe(200)
    const { rows } = await owner.query(`SELECT key_version AS key, count(*)::int AS n FROM auth.post WHERE mac IS NOT NULL GROUP BY 1`)
    expect(rows).toEqual([{ key: 2, n: expect.any(Number) }])
    expect((await owner.query(`SELECT mac FROM auth.post WHERE id = ${forged.id}`)).rows).toEqual([{ mac: null }])
    expect((await (await enter('ma.dong')).get('/session')).body.hats.map((h: { role: string }) => h.role)).toEqual(['filler'])
    await owner.query(`DELETE FROM auth.post WHERE id = ${forged.id}`)
    expect((await owner.query(`SELECT actor_name AS who, action, reason FROM audit.entry WHERE operation = 'rights.rotate' AND kind = 'act' ORDER BY id DESC LIMIT 1`)).rows[0]).toEqual({ who: expect.stringContaining('运维人员'), action: 'key', reason: '保管人离岗' })
  }, 60_000)
})

describe('user', () => {
  test('a password and a second factor are set anew, sessions end, and the account is told', async () => {
    const who = await enter('li.lei')
    await db.asSystem('test', (trx) => trx.run(sql`INSERT INTO auth.second_factor (account_id, seed, last_step) SELECT id, 'x', 0 FROM auth.account WHERE login = 'li.lei'`))
    expect((await command('user', 'reset-second-factor', 'li.lei')).code).toBe(0)
    await expect.poll(() => status(who), { timeout: 3_000 }).toBe(401)
    const { password } = JSON.parse((await command('user', 'reset-password', 'li.lei', '--json')).out) as { password: string }
    expect((await signIn('li.lei')).status).toBe(401)
    const entered = await signIn('li.lei', password)
    expect([entered.status, entered.body.gate]).toEqual([200, 'password'])
    expect((await owner.query(`SELECT kind FROM auth.event WHERE account_id = (SELECT id FROM auth.account WHERE login = 'li.lei') AND kind IN ('second-factor-removed', 'password-reset') ORDER BY id`)).rows.map((r) => r.kind)).toEqual(['second-factor-removed', 'password-reset'])
  }, 60_000)
  test('somebody new holds the one role that was named, under a seal, and must change the password', async () => {
    const { code, out } = await command('user', 'add', 'second.sec', '--name', '第二安全员', '--role', 'security_administrator', '--json')
    expect(code).toBe(0)
    const entered = await signIn('second.sec', (JSON.parse(out) as { password: string }).password)
    expect([entered.body.gate, entered.body.hat.role, entered.body.hats.length]).toEqual(['password', 'security_administrator', 1])
    expect((await command('user', 'add', 'second.sec', '--name', '又一人', '--role', 'filler')).err).toMatch(/is taken/)
    expect((await command('user', 'add', 'third.one', '--name', '无此角色', '--role', 'god')).code).toBe(2)
  }, 60_000)
})
