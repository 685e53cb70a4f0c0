/**
 * All or nothing (F21–F23, C56, C57): the N-th call to the database fails, for every N of every act; fifty people decide one
 * thing at once; two transactions take the same rows in two orders.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { testApi, type Answer } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { stateOf } from '../../kernel/test/state.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const state = await stateOf(db)
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const fresh = (name: string) => ({ values: { name, category: '01', regionId: city.regions.yuzhong, superiorId: city.yuzhong, people: 10, buildingArea: '100.00' } })
const form = (organizationId: number, period: string, version: number | null = null) => ({ form: 'energy.monthly', period, organizationId, version, values: { electricity: '1200', electricityCost: '900', water: '30', waterCost: '100', people: '10', buildingArea: '100' } })

/** A driver that puts a statement that fails in the place of the n-th on a person's connection: as the server's own errors come. */
const send = pg.Client.prototype.query as (...args: unknown[]) => unknown
const driver = { calls: 0, failing: Infinity }
pg.Client.prototype.query = function (this: { connectionParameters: { application_name?: string } }, ...args: unknown[]) {
  if (this.connectionParameters.application_name === 'gongxie_app' && args[0] !== 'ROLLBACK' && ++driver.calls === driver.failing) return send.call(this, 'SELECT the_nth_call_fails()')
  return send.apply(this, args)
} as never
afterAll(() => void (pg.Client.prototype.query = send as never))
async function failing<T>(n: number, run: () => Promise<T>): Promise<{ result: T; calls: number }> {
  Object.assign(driver, { calls: 0, failing: n })
  try {
    return { result: await run(), calls: driver.calls }
  } finally {
    driver.failing = Infinity
  }
}

const unit = async (name: string) => (await district.post('/organizations', fresh(name))).body as { id: number; version: number }
const first = await unit('原子甲')
const second = await unit('原子乙')
/** A form that is as far as it can come: its id and version. */
async function drafted(period: string): Promise<{ id: number; version: number }> {
  const saved = await district.post('/filings/save', form(first.id, period))
  expect(saved.status, saved.text).toBe(200)
  for (const f of saved.body.findings as { severity: string; checkCode: string; item: string; reason: string | null }[])
    if (f.severity === 'soft' && !f.reason) await district.post(`/filings/${saved.body.facts.id}/explain`, { checkCode: f.checkCode, item: f.item, reason: '已与账单核对，情况属实。' })
  return (await district.get('/filings/open', { form: 'energy.monthly', period, organizationId: first.id })).body.facts
}
const toSubmit = await drafted('2026-02')
const toWithdraw = await drafted('2026-03')
const handedIn = await district.post(`/filings/${toWithdraw.id}/submit`, { version: toWithdraw.version })
expect(handedIn.status, handedIn.text).toBe(200)
const seen = handedIn.body.facts as { version: number }

describe('the n-th call to the database fails', () => {
  const acts: [string, (key: string) => Promise<Answer>][] = [
    ['an institution is founded', (key) => district.post('/organizations', fresh('原子新设'), { 'idempotency-key': key })],
    ['an institution is changed', (key) => district.post(`/organizations/${second.id}`, { version: second.version, patch: { people: 77 }, reason: '核对' }, { 'idempotency-key': key })],
    ['many are changed at once', (key) => district.post('/organizations/bulk/apply', { selection: { ids: [city.primary, city.hospital] }, patch: { governmentLevel: 'district', people: 99 }, expected: 2, reason: '核对' }, { 'idempotency-key': key })],
    ['an institution is renamed', (key) => district.post('/organization-changes', { change: { kind: 'rename', id: second.id, name: '原子乙改', effective: '2026-01-01', basis: '渝委编〔2026〕1 号' } }, { 'idempotency-key': key })],
    ['a form is saved', (key) => district.post('/filings/save', form(second.id, '2026-01'), { 'idempotency-key': key })],
    ['a form is handed in', (key) => district.post(`/filings/${toSubmit.id}/submit`, { version: toSubmit.version }, { 'idempotency-key': key })],
    ['a form is taken back', (key) => district.post(`/filings/${toWithdraw.id}/withdraw`, { version: seen.version, reason: '改数' }, { 'idempotency-key': key })],
  ]
  test.each(acts)('%s: nothing of it stays, and the repetition does all of it once', async (_what, act) => {
    const key = randomUUID()
    const before = await state()
    let reached = false
    for (let n = 1; n < 400; n++) {
      const { result, calls } = await failing(n, () => act(key))
      if (calls < n) {
        // Fewer calls than that: nothing failed any more.
        expect(result.status, result.text).toBe(200)
        expect(n).toBeGreaterThan(3)
        reached = true
        const after = await state()
        expect(after).not.toEqual(before)
        // A second repetition is answered from memory.
        const again = await act(key)
        expect([again.status, again.text]).toEqual([200, result.text])
        expect(await state()).toEqual(after)
        break
      }
      expect(result.status, `call ${n}`).toBeGreaterThanOrEqual(500)
      expect(await state(), `call ${n}`).toEqual(before)
    }
    expect(reached).toBe(true)
  }, 120_000)
})

