/** What the server refuses before any handler thinks about it, for every operation there is. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import * as sessionOps from '../../kernel/authority/session.contract.ts'
import { PERMISSIONS } from '../../kernel/authority/roles.rules.ts'
import type { Operation } from '../../kernel/contract/contract.rules.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const operations: Operation[] = [...Object.values(sessionOps).filter((o): o is any => typeof o === 'object' && 'id' in o && 'path' in o), ...domains.flatMap((d) => d.handlers.map((h) => h.operation))]
/** What is open to everybody, and nothing else (C01). */
const PUBLIC = ['session.entrance', 'session.recover', 'session.second-factor', 'session.sign-in', 'session.single-sign-on', 'session.single-sign-on-return', 'session.welcome']
const concrete = (o: Operation) => o.path.replace(/:(\w+)/g, '1')
const reviewer = await api.as(await city.actorAt(city.city, 'city_reviewer'))
const filler = await api.as(await city.actorAt(city.school, 'filler'))

test('every operation is named once, and asks for a permission that somebody has', () => {
  expect(new Set(operations.map((o) => o.id)).size).toBe(operations.length)
  expect(new Set(operations.map((o) => `${o.method} ${o.path.replace(/:\w+/g, ':')}`)).size).toBe(operations.length)
  for (const o of operations) expect(['public', 'signed-in', ...PERMISSIONS], o.id).toContain(o.access)
  expect(operations.filter((o) => o.access === 'public').map((o) => o.id).sort()).toEqual(PUBLIC)
})
test('OpenAPI describes each of them', async () => {
  const document = (await api.app.inject('/openapi.json')).json()
  expect(document.openapi).toBe('3.1.0')
  const described = Object.values(document.paths as Record<string, Record<string, any>>).flatMap((p) => Object.values(p))
  expect(described.map((d) => d.operationId).sort()).toEqual(operations.map((o) => o.id).sort())
  expect(described.filter((d) => d.security?.length === 0).map((d) => d.operationId).sort()).toEqual(PUBLIC)
  // No internal reference may dangle.
  for (const ref of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) expect(ref[1]!.split('/').reduce((at: any, step) => at?.[step], document), ref[1]).toBeDefined()
})

describe('without a session', () => {
  test.each(operations.filter((o) => o.access !== 'public').map((o) => [o.id, o] as const))('%s → 401', async (_id, o) => {
    const url = concrete(o)
    const answer = o.method === 'GET' ? await api.nobody.get(url) : o.upload ? await api.nobody.upload(url, { name: 'a.csv', bytes: 'a' }, {}) : await api.nobody.post(url)
    expect(answer.status).toBe(401)
    expect(answer.headers['content-type']).toMatch(/problem\+json/)
  })
})
describe('without the permission', () => {
  const leader = city.actorAt(city.city, 'leader').then((a) => api.as(a))
  test.each(operations.filter((o) => !['public', 'signed-in', 'organization.read', 'report.read', 'indicator.read', 'attachment.read'].includes(o.access)).map((o) => [o.id, o] as const))('%s → 403', async (_id, o) => {
    const who = await leader
    const url = concrete(o)
    expect((o.method === 'GET' ? await who.get(url) : o.upload ? await who.upload(url, { name: 'a.csv', bytes: 'a' }, {}) : await who.post(url)).status).toBe(403)
  })
})

