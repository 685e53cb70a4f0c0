/** The same headers on whatever is answered (C18): pages, assets, API, files, refusals, errors, what does not exist. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { defineDomain, handleFreely } from '../domain.ts'
import { testDatabase } from '../test/database.ts'
import { ALWAYS, pagePolicy } from './headers.ts'
import { buildServer } from './server.ts'

const { db } = await testDatabase()
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-headers-'))
const web = path.join(dataDir, 'web')
fs.mkdirSync(path.join(web, 'assets'), { recursive: true })
fs.writeFileSync(path.join(web, 'index.html'), '<!doctype html><script nonce="__NONCE__"></script>')
fs.writeFileSync(path.join(web, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
fs.writeFileSync(path.join(web, 'assets', 'index-abc.js'), 'export {}')
const o = (id: string, more: object = {}) => operation({ id: `test.${id}`, method: 'GET', path: `/${id}`, label: id, access: 'public', input: z.object({}), output: z.any(), ...more })
const domain = defineDomain({
  name: 'test', knows: [], entities: [], handlers: [
    handleFreely(o('good'), async () => ({ ok: true })),
    handleFreely(o('broken'), async () => { throw new Error('nobody expects it') }),
    handleFreely(o('file', { binary: true }), async () => ({ body: Buffer.from('a'), fileName: '表.csv', contentType: 'text/csv' })),
  ],
})
const app = await buildServer({ db, dataDir, web, domains: [domain], jobs: { send: async () => {}, running: () => true, stop: async () => {} }, version: 'test' })
await app.ready()
afterAll(async () => {
  await app.close()
  fs.rmSync(dataDir, { recursive: true, force: true })
})

const routes: [string, string, number][] = [
  ['a page', '/', 200], ['another page', '/organizations/5', 200], ['an asset', '/assets/index-abc.js', 200], ['the icon', '/favicon.svg', 200],
  ['an asset that is not there', '/assets/none.js', 404], ['a file that is not there', '/none.txt', 404], ['health', '/health', 200], ['readiness', '/ready', 200], ['the description', '/openapi.json', 200],
  ['an answer', '/api/good', 200], ['a download', '/api/file', 200], ['a refusal', '/api/session', 401], ['an error', '/api/broken', 500], ['an operation that is not there', '/api/none', 404],
  ['an address that is none', '/%c0', 400],
]
test.each(routes)('%s: %s → %i', async (_what, url, status) => {
  const answer = await app.inject({ url })
  expect(answer.statusCode).toBe(status)
  const page = String(answer.headers['content-type']).startsWith('text/html')
  const asset = url === '/assets/index-abc.js' || url === '/favicon.svg'
  for (const [name, value] of Object.entries(ALWAYS)) {
    if (name === 'content-security-policy' && page) {
      const nonce = /nonce="([^"]+)"/.exec(answer.payload)![1]!
      expect(answer.headers[name]).toBe(pagePolicy(nonce))
      expect(nonce).toMatch(/^[\w+/]{22}==$/)
    } else if (name === 'cache-control' && asset) expect(answer.headers[name]).toMatch(/max-age=\d+/)
    else expect(answer.headers[name], name).toBe(value)
  }
  expect(answer.headers['content-security-policy']).not.toMatch(/unsafe/)
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  expect(answer.headers.server ?? answer.headers['x-powered-by']).toBeUndefined()
  if (status === 500) expect(answer.payload).not.toMatch(/nobody expects it|\.ts/)
})
test('under TLS the browser is told to come by it for a year; a stranger who says so changes nothing', async () => {
  const behind = await buildServer({ db, dataDir, web, domains: [domain], jobs: { send: async () => {}, running: () => true, stop: async () => {} }, version: 'test', trustedProxies: ['127.0.0.1'] })
  for (const [, url] of routes.filter(([, at]) => at !== '/%c0')) {
    const ask = (to: typeof app) => to.inject({ url, headers: { 'x-forwarded-proto': 'https' } }).then((a) => a.headers['strict-transport-security'])
    expect([url, await ask(behind), await ask(app)]).toEqual([url, 'max-age=31536000; includeSubDomains', undefined])
  }
  await behind.close()
})
test('a nonce is never used twice', async () => {
  const nonces = await Promise.all(Array.from({ length: 20 }, async () => /nonce="([^"]+)"/.exec((await app.inject({ url: '/' })).payload)![1]))
  expect(new Set(nonces).size).toBe(20)
})
