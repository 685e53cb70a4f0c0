import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { forgetSessions } from '../../kernel/authority/session.procedures.ts'
import { testApi, visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const PASSWORD = 'Correct-Horse-7'
const filler = await city.actorAt(city.school, 'filler')
const account = await api.account(filler, 'li.lei', PASSWORD)
const system = (query: Parameters<Parameters<Parameters<typeof db.asSystem>[1]>[0]['run']>[0]) => db.asSystem('test', (trx) => trx.run(query))
const signIn = (login: string, password: string, headers: Record<string, string> = {}) => api.nobody.post('/session/sign-in', { login, password }, headers)
const tokenFrom = (headers: Record<string, unknown>) => /gongxie=([^;]+)/.exec(String(headers['set-cookie']))![1]!

beforeEach(async () => {
  forgetSessions()
  await system(sql`UPDATE auth.account SET failures = 0, locked_until = NULL, status = 'active'`)
})

describe('sign-in', () => {
  test('right: a cookie that scripts cannot read, and who one is', async () => {
    const answer = await signIn('Li.Lei', PASSWORD)
    expect(answer.status).toBe(200)
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly/)
    expect(String(answer.headers['set-cookie'])).toMatch(/SameSite=Lax/)
    expect(answer.body).toMatchObject({ login: 'li.lei', hat: { role: 'filler', organizationId: city.school } })
    expect(answer.text).not.toContain(tokenFrom(answer.headers))
    const stored = await db.asSystem('test', (trx) => trx.rows<{ h: string }>(sql`SELECT token_hash AS h FROM auth.session`))
    expect(stored.map((s) => s.h)).not.toContain(tokenFrom(answer.headers))
  })
  test('wrong name, wrong password, locked, suspended are one answer', async () => {
    const wrong = await signIn('li.lei', 'nonsense')
    const unknown = await signIn('han.meimei', 'nonsense')
    await system(sql`UPDATE auth.account SET status = 'suspended' WHERE id = ${account}`)
    const suspended = await signIn('li.lei', PASSWORD)
    await system(sql`UPDATE auth.account SET status = 'active', locked_until = now() + interval '1 minute' WHERE id = ${account}`)
    const locked = await signIn('li.lei', PASSWORD)
    for (const a of [wrong, unknown, suspended, locked]) expect([a.status, a.text]).toEqual([401, wrong.text])
  })
  test('five wrong ones lock, also the right one; the lock ends', async () => {
    for (let i = 0; i < 5; i++) expect((await signIn('li.lei', `wrong-${i}`)).status).toBe(401)
    expect((await signIn('li.lei', PASSWORD)).status).toBe(401)
    await system(sql`UPDATE auth.account SET locked_until = now() - interval '1 second' WHERE id = ${account}`)
    expect((await signIn('li.lei', PASSWORD)).status).toBe(200)
  })
  test('many wrong ones at once are all counted', async () => {
    await Promise.all(Array.from({ length: 6 }, () => signIn('li.lei', 'wrong')))
    expect((await signIn('li.lei', PASSWORD)).status).toBe(401)
  })
})

describe('a session', () => {
  test.each([
    ['too old', sql`UPDATE auth.session SET expires_at = now() - interval '1 second'`],
    ['idle too long', sql`UPDATE auth.session SET last_seen_at = now() - interval '31 minutes'`],
    ['of a suspended account', sql`UPDATE auth.account SET status = 'suspended'`],
    ['deleted', sql`DELETE FROM auth.session`],
  ])('that is %s is none', async (_what, spoil) => {
    const me = visitor(api.app, tokenFrom((await signIn('li.lei', PASSWORD)).headers))
    expect((await me.get('/session')).status).toBe(200)
    await system(spoil)
    forgetSessions()
    expect((await me.get('/session')).body.code).toBe('unauthenticated')
  })
  test('ends with sign-out and with a changed password elsewhere', async () => {
    const [here, there] = [visitor(api.app, tokenFrom((await signIn('li.lei', PASSWORD)).headers)), visitor(api.app, tokenFrom((await signIn('li.lei', PASSWORD)).headers))]
    expect((await here.post('/session/password', { current: 'wrong', next: 'Another-Horse-8' })).status).toBe(422)
    expect((await here.post('/session/password', { current: PASSWORD, next: 'short' })).status).toBe(400)
    expect((await here.post('/session/password', { current: PASSWORD, next: 'Another-Horse-8' })).status).toBe(200)
    expect((await there.get('/session')).status).toBe(401)
    // Not back to one of the last five.
    expect((await here.post('/session/password', { current: 'Another-Horse-8', next: PASSWORD })).body.fields[0].path).toBe('next')
    await system(sql`UPDATE auth.account SET password_hash = (SELECT password_hash FROM auth.old_password WHERE account_id = ${account}) WHERE id = ${account}`)
    expect((await here.post('/session/sign-out')).status).toBe(200)
    expect((await here.get('/session')).status).toBe(401)
  })
})

describe('posts', () => {
  test('one changes hats, but not to another person’s', async () => {
    const clerk = await city.actorAt(city.hospital, 'filler')
    const second = await city.postFor(clerk.personId, city.yuzhong, 'leader')
    const me = await api.as(clerk)
    expect((await me.get('/organizations')).body.total).toBe(1)
    expect((await me.post('/session/hat', { postId: second })).body.hat.role).toBe('leader')
    expect((await me.get('/organizations')).body.total).toBe(5)
    expect((await me.post('/session/hat', { postId: filler.postId })).status).toBe(403)
  })
  test('a clerk who moves loses the old scope at once and keeps the history', async () => {
    const clerk = await city.actorAt(city.primary, 'filler')
    const me = await api.as(clerk)
    const saved = await me.post('/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: city.primary, version: null, values: { electricity: '100' } })
    expect(saved.status).toBe(200)
    await db.asSystem('test', async (trx) => {
      await trx.run(sql`UPDATE auth.post SET valid_to = app.today() - 1 WHERE id = ${clerk.postId}`)
      await seal(trx, 'post', [clerk.postId])
    })
    await city.postFor(clerk.personId, city.bureau, 'filler')
    forgetSessions()
    expect((await me.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: city.primary })).status).toBe(404)
    expect((await me.post('/filings/save', { form: 'energy.monthly', period: '2026-02', organizationId: city.primary, version: null, values: {} })).status).not.toBe(200)
    expect((await me.get('/session')).body.hat.organizationId).toBe(city.bureau)
    const boss = await api.as(await city.actorAt(city.education, 'district_reviewer'))
    const open = await boss.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: city.primary })
    expect(open.body.facts.filledByName).toBe(clerk.name)
  })
  test('without a valid post one is signed in and sees nothing', async () => {
    const clerk = await city.actorAt(city.wanzhou, 'leader')
    const me = await api.as(clerk)
    await system(sql`UPDATE auth.post SET valid_to = '2021-01-01' WHERE person_id = ${clerk.personId}`)
    expect((await me.get('/session')).body.hat).toBeNull()
    expect((await me.get('/organizations')).status).toBe(403)
    expect((await me.get('/regions')).status).toBe(403)
    expect((await me.get('/views', { page: '/organizations' })).status).toBe(403)
  })
  test('a post that begins tomorrow gives nothing today', async () => {
    const clerk = await city.actorAt(city.bureau, 'responsible')
    await system(sql`UPDATE auth.post SET valid_from = app.today() + 1 WHERE id = ${clerk.postId}`)
    expect((await (await api.as(clerk)).get('/organizations')).status).toBe(403)
  })
})
