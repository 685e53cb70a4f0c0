/** Signing in as design/security.md wants it: C02 to C08, C10, C12 to C17, C19. */
import { hash } from '@node-rs/argon2'
import type { LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { seal } from '../../kernel/authority/rights/seal.ts'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { csrfToken, forgetSessions, readSession } from '../../kernel/authority/session.procedures.ts'
import { openDatabase } from '../../kernel/db/database.ts'
import { testApi, visitor, type Visitor } from '../../kernel/test/api.ts'
import { awayFromEdge, codeOf } from '../../kernel/test/authenticator.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db, connection } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const PASSWORD = 'Lantern-river-7-copper'
const run = (query: Parameters<Parameters<Parameters<typeof db.asSystem>[1]>[0]['run']>[0]) => db.asSystem('test', (trx) => trx.run(query))
const one = <T>(query: any) => db.asSystem('test', (trx) => trx.one<T>(query)) as Promise<T>
const rows = <T>(query: any) => db.asSystem('test', (trx) => trx.rows<T>(query))
const signIn = (login: string, password = PASSWORD, headers: Record<string, string> = {}) => api.nobody.post('/session/sign-in', { login, password }, headers)
const tokenFrom = (headers: Record<string, unknown>) => /gongxie=([^;]+)/.exec(String(headers['set-cookie']))![1]!
const seat = (answer: { headers: Record<string, unknown> }) => visitor(api.app, tokenFrom(answer.headers))
const sessions = async () => (await one<{ n: number }>(sql`SELECT count(*) AS n FROM auth.session`)).n

let n = 0
/** Somebody new with an account that can really sign in. */
async function someone(role: Role = 'filler', at = city.school) {
  const name = `新人${++n}`
  const login = `someone.${n}`
  const path = (await one<{ path: string }>(sql`SELECT org_path AS path FROM org.organization WHERE id = ${at}`)).path
  const person = (await one<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) VALUES (${name}, ${path}) RETURNING id`)).id
  const post = (await one<{ id: number }>(sql`INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) VALUES (${person}, ${at}, ${role}, '2020-01-01', ${path}) RETURNING id`)).id
  await db.asSystem('test', (trx) => seal(trx, 'post', [post]))
  const account = await api.account({ personId: person } as never, login, PASSWORD)
  return { login, name, person, post, account }
}
/** Enrols a second factor over the API; answers with the seed and the recovery codes. */
async function enrol(me: Visitor) {
  await awayFromEdge()
  const begun = await me.post('/account/second-factor')
  expect(begun.status, begun.text).toBe(200)
  const confirmed = await me.post('/account/second-factor/confirm', { code: codeOf(begun.body.secret, -1) })
  expect(confirmed.status, confirmed.text).toBe(200)
  return { secret: begun.body.secret as string, uri: begun.body.uri as string, codes: confirmed.body.recoveryCodes as string[] }
}

beforeEach(async () => {
  forgetSessions()
  await run(sql`DELETE FROM auth.throttle`)
})

describe('lockout (C04)', () => {
  test('the sixth try gets the same answer, right or wrong; others are not touched; the lock ends', async () => {
    const [me, other] = [await someone(), await someone()]
    const wrong = []
    for (let i = 0; i < 5; i++) wrong.push(await signIn(me.login, `wrong-${i}`))
    const right = await signIn(me.login)
    for (const a of [...wrong, right]) expect([a.status, a.text]).toEqual([401, wrong[0]!.text])
    expect((await signIn(other.login)).status).toBe(200)
    await run(sql`UPDATE auth.account SET locked_until = now() - interval '1 second' WHERE id = ${me.account}`)
    expect((await signIn(me.login)).status).toBe(200)
    expect((await rows<{ kind: string }>(sql`SELECT kind FROM auth.event WHERE account_id = ${me.account} ORDER BY id`)).map((e) => e.kind)).toEqual([...Array(5).fill('refused'), 'locked', 'refused', 'signed-in'])
  })
  test('fifty at once count fifty', async () => {
    const me = await someone()
    await Promise.all(Array.from({ length: 50 }, () => signIn(me.login, 'wrong')))
    expect((await one<{ failures: number }>(sql`SELECT failures FROM auth.account WHERE id = ${me.account}`)).failures).toBe(50)
    expect((await signIn(me.login)).status).toBe(401)
  })
  test('fifty at once with the right one among the last are all refused after the fifth', async () => {
    const me = await someone()
    for (let i = 0; i < 4; i++) await signIn(me.login, 'wrong')
    const answers = await Promise.all([signIn(me.login, 'wrong'), ...Array.from({ length: 10 }, () => signIn(me.login))])
    // Whichever came fifth decided; none after it was looked at unless the fifth was right.
    const first = answers[0]!.status
    expect(first).toBe(401)
    const { failures } = await one<{ failures: number }>(sql`SELECT failures FROM auth.account WHERE id = ${me.account}`)
    expect(answers.some((a) => a.status === 200) ? failures < 15 : failures === 15).toBe(true)
  })
  test('old failures are forgotten after a quarter of an hour', async () => {
    const me = await someone()
    for (let i = 0; i < 4; i++) await signIn(me.login, 'wrong')
    await run(sql`UPDATE auth.account SET failing_since = now() - interval '16 minutes' WHERE id = ${me.account}`)
    await signIn(me.login, 'wrong')
    expect((await signIn(me.login)).status).toBe(200)
  })
  test('an address that keeps failing waits, whatever names it tries; who signs in rightly costs it nothing', async () => {
    await run(sql`UPDATE auth.policy SET address_burst = 10, address_per_minute = 1`)
    const from = (remoteAddress: string, login: string, password: string) =>
      api.app.inject({ method: 'POST', url: '/api/session/sign-in', remoteAddress, payload: { login, password } }) as Promise<LightMyRequestResponse>
    const me = await someone()
    for (let i = 0; i < 14; i++) expect((await from('10.9.9.1', me.login, PASSWORD)).statusCode).toBe(200)
    const seen: number[] = []
    for (let i = 0; i < 12; i++) seen.push((await from('10.9.9.1', `nobody.${i}`, 'wrong')).statusCode)
    expect(seen).toEqual([...Array(10).fill(401), 429, 429])
    const waiting = await from('10.9.9.1', me.login, PASSWORD)
    expect([waiting.statusCode, waiting.headers['retry-after'], waiting.json().code]).toEqual([429, '60', 'too_many'])
    expect((await from('10.9.9.2', me.login, PASSWORD)).statusCode).toBe(200)
    // An IPv6 network is one address.
    for (let i = 0; i < 10; i++) await from(`2001:db8:1:2::${i + 1}`, 'nobody', 'wrong')
    expect([(await from('2001:db8:1:2:9::1', 'nobody', 'wrong')).statusCode, (await from('2001:db8:1:3::1', 'nobody', 'wrong')).statusCode]).toEqual([429, 401])
    await run(sql`UPDATE auth.policy SET address_burst = 100, address_per_minute = 20`)
  })
})

test('an unknown name takes as long as a wrong password, and gets the same answer (C05)', { retry: 2, timeout: 90_000 }, async () => {
  const me = await someone()
  await run(sql`UPDATE auth.policy SET address_burst = 10000`)
  const answers = new Set<string>()
  const once = async (login: string): Promise<number> => {
    const at = performance.now()
    const { status, text } = await signIn(login, 'wrong-password-7')
    answers.add(`${status} ${text}`)
    return performance.now() - at
  }
  const known: number[] = []
  const unknown: number[] = []
  await once('warm.up')
  // In turn, so that whatever else the machine does falls on both.
  for (let i = 0; i < 60; i++) {
    await run(sql`UPDATE auth.account SET failures = 0, locked_until = NULL WHERE id = ${me.account}`)
    known.push(await once(me.login))
    unknown.push(await once(`absent.${i}`))
  }
  await run(sql`UPDATE auth.policy SET address_burst = 100`)
  expect(answers.size).toBe(1)
  const median = (of: number[]) => of.toSorted((a, b) => a - b)[of.length >> 1]!
  expect(Math.abs(median(known) - median(unknown)) / median(known)).toBeLessThan(0.15)
})

test('a hash of old costs and without pepper is made anew at sign-in (C02)', async () => {
  const me = await someone()
  await run(sql`UPDATE auth.account SET password_hash = ${await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 })} WHERE id = ${me.account}`)
  expect((await signIn(me.login)).status).toBe(200)
  expect((await one<{ h: string }>(sql`SELECT password_hash AS h FROM auth.account WHERE id = ${me.account}`)).h).toMatch(/^1:\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  await run(sql`UPDATE auth.policy SET hash = 'pbkdf2-sm3'`)
  expect((await signIn(me.login)).status).toBe(200)
  await run(sql`UPDATE auth.policy SET hash = 'argon2id'`)
  expect((await one<{ h: string }>(sql`SELECT password_hash AS h FROM auth.account WHERE id = ${me.account}`)).h).toMatch(/^1:\$pbkdf2-sm3\$/)
  expect((await signIn(me.login)).status).toBe(200)
})

describe('passwords (C03)', () => {
  test('a first one, and one of ninety days, opens nothing but its change', async () => {
    const me = await someone()
    for (const due of [sql`must_change = true`, sql`must_change = false, password_changed_at = now() - interval '91 days'`]) {
      await run(sql`UPDATE auth.account SET ${due} WHERE id = ${me.account}`)
      const entered = await signIn(me.login)
      expect(entered.body.gate).toBe('password')
      const session = seat(entered)
      for (const path of ['/organizations', '/account', '/regions', '/views?page=/x']) expect([(await session.get(path)).status, (await session.get(path)).body.code]).toEqual([403, 'password_change_required'])
      expect((await session.post('/account/second-factor')).body.code).toBe('password_change_required')
      expect((await session.get('/session')).status).toBe(200)
      const next = `Copper-lantern-${++n}-river`
      expect((await session.post('/session/password', { current: PASSWORD, next })).status).toBe(200)
      expect((await session.get('/organizations')).status).toBe(200)
      expect((await session.get('/session')).body.gate).toBeNull()
      await run(sql`UPDATE auth.account SET password_hash = (SELECT password_hash FROM auth.old_password WHERE account_id = ${me.account} ORDER BY id DESC LIMIT 1) WHERE id = ${me.account}`)
    }
  })
  test('the last five come not again, the sixth does', async () => {
    const me = await someone()
    const session = seat(await signIn(me.login))
    const made = Array.from({ length: 6 }, (_, i) => `Quiet-harbour-${'uvwxyz'[i]}7-tram`)
    let current = PASSWORD
    for (const next of made.slice(0, 5)) {
      expect((await session.post('/session/password', { current, next })).status).toBe(200)
      current = next
    }
    for (const old of made.slice(0, 5)) expect((await session.post('/session/password', { current, next: old })).body.fields[0].message).toMatch(/最近 5 次/)
    expect((await session.post('/session/password', { current, next: PASSWORD })).status).toBe(200)
  })
  test('a wrong current one counts as a try', async () => {
    const me = await someone()
    const session = seat(await signIn(me.login))
    for (let i = 0; i < 5; i++) expect((await session.post('/session/password', { current: 'wrong', next: 'Quiet-harbour-7-tram' })).status).toBe(422)
    expect((await session.post('/session/password', { current: PASSWORD, next: 'Quiet-harbour-7-tram' })).status).toBe(422)
  })
  test('what an administrator gives out must be changed', async () => {
    const me = await someone()
    const boss = await api.as(await city.actorAt(city.education, 'district_reviewer'))
    const { password } = (await boss.post(`/people/${me.person}/reset-password`, { id: me.person, reason: '忘记密码' })).body
    const entered = await signIn(me.login, password)
    expect(entered.body.gate).toBe('password')
    expect((await seat(entered).post('/session/password', { current: password, next: PASSWORD })).body.fields[0].message).toMatch(/最近 5 次/)
  })
})

describe('second factor (C06–C08)', () => {
  test('password, then code; in between there is no session', async () => {
    const me = await someone()
    const { secret, uri } = await enrol(seat(await signIn(me.login)))
    expect(decodeURIComponent(uri)).toContain(`公廨:${me.login}`)
    expect((await one<{ seed: string }>(sql`SELECT seed FROM auth.second_factor WHERE account_id = ${me.account}`)).seed).not.toContain(secret)
    const before = await sessions()
    const first = await signIn(me.login)
    expect([first.status, Object.keys(first.body), first.headers['set-cookie'], await sessions()]).toEqual([200, ['ticket'], undefined, before])
    expect((await visitor(api.app, first.body.ticket).get('/session')).status).toBe(401)
    const code = codeOf(secret)
    const second = await api.nobody.post('/session/second-factor', { ticket: first.body.ticket, code })
    expect([second.status, second.body.login, second.body.secondFactor]).toEqual([200, me.login, true])
    expect((await seat(second).get('/session')).status).toBe(200)
    // Neither the ticket nor the code works again.
    expect((await api.nobody.post('/session/second-factor', { ticket: first.body.ticket, code: codeOf(secret, 1) })).status).toBe(401)
    const again = await signIn(me.login)
    expect((await api.nobody.post('/session/second-factor', { ticket: again.body.ticket, code })).status).toBe(401)
  })
  test('one of twenty at once is let in', async () => {
    const me = await someone()
    const { secret } = await enrol(seat(await signIn(me.login)))
    await run(sql`UPDATE auth.policy SET failures = 10, address_burst = 1000`)
    const tickets: string[] = []
    for (let i = 0; i < 20; i++) tickets.push((await signIn(me.login)).body.ticket)
    await run(sql`UPDATE auth.account SET failures = 0, locked_until = NULL WHERE id = ${me.account}`)
    const code = codeOf(secret)
    const answers = await Promise.all(tickets.map((ticket) => api.nobody.post('/session/second-factor', { ticket, code })))
    await run(sql`UPDATE auth.policy SET failures = 5, address_burst = 100`)
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array(19).fill(401)])
  })
  test.each([[-2, 401], [-1, 401], [0, 200], [1, 200], [2, 401]])('a code %i steps away → %i', async (steps, status) => {
    const me = await someone()
    // Confirmed with the step before: that one is used up.
    const { secret } = await enrol(seat(await signIn(me.login)))
    const { ticket } = (await signIn(me.login)).body
    expect((await api.nobody.post('/session/second-factor', { ticket, code: codeOf(secret, steps) })).status).toBe(status)
  })
  test('wrong codes lock like wrong passwords, and a right password between them buys none', async () => {
    const me = await someone()
    const { secret } = await enrol(seat(await signIn(me.login)))
    for (let i = 0; i < 5; i++) {
      const { ticket } = (await signIn(me.login)).body
      expect((await api.nobody.post('/session/second-factor', { ticket, code: '000000' })).status).toBe(401)
    }
    expect((await signIn(me.login)).status).toBe(401)
    await run(sql`UPDATE auth.account SET failures = 0, locked_until = NULL WHERE id = ${me.account}`)
    expect((await api.nobody.post('/session/second-factor', { ticket: (await signIn(me.login)).body.ticket, code: codeOf(secret) })).status).toBe(200)
  })
  describe('codes guessed over days', () => {
    /** Somebody enrolled, whose lock has ended and whose failures are long ago, again and again. */
    const patient = async () => {
      const me = await someone()
      const { secret, codes } = await enrol(seat(await signIn(me.login)))
      const laterOn = () => run(sql`UPDATE auth.account SET failures = 0, failing_since = NULL, locked_until = NULL WHERE id = ${me.account}`)
      const beside = async (code: string) => {
        await laterOn()
        return api.nobody.post('/session/second-factor', { ticket: (await signIn(me.login)).body.ticket, code })
      }
      const alone = async (code: string) => {
        await laterOn()
        return api.nobody.post('/session/recover', { login: me.login, code, next: `Quiet-harbour-${++n}-tram` })
      }
      const waits = async () => (await one<{ beside: number | null; alone: number | null }>(sql`
        SELECT round(extract(epoch FROM wait_beside - now()) / 60)::int AS beside, round(extract(epoch FROM wait_alone - now()) / 60)::int AS alone FROM auth.second_factor WHERE account_id = ${me.account}`))
      const over = () => run(sql`UPDATE auth.second_factor SET wait_beside = now(), wait_alone = now() WHERE account_id = ${me.account}`)
      return { secret, codes, beside, alone, waits, over, me }
    }
    test('wait longer after each, however slowly they come; the right one is not looked at meanwhile; a recovery code is', async () => {
      const { secret, codes, beside, waits, over } = await patient()
      const wrong = codeOf(secret, 500)
      for (let i = 0; i < 10; i++) expect((await beside(wrong)).status).toBe(401)
      expect((await waits()).beside).toBe(15)
      const refused = await beside(codeOf(secret))
      expect([refused.status, refused.body.message]).toEqual([401, expect.stringMatching(/请等 15 分钟后再试；现在可以用恢复码/)])
      // What waits is not counted: nobody lengthens it by asking again.
      for (const minutes of [30, 60, 120]) {
        await over()
        await beside(wrong)
        expect((await waits()).beside).toBe(minutes)
      }
      await run(sql`UPDATE auth.second_factor SET wrong_beside = 400`)
      await over()
      await beside(wrong)
      expect((await waits()).beside).toBe(24 * 60)
      expect((await beside(codes[0]!)).status).toBe(200)
      expect(await waits()).toEqual({ beside: null, alone: null })
      expect((await beside(codeOf(secret))).status).toBe(200)
    })
    test('alone they are counted apart: a stranger keeps nobody out, and nothing tells them', async () => {
      const { secret, codes, beside, alone, waits, over } = await patient()
      const first = await alone(codeOf(secret, 500))
      for (let i = 1; i < 10; i++) await alone(codeOf(secret, 500))
      expect(await waits()).toEqual({ beside: null, alone: 15 })
      const refused = await alone(codeOf(secret))
      expect([refused.status, refused.text]).toEqual([401, first.text])
      expect((await beside(codeOf(secret))).status).toBe(200)
      // A sign-in by its owner buys the stranger no new tries.
      expect((await waits()).alone).toBe(15)
      await over()
      expect((await alone(codeOf(secret, 1))).status).toBe(200)
      expect((await alone(codes[0]!)).status).toBe(200)
    })
    test('of nine at once one is looked at, the others wait', async () => {
      const { secret, me } = await patient()
      await run(sql`UPDATE auth.policy SET failures = 10, address_burst = 1000`)
      await run(sql`UPDATE auth.second_factor SET wrong_alone = 9 WHERE account_id = ${me.account}`)
      const answers = await Promise.all(Array.from({ length: 9 }, (_, i) => api.nobody.post('/session/recover', { login: me.login, code: i ? codeOf(secret, 400 + i) : codeOf(secret, 500), next: 'Quiet-harbour-7-tram' })))
      await run(sql`UPDATE auth.policy SET failures = 5, address_burst = 100`)
      expect(answers.map((a) => a.status)).toEqual(Array(9).fill(401))
      expect((await one<{ n: number }>(sql`SELECT wrong_alone AS n FROM auth.second_factor WHERE account_id = ${me.account}`)).n).toBe(10)
    })
  })
  test('ten recovery codes, each once; new ones end the old', async () => {
    const me = await someone()
    const session = seat(await signIn(me.login))
    const { codes } = await enrol(session)
    expect([codes.length, new Set(codes).size]).toEqual([10, 10])
    const stored = await rows<{ h: string }>(sql`SELECT code_hash AS h FROM auth.recovery_code WHERE account_id = ${me.account}`)
    for (const code of codes) expect(JSON.stringify(stored)).not.toContain(code.replace('-', ''))
    const enter = async (code: string) => (await api.nobody.post('/session/second-factor', { ticket: (await signIn(me.login)).body.ticket, code })).status
    expect(await enter(codes[0]!.toLowerCase())).toBe(200)
    expect(await enter(codes[0]!)).toBe(401)
    const renewed = (await session.post('/account/recovery-codes')).body.recoveryCodes as string[]
    expect(await enter(codes[1]!)).toBe(401)
    expect(await enter(renewed[0]!)).toBe(200)
    expect((await session.get('/account')).body.secondFactor.recoveryCodes).toBe(9)
  })
  test.each(['system_administrator', 'security_administrator', 'audit_administrator', 'city_reviewer'] as const)('%s reaches only the enrolment until enrolled', async (role) => {
    const me = await someone(role, city.city)
    const entered = await signIn(me.login)
    expect(entered.body.gate).toBe('second-factor')
    const session = seat(entered)
    for (const path of ['/organizations', '/people', '/account', '/policy', '/regions']) expect((await session.get(path)).body.code).toBe('second_factor_required')
    expect((await session.post('/session/password', { current: PASSWORD, next: 'Quiet-harbour-7-tram' })).body.code).toBe('second_factor_required')
    await enrol(session)
    expect((await session.get('/session')).body.gate).toBeNull()
    if (role !== 'audit_administrator') expect((await session.get('/people')).status).toBe(200)
    // It cannot be given up, and a new telephone replaces the old one.
    expect((await session.post('/account/second-factor/remove')).status).toBe(422)
    await enrol(session)
  })
  test('where it is only offered it can be tried and given up; enrolled, it is asked for', async () => {
    const open = await testApi(database, domains, { secondFactor: 'offered' })
    const me = await someone('city_reviewer', city.city)
    const entered = await open.nobody.post('/session/sign-in', { login: me.login, password: PASSWORD })
    expect(entered.body.gate).toBeNull()
    const session = visitor(open.app, tokenFrom(entered.headers))
    expect((await session.get('/people')).status).toBe(200)
    await enrol(session)
    expect((await open.nobody.post('/session/sign-in', { login: me.login, password: PASSWORD })).body.ticket).toBeTypeOf('string')
    expect((await session.post('/account/second-factor/remove')).status).toBe(200)
    expect((await open.nobody.post('/session/sign-in', { login: me.login, password: PASSWORD })).body.login).toBe(me.login)
  })
  test('a lost telephone: whoever keeps people takes it away, within their own reach only', async () => {
    const me = await someone()
    await enrol(seat(await signIn(me.login)))
    const reset = async (actor: Promise<any>, how = {}) => (await (await api.as(await actor, how)).post(`/people/${me.person}/reset-second-factor`, { id: me.person, reason: '手机遗失' })).status
    expect(await reset(city.actorAt(city.wanzhou, 'district_reviewer'))).toBe(404)
    expect(await reset(city.actorAt(city.school, 'responsible'))).toBe(403)
    expect(await reset(city.actorAt(city.education, 'district_reviewer'), { stale: true })).toBe(403)
    expect(await reset(city.actorAt(city.education, 'district_reviewer'))).toBe(200)
    expect((await signIn(me.login)).body.login).toBe(me.login)
  })
})

describe('a forgotten password', () => {
  test.each(['code', 'recovery code'])('is set anew by a %s', async (by) => {
    const me = await someone()
    const { secret, codes } = await enrol(seat(await signIn(me.login)))
    const code = by === 'code' ? codeOf(secret) : codes[3]!
    const next = 'Quiet-harbour-7-tram'
    expect((await api.nobody.post('/session/recover', { login: me.login, code: '123456', next })).status).toBe(401)
    // What is refused for the new password does not use the code up.
    expect((await api.nobody.post('/session/recover', { login: me.login, code, next: `Xx1-${me.login}` })).status).toBe(400)
    expect((await api.nobody.post('/session/recover', { login: me.login, code, next })).status).toBe(200)
    expect((await api.nobody.post('/session/recover', { login: me.login, code, next: 'Quiet-harbour-8-tram' })).status).toBe(401)
    expect([(await signIn(me.login)).status, (await signIn(me.login, next)).status]).toEqual([401, 200])
  })
  test('whoever has none, is unknown or suspended gets the answer of who is wrong', async () => {
    const [me, other, gone] = [await someone(), await someone(), await someone()]
    const { secret } = await enrol(seat(await signIn(gone.login)))
    await enrol(seat(await signIn(me.login)))
    await run(sql`UPDATE auth.account SET status = 'suspended' WHERE id = ${gone.account}`)
    const ask = (login: string, code: string) => api.nobody.post('/session/recover', { login, code, next: 'Quiet-harbour-7-tram' })
    const answers = [await ask(me.login, '000000'), await ask(other.login, '000000'), await ask('absent', '000000'), await ask(gone.login, codeOf(secret))]
    for (const a of answers) expect([a.status, a.text]).toEqual([401, answers[0]!.text])
  })
})

describe('step-up (C10)', () => {
  const CRITICAL = ['access.export', 'account.begin-second-factor', 'account.confirm-second-factor', 'account.link-single-sign-on', 'account.personal-data', 'account.remove-second-factor', 'account.renew-recovery-codes', 'account.unlink-single-sign-on',
    'person.correct', 'person.create', 'person.erase', 'person.link-identity', 'person.reset-password', 'person.reset-second-factor', 'person.set-status', 'policy.update', 'post.appoint', 'post.end']
  test('what changes who may do what is critical', async () => {
    const own = Object.values(await import('../../kernel/authority/session.contract.ts')).filter((o): o is any => typeof o === 'object' && 'id' in o)
    const marked = [...own, ...domains.flatMap((d) => d.handlers.map((h) => h.operation))].filter((o) => o.stepUp).map((o) => o.id as string)
    expect(marked).toEqual(expect.arrayContaining(CRITICAL))
  })
  test('an old session is asked again, a proved one goes on; its token is a new one', async () => {
    const me = await someone('district_reviewer', city.yuzhong)
    const pupil = await someone()
    const session = seat(await signIn(me.login))
    const act = (who: Visitor) => who.post(`/people/${pupil.person}/reset-password`, { id: pupil.person, reason: '忘记密码' })
    expect((await act(session)).status).toBe(200)
    await run(sql`UPDATE auth.session SET proved_at = now() - interval '5 minutes 1 second' WHERE account_id = ${me.account}`)
    forgetSessions()
    expect([(await act(session)).status, (await act(session)).body.code]).toEqual([403, 'reauth_required'])
    expect((await session.get('/people')).status).toBe(200)
    expect((await session.post('/session/prove', { password: 'wrong' })).body.fields[0].path).toBe('password')
    expect((await session.post('/session/prove', { code: '123456' })).status).toBe(422)
    const proved = await session.post('/session/prove', { password: PASSWORD })
    expect(tokenFrom(proved.headers)).not.toBe(session.token)
    expect((await act(seat(proved))).status).toBe(200)
    forgetSessions()
    expect((await session.get('/session')).status).toBe(401)
  })
  test('enrolled, the code is asked for and the password is not enough', async () => {
    const me = await someone()
    const session = seat(await signIn(me.login))
    const { secret } = await enrol(session)
    expect((await session.post('/session/prove', { password: PASSWORD })).status).toBe(422)
    expect((await session.post('/session/prove', { code: codeOf(secret) })).status).toBe(200)
  })
  test('an actor of a test is fresh, and stale when wanted', async () => {
    const actor = await city.actorAt(city.city, 'security_administrator')
    const { policy } = (await (await api.as(actor)).get('/policy')).body
    expect((await (await api.as(actor, { stale: true })).post('/policy', { ...policy, reason: '试一试' })).body.code).toBe('reauth_required')
    expect((await (await api.as(actor, { weak: true })).get('/policy')).body.code).toBe('second_factor_required')
  })
})

describe('sessions (C12–C16)', () => {
  test('the token is new at every sign-in, a planted one is nothing, and none is stored', async () => {
    const me = await someone()
    const planted = await signIn(me.login, PASSWORD, { cookie: 'gongxie=planted-by-another' })
    const again = await signIn(me.login, PASSWORD, { cookie: `gongxie=${tokenFrom(planted.headers)}` })
    const tokens = [tokenFrom(planted.headers), tokenFrom(again.headers)]
    expect([tokens.includes('planted-by-another'), tokens[0] === tokens[1], Buffer.from(tokens[0]!, 'base64url').length]).toEqual([false, false, 32])
    const dump = JSON.stringify(await rows(sql`SELECT * FROM auth.session`))
    for (const token of tokens) expect(dump).not.toContain(token)
  })
  test.each([['idle 29:50', sql`last_seen_at = now() - interval '29 minutes 50 seconds'`, 200], ['idle 30:01', sql`last_seen_at = now() - interval '30 minutes 1 second'`, 401], ['twelve hours and a second', sql`expires_at = now() - interval '1 second'`, 401]])('%s', async (_what, clock, status) => {
    const me = await someone()
    const session = seat(await signIn(me.login))
    await run(sql`UPDATE auth.session SET ${clock} WHERE account_id = ${me.account}`)
    forgetSessions()
    expect((await session.get('/session')).status).toBe(status)
    expect((await one<{ h: number }>(sql`SELECT extract(epoch FROM max(expires_at - created_at))::int / 3600 AS h FROM auth.session`)).h).toBeLessThanOrEqual(12)
  })
  test('the fourth puts the first out', async () => {
    const me = await someone()
    const four: Visitor[] = []
    for (let i = 0; i < 4; i++) four.push(seat(await signIn(me.login)))
    expect(await Promise.all(four.map(async (s) => (await s.get('/session')).status))).toEqual([401, 200, 200, 200])
    expect((await rows<{ kind: string }>(sql`SELECT kind FROM auth.event WHERE account_id = ${me.account}`)).filter((e) => e.kind === 'session-displaced')).toHaveLength(1)
    await Promise.all(Array.from({ length: 8 }, () => signIn(me.login)))
    expect((await one<{ n: number }>(sql`SELECT count(*) AS n FROM auth.session WHERE account_id = ${me.account}`)).n).toBe(3)
  })
  test('one sees and ends one’s own, not another’s', async () => {
    const [me, other] = [await someone(), await someone()]
    const [here, there] = [seat(await signIn(me.login)), seat(await signIn(me.login))]
    const foreign = seat(await signIn(other.login))
    const mine = (await here.get('/account')).body.sessions as { id: number; here: boolean; address: string }[]
    expect(mine.map((s) => [s.here, s.address])).toEqual([[false, '127.0.0.1'], [true, '127.0.0.1']])
    const theirs = (await foreign.get('/account')).body.sessions[0].id
    expect((await here.post(`/account/sessions/${theirs}/end`)).status).toBe(404)
    expect((await foreign.get('/session')).status).toBe(200)
    expect((await here.post(`/account/sessions/${mine[0]!.id}/end`)).status).toBe(200)
    expect((await there.get('/session')).status).toBe(401)
    await signIn(me.login)
    expect((await here.post('/account/sessions/end-others')).body.ended).toBe(1)
  })
  test('whoever signs in sees when and where they did before, and how often somebody failed since', async () => {
    const me = await someone()
    expect((await signIn(me.login)).body.lastSignIn).toBeNull()
    await signIn(me.login, 'wrong')
    await signIn(me.login, 'wrong')
    expect((await signIn(me.login)).body.lastSignIn).toMatchObject({ address: '127.0.0.1', failuresSince: 2 })
  })
  test.each([['suspended', (a: any) => sql`UPDATE auth.account SET status = 'suspended' WHERE id = ${a.account}`], ['ended post', (a: any) => sql`UPDATE auth.post SET valid_to = app.today() - 1 WHERE id = ${a.post}`]])('%s: over within a second in every process', async (_what, end) => {
    const me = await someone()
    const entered = await signIn(me.login)
    const token = tokenFrom(entered.headers)
    // Another process: its own connections, its own memory of sessions.
    const elsewhere = openDatabase(connection, { app: 1, system: 2 })
    const works = async (d: typeof db) => !!(await readSession(d, token))?.actor
    try {
      // In use the whole time, as a page is that asks again and again.
      for (let i = 0; i < 5; i++) expect([await works(db), await works(elsewhere)]).toEqual([true, true])
      await run(end(me))
      const at = Date.now()
      const over = [0, 0]
      while (over.includes(0) && Date.now() - at < 3000) {
        for (const [i, d] of [db, elsewhere].entries()) if (!over[i] && !(await works(d))) over[i] = Date.now() - at
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      for (const took of over) expect(took).toBeGreaterThan(0)
      for (const took of over) expect(took).toBeLessThan(1000)
    } finally {
      await elsewhere.close()
    }
  })
  test('cookies', async () => {
    const me = await someone()
    const plain = String((await signIn(me.login)).headers['set-cookie'])
    expect(plain).toMatch(/^gongxie=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    const behind = await testApi(database, domains, { trustedProxies: ['127.0.0.1'] })
    const secure = String((await behind.nobody.post('/session/sign-in', { login: me.login, password: PASSWORD }, { 'x-forwarded-proto': 'https' })).headers['set-cookie'])
    expect(secure).toMatch(/^__Host-gongxie=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    // Said by nobody who is trusted, it means nothing.
    expect(String((await signIn(me.login, PASSWORD, { 'x-forwarded-proto': 'https' })).headers['set-cookie'])).toMatch(/^gongxie=/)
  })
})

describe('where a request comes from (C19)', () => {
  const events = () => rows<{ address: string }>(sql`SELECT address FROM auth.event ORDER BY id DESC LIMIT 1`)
  test('a forwarded header of a stranger changes neither the recorded address nor the bucket', async () => {
    for (let i = 0; i < 3; i++) await signIn('absent', 'wrong', { 'x-forwarded-for': `10.0.0.${i}`, 'x-real-ip': `10.0.0.${i}`, forwarded: `for=10.0.0.${i}` })
    expect((await events())[0]!.address).toBe('127.0.0.1')
    expect((await rows<{ key: string }>(sql`SELECT key FROM auth.throttle`)).map((r) => r.key)).toEqual(['sign-in 127.0.0.1'])
  })
  test('behind a trusted proxy the nearest address that is none is the visitor’s, whatever stands before it', async () => {
    const behind = await testApi(database, domains, { trustedProxies: ['127.0.0.1', '10.1.0.0/16'] })
    await behind.nobody.post('/session/sign-in', { login: 'absent', password: 'wrong' }, { 'x-forwarded-for': '1.2.3.4, 203.0.113.9, 10.1.2.3' })
    expect((await events())[0]!.address).toBe('203.0.113.9')
    // The page's own origin is what the proxy says.
    expect((await behind.nobody.post('/session/sign-in', { login: 'absent', password: 'wrong' }, { 'x-forwarded-host': 'gongxie.example', origin: 'https://gongxie.example' })).status).toBe(401)
    expect((await signIn('absent', 'wrong', { 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' })).status).toBe(403)
  })
})

test('nothing that signs in is believed from another page (C17)', async () => {
  for (const path of ['sign-in', 'second-factor', 'recover', 'single-sign-on', 'single-sign-on/return', 'welcome'])
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) expect((await api.nobody.post(`/session/${path}`, {}, headers as never)).status).toBe(403)
  const me = await someone()
  const session = seat(await signIn(me.login))
  const bare = await api.app.inject({ method: 'POST', url: '/api/session/prove', payload: { password: PASSWORD }, headers: { cookie: session.cookie } })
  expect([bare.statusCode, bare.json().code]).toEqual([403, 'stale_page'])
  expect((await api.app.inject({ method: 'POST', url: '/api/session/sign-out', payload: 'a=b', headers: { cookie: session.cookie, 'x-gongxie-token': csrfToken(session.token), 'content-type': 'application/x-www-form-urlencoded' } })).statusCode).toBe(415)
})

describe('the policy', () => {
  const change = async (patch: object, role: Role = 'security_administrator', at = city.city) => {
    const who = await api.as(await city.actorAt(at, role))
    const { policy } = (await (await api.as(await city.actorAt(city.city, 'security_administrator'))).get('/policy')).body
    return who.post('/policy', { ...policy, ...patch, reason: '按测评意见调整' })
  }
  test('is read and changed by who decides about security at the root, and by nobody else', async () => {
    for (const role of ['city_reviewer', 'system_administrator', 'audit_administrator', 'leader'] as const) {
      expect((await (await api.as(await city.actorAt(city.city, role))).get('/policy')).status).toBe(403)
      expect((await change({ idleMinutes: 10 }, role)).status).toBe(403)
    }
    expect((await change({ idleMinutes: 10 }, 'security_administrator', city.yuzhong)).status).toBe(403)
    expect((await change({ idleMinutes: 10 })).body.policy.idleMinutes).toBe(10)
    const { history } = (await (await api.as(await city.actorAt(city.city, 'security_administrator'))).get('/policy')).body
    expect(history[0]).toMatchObject({ reason: '按测评意见调整', changes: [{ label: '无操作自动退出', before: '30', after: '10' }] })
    expect((await change({ version: 1, idleMinutes: 11 })).status).toBe(409)
  })
  test.each([['shorter than the profile', { passwordLength: 11 }, 'passwordLength'], ['two classes', { passwordClasses: 2 }, 'passwordClasses'], ['never changed', { passwordDays: 0 }, 'passwordDays'], ['longer sessions', { absoluteHours: 24 }, 'absoluteHours'],
    ['administrators without', { secondFactorRoles: ['city_reviewer'] }, 'secondFactorRoles'], ['a short one of the other profile', { profile: 'NIST', passwordLength: 12 }, 'passwordLength']])('%s is refused', async (_what, patch, field) => {
    const answer = await change(patch)
    expect([answer.status, answer.body.fields.map((f: any) => f.path)]).toEqual([400, expect.arrayContaining([field])])
  })
  test('not even by SQL', async () => {
    await expect(run(sql`UPDATE auth.policy SET password_length = 8`)).rejects.toThrow(/policy_profile/)
    await expect(run(sql`UPDATE auth.policy SET second_factor_roles = '{}'`)).rejects.toThrow(/policy_administrators/)
    await expect(run(sql`DELETE FROM auth.policy`)).rejects.toThrow()
  })
  test('the other profile asks for length and nothing else', async () => {
    expect((await change({ profile: 'NIST', passwordLength: 15, passwordClasses: 1, passwordDays: 0, passwordHistory: 0 })).status).toBe(200)
    const me = await someone()
    await run(sql`UPDATE auth.account SET password_changed_at = now() - interval '3 years' WHERE id = ${me.account}`)
    const session = seat(await signIn(me.login))
    expect((await session.get('/session')).body.gate).toBeNull()
    expect((await session.post('/session/password', { current: PASSWORD, next: 'lantern river copper' })).status).toBe(200)
    expect((await api.nobody.get('/session/entrance')).body.password).toEqual({ length: 15, classes: 1 })
    expect((await change({ profile: 'GB-L3', passwordLength: 12, passwordClasses: 3, passwordDays: 90, passwordHistory: 5 })).status).toBe(200)
  })
})

test('whoever keeps people says who somebody is elsewhere, within their own reach', async () => {
  const me = await someone()
  const link = async (actor: Promise<any>, subject: string) => (await (await api.as(await actor)).post(`/people/${me.person}/link-identity`, { issuer: 'https://sso.example', subject, reason: '统一身份认证上线' }))
  expect((await link(city.actorAt(city.wanzhou, 'district_reviewer'), 'a')).status).toBe(404)
  expect((await link(city.actorAt(city.school, 'filler'), 'a')).status).toBe(403)
  expect((await link(city.actorAt(city.education, 'district_reviewer'), 'a')).status).toBe(200)
  expect((await link(city.actorAt(city.education, 'district_reviewer'), 'a')).status).toBe(409)
  const session = seat(await signIn(me.login))
  const { identities, events } = (await session.get('/account')).body
  expect([identities.length, events.map((e: any) => e.kind)]).toEqual([1, ['signed-in', 'single-sign-on-linked']])
  expect((await session.post(`/account/single-sign-on/${identities[0].id}/unlink`)).status).toBe(200)
  expect((await session.post(`/account/single-sign-on/${identities[0].id}/unlink`)).status).toBe(404)
})
