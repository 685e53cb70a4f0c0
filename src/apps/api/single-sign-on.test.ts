/**
 * Single sign-on (C11) against a real provider on loopback. Between it and us stands a forger, who may rewrite the ID
 * token that the provider issues: what we accept must be what the provider said, to us, now.
 */
import { createSign, generateKeyPairSync } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readProvider } from '../../kernel/authority/single-sign-on.ts'
import { testApi, visitor, type Api, type Visitor } from '../../kernel/test/api.ts'
import { awayFromEdge, codeOf } from '../../kernel/test/authenticator.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const run = (query: any) => db.asSystem('test', (trx) => trx.run(query))
const rows = <T>(query: any) => db.asSystem('test', (trx) => trx.rows<T>(query))
const sessions = async () => (await rows<{ n: number }>(sql`SELECT count(*) AS n FROM auth.session`))[0]!.n

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
type Token = { header: Record<string, unknown>; claims: Record<string, unknown> }
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = ({ header, claims }: Token, key = keys.privateKey) => {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`
}
/** What the forger does with an ID token; null: lets it pass. */
let forge: ((token: Token) => string) | null = null

let base = ''
let api: Api
/** Who signs in at the provider. */
let subject = 'sub-1'
const server = http.createServer()

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(base, {
    clients: [{ client_id: 'gongxie', client_secret: 'a-secret-of-the-client', redirect_uris: ['http://localhost/sso'], response_types: ['code'], grant_types: ['authorization_code'] }],
    jwks: { keys: [{ ...keys.privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' } as never] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    cookies: { keys: ['a-key-of-the-provider'] },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, email: 'li.lei@example.cn' }) }),
  })
  const inner = provider.callback()
  server.on('request', async (request, response) => {
    // Where people would type their password there: at once signed in and agreed.
    if (request.url!.startsWith('/interaction/')) {
      const details = await provider.interactionDetails(request, response)
      const grant = new provider.Grant({ accountId: subject, clientId: 'gongxie' })
      grant.addOIDCScope('openid')
      return provider.interactionFinished(request, response, details.prompt.name === 'login' ? { login: { accountId: subject } } : { consent: { grantId: await grant.save() } })
    }
    if (request.url === '/token' && forge) {
      const chunks: Buffer[] = []
      const end = response.end.bind(response)
      response.write = ((c: Buffer) => (chunks.push(Buffer.from(c)), true)) as never
      response.end = ((c?: Buffer) => {
        if (c) chunks.push(Buffer.from(c))
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { id_token?: string }
        if (body.id_token) {
          const [header, claims] = body.id_token.split('.').slice(0, 2).map((p) => JSON.parse(Buffer.from(p, 'base64url').toString())) as [Token['header'], Token['claims']]
          body.id_token = forge!({ header, claims })
        }
        const text = JSON.stringify(body)
        response.setHeader('content-length', Buffer.byteLength(text))
        return end(text)
      }) as never
    }
    return inner(request, response)
  })
  api = await testApi(database, domains, { singleSignOn: { issuer: base, clientId: 'gongxie', clientSecret: 'a-secret-of-the-client', label: '市统一身份认证' } })
  const clerk = await city.actorAt(city.school, 'filler')
  const account = await api.account(clerk, 'li.lei', 'Lantern-river-7-copper')
  await run(sql`INSERT INTO auth.identity (account_id, issuer, subject) VALUES (${account}, ${base}, 'sub-1')`)
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(() => {
  forge = null
  subject = 'sub-1'
})

/** As a browser does it: follows the redirects, keeps the provider's cookies, stops at our page. */
async function atProvider(url: string): Promise<string> {
  const jar = new Map<string, string>()
  for (let at = url, i = 0; i < 12; i++) {
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      jar.set(name!, value!)
    }
    const next = answer.headers.get('location')
    if (!next) throw new Error(`${answer.status} at ${at}: ${(await answer.text()).slice(0, 300)}`)
    at = new URL(next, at).href
    if (at.startsWith('http://localhost')) return new URL(at).search.slice(1)
  }
  throw new Error('too many redirects')
}
const bondOf = (headers: Record<string, unknown>) => /(gongxie-sso=[^;]+)/.exec(String(headers['set-cookie']))![1]!
async function begin(who: Visitor = api.nobody, path = '/session/single-sign-on') {
  const begun = await who.post(path)
  expect(begun.status, begun.text).toBe(200)
  return { url: begun.body.url as string, cookie: bondOf(begun.headers) }
}
const comeBack = (search: string, cookie: string) => api.nobody.post('/session/single-sign-on/return', { search }, { cookie })

test('the good way in', async () => {
  expect((await api.nobody.get('/session/entrance')).body.singleSignOn).toEqual({ label: '市统一身份认证' })
  const { url, cookie } = await begin()
  const asked = new URL(url).searchParams
  expect([asked.get('response_type'), asked.get('code_challenge_method'), asked.get('scope')]).toEqual(['code', 'S256', 'openid'])
  for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)!.length).toBeGreaterThan(30)
  const entered = await comeBack(await atProvider(url), cookie)
  expect([entered.status, entered.body.login, entered.body.gate]).toEqual([200, 'li.lei', null])
  const token = /(?:^|,)gongxie=([^;]+)/.exec(String(entered.headers['set-cookie']))![1]!
  expect((await visitor(api.app, token).get('/organizations')).status).toBe(200)
  expect(await rows(sql`SELECT method FROM auth.session`)).toEqual([{ method: 'single-sign-on' }])
})

describe('is no way in, and leaves no session', () => {
  const forgeries: [string, RegExp, (token: Token) => string][] = [
    ['a token of another question (nonce)', /"nonce" claim value/, (t) => sign({ ...t, claims: { ...t.claims, nonce: 'another' } })],
    ['a token without nonce', /nonce.* claim missing/, (t) => sign({ ...t, claims: { ...t.claims, nonce: undefined } })],
    ['a token for another (aud)', /"aud"/, (t) => sign({ ...t, claims: { ...t.claims, aud: 'another-client' } })],
    ['a token for several, us not among the asked (azp)', /"azp"/, (t) => sign({ ...t, claims: { ...t.claims, aud: ['gongxie', 'another-client'], azp: 'another-client' } })],
    ['a token of another provider (iss)', /"iss"/, (t) => sign({ ...t, claims: { ...t.claims, iss: 'https://evil.example' } })],
    ['a token that has run out', /"exp"/, (t) => sign({ ...t, claims: { ...t.claims, exp: Math.floor(Date.now() / 1000) - 600, iat: Math.floor(Date.now() / 1000) - 1200 } })],
    ['alg none', /"alg"/, (t) => `${part({ ...t.header, alg: 'none' })}.${part(t.claims)}.`],
    ['no signature', /signature verification failed/, (t) => `${part(t.header)}.${part(t.claims)}.`],
    ['a stranger’s signature', /signature verification failed/, (t) => sign(t, stranger.privateKey)],
    ['another subject under the old signature', /signature verification failed/, (t) => [part(t.header), part({ ...t.claims, sub: 'sub-2' }), sign(t).split('.')[2]].join('.')],
    ['HS256 with the public key as secret', /"alg"/, (t) => [part({ alg: 'HS256' }), part(t.claims), sign(t).split('.')[2]].join('.')],
  ]
  test.each(forgeries)('%s', async (_what, why, how) => {
    const before = await sessions()
    const { url, cookie } = await begin()
    forge = how
    const answer = await comeBack(await atProvider(url), cookie)
    expect([answer.status, answer.body.code, await sessions()]).toEqual([401, 'unauthenticated', before])
    // For this reason, and not because something else was broken.
    expect((await rows<{ why: string }>(sql`SELECT detail ->> 'why' AS why FROM auth.event WHERE kind = 'single-sign-on-refused' ORDER BY id DESC LIMIT 1`))[0]!.why).toMatch(why)
    expect(String(answer.headers['set-cookie'] ?? '')).not.toMatch(/(?:^|,)gongxie=/)
  })
  test('the forger who changes nothing is let through: the table above tests what it says', async () => {
    const { url, cookie } = await begin()
    forge = (t) => sign(t)
    expect((await comeBack(await atProvider(url), cookie)).status).toBe(200)
  })
  test('a code or state used before', async () => {
    const { url, cookie } = await begin()
    const search = await atProvider(url)
    expect((await comeBack(search, cookie)).status).toBe(200)
    const before = await sessions()
    expect((await comeBack(search, cookie)).status).toBe(401)
    // The old code under a state of today.
    const fresh = await begin()
    const mixed = new URLSearchParams(search)
    mixed.set('state', new URL(fresh.url).searchParams.get('state')!)
    expect((await comeBack(mixed.toString(), fresh.cookie)).status).toBe(401)
    expect(await sessions()).toBe(before)
  })
  test('what another browser began, an unknown state, a refusal, nothing', async () => {
    const before = await sessions()
    const mine = await begin()
    const theirs = await begin()
    expect((await comeBack(await atProvider(mine.url), theirs.cookie)).status).toBe(401)
    expect((await comeBack(await atProvider(theirs.url), '')).status).toBe(401)
    expect((await comeBack('code=x&state=y', mine.cookie)).status).toBe(401)
    const third = await begin()
    expect((await comeBack(`error=access_denied&state=${new URL(third.url).searchParams.get('state')}`, third.cookie)).status).toBe(401)
    expect((await comeBack('', mine.cookie)).status).toBe(401)
    expect(await sessions()).toBe(before)
  })
  test('a subject that nobody is linked to, whatever its address of mail; and a suspended account', async () => {
    const before = await sessions()
    subject = 'sub-unknown'
    let { url, cookie } = await begin()
    const answer = await comeBack(await atProvider(url), cookie)
    expect([answer.status, answer.body.message]).toEqual([401, expect.stringContaining('没有与本平台的账号关联')])
    subject = 'sub-1'
    await run(sql`UPDATE auth.account SET status = 'suspended' WHERE login = 'li.lei'`)
    ;({ url, cookie } = await begin())
    expect((await comeBack(await atProvider(url), cookie)).status).toBe(401)
    await run(sql`UPDATE auth.account SET status = 'active' WHERE login = 'li.lei'`)
    expect(await sessions()).toBe(before)
  })
})

describe('linking', () => {
  const link = async (who: Visitor) => {
    const { url, cookie } = await begin(who, '/account/single-sign-on')
    return { search: await atProvider(url), cookie }
  }
  test('is one’s own act, and takes back what it gave', async () => {
    const me = await api.as(await city.actorAt(city.hospital, 'filler'))
    subject = 'sub-hospital'
    const { search, cookie } = await link(me)
    // The link belongs to the session that asked for it.
    const stranger = await link(await api.as(await city.actorAt(city.primary, 'filler')))
    expect((await api.nobody.post('/session/single-sign-on/return', { search: stranger.search }, { cookie: `${stranger.cookie}; ${me.cookie}` })).status).toBe(401)
    expect((await api.nobody.post('/session/single-sign-on/return', { search }, { cookie: `${cookie}; ${me.cookie}` })).body).toEqual({ linked: true })
    const [identity] = (await me.get('/account')).body.identities
    expect([identity.issuer, identity.subject]).toEqual([base, 'sub-hospital'])
    const entered = await begin()
    expect((await comeBack(await atProvider(entered.url), entered.cookie)).status).toBe(200)
    expect((await me.post(`/account/single-sign-on/${identity.id}/unlink`)).status).toBe(200)
    const after = await begin()
    expect((await comeBack(await atProvider(after.url), after.cookie)).status).toBe(401)
  })
  test('does not take an account from another', async () => {
    const me = await api.as(await city.actorAt(city.bureau, 'filler'))
    const { search, cookie } = await link(me)
    expect((await api.nobody.post('/session/single-sign-on/return', { search }, { cookie: `${cookie}; ${me.cookie}` })).status).toBe(409)
    expect((await rows<{ n: number }>(sql`SELECT count(*) AS n FROM auth.identity WHERE subject = 'sub-1'`))[0]!.n).toBe(1)
  })
  test('needs a proof of who one is', async () => {
    const me = await api.as(await city.actorAt(city.bureau, 'filler'), { stale: true })
    expect((await me.post('/account/single-sign-on')).body.code).toBe('reauth_required')
  })
})

test('whoever has a second factor here is asked for it, unless the provider says it asked for one', async () => {
  const me = await api.as(await city.actorAt(city.school, 'filler'))
  const person = await city.actorAt(city.school, 'filler')
  await run(sql`UPDATE auth.identity SET account_id = (SELECT id FROM auth.account WHERE login = ${`person-${person.personId}`}) WHERE subject = 'sub-1'`)
  await awayFromEdge()
  const { secret } = (await me.post('/account/second-factor')).body
  await me.post('/account/second-factor/confirm', { code: codeOf(secret, -1) })
  const first = await begin()
  const half = await comeBack(await atProvider(first.url), first.cookie)
  expect([half.status, Object.keys(half.body)]).toEqual([200, ['ticket']])
  expect((await api.nobody.post('/session/second-factor', { ticket: half.body.ticket, code: codeOf(secret) })).status).toBe(200)
  const second = await begin()
  forge = (t) => sign({ ...t, claims: { ...t.claims, amr: ['pwd', 'otp'] } })
  expect((await comeBack(await atProvider(second.url), second.cookie)).body.secondFactor).toBe(true)
})

test('a provider that does not answer is said in a sentence; none configured as well', async () => {
  const gone = await testApi(database, domains, { singleSignOn: { issuer: 'http://127.0.0.1:9', clientId: 'x', label: '认证中心' } })
  const answer = await gone.nobody.post('/session/single-sign-on')
  expect([answer.status, answer.body.message]).toEqual([503, expect.stringContaining('认证中心暂时联系不上')])
  const without = await testApi(database, domains)
  expect([(await without.nobody.get('/session/entrance')).body.singleSignOn, (await without.nobody.post('/session/single-sign-on')).status]).toEqual([null, 422])
})

test.each<[string, Record<string, string>, RegExp | null]>([
  ['complete', { GONGXIE_OIDC_ISSUER: 'https://sso.example', GONGXIE_OIDC_CLIENT_ID: 'gongxie' }, null], ['nothing', {}, null],
  ['no client', { GONGXIE_OIDC_ISSUER: 'https://sso.example' }, /GONGXIE_OIDC_CLIENT_ID/], ['plain http elsewhere', { GONGXIE_OIDC_ISSUER: 'http://sso.example', GONGXIE_OIDC_CLIENT_ID: 'gongxie' }, /https/],
  ['no secret file', { GONGXIE_OIDC_ISSUER: 'https://sso.example', GONGXIE_OIDC_CLIENT_ID: 'g', GONGXIE_OIDC_CLIENT_SECRET_FILE: '/nowhere/secret' }, /ENOENT/],
])('configuration: %s', (_what, env, problem) => {
  const read = () => readProvider('/nowhere', env)
  if (problem) expect(read).toThrow(problem)
  else expect(read).not.toThrow()
})
