/** A changed setting is followed by a job that people can watch; ended half way, setting and figures are as before. */
import { sql } from 'kysely'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { recomputeJob } from '../../domains/energy/consumption/recompute.ts'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { parsePeriod } from '../../kernel/reports/period.rules.ts'
import { writeFilings } from '../../kernel/reports/filing.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true })
const as = async (at: number, role: Role) => api.as(await city.actorAt(at, role))
const town = await as(city.city, 'city_reviewer')
const KEY = 'energy.factor.electricity-coal'
const YEARS = ['2022', '2023', '2024', '2025']

beforeAll(async () => {
  for (const year of YEARS)
    await db.asSystem('test', (trx) => writeFilings(trx, 'energy.annual', parsePeriod(year)!, [{ organizationId: city.school, values: { buildingArea: '30000', people: '2000', electricity: '1000000', water: '5000' } }], { source: 'import', submit: true }))
})
const setting = async () => (await town.get('/settings', { prefix: KEY })).body.settings.at(-1)
async function change(value: string, more: object = {}) {
  const s = await setting()
  const answer = await town.post(`/settings/${s.id}`, { version: s.version, value, source: '测试依据', unsure: false, reason: '口径调整', ...more })
  expect(answer.status, answer.text).toBe(200)
  return newest()
}
const newest = async () => (await town.get('/jobs', { kind: 'energy.recompute' })).body.jobs[0]
const ended = (id: number) => vi.waitFor(async () => {
  const job = (await town.get('/jobs', { id: String(id) })).body.jobs[0]
  if (!['done', 'cancelled', 'failed'].includes(job.state)) throw new Error(job.state)
  return job
}, { timeout: 30_000, interval: 100 })
const tce = async () => Promise.all(YEARS.map(async (period) => (await town.get('/energy/indicators', { period, by: 'city' })).body.total.sums.tce as string))
const OLD = YEARS.map(() => '122.900000')

test('the job stands there with its bar, and its result waits', async () => {
  expect(await tce()).toEqual(OLD)
  const job = await change('equivalent')
  expect(job).toMatchObject({ kind: 'energy.recompute', byName: (await city.actorAt(city.city, 'city_reviewer')).name })
  const done = await ended(job.id)
  expect(done).toMatchObject({ state: 'done', done: 5, total: 5, problem: null, can: [] })
  expect(done.result.words).toMatch(/^已按新的数值重新计算 2022 年至 2025 年/)
  const now = await tce()
  expect(new Set(now).size).toBeGreaterThan(0)
  for (const value of now) expect(value).not.toBe('122.900000')
  expect((await town.post(`/jobs/${job.id}/cancel`)).body.message).toBe('这项任务已经结束，不能再取消。')
  await ended((await change('calorific')).id)
  expect(await tce()).toEqual(OLD)
})

test('free text stays free text: a year in it does not make it a number', async () => {
  const mark = async () => (await town.get('/settings', { prefix: 'energy.form.valid.annual' })).body.settings[0]
  const set = async (value: string) => {
    const s = await mark()
    return (await town.post(`/settings/${s.id}`, { version: s.version, value, source: '当年制度', unsure: false, reason: '补填' })).status
  }
  expect([await set('2027'), await set('2027年12月'), (await mark()).value]).toEqual([200, 200, '2027年12月'])
})

