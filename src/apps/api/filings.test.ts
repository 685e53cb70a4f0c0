import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { settle } from '../../kernel/reports/filing.ts'
import { lastEnded, shift } from '../../kernel/reports/period.rules.ts'
import { forgetSettings } from '../../kernel/reports/registry.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const as = async (place: number, role: Parameters<typeof city.actorAt>[1]) => api.as(await city.actorAt(place, role))
const filler = await as(city.school, 'filler')
const head = await as(city.school, 'responsible')
const department = await as(city.education, 'district_reviewer')
const district = await as(city.yuzhong, 'district_reviewer')
const town = await as(city.city, 'city_reviewer')
const form = 'energy.monthly'
/** Nothing to find fault with. */
const GOOD = { buildingArea: '30000', people: '2000', electricity: '60000', electricityCost: '42000', water: '3000', waterCost: '12000' }

const period = '2026-01'
beforeEach(async () => {
  forgetSettings()
  await db.asSystem('test', async (trx) => {
    for (const table of ['reports.filing', 'reports.lock', 'reports.lock_exception', 'reports.peer_median', 'energy.consumption', 'app.idempotency']) await trx.run(sql`DELETE FROM ${sql.table(table)}`)
  })
})
const save = (who: Visitor, values: object, version: number | null, more: object = {}) => who.post('/filings/save', { form, period, organizationId: city.school, version, values, ...more })
const open = (who: Visitor = filler, organizationId = city.school) => who.get('/filings/open', { form, period, organizationId })
const act = (who: Visitor, what: string, facts: { id: number; version: number }, more: object = {}) => who.post(`/filings/${facts.id}/${what}`, { version: facts.version, ...more })
const decide = (who: Visitor, what: 'accept' | 'return', facts: { id: number; version: number }, more: object = {}) => who.post(`/reviews/${what}`, { filings: [{ id: facts.id, version: facts.version }], ...more })
/** Saved and handed in by the head of the school. */
async function submitted(values: object = GOOD) {
  const answer = await act(head, 'submit', (await save(filler, values, null)).body.facts)
  expect(answer.text).toContain('"standing":"submitted"')
  return answer.body.facts
}

describe('saving', () => {
  test('keeps what is typed, exactly, and what is not sent', async () => {
    const first = await save(filler, { electricity: '123456789012345678.1234', water: '0.0001' }, null)
    expect(first.body.values).toMatchObject({ electricity: '123456789012345678.1234', water: '0.0001', coal: null })
    const second = await save(filler, { people: '5', water: null }, first.body.facts.version)
    expect(second.body.values).toMatchObject({ electricity: '123456789012345678.1234', water: null, people: '5' })
    const history = (await filler.get(`/filings/${second.body.facts.id}/history`, { item: 'water' })).body.entries
    expect(history).toMatchObject([{ item: 'water', before: '0.0001', after: null }])
  })
  test('a form that is begun for a unit takes from the register what is left blank, once', async () => {
    const first = await save(district, { electricity: '100', people: '7' }, null, { prefill: true })
    expect(first.body.values).toMatchObject({ electricity: '100.0000', buildingArea: '30000.00', people: '7' })
    const cleared = await save(district, { buildingArea: null }, first.body.facts.version, { prefill: true })
    expect(cleared.body.values.buildingArea).toBeNull()
  })
  test.each([['12.0', 'people', '12'], ['5.10000000', 'water', '5.1'], ['0007.50', 'coal', '7.5']])('%s in %s is the number %s, not a lost cell', async (typed, item, kept) => {
    const { body } = await save(filler, { [item]: typed }, null)
    expect(Number(body.values[item])).toBe(Number(kept))
    expect(body.findings.filter((f: any) => f.item === item && f.checkCode.startsWith('number'))).toEqual([])
  })
  test.each([['约三百', 'coal'], ['1e5', 'water'], ['1.23456', 'water'], ['12.5', 'people'], ['1234567890123456789.5', 'lpg']])('%s is refused as a figure, and stays to be seen', async (typed, item) => {
    let { body } = await save(filler, { ...GOOD, [item]: typed }, null)
    expect(body.values[item]).toBe(typed)
    expect((await open()).body.values[item]).toBe(typed)
    body = (await save(filler, { electricityCost: '42001' }, body.facts.version)).body
    expect(body.values[item]).toBe(typed)
    const refusal = await act(head, 'submit', body.facts)
    expect(refusal.status).toBe(422)
    expect(refusal.body.fields.map((f: any) => f.path)).toContain(`values.${item}`)
    // Corrected, it is a form like any other.
    const { body: right } = await save(filler, { [item]: item in GOOD ? (GOOD as any)[item] : null }, (await open()).body.facts.version)
    expect((await act(head, 'submit', right.facts)).status).toBe(200)
  })
  test('of two people the slower is told, and nothing of hers is half-written', async () => {
    const { body } = await save(filler, GOOD, null)
    expect((await save(head, { water: '1' }, body.facts.version)).status).toBe(200)
    const late = await save(filler, { water: '2' }, body.facts.version)
    expect([late.status, late.body.code]).toEqual([409, 'version_conflict'])
    expect((await open()).body.values.water).toBe('1.0000')
  })
  test('many at once on an empty form: one wins', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => save(i % 2 ? filler : head, { water: String(i) }, null)))
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 409)])
    expect((await open()).body.values.water).toBe(answers.find((a) => a.status === 200)!.body.values.water)
  })
  test('many at once on one version: one wins', async () => {
    const { version } = (await save(filler, GOOD, null)).body.facts
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => save(filler, { water: String(i) }, version)))
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 409)])
  })
  test('a repeated key has one effect and one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => filler.post('/filings/save', { form, period, organizationId: city.school, version: null, values: GOOD }, { 'idempotency-key': `k-${period}` })))
    expect(new Set(answers.map((a) => `${a.status} ${a.text}`)).size).toBe(1)
    expect(answers[0]!.status).toBe(200)
    const other = await filler.post('/filings/save', { form, period, organizationId: city.school, version: null, values: {} }, { 'idempotency-key': `k-${period}` })
    expect(other.status).toBe(422)
  })
})

