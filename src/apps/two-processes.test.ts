/** Two server processes behind a proxy on one database: whatever one knows, the other knows; one of them may die. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { openSession } from '../kernel/test/api.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { buildFixture } from '../kernel/test/fixture.ts'
import { caller, pause, roundRobin, send, startProcess, until, urlOf, type Caller, type Proxy, type Running } from '../kernel/test/process.ts'

const database = await testDatabase()
const { db } = database
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-two-'))
fs.chmodSync(dataDir, 0o755)
// The keys that both processes will find in their common folder.
await openKeys(db, dataDir)
const city = await buildFixture(db)
let one: Running, two: Running, proxy: Proxy
const options = { dataDir, databaseUrl: urlOf(database.connection), env: { GONGXIE_LIMITS: 'search=20/36000,write=100000/10' } }

beforeAll(async () => {
  ;[one, two] = await Promise.all([startProcess(options), startProcess(options)])
  proxy = await roundRobin([one, two])
}, 120_000)
afterAll(async () => {
  await proxy?.close()
  await Promise.all([one, two].map((p) => p?.alive() && p.stop()))
  fs.rmSync(dataDir, { recursive: true, force: true })
}, 60_000)

const enter = async (organizationId: number, role: Parameters<typeof city.actorAt>[1]): Promise<Caller> => caller(await openSession(db, await city.actorAt(organizationId, role)))
const fresh = (name: string) => ({ values: { name, category: '01', regionId: city.regions.yuzhong, superiorId: city.yuzhong, people: 10, buildingArea: '100.00' } })
const count = async (like: string) => (await db.asSystem('test', (trx) => trx.one<{ n: number; names: number }>(sql`SELECT count(*) AS n, count(DISTINCT name) AS names FROM org.organization WHERE name LIKE ${like}`)))!

test('started at once on an empty queue, both are ready', async () => {
  expect(await one.ready()).toBe(true)
  expect(await two.ready()).toBe(true)
})

test('a session is one session; it ends on both within a second', async () => {
  const who = await enter(city.school, 'filler')
  for (const p of [one, two, one, two]) expect((await send(p.url, who, 'GET', '/session')).status).toBe(200)
  expect((await send(one.url, who, 'POST', '/session/sign-out')).status).toBe(200)
  const since = Date.now()
  await until(async () => (await send(two.url, who, 'GET', '/session')).status === 401, 2_000)
  expect(Date.now() - since).toBeLessThan(1_000)
  expect((await send(one.url, who, 'GET', '/session')).status).toBe(401)
})
test('a post that was taken away is gone on both within a second', async () => {
  const actor = await city.actorAt(city.primary, 'filler')
  const who = caller(await openSession(db, actor))
  for (const p of [one, two]) expect((await send(p.url, who, 'GET', '/organizations')).status).toBe(200)
  await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.post SET valid_to = '2021-01-01' WHERE id = ${actor.postId}`))
  await pause(1_000)
  for (const p of [one, two]) expect((await send(p.url, who, 'GET', '/organizations')).status).toBe(403)
})

test('one key sent to both at once has one effect and one answer', async () => {
  const who = await enter(city.yuzhong, 'district_reviewer')
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send([one, two][i % 2]!.url, who, 'POST', '/organizations', fresh('一键一效'), { key: 'two-once' })))
  expect(answers.map((a) => a.status)).toEqual(Array(20).fill(200))
  expect(new Set(answers.map((a) => JSON.stringify(a.body))).size).toBe(1)
  expect((await count('一键一效')).n).toBe(1)
})
test('what one wrote the other reads at once, counters included', async () => {
  const who = await enter(city.yuzhong, 'district_reviewer')
  const before = (await send(two.url, who, 'GET', '/organizations?q=%E5%8D%B3%E8%A7%81')).body.rows.length
  expect((await send(one.url, who, 'POST', '/organizations', fresh('即见单位'))).status).toBe(200)
  expect((await send(two.url, who, 'GET', '/organizations?q=%E5%8D%B3%E8%A7%81')).body.rows.length).toBe(before + 1)
})

test('files received by either are checked and written once, by whichever is free', async () => {
  const who = await enter(city.yuzhong, 'district_reviewer')
  const upload = async (n: number) => {
    const body = new FormData()
    body.append('input', JSON.stringify({ target: 'institutions', mapping: { columns: { name: '机构名称', category: '机构类型', regionId: '区划', people: '用能人数' } } }))
    const lines = Array.from({ length: 40 }, (_, i) => `两台${n}号第${i}家,01,渝中区,${i + 1}`)
    body.append('file', new Blob([`机构名称,机构类型,区划,用能人数\n${lines.join('\n')}\n`]), `两台${n}.csv`)
    const answer = await fetch(`${proxy.url}/api/imports/check`, { method: 'POST', headers: who.headers, body })
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { id: number }).id
  }
  const ids = await Promise.all([0, 1, 2, 3, 4, 5].map(upload))
  const reach = (id: number, state: string) => until(async () => {
    const { body } = await send(proxy.url, who, 'GET', `/imports/${id}`)
    if (body.state === 'failed') throw new Error(JSON.stringify(body))
    return body.state === state && body
  }, 60_000, `${state} of ${id}`)
  for (const id of ids) expect((await reach(id, 'checked')).counts).toMatchObject({ lines: 40, create: 40 })
  await Promise.all(ids.map((id) => send(proxy.url, who, 'POST', `/imports/${id}/apply`, { accept: 'all' })))
  await Promise.all(ids.map((id) => reach(id, 'applied')))
  expect(await count('两台%')).toEqual({ n: 240, names: 240 })
}, 90_000)

describe('limits', () => {
  test('count both together, by person; others are not touched', async () => {
    const [hasty, calm] = [await enter(city.city, 'leader'), await enter(city.wanzhou, 'district_reviewer')]
    const ask = (who: Caller, to: Running) => send(to.url, who, 'GET', '/organizations/duplicates')
    const seen: number[] = []
    for (let i = 0; i < 40; i++) {
      seen.push((await ask(hasty, [one, two][i % 2]!)).status)
      if (i % 4 === 3) await pause(250)
    }
    const through = seen.filter((s) => s === 200).length
    // Each alone would let twenty through; together it is twenty and what fits into a second.
    expect(through).toBeGreaterThanOrEqual(20)
    expect(through).toBeLessThan(34)
    const refused = await ask(hasty, one)
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask(calm, one)).status).toBe(200)
    expect((await send(one.url, hasty, 'GET', '/organizations')).status).toBe(200)
  }, 60_000)
})

/** Writers that repeat with the same key until they hear an answer, as the page does. */
async function write(prefix: string, writers: number, who: Caller, running: () => boolean) {
  const acked: string[] = []
  const refused: unknown[] = []
  let repeated = 0
  await Promise.all(Array.from({ length: writers }, async (_, w) => {
    for (let i = 0; running(); i++) {
      const name = `${prefix}${w}之${i}`
      for (let attempt = 0; ; attempt++) {
        const answer = await send(proxy.url, who, 'POST', '/organizations', fresh(name), { key: encodeURIComponent(`${prefix}-${w}-${i}`), ms: 15_000 })
        if (answer.status === 200) {
          acked.push(name)
          break
        }
        if (answer.status !== 0 && answer.status < 500 || attempt > 60) {
          refused.push([answer.status, answer.body, answer.error])
          break
        }
        repeated++
        await pause(100)
      }
    }
  }))
  return { acked, refused, repeated }
}

