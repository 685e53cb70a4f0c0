/** What somebody with few rights tried in order to get more, to learn what is hidden, or to be left signed in: each once worked. */
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { digest, forgetSessions } from '../../kernel/authority/session.procedures.ts'
import { openLimits } from '../../kernel/server/limits.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const system = <T = any>(query: ReturnType<typeof sql<T>>) => db.asSystem('test', (trx) => trx.rows<T>(query))
const reviewer = await city.actorAt(city.yuzhong, 'district_reviewer')
const district = await api.as(reviewer)
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
const sysadmin = await api.as(await city.actorAt(city.city, 'system_administrator'))
const reason = '忘记密码'

let n = 0
/** A clerk of the school, seen by the district, with an account that nobody has signed in with. */
async function clerk(): Promise<{ id: number; post: number }> {
  const [row] = await system<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) SELECT ${`文员${++n}`}, org_path FROM org.organization WHERE id = ${city.school} RETURNING id`)
  await system(sql`INSERT INTO auth.account (person_id, login) VALUES (${row!.id}, ${`wen.yuan.${n}`})`)
  return { id: row!.id, post: await city.postFor(row!.id, city.school, 'filler') }
}
async function granted(post: number, place: number, role: string | null, permissions: string[]): Promise<void> {
  await db.asSystem('test', async (trx) => {
    const e = (await trx.one<{ id: number }>(sql`INSERT INTO auth.entitlement (post_id, organization_id, org_path, role, permissions, valid_to, reason) SELECT ${post}, id, org_path, ${role}, ${permissions}::text[], '2099-01-01', '另授' FROM org.organization WHERE id = ${place} RETURNING id`))!
    await seal(trx, 'entitlement', [e.id])
  })
}

describe('whoever lets somebody in could be that somebody', () => {
  /** What the clerk is besides, out of the district's sight or above it. */
  const MORE: [string, (who: { id: number; post: number }) => Promise<unknown>][] = [
    ['a post at the city', (w) => city.postFor(w.id, city.city, 'city_reviewer')],
    ['a post at the city from tomorrow on', (w) => city.postFor(w.id, city.city, 'city_reviewer').then((id) => db.asSystem('test', async (trx) => {
      await trx.run(sql`UPDATE auth.post SET valid_from = app.today() + 1 WHERE id = ${id}`)
      await seal(trx, 'post', [id])
    }))],
    ['the city’s deputy', async (w) => {
      const { postId } = await city.actorAt(city.city, 'city_reviewer')
      await db.asSystem('test', async (trx) => {
        const d = (await trx.one<{ id: number }>(sql`INSERT INTO auth.post (person_id, organization_id, role, valid_from, valid_to, org_path, deputy_of) VALUES (${w.id}, ${city.city}, 'city_reviewer', '2020-01-01', '2099-01-01', '1.', ${postId}) RETURNING id`))!
        await seal(trx, 'post', [d.id])
      })
    }],
    ['a post in another district', (w) => city.postFor(w.id, city.wanzhou, 'filler')],
    ['granted another district', (w) => granted(w.post, city.wanzhou, 'filler', [])],
    ['granted a higher role at home', (w) => granted(w.post, city.yuzhong, 'city_reviewer', [])],
    ['granted a higher permission at home', (w) => granted(w.post, city.school, null, ['report.lock'])],
  ]
  test.each(MORE)('%s: not the district', async (_what, more) => {
    const who = await clerk()
    expect((await district.get('/people', { q: `文员${n}` })).body.people).toHaveLength(1)
    await more(who)
    const before = await system(sql`SELECT password_hash, status, (SELECT count(*) FROM auth.identity i WHERE i.account_id = a.id) AS identities FROM auth.account a WHERE person_id = ${who.id}`)
    for (const [url, body] of [['reset-password', { reason }], ['reset-second-factor', { reason }], ['link-identity', { reason, issuer: 'https://sso.example.gov.cn', subject: `sub-${n}` }], ['status', { reason, status: 'suspended' }]] as const) {
      const answer = await district.post(`/people/${who.id}/${url}`, body)
      expect([url, answer.status, answer.body.code]).toEqual([url, 422, 'refused'])
    }
    const codes = await district.post('/people/first-codes', { organizationId: city.school, reason: '发放' })
    expect(JSON.stringify(codes.body)).not.toContain(`wen.yuan.${n}`)
    expect(await system(sql`SELECT password_hash, status, (SELECT count(*) FROM auth.identity i WHERE i.account_id = a.id) AS identities FROM auth.account a WHERE person_id = ${who.id}`)).toEqual(before)
    // The city looks after the whole of them.
    expect((await sysadmin.post(`/people/${who.id}/reset-password`, { reason })).status).toBe(200)
  })
  test('who is the district’s alone is the district’s', async () => {
    const who = await clerk()
    await granted(who.post, city.hospital, 'responsible', [])
    expect((await district.post(`/people/${who.id}/reset-password`, { reason })).status).toBe(200)
    const plain = await clerk()
    expect((await district.post('/people/first-codes', { organizationId: city.school, reason: '发放' })).body.codes.map((c: { login: string }) => c.login)).toEqual([`wen.yuan.${n}`])
    expect((await district.post(`/people/${plain.id}/status`, { reason, status: 'suspended' })).status).toBe(200)
  })
  test('nor in SQL as the app', async () => {
    const who = await clerk()
    await city.postFor(who.id, city.city, 'leader')
    for (const statement of [sql`SELECT auth.change_account(${who.id}, 'x', NULL)`, sql`SELECT auth.drop_second_factor(${who.id})`, sql`SELECT auth.link_identity(${who.id}, 'https://sso.example.gov.cn', 'me')`])
      await expect(db.asActor(reviewer, { operation: 'test' }, (trx) => trx.run(statement))).rejects.toMatchObject({ code: '42501' })
  })
})

describe('what is shown once', () => {
  const kept = () => system<{ response: string }>(sql`SELECT response FROM app.idempotency`)
  test('is not kept for a repetition: passwords, codes, numbers', async () => {
    const who = await clerk()
    await system(sql`UPDATE org.organization SET contact_phone = '13987650001' WHERE id = ${city.school}`)
    const asks: [string, object, (body: any) => string][] = [
      [`/people/${who.id}/reset-password`, { reason }, (b) => b.password],
      ['/people', { name: '来人甲', login: 'lai.ren.jia', organizationId: city.school, role: 'filler', reason: '任命' }, (b) => b.password],
      ['/people/first-codes', { organizationId: city.school, reason: '发放' }, (b) => b.codes[0].code],
      ['/reveal', { entity: 'org.organization', id: city.school, field: 'contactPhone', reason: '电话催报' }, (b) => b.value],
    ]
    for (const [url, body, secret] of asks) {
      const answer = await district.post(url, body, { 'idempotency-key': `once-${url}` })
      expect([url, answer.status], answer.text).toEqual([url, 200])
      expect(secret(answer.body)).toMatch(/.{8}/)
      expect(JSON.stringify(await kept())).not.toContain(secret(answer.body))
    }
  })
  test('a number that is looked at again is a second look', async () => {
    const looks = () => system(sql`SELECT id FROM auth.reveal WHERE record_id = ${city.school}`).then((r) => r.length)
    const before = await looks()
    for (let i = 0; i < 2; i++) await district.post('/reveal', { entity: 'org.organization', id: city.school, field: 'contactPhone', reason: '核实' }, { 'idempotency-key': 'again' })
    expect(await looks()).toBe(before + 2)
  })
  test('every operation that answers with a password or a code says so', () => {
    const secret = (o: { id: string; output: unknown }) => /"(password|code|codes|value|secret)":\{/.test(JSON.stringify(o.output, (_k, v: any) => (v?._zod?.def ? { ...v._zod.def.shape, element: v._zod.def.element } : v)))
    const answering = domains.flatMap((d) => d.handlers.map((h) => h.operation)).filter((o) => o.method === 'POST' && secret(o)).map((o) => [o.id, !!o.shownOnce])
    expect(answering.filter(([, once]) => once).length).toBeGreaterThan(2)
    // A setting's value and the code of an institution are no secrets.
    expect(answering.filter(([id, once]) => !once && !/^(setting|organization|target)\./.test(id as string))).toEqual([])
  })
  test('repetitions are forgotten after two days', async () => {
    await district.post('/views', { page: '/organizations', name: '一', query: {} }, { 'idempotency-key': 'new' })
    const owner = new pg.Client(database.connection)
    await owner.connect()
    await owner.query(`INSERT INTO app.idempotency (actor_id, operation, key, request_hash, status, response, at) VALUES (1, 'view.save', 'old', 'x', 200, '{}', now() - interval '49 hours')`)
    await owner.end()
    const limits = openLimits(db)
    afterAll(() => limits.close())
    await limits.settle()
    expect((await system<{ key: string }>(sql`SELECT key FROM app.idempotency WHERE key IN ('old', 'new')`)).map((r) => r.key)).toEqual(['new'])
  })
})

describe('what is hidden is not found out by asking', () => {
  test('bulk edit does not tell whether a number is the one', async () => {
    for (const contactPhone of ['13987650001', '13987650002']) for (const [url, more] of [['preview', {}], ['apply', { expected: 1, reason: '更正' }]] as const) {
      const answer = await district.post(`/organizations/bulk/${url}`, { selection: { ids: [city.school] }, patch: { contactPhone }, ...more })
      expect([answer.status, answer.body.fields?.[0].path]).toEqual([400, 'patch.contactPhone'])
    }
  })
  test('the door does not tell where the provider of single sign-on lies', async () => {
    const closed = await testApi(database, domains, { singleSignOn: { issuer: 'http://127.0.0.1:9/', clientId: 'x', label: '统一认证' } })
    const answer = await closed.nobody.post('/session/single-sign-on', {})
    expect(answer.status).toBe(503)
    expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN|fetch/)
  })
})

describe('a district stays within its region', () => {
  const act = { effective: '2026-02-01', basis: '渝中委编〔2026〕7 号' }
  const elsewhere: [string, () => ReturnType<typeof district.post>, string][] = [
    ['found there', () => district.post('/organizations', { values: { name: '充数的', category: '01', regionId: city.regions.wanzhou, superiorId: city.yuzhong } }), '这个区划不在您的管理范围内'],
    ['correct one to there', async () => district.post(`/organizations/${city.hospital}`, { version: (await district.get(`/organizations/${city.hospital}`)).body.version, patch: { regionId: city.regions.wanzhou } }), '这个区划不在您的管理范围内'],
    ['move one there', () => district.post('/organization-changes', { change: { kind: 'move', ids: [city.primary], superiorId: city.yuzhong, regionId: city.regions.wanzhou, ...act } }), '这个区划不在您的管理范围内'],
    ['many at once', () => district.post('/organizations/bulk/apply', { selection: { ids: [city.school] }, patch: { regionId: city.regions.wanzhou }, expected: 1, reason: '更正' }), '这个区划不在您的管理范围内'],
    ['take its own office there', async () => district.post(`/organizations/${city.yuzhong}`, { version: (await district.get(`/organizations/${city.yuzhong}`)).body.version, patch: { regionId: city.regions.wanzhou } }), '您所在单位的区划、主管单位和存续由上级单位办理'],
  ]
  test.each(elsewhere)('%s: refused with a sentence', async (_what, attempt, sentence) => {
    const before = await system(sql`SELECT id, region_id FROM org.organization ORDER BY id`)
    const answer = await attempt()
    expect([answer.status, answer.body.message]).toEqual([422, expect.stringContaining(sentence)])
    expect(await system(sql`SELECT id, region_id FROM org.organization ORDER BY id`)).toEqual(before)
  })
  test('in a file as well, line by line', async () => {
    const checking = await testApi(database, domains, { jobs: true })
    const who = await checking.as(reviewer)
    const started = await who.upload('/imports/check', { name: '名录.csv', bytes: '机构名称,机构类型,区划,主管单位\n自己的,01,渝中区,渝中区机关事务管理服务中心\n别人的,01,万州区,渝中区机关事务管理服务中心\n' }, { target: 'institutions', mapping: { columns: { name: '机构名称', category: '机构类型', regionId: '区划', superiorId: '主管单位' } } })
    await expect.poll(async () => (await who.get(`/imports/${started.body.id}`)).body.state, { timeout: 20_000 }).toBe('checked')
    const { lines } = (await who.get(`/imports/${started.body.id}/lines`)).body
    expect(lines.map((l: any) => [l.outcome, l.findings?.map((f: any) => f.code)])).toEqual([['create', undefined], ['error', ['outside_scope']]])
  })
  test('what stays in it is as before, and the city goes everywhere', async () => {
    expect((await district.post('/organizations', { values: { name: '自己的', category: '01', regionId: city.regions.yuzhong, superiorId: city.education } })).status).toBe(200)
    expect((await district.post('/organization-changes', { change: { kind: 'move', ids: [city.primary], superiorId: city.yuzhong, ...act } })).status).toBe(200)
    expect((await town.post('/organizations', { values: { name: '市里的', category: '01', regionId: city.regions.wanzhou, superiorId: city.yuzhong } })).status).toBe(200)
  })
})

test('nobody sets their own target', async () => {
  const [target] = await system<{ id: number }>(sql`INSERT INTO energy.target (indicator, scope, region_id, base_year, target_year, reduction_percent, source) VALUES ('energyPerArea', 'region', ${city.regions.city}, 2024, 2029, 5, '市级') RETURNING id`)
  const answer = await district.post(`/energy/targets/${target!.id}/hand-down`, { to: 'regions', entries: [{ id: city.regions.yuzhong, reductionPercent: '-50' }], source: '自定' })
  expect([answer.status, answer.body.code]).toEqual([422, 'refused'])
  expect((await town.post(`/energy/targets/${target!.id}/hand-down`, { to: 'regions', entries: [{ id: city.regions.yuzhong, reductionPercent: '6' }], source: '市级分解' })).body).toEqual({ handedDown: 1 })
})
test('a choice is one of its words, not of every object’s', async () => {
  const { body } = await town.get('/settings')
  const choice = body.settings.find((s: { choices: object | null }) => s.choices)
  for (const value of ['toString', 'constructor', '__proto__']) expect((await town.post(`/settings/${choice.id}`, { version: choice.version, value, source: '来源', unsure: false, reason: '试验' })).status).toBe(400)
})
test('views are bounded, whatever pages they name', async () => {
  expect((await district.post('/views', { page: '/a', name: 'x', query: Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`k${i}`, 'v'])) })).status).toBe(400)
  await system(sql`INSERT INTO auth.saved_view (person_id, page, name, query) SELECT ${reviewer.personId}, '/p/' || i, 'x', '{}' FROM generate_series(1, 499) i`)
  expect((await district.post('/views', { page: '/fresh', name: 'x', query: {} })).status).toBe(422)
  // What is there can still be replaced.
  expect((await district.post('/views', { page: '/p/1', name: 'x', query: { q: '中学' } })).status).toBe(200)
})

describe('a page that is left open', () => {
  const seen = () => system<{ ago: number }>(sql`SELECT round(extract(epoch FROM now() - last_seen_at))::int AS ago FROM auth.session WHERE token_hash = ${digest(district.token)}`).then((r) => r[0]!.ago)
  const ask = (headers: Record<string, string>) => api.app.inject({ url: '/api/proposals/waiting', headers: { cookie: district.cookie, ...headers } }).then((a) => a.statusCode)
  test('keeps no session alive by what it asks by itself; a person does', async () => {
    await system(sql`UPDATE auth.session SET last_seen_at = now() - interval '29 minutes'`)
    forgetSessions()
    expect(await ask({ 'x-gongxie-unattended': '1' })).toBe(200)
    expect(await seen()).toBeGreaterThan(28 * 60)
    // Also right behind it, before what was just read is old.
    expect(await ask({})).toBe(200)
    await expect.poll(seen).toBeLessThan(60)
    await system(sql`UPDATE auth.session SET last_seen_at = now() - interval '31 minutes'`)
    forgetSessions()
    expect(await ask({ 'x-gongxie-unattended': '1' })).toBe(401)
  })
})

test('a whole network of IPv6 is one address at the door', async () => {
  const limits = openLimits(db, { read: { times: 9, seconds: 60 }, search: { times: 9, seconds: 60 }, write: { times: 9, seconds: 60 }, upload: { times: 9, seconds: 60 }, export: { times: 9, seconds: 60 }, 'sign-in': { times: 3, seconds: 600 }, anonymous: { times: 3, seconds: 600 } })
  afterAll(() => limits.close())
  const counted = await testApi(database, domains, { limits })
  const from = (remoteAddress: string, url: string) => counted.app.inject({ url, remoteAddress }).then((a) => a.statusCode)
  const codes: number[] = []
  for (let i = 1; i <= 4; i++) codes.push(await from(`2001:db8:1:2::${i}`, '/api/session'))
  expect(codes).toEqual([401, 401, 401, 429])
  expect(await from('2001:db8:1:3::1', '/api/session')).toBe(401)
})