describe('fifty at once', () => {
  const codes = (answers: Answer[]) => answers.map((a) => a.status).sort((a, b) => a - b)
  const facts = async (id: number) => (await db.asSystem('test', (trx) => trx.one<{ submitted: boolean; version: number; decisions: number }>(sql`
    SELECT f.submitted_at IS NOT NULL AS submitted, f.version, (SELECT count(*)::int FROM reports.review r WHERE r.filing_id = f.id) AS decisions FROM reports.filing f WHERE f.id = ${id}`)))!
  test('hand one form in: one does, the others are told', async () => {
    const filing = await drafted('2026-04')
    const answers = await Promise.all(Array.from({ length: 50 }, () => district.post(`/filings/${filing.id}/submit`, { version: filing.version })))
    expect(codes(answers).filter((c) => c === 200)).toHaveLength(1)
    expect(answers.filter((a) => a.status !== 200).every((a) => [409, 422].includes(a.status))).toBe(true)
    expect(await facts(filing.id)).toMatchObject({ submitted: true, decisions: 1 })
  })
  test('one hands in, one saves: never both on the same version', async () => {
    for (const period of ['2026-05', '2026-06', '2026-07']) {
      const filing = await drafted(period)
      const [handed, saved] = await Promise.all([
        district.post(`/filings/${filing.id}/submit`, { version: filing.version }),
        district.post('/filings/save', { ...form(first.id, period, filing.version), values: { electricity: '1300' } }),
      ])
      expect([handed!.status, saved!.status].filter((s) => s === 200)).toHaveLength(1)
    }
  })
  test('save one record: one does, forty-nine hear who was first', async () => {
    const one = (await district.get(`/organizations/${city.primary}`)).body as { version: number }
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => district.post(`/organizations/${city.primary}`, { version: one.version, patch: { people: 1000 + i } })))
    expect(codes(answers)).toEqual([200, ...Array<number>(49).fill(409)])
  })
  test('the same key: one effect, one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => district.post('/organizations', fresh('百次一键'), { 'idempotency-key': 'hundred' })))
    expect(new Set(answers.map((a) => `${a.status} ${a.text}`)).size).toBe(1)
    expect(answers[0]!.status).toBe(200)
    const other = await district.post('/organizations', fresh('另一内容'), { 'idempotency-key': 'hundred' })
    expect(other.status).toBe(422)
  })
})

test('two transactions that take two rows in two orders both come to an end, and leave nothing open', async () => {
  const actor = await city.actorAt(city.yuzhong, 'district_reviewer')
  const touch = (ids: number[], word: string) => db.asActor(actor, { operation: 'test' }, async (trx) => {
    for (const id of ids) {
      await trx.run(sql`UPDATE org.organization SET remarks = coalesce(remarks, '') || ${word} WHERE id = ${id}`)
      await trx.run(sql`SELECT pg_sleep(0.15)`)
    }
  })
  for (let i = 0; i < 3; i++) await Promise.all([touch([first.id, second.id], '甲'), touch([second.id, first.id], '乙')])
  const rows = await db.asSystem('test', (trx) => trx.rows<{ remarks: string }>(sql`SELECT remarks FROM org.organization WHERE id IN (${first.id}, ${second.id})`))
  for (const r of rows) expect([...r.remarks].sort().join('')).toBe('乙乙乙甲甲甲')
  const admin = new pg.Client(database.connection)
  await admin.connect()
  const open = await admin.query(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND now() - state_change > interval '1 second'`)
  await admin.end()
  expect(open.rows).toEqual([])
}, 30_000)