describe('submission', () => {
  test('hard findings refuse, each at its cell', async () => {
    const { body } = await save(filler, { ...GOOD, water: null, electricity: '-1' }, null)
    const refusal = await act(head, 'submit', body.facts)
    expect(refusal.status).toBe(422)
    expect(refusal.body.fields.map((f: any) => f.path)).toEqual(expect.arrayContaining(['values.water', 'values.electricity']))
    expect((await open()).body.facts).toMatchObject({ standing: 'draft', counted: false, hardFindings: expect.any(Number) })
    expect((await open()).body.values.electricity).toBe('-1.0000')
  })
  test('soft findings want a reason, which survives saving and goes with the finding', async () => {
    const dear = { ...GOOD, electricityCost: '120000' }
    let { body } = await save(filler, dear, null)
    const f = body.findings.find((x: any) => x.checkCode === 'unit-price.electricity')
    expect(f.severity).toBe('soft')
    expect((await act(head, 'submit', body.facts)).status).toBe(422)
    const explained = await filler.post(`/filings/${body.facts.id}/explain`, { checkCode: f.checkCode, item: f.item, reason: '含补缴上年基本电费' })
    expect(explained.body.facts).toMatchObject({ openFindings: 0, explainedFindings: 1 })
    body = (await save(filler, { water: '3001' }, explained.body.facts.version)).body
    expect(body.findings.find((x: any) => x.checkCode === f.checkCode)).toMatchObject({ reason: '含补缴上年基本电费', reasonBy: expect.stringMatching(/^填报人/) })
    const done = await act(head, 'submit', body.facts)
    expect(done.body.facts).toMatchObject({ standing: 'submitted', explainedFindings: 1, counted: true })
    expect(done.body.findings[0].reason).toBe('含补缴上年基本电费')
    expect((await filler.post(`/filings/${body.facts.id}/explain`, { checkCode: f.checkCode, item: f.item, reason: '改口' })).status).toBe(422)
    // Withdrawn and put right, the finding is gone and the reason with it.
    const back = (await act(head, 'withdraw', done.body.facts, { reason: '补正' })).body
    const right = (await save(filler, { electricityCost: '42000' }, back.facts.version)).body
    expect(right.findings).toEqual([])
  })
  test('a filler may not submit; a stale page may not; twice may not', async () => {
    const { body } = await save(filler, GOOD, null)
    expect((await act(filler, 'submit', body.facts)).status).toBe(403)
    expect((await act(head, 'submit', { ...body.facts, version: body.facts.version - 1 })).status).toBe(409)
    const { body: done } = await act(head, 'submit', body.facts)
    expect(done.facts).toMatchObject({ submittedByName: expect.stringMatching(/^单位负责人/), responsibleName: expect.stringMatching(/^单位负责人/), filledByName: expect.stringMatching(/^填报人/) })
    expect((await act(head, 'submit', done.facts)).status).toBe(422)
    expect((await save(filler, { water: '1' }, done.facts.version)).status).toBe(422)
  })
  test('ten at once: one submission', async () => {
    const { body } = await save(filler, GOOD, null)
    const answers = await Promise.all(Array.from({ length: 10 }, () => act(head, 'submit', body.facts)))
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
    const { n } = (await db.asSystem('test', (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM reports.review WHERE filing_id = ${body.facts.id} AND decision = 'submit'`)))!
    expect(n).toBe(1)
  })
})

describe('review', () => {
  test('level by level: superior, then city; the city skips nobody', async () => {
    const facts = await submitted()
    const early = await decide(town, 'accept', facts)
    expect(early.body).toMatchObject({ accepted: 0, skipped: [{ why: '主管单位还没有审核' }] })
    expect((await decide(department, 'accept', facts)).body.accepted).toBe(1)
    const one = (await open()).body.facts
    expect(one).toMatchObject({ standing: 'accepted1', acceptedLevel: 1 })
    expect((await decide(district, 'accept', one)).body.skipped[0].why).toBe('已经审核通过')
    expect((await decide(town, 'accept', one)).body.accepted).toBe(1)
    expect((await open()).body.facts).toMatchObject({ standing: 'accepted2', acceptedLevel: 2 })
    expect((await act(head, 'withdraw', (await open()).body.facts, { reason: '想改' })).status).toBe(422)
  })
  test('an institution of the city itself is accepted by the city at once', async () => {
    const own = await city.institution({ name: `市直某局${period}`, superiorId: city.city, regionId: city.regions.city })
    const clerk = await as(own, 'responsible')
    const { body } = await clerk.post('/filings/save', { form, period, organizationId: own, version: null, values: { ...GOOD, people: '100', buildingArea: '5000', electricity: '9000', electricityCost: '6300', water: '300', waterCost: '1200' } })
    const { facts } = (await act(clerk, 'submit', body.facts)).body
    expect((await decide(town, 'accept', facts)).body.accepted).toBe(1)
  })
  test('nobody accepts the own unit’s form', async () => {
    const both = await as(city.school, 'district_reviewer')
    const facts = await submitted()
    expect((await decide(both, 'accept', facts)).body).toMatchObject({ accepted: 0, skipped: [{ why: '不能审核本单位的报表' }] })
    expect((await open(both)).body.can).not.toContain('accept')
  })
  test('fifty at once: one acceptance at each level', async () => {
    let facts = await submitted()
    for (const [who, standing] of [[department, 'accepted1'], [town, 'accepted2']] as const) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => decide(who, 'accept', facts)))
      expect(answers.filter((a) => a.body.accepted === 1)).toHaveLength(1)
      expect(answers.every((a) => a.status === 200)).toBe(true)
      facts = (await open()).body.facts
      expect(facts.standing).toBe(standing)
    }
    expect((await open()).body.reviews.map((r: any) => r.decision)).toEqual(['submit', 'accept', 'accept'])
  })
  test('accept and withdraw at once: never both', async () => {
    const facts = await submitted()
    const [accepted, withdrawn] = await Promise.all([decide(department, 'accept', facts), act(head, 'withdraw', facts, { reason: '想改' })])
    expect([accepted.body.accepted === 1, withdrawn.status === 200].filter(Boolean)).toHaveLength(1)
  })
  test('the same filing chosen twice is one filing; a hidden one among many is absent', async () => {
    const facts = await submitted()
    const wanzhou = await as(city.wanzhou, 'district_reviewer')
    expect((await decide(wanzhou, 'accept', facts)).status).toBe(404)
    const twice = await department.post('/reviews/accept', { filings: [facts, facts].map(({ id, version }) => ({ id, version })) })
    expect(twice.body).toEqual({ accepted: 1, skipped: [] })
  })
  test('returned to the cell: remark seen, corrected, handed in again, settled', async () => {
    const facts = await submitted()
    expect((await decide(department, 'return', facts, { remarks: '请核对', cells: [{ item: 'nonsense', text: '核对' }] })).status).toBe(404)
    expect((await open()).body.facts.standing).toBe('submitted')
    const returned = await decide(department, 'return', facts, { remarks: '水量请核对', cells: [{ item: 'water', text: '像是两个月的' }] })
    expect(returned.body.returned).toBe(1)
    let now = (await open()).body
    expect(now.facts).toMatchObject({ standing: 'returned', counted: false, submittedAt: null, returnRemarks: '水量请核对' })
    expect(now.remarks).toMatchObject([{ item: 'water', text: '像是两个月的', settledAt: null }])
    const saved = (await save(filler, { water: '1500', waterCost: '6000' }, now.facts.version)).body
    expect(saved.facts.standing).toBe('returned')
    expect((await act(head, 'submit', saved.facts)).status).toBe(200)
    now = (await open()).body
    expect(now.facts).toMatchObject({ standing: 'submitted', returnedAt: null, returnRemarks: null })
    expect(now.remarks[0].settledAt).not.toBeNull()
    expect(now.reviews.map((r: any) => r.decision)).toEqual(['submit', 'return', 'submit'])
  })
  test('what the city accepted only the city returns', async () => {
    const facts = await submitted()
    await decide(department, 'accept', facts)
    await decide(town, 'accept', (await open()).body.facts)
    const now = (await open()).body.facts
    expect((await decide(district, 'return', now, { remarks: '请核对' })).body.skipped[0].why).toMatch('市级')
    expect((await decide(town, 'return', now, { remarks: '请核对' })).body.returned).toBe(1)
    expect((await open()).body.facts).toMatchObject({ standing: 'returned', acceptedLevel: 0 })
  })
  test('withdrawn with a reason', async () => {
    const { body } = await act(head, 'withdraw', await submitted(), { reason: '抄错一栏' })
    expect(body.facts).toMatchObject({ standing: 'draft', counted: false })
    expect((await open()).body.reviews.at(-1)).toMatchObject({ decision: 'withdraw', remarks: '抄错一栏' })
  })
})

describe('locks', () => {
  const lock = (regionId: number | null = null) => town.post('/periods/lock', { form, period, regionId, reason: '年报已上报' })
  test('a locked period takes nothing, an exception opens it for one and for a time', async () => {
    const { body } = await save(filler, GOOD, null)
    const { id } = (await lock()).body
    expect((await lock()).status).toBe(409)
    for (const refusal of [await save(filler, { water: '1' }, body.facts.version), await act(head, 'submit', body.facts)]) expect([refusal.status, refusal.body.message]).toEqual([422, expect.stringContaining('锁定')])
    expect((await open()).body).toMatchObject({ locked: { reason: '年报已上报' }, can: [] })
    expect((await department.post('/periods/exception', { form, period, organizationId: city.school, reason: '更正', until: '2099-01-01T00:00:00Z' })).status).toBe(403)
    expect((await town.post('/periods/exception', { form, period, organizationId: city.school, reason: '更正', until: '2020-01-01T00:00:00Z' })).status).toBe(422)
    expect((await town.post('/periods/exception', { form, period, organizationId: city.school, reason: '更正', until: '2099-01-01T00:00:00Z' })).status).toBe(200)
    const opened = await save(filler, { water: '2999' }, body.facts.version)
    expect(opened.status).toBe(200)
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE reports.lock_exception SET until = now() - interval '1 second'`))
    expect((await save(filler, { water: '2998' }, opened.body.facts.version)).status).toBe(422)
    expect((await town.post('/periods/unlock', { id, reason: '继续填报' })).status).toBe(200)
    expect((await save(filler, { water: '2998' }, opened.body.facts.version)).status).toBe(200)
    const trace = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT action, reason, actor_name FROM audit.change WHERE entity = 'reports.lock' AND record_id = ${id} ORDER BY id`))
    expect(trace).toMatchObject([{ action: 'create', reason: '年报已上报' }, { action: 'delete', reason: '继续填报' }])
  })
  test('a region’s lock leaves the others open; a soft finding of a locked form keeps its silence', async () => {
    const { body } = await save(filler, { ...GOOD, electricityCost: '120000' }, null)
    await lock(city.regions.yuzhong)
    expect((await save(filler, { water: '1' }, body.facts.version)).status).toBe(422)
    expect((await filler.post(`/filings/${body.facts.id}/explain`, { checkCode: 'unit-price.electricity', item: 'electricity', reason: '补缴' })).status).toBe(422)
    const bureau = await as(city.bureau, 'filler')
    expect((await bureau.post('/filings/save', { form, period, organizationId: city.bureau, version: null, values: {} })).status).toBe(200)
  })
  test('a filing of a locked period is not returned into nowhere', async () => {
    const facts = await submitted()
    await lock()
    expect((await decide(department, 'return', facts, { remarks: '请核对' })).status).toBe(422)
    expect((await act(head, 'withdraw', facts, { reason: '想改' })).status).toBe(422)
  })
})

describe('who reports when', () => {
  test('nothing before it was founded, nothing after it ended, the year in which it ended yes', async () => {
    const gone = await city.institution({ name: '已撤销的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong })
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET valid_from = '2024-03-01', valid_to = '2025-06-15' WHERE id = ${gone}`))
    const status = async (f: string, p: string) => (await district.post('/filings/save', { form: f, period: p, organizationId: gone, version: null, values: {} })).status
    expect(await status(form, '2024-02')).toBe(422)
    expect(await status(form, '2024-03')).toBe(200)
    expect(await status(form, '2025-06')).toBe(200)
    expect(await status(form, '2025-07')).toBe(422)
    expect(await status('energy.annual', '2025')).toBe(200)
    expect(await status('energy.annual', '2026')).toBe(422)
    const listed = async (p: string) => (await district.get('/filings', { form: 'energy.annual', period: p, limit: 200 })).body.rows.map((r: any) => r.organizationId)
    expect(await listed('2025')).toContain(gone)
    expect(await listed('2026')).not.toContain(gone)
  })
  test('no period that has not begun; the one that runs, yes', async () => {
    const next = shift(lastEnded(1), 2).key
    const refused = await save(filler, GOOD, null, { period: next })
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('还没有开始，不能填报')])
    expect((await filler.get('/filings/open', { form, period: next, organizationId: city.school })).body.can).not.toContain('save')
    expect((await save(filler, GOOD, null, { period: shift(lastEnded(1), 1).key })).status).toBe(200)
  })
  test('a period of the wrong length, an unknown form, a period that is none', async () => {
    for (const [f, p] of [[form, '2026'], ['energy.annual', '2026-01'], ['energy.nonsense', '2026'], [form, '2026-13']]) {
      const { status } = await filler.get('/filings/open', { form: f, period: p, organizationId: city.school })
      expect(status, `${f} ${p}`).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
  })
})