describe('ended half way', () => {
  /** Runs the job here, asking for its end once `after` years are done. */
  async function half(after: number, more: object = {}, meanwhile: () => Promise<void> = async () => {}) {
    const send = vi.spyOn(api.jobs, 'send').mockImplementation(async () => {})
    const queued = await change('equivalent', more)
    const data = send.mock.calls.at(-1)![2]
    send.mockRestore()
    let asked = false
    const watching = { ...db, asSystem: async (act: any, run: any) => {
      const operation = typeof act === 'string' ? act : act.operation
      const answer = await db.asSystem(act, run)
      const years = (await db.asSystem('test', (trx) => trx.one<{ n: number }>(sql`SELECT done AS n FROM app.job WHERE id = ${queued.id}`)))!.n
      if (operation === 'job.progress' && years >= after && !asked) {
        asked = true
        expect((await town.post(`/jobs/${queued.id}/cancel`)).body.can).toEqual([])
        await meanwhile()
      }
      return answer
    } }
    await recomputeJob.run({ db: watching as never, dataDir: '', jobs: api.jobs }, data as never)
    return ended(queued.id)
  }
  test.each([[0, {}], [1, {}], [1, { validFrom: '2024-01-01' }]])('after %i years%j: setting and figures are as before, and the history says so', async (after, more) => {
    const before = await setting()
    const count = (await town.get('/settings', { prefix: KEY })).body.settings.length
    const job = await half(after, more)
    expect(job).toMatchObject({ state: 'cancelled', cancelAsked: { byName: (await city.actorAt(city.city, 'city_reviewer')).name } })
    expect(job.result.words).toContain('已恢复为原来的数值')
    expect(await setting()).toMatchObject({ value: before.value, source: before.source, unsure: before.unsure, validTo: before.validTo })
    expect((await town.get('/settings', { prefix: KEY })).body.settings).toHaveLength(count)
    expect(await tce()).toEqual(OLD)
    expect((await town.get(`/settings/${before.id}/history`)).body.entries[0].reason).toBe('取消重新计算，恢复原来的数值')
  })
  test('a setting that was changed again meanwhile is not taken back: the job goes on to its end', async () => {
    const send = vi.spyOn(api.jobs, 'send')
    const job = await half(1, {}, async () => {
      send.mockImplementation(async () => {})
      const s = await setting()
      await town.post(`/settings/${s.id}`, { version: s.version, value: 'equivalent', source: '另一个依据', unsure: false, reason: '补充依据' })
    })
    send.mockRestore()
    expect(job).toMatchObject({ state: 'done' })
    const now = await tce()
    for (const value of now) expect(value).not.toBe('122.900000')
    await ended((await change('calorific')).id)
    expect(await tce()).toEqual(OLD)
  })
  test('a job whose process died while it was taking back finds the setting taken back, and finishes that', async () => {
    const send = vi.spyOn(api.jobs, 'send').mockImplementation(async () => {})
    const queued = await change('equivalent')
    const data = send.mock.calls.at(-1)![2] as any
    send.mockRestore()
    await town.post(`/jobs/${queued.id}/cancel`)
    // What the first attempt did before it died.
    const { takeBack } = await import('../../kernel/settings/settings.procedures.ts')
    expect(await db.asSystem('test', (trx) => takeBack(trx, data.change))).toBe(true)
    await recomputeJob.run({ db, dataDir: '', jobs: api.jobs }, data)
    expect((await ended(queued.id)).state).toBe('cancelled')
    expect(await tce()).toEqual(OLD)
  })
})

test('what goes wrong is said in the row', async () => {
  const send = vi.spyOn(api.jobs, 'send').mockImplementation(async () => {})
  const queued = await change('equivalent')
  const data = send.mock.calls.at(-1)![2] as any
  send.mockRestore()
  const broken = { ...db, asSystem: (act: any, run: any) => (act === 'energy.recompute' ? Promise.reject(new Error('no disk')) : db.asSystem(act, run)) }
  await expect(recomputeJob.run({ db: broken as never, dataDir: '', jobs: api.jobs }, data)).rejects.toThrow('no disk')
  expect(await ended(queued.id)).toMatchObject({ state: 'failed', problem: { code: 'internal', message: expect.stringContaining('可以重新发起') } })
  // The queue tries once more.
  await recomputeJob.run({ db, dataDir: '', jobs: api.jobs }, data)
  expect(await ended(queued.id)).toMatchObject({ state: 'done', problem: null })
  await ended((await change('calorific')).id)
})

describe('who sees and may end it', () => {
  test.each<[Role, () => number, boolean, number]>([
    ['city_reviewer', () => city.city, true, 200], ['leader', () => city.city, true, 403], ['system_administrator', () => city.city, false, 404],
    ['district_reviewer', () => city.yuzhong, false, 404], ['filler', () => city.school, false, 404],
  ])('%s (%#)', async (role, at, sees, cancel) => {
    const send = vi.spyOn(api.jobs, 'send').mockImplementation(async () => {})
    const queued = await change((await setting()).value === 'equivalent' ? 'calorific' : 'equivalent')
    send.mockRestore()
    const who = await as(at(), role)
    const [job] = (await who.get('/jobs', { id: String(queued.id) })).body.jobs
    expect(job?.can).toEqual(sees ? (cancel === 200 ? ['cancel'] : []) : undefined)
    expect((await who.post(`/jobs/${queued.id}/cancel`)).status).toBe(cancel)
    const asked = (await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT cancel_asked_at IS NOT NULL AS asked FROM app.job WHERE id = ${queued.id}`))).asked
    expect(asked).toBe(cancel === 200)
  })
  test('nobody', async () => {
    expect((await api.nobody.post('/jobs/1/cancel')).status).toBe(401)
  })
})