describe('a POST', () => {
  const post = (headers: Record<string, string>, payload: string | undefined = '{}') => api.app.inject({ method: 'POST', url: '/api/views', payload, headers: { cookie: filler.cookie, ...headers } })
  const token = { 'x-gongxie-token': '' }
  test.each([
    ['no token', {}, 403], ['a wrong token', { 'x-gongxie-token': 'x'.repeat(43) }, 403],
    ['another site by its origin', { origin: 'https://evil.example' }, 403], ['an origin that is no address', { origin: 'nonsense' }, 403],
    ['the origin of a sandboxed frame', { origin: 'null' }, 403], ['another site by fetch metadata', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('with %s → %i', async (_what, headers, status) => {
    expect((await post({ 'content-type': 'application/json', ...token, ...headers })).statusCode).toBe(status)
  })
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'text/json'])('as %s → 415', async (type) => {
    const own = { 'x-gongxie-token': (await filler.get('/session')).body.token as string }
    expect((await post({ 'content-type': type, ...own }, type.startsWith('multipart') ? '--x\r\ncontent-disposition: form-data; name="page"\r\n\r\n/a\r\n--x--\r\n' : '{"page":"/a"}')).statusCode).toBe(415)
  })
  test.each([
    ['broken JSON', '{"page":'], ['nothing', ''], ['a list', '[1,2]'], ['a text', '"abc"'], ['a number', '1'], ['__proto__', '{"__proto__":{"page":"/a"},"page":"/a","name":"x","query":{}}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"x":1}},"page":"/a","name":"x","query":{}}'],
    ['deep nesting', `{"page":"/a","name":"x","query":${'{"a":'.repeat(60)}1${'}'.repeat(60)}}`],
    ['NUL', '{"page":"/a","name":"x\\u0000y","query":{}}'], ['NUL in a key', '{"page":"/a","name":"x","query":{"a\\u0000":"1"}}'],
    ['half a surrogate pair', '{"page":"/a","name":"x\\ud800","query":{}}'], ['an unknown field', '{"page":"/a","name":"x","query":{},"admin":true}'],
  ])('of %s → 400', async (_what, payload) => {
    const own = { 'x-gongxie-token': (await filler.get('/session')).body.token as string }
    const answer = await post({ 'content-type': 'application/json', ...own }, payload)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_input'])
  })
  test('upload: broken description, no file, no multipart', async () => {
    expect((await filler.upload('/imports/check', { name: 'a.csv', bytes: 'a' }, '{"target":')).status).toBe(400)
    expect((await filler.upload('/imports/check', { name: 'a.csv', bytes: 'a' }, '[]')).status).toBe(400)
    expect((await filler.upload('/imports/check', null, { target: 'energy', mapping: { columns: {} } })).status).toBe(400)
    expect((await filler.post('/imports/check', { target: 'energy' })).status).toBe(415)
    const big = await filler.upload('/imports/inspect', { name: 'big.csv', bytes: Buffer.alloc(9 * 1024 * 1024, 'a') }, { target: 'energy' })
    expect([big.status, big.body.code]).toEqual([413, 'too_large'])
    const { readdirSync } = await import('node:fs')
    expect(readdirSync(`${api.dataDir}/uploads`)).toEqual([])
  })
})

test('what is hidden is absent, byte for byte', async () => {
  const pairs: [string, string][] = [[`/organizations/${city.bureau}`, '/organizations/999999'], [`/organizations/${city.bureau}/history`, '/organizations/999999/history']]
  for (const [hidden, absent] of pairs) {
    const [a, b] = [await filler.get(hidden), await filler.get(absent)]
    expect([a.status, a.text]).toEqual([404, b.text])
  }
  const wanzhou = await api.as(await city.actorAt(city.wanzhou, 'district_reviewer'))
  const same = async (url: string, hidden: object, absent: object, status: number) => {
    const [a, b] = [await wanzhou.post(url, hidden), await wanzhou.post(url, absent)]
    expect([a.status, a.text], url).toEqual([status, b.text])
  }
  const fresh = { name: '新设机构', category: '01', regionId: city.regions.wanzhou }
  await same(`/organizations/${city.school}`, { version: 1, patch: { name: '改名' } }, { version: 1, patch: { name: '改名' } }, 404)
  await same('/organizations', { values: { ...fresh, superiorId: city.education } }, { values: { ...fresh, superiorId: 999_999 } }, 400)
  await same(`/organizations/${city.bureau}`, { version: 1, patch: { superiorId: city.education } }, { version: 1, patch: { superiorId: 999_999 } }, 400)
  const act = { effective: '2026-01-01', basis: '渝委编〔2026〕1 号' }
  await same('/organization-changes', { change: { kind: 'rename', id: city.school, name: '改名', ...act } }, { change: { kind: 'rename', id: 999_999, name: '改名', ...act } }, 404)
  const form = { form: 'energy.monthly', period: '2026-01', version: null, values: { water: '1' } }
  await same('/filings/save', { ...form, organizationId: city.school }, { ...form, organizationId: 999_999 }, 404)
})

test('no GET changes anything', async () => {
  // Sessions are touched, medians and the cube are caches that say nothing new; what was refused or taken away leaves its line.
  const tables = (await db.asSystem('test', (trx) => trx.rows<{ t: string }>(sql`
    SELECT schemaname || '.' || tablename AS t FROM pg_tables WHERE schemaname IN ('app', 'auth', 'org', 'audit', 'reports', 'imports', 'energy')
      AND schemaname || '.' || tablename NOT IN ('auth.session', 'reports.peer_median', 'energy.cube', 'energy.cube_dirty') AND tablename NOT LIKE 'entry%' UNION ALL SELECT 'audit.change'`))).map((r) => r.t).sort()
  const state = () => db.asSystem('test', async (trx) => {
    const found: Record<string, unknown> = {}
    for (const t of tables) found[t] = await trx.one(sql`SELECT count(*) AS n, coalesce(sum(hashtext(x::text)::bigint), 0)::text AS h FROM ${sql.table(t)} x`)
    return found
  })
  const before = await state()
  const inputs = { form: 'energy.monthly', period: '2026-01', organizationId: city.school, page: '/organizations', target: 'institutions', limit: 5, year: 2026, by: 'region' }
  for (const o of operations.filter((x) => x.method === 'GET')) {
    const known = Object.keys((z.toJSONSchema(o.input, { io: 'input', unrepresentable: 'any' }) as { properties?: object }).properties ?? {})
    await reviewer.get(concrete(o), Object.fromEntries(Object.entries(inputs).filter(([k]) => known.includes(k))))
  }
  expect(await state()).toEqual(before)
})

describe('garbage never makes the server fail', () => {
  const odd = fc.oneof(
    fc.constantFrom<unknown>('', ' ', '0', '-1', '1', '2147483648', '9007199254740993', '1e400', 'NaN', 'true', 'null', '[]', '{}', '{"name":["a"]}', '{"validTo":["2020-01-01","x"]}', '{"people":{"min":"99999999999"}}', '{"buildingArea":["1","2"]}',
      '{"__proto__":[1]}', '{"name":["\\u0000"]}', 'constructor', '__proto__', '-name', 'toString', '渝中', "'; DROP TABLE x; --", '%', '\\', '2026-13', '2026-01', '2025Q4', '2025', '0000-00-00', '2026-02-30', 'WyJhIiwxXQ', 'W251bGwsIDFd', 'energy.monthly', 'institutions', 'x'.repeat(5000), '\ud800', 'a\u0000b'),
    fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 12, unit: 'binary' }), fc.array(fc.integer({ min: -3, max: 9e15 }), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('id', 'name', 'kind', 'constructor', 'version', 'columns'), fc.oneof(fc.integer(), fc.string(), fc.constant(null)), { maxKeys: 3 }),
  )
  /** Mostly of the right shape, so that the handlers are reached, with something odd in one place. */
  function like(schema: any, root: any): fc.Arbitrary<unknown> {
    if (schema.$ref) return odd
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    const either = schema.anyOf ?? schema.oneOf
    if (either) return fc.oneof(...either.map((s: any) => like(s, root)))
    switch (schema.type) {
      case 'object': {
        const keys = Object.entries(schema.properties ?? {}) as [string, any][]
        if (!keys.length) return fc.dictionary(fc.constantFrom('electricity', 'name', 'constructor', 'kind', 'uscc'), fc.oneof(fc.constant(null), fc.constantFrom('1', '机构名称', '-5', 'x'), odd), { maxKeys: 3 })
        return fc.record(Object.fromEntries(keys.map(([k, s]) => [k, fc.oneof({ weight: 9, arbitrary: like(s, root) }, { weight: 1, arbitrary: odd })])), { requiredKeys: schema.required ?? [] })
      }
      case 'array': return fc.array(like(schema.items ?? {}, root), { minLength: schema.minItems ?? 0, maxLength: (schema.minItems ?? 0) + 2 })
      case 'integer': case 'number': return fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, -1, 2_147_483_648, 9_007_199_254_740_991, schema.minimum ?? 1))
      case 'boolean': return fc.boolean()
      case 'string': return fc.oneof(fc.constantFrom('energy.monthly', '2026-01', '2025', '2026-01-01', '2026-01-01T00:00:00Z', '1', '1.5', '500103', '改正', 'institutions', '/organizations', '01', 'region'), fc.string({ maxLength: 8 }))
      default: return odd
    }
  }
  // Their own tests try them: these end or change the session of whoever asks, or lock the account.
  const spared = ['session.sign-in', 'session.sign-out', 'session.change-password', 'session.wear-hat', 'session.prove', 'account.remove-second-factor']
  test.each(operations.filter((o) => !spared.includes(o.id)).map((o) => [o.id, o] as const))('%s', async (_id, o) => {
    const schema = z.toJSONSchema(o.input, { io: 'input', unrepresentable: 'any' }) as any
    await fc.assert(fc.asyncProperty(like(schema, schema) as fc.Arbitrary<Record<string, unknown>>, fc.constantFrom('1', '5', '0', '-1', 'x', '99999999999', '__proto__', '%00', 'a'.repeat(290)), async (input, id) => {
      const url = o.path.replace(/:(\w+)/g, id)
      const body = { ...input }
      for (const m of o.path.matchAll(/:(\w+)/g)) delete body[m[1]!]
      const query = Object.fromEntries(Object.entries(body).filter(([, v]) => v !== undefined && v !== null).map(([k, v]) => [k, typeof v === 'string' ? v.toWellFormed() : JSON.stringify(v)]))
      const answer = o.method === 'GET' ? await reviewer.get(url, query) : o.upload ? await reviewer.upload(url, { name: 'a.csv', bytes: '机构名称,x\n1,2\n' }, body) : await reviewer.post(url, body)
      if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text} for ${url} ${JSON.stringify(body)}`)
    }), { numRuns: 12, seed: 20261124 })
  }, 30_000)
})