test('progress counts every institution once, and says what is kept out', async () => {
  await submitted()
  const bad = await district.post('/filings/save', { form, period, organizationId: city.hospital, version: null, values: {} })
  expect(bad.body.facts).toMatchObject({ counted: false, itemsFilled: 0 })
  const { rows } = (await town.get('/reviews/progress', { form, period })).body
  const sum = (k: string) => rows.reduce((n: number, r: any) => n + r[k], 0)
  const list = (await town.get('/filings', { form, period, limit: 200 })).body
  expect(sum('expected')).toBe(list.total)
  expect(rows.find((r: any) => r.id === city.regions.yuzhong)).toMatchObject({ submitted: 1, filled: 2, keptOut: 0 })
  expect(list.rows.filter((r: any) => r.standing === 'missing')).toHaveLength(sum('expected') - sum('filled'))
  const mine = (await department.get('/reviews/progress', { form, period, by: 'superior' })).body.rows
  expect(mine.map((r: any) => [r.id, r.expected, r.submitted])).toEqual([[city.education, 2, 1]])
  const figure = await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT counted, electricity::text AS e FROM energy.consumption WHERE organization_id = ${city.school} AND months = 1 AND period_start = ${`${period}-01`}`))
  expect(figure).toEqual({ counted: true, e: '60000.0000' })
})

describe('duties', () => {
  const duties = async (who: Visitor) => (await who.get('/filings/duties', {})).body
  const [last, before, longAgo] = [lastEnded(1), shift(lastEnded(1), -2), shift(lastEnded(1), -14)].map((p) => p.key) as [string, string, string]
  const keyed = (list: any[]) => list.filter((d) => d.form === form).map((d) => [d.period, d.standing])
  const saveIn = async (p: string, values: object = GOOD) => (await save(filler, values, null, { period: p })).body.facts
  const lock = (p: string) => town.post('/periods/lock', { form, period: p, regionId: null, reason: '已经汇总上报' })

  test('a form of an earlier period stays a duty until it is handed in: returned first, what was begun, what nobody began', async () => {
    const handed = (await act(head, 'submit', await saveIn(longAgo))).body.facts
    expect(keyed((await duties(filler)).toFill).map(([p]) => p)).not.toContain(longAgo)
    await decide(department, 'return', handed, { remarks: '请核对水量' })
    await saveIn(before)
    const all = keyed((await duties(filler)).toFill)
    expect(all[0]).toEqual([longAgo, 'returned'])
    expect(all).toContainEqual([before, 'draft'])
    expect(all).toContainEqual([last, 'missing'])
    expect(all).toHaveLength(13)
    await lock(before)
    await lock(longAgo)
    await town.post('/periods/exception', { form, period: longAgo, organizationId: city.school, reason: '更正', until: new Date(Date.now() + 86_400_000).toISOString() })
    const open = keyed((await duties(filler)).toFill)
    expect(open).toContainEqual([longAgo, 'returned'])
    expect(open.map(([p]) => p)).not.toContain(before)
  })
  test('a review waits in whatever period it was handed in, at the level whose turn it is', async () => {
    const direct = await city.institution({ name: '市直属单位', superiorId: city.city, regionId: city.regions.city })
    const early = (await act(head, 'submit', await saveIn(before))).body.facts
    const late = (await act(head, 'submit', await saveIn(last))).body.facts
    const waiting = async (who: Visitor) => (await duties(who)).toReview.map((d: any) => [d.period, d.waiting])
    expect(await waiting(department)).toEqual([[last, 1], [before, 1]])
    expect(await waiting(town)).toEqual([])
    await decide(department, 'accept', early)
    expect(await waiting(department)).toEqual([[last, 1]])
    expect(await waiting(town)).toEqual([[before, 1]])
    const own = (await town.post('/filings/save', { form, period: last, organizationId: direct, version: null, values: GOOD })).body.facts
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE reports.filing SET submitted_at = now() WHERE id = ${own.id}`))
    expect(await waiting(town)).toEqual([[last, 1], [before, 1]])
    expect((await duties(filler)).sent.map((d: any) => [d.period, d.standing])).toEqual([[late.period, 'submitted'], [early.period, 'accepted1']])
    expect((await duties(department)).sent).toEqual([])
  })
  test('a reminder is for those who are reminded, the last of each form, until the form is there', async () => {
    await db.asSystem('test', (trx) => trx.run(sql`DELETE FROM reports.reminder`))
    for (const text of ['请抓紧填报', '第二次催报']) await district.post('/reviews/remind', { form, period: last, organizationIds: [city.school, city.primary, city.hospital], text })
    expect((await duties(filler)).reminders).toMatchObject([{ text: '第二次催报', organizationId: city.school, form, period: last }])
    for (const who of [district, department, town]) expect((await duties(who)).reminders).toEqual([])
    // Handed in by a file: nobody pressed a button, and the reminder is answered all the same.
    const facts = await saveIn(last)
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE reports.filing SET submitted_at = now() WHERE id = ${facts.id}`))
    expect((await duties(filler)).reminders).toEqual([])
  })
})

describe('what one institution filed', () => {
  const list = (who: Visitor, query: object = {}, organizationId = city.school) => who.get(`/organizations/${organizationId}/filings`, { ...query })
  const saveIn = async (key: string, name = form, values: object = GOOD) => (await filler.post('/filings/save', { form: name, period: key, organizationId: city.school, version: null, values })).body.facts
  test('the newest period first, a year above its months, in pages and by form', async () => {
    expect((await list(filler)).body).toEqual({ total: 0, rows: [] })
    for (const [key, name] of [['2025-11', form], ['2025', 'energy.annual'], ['2025Q4', 'energy.quarterly'], ['2025-12', form], ['2026-01', form]] as const) await saveIn(key, name)
    await save(town, GOOD, null, { organizationId: city.hospital })
    const all = (await list(town)).body
    expect([all.total, all.rows.map((r: any) => r.period)]).toEqual([5, ['2026-01', '2025', '2025Q4', '2025-12', '2025-11']])
    expect(new Set(all.rows.map((r: any) => r.organizationId))).toEqual(new Set([city.school]))
    const second = (await list(town, { form, offset: 1, limit: 1 })).body
    expect([second.total, second.rows.map((r: any) => [r.form, r.period])]).toEqual([3, [[form, '2025-12']]])
    expect((await list(town, { offset: 5 })).body).toEqual({ total: 5, rows: [] })
    expect((await list(town, { form: 'energy.weekly' })).body).toMatchObject({ code: 'refused', message: '没有这张报表。' })
    expect((await list(town, { limit: 201 })).status).toBe(400)
  })
  test('whether totals count it, why not, and who accepted it for as long as that holds', async () => {
    const row = async () => (await list(department)).body.rows[0]
    const draft = (await save(filler, GOOD, null)).body.facts
    expect(await row()).toMatchObject({ standing: 'draft', counted: false, keptOut: 'not-submitted', submittedAt: null, acceptedByName: null, acceptedAt: null })
    const { facts } = (await act(head, 'submit', draft)).body
    expect(await row()).toMatchObject({ id: facts.id, standing: 'submitted', itemsFilled: facts.itemsFilled, itemsExpected: facts.itemsExpected, submittedByName: facts.submittedByName, submittedAt: facts.submittedAt, counted: facts.counted, keptOut: facts.counted ? null : 'not-accepted' })
    await decide(department, 'accept', facts)
    const accepted = await row()
    expect(accepted).toMatchObject({ standing: 'accepted1' })
    const [entry] = (await open()).body.reviews.filter((r: any) => r.decision === 'accept')
    expect([accepted.acceptedByName, accepted.acceptedAt]).toEqual([entry.byName, entry.at])
    await decide(department, 'return', accepted, { remarks: '请核对' })
    expect(await row()).toMatchObject({ standing: 'returned', counted: false, keptOut: 'not-submitted', acceptedByName: null, acceptedAt: null })
  })
  test('an error keeps it out, one that only some measures feel does not', async () => {
    const facts = await submitted()
    const settled = async (gap: string) => {
      await db.asSystem('test', async (trx) => {
        await trx.run(sql`DELETE FROM reports.finding`)
        await trx.run(sql`INSERT INTO reports.finding (filing_id, org_path, check_code, item, severity, message, detail) SELECT id, org_path, 'x', 'water', 'hard', '不对', jsonb_build_object('gap', ${gap}::text) FROM reports.filing WHERE id = ${facts.id}`)
        await trx.run(sql`UPDATE reports.filing SET accepted_level = 2 WHERE id = ${facts.id}`)
        await settle(trx, [facts.id])
      })
      return (await list(town)).body.rows[0]
    }
    expect(await settled('form')).toMatchObject({ hardFindings: 1, counted: false, keptOut: 'hard-findings' })
    expect(await settled('measure')).toMatchObject({ hardFindings: 1, counted: true, keptOut: null })
  })
  test('out of sight is not there', async () => {
    await save(filler, GOOD, null)
    const sibling = await as(city.primary, 'filler')
    const [hidden, absent] = [await list(sibling), await list(sibling, {}, 99_999_999)]
    expect([hidden.status, hidden.text]).toEqual([404, absent.text])
    expect((await list(await as(city.school, 'leader'))).body.total).toBe(1)
  })
})