test('one is killed under load: nothing acknowledged is lost, nothing is there twice, the other goes on', async () => {
  const who = await enter(city.yuzhong, 'district_reviewer')
  let go = true
  const writing = write('杀', 12, who, () => go)
  await pause(1_500)
  await two.kill()
  await pause(2_000)
  go = false
  const { acked, refused } = await writing
  expect(refused).toEqual([])
  expect(acked.length).toBeGreaterThan(30)
  expect(await count('杀%')).toEqual({ n: acked.length, names: acked.length })
  expect(await one.ready()).toBe(true)
  two = await startProcess({ ...options, port: two.port })
}, 90_000)

test('one is stopped under load: no request fails, it says goodbye to the proxy first, and ends with 0', async () => {
  const who = await enter(city.yuzhong, 'district_reviewer')
  await until(async () => (await two.ready()) && (await one.ready()))
  await pause(400)
  let go = true
  const writing = write('停', 12, who, () => go)
  await pause(1_000)
  const { code, ms } = await two.stop('SIGTERM')
  await pause(500)
  go = false
  const { acked, refused, repeated } = await writing
  expect([code, refused, repeated]).toEqual([0, [], 0])
  expect(ms).toBeLessThan(25_000)
  expect(await count('停%')).toEqual({ n: acked.length, names: acked.length })
}, 90_000)

test('the last one is asked twice: it ends at once', async () => {
  const third = await startProcess({ ...options, env: { GONGXIE_DRAIN_SECONDS: '9' } })
  process.kill(third.pid, 'SIGTERM')
  await until(async () => {
    const r = await fetch(`${third.url}/ready`)
    return r.status === 503 && ((await r.json()) as { reasons: string[] }).reasons.includes('draining') && r.headers.get('connection') === 'close'
  }, 5_000)
  const { code, ms } = await third.stop('SIGTERM')
  expect(code).toBe(1)
  expect(ms).toBeLessThan(6_000)
}, 60_000)

test('under npm the signal reaches only the shell: the platform ends with it', async () => {
  const child = await startProcess({ ...options, env: { npm_lifecycle_event: 'start' }, through: ['sh', '-c', '"$0" "$@"; exit $?'] })
  expect(await child.ready()).toBe(true)
  child.stop('SIGTERM').catch(() => {})
  await until(async () => child.output().includes('stopping'), 20_000, 'the end')
  await until(async () => !(await child.ready()), 20_000, 'silence')
}, 60_000)
