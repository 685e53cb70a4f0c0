/**
 * Every operation as OpenAPI describes it (F15, C44): right inputs and inputs spoilt in twelve ways. Nothing makes the server
 * fail, every answer is as declared, and a refused call changes nothing. GONGXIE_FUZZ_RUNS makes it longer, GONGXIE_SEED other.
 */
import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import * as sessionOps from '../../kernel/authority/session.contract.ts'
import { ROLES, type Role } from '../../kernel/authority/roles.rules.ts'
import type { Operation } from '../../kernel/contract/contract.rules.ts'
import { testApi, type Answer, type Visitor } from '../../kernel/test/api.ts'
import { MUTATORS, valid, type Hints, type Schema } from '../../kernel/test/arbitrary.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { stateOf } from '../../kernel/test/state.ts'
import { domains } from '../domains.ts'

const RUNS = Number(process.env.GONGXIE_FUZZ_RUNS ?? 2)
const SEED = Number(process.env.GONGXIE_SEED ?? 20261125)
const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
// Whoever asks here is not among those whose posts and passwords are shuffled.
const owner = new pg.Client(database.connection)
await owner.connect()
await owner.query(`SELECT setval(pg_get_serial_sequence(t, 'id'), 50000) FROM unnest(ARRAY['auth.person', 'auth.post', 'auth.account']) AS t`)
await owner.end()
const api = await testApi(database, domains)
const document = (await api.app.inject('/openapi.json')).json() as { paths: Record<string, Record<string, Schema>> }
const operations: Operation[] = [...Object.values(sessionOps).filter((o): o is any => typeof o === 'object' && 'id' in o && 'path' in o), ...domains.flatMap((d) => d.handlers.map((h) => h.operation))]
const described = new Map(Object.values(document.paths).flatMap((p) => Object.values(p)).map((d) => [d.operationId as string, d]))

// Something to look at, to decide and to take back.
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
for (const [organizationId, period] of [[city.school, '2026-01'], [city.school, '2025-12'], [city.primary, '2026-01'], [city.hospital, '2026-01']] as const) {
  const saved = await district.post('/filings/save', { form: 'energy.monthly', period, organizationId, version: null, values: { electricity: '1200', water: '30', people: '10', buildingArea: '100' } })
  if (organizationId !== city.school) await district.post(`/filings/${saved.body.facts.id}/submit`, { version: saved.body.facts.version })
}
await district.upload('/imports/check', { name: '名录.csv', bytes: '机构名称,机构类型,区划,用能人数\n甲,01,渝中区,5\n' }, { target: 'institutions', mapping: { columns: { name: '机构名称', category: '机构类型', regionId: '区划', people: '用能人数' } } })

const places = fc.constantFrom(city.city, city.yuzhong, city.wanzhou, city.education, city.school, city.primary, city.hospital, city.bureau, 999_999)
const hints: Hints = {
  organizationId: places, superiorId: places, id: fc.oneof(places, fc.integer({ min: 1, max: 4 })), ids: fc.array(places, { maxLength: 3 }), regionId: fc.constantFrom(1, 2, 4),
  form: fc.constantFrom('energy.monthly', 'energy.quarterly', 'energy.annual'), period: fc.constantFrom('2026-01', '2025Q4', '2025', '2024'), year: fc.constantFrom(2024, 2025, 2026),
  target: fc.constantFrom('institutions', 'energy'), limit: fc.integer({ min: 1, max: 20 }), version: fc.constantFrom(1, 2, 3), by: fc.constantFrom('region', 'category', 'year'), mapping: fc.constant({ columns: { name: '机构名称', category: '机构类型' } }), page: fc.constant('/organizations'),
  filter: fc.constantFrom('{"category":["021"]}', '{"people":{"min":"10"}}', '{}'), sort: fc.constantFrom('name', '-name'), role: fc.constantFrom(...Object.keys(ROLES)),
}
/** Whoever holds the permission, at the city. */
const seats = new Map<string, Promise<Visitor>>()
function seatFor(o: Operation): Promise<Visitor> {
  const role = (Object.keys(ROLES) as Role[]).find((r) => r !== 'filler' && r !== 'responsible' && ((ROLES[r].permissions as readonly string[]).includes('report.lock') && (ROLES[r].permissions as readonly string[]).includes(o.access)))
    ?? (Object.keys(ROLES) as Role[]).find((r) => (ROLES[r].permissions as readonly string[]).includes(o.access)) ?? 'city_reviewer'
  if (!seats.has(role)) seats.set(role, city.actorAt(city.city, role).then((a) => api.as(a)))
  return seats.get(role)!
}

const state = await stateOf(db)

interface Sent { input: Record<string, unknown>; text: string; type?: string }
async function call(who: Visitor, o: Operation, sent: Sent, path: Record<string, unknown>): Promise<Answer | null> {
  const url = o.path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(String(path[name] ?? 1).toWellFormed()))
  if (o.upload) return who.upload(url, { name: '名录.csv', bytes: '机构名称,机构类型\n甲,01\n' }, sent.text)
  if (o.method === 'POST') {
    const answer = await api.app.inject({ method: 'POST', url: `/api${url}`, payload: sent.text, headers: { cookie: who.cookie, 'content-type': sent.type ?? 'application/json', 'x-gongxie-token': (await tokenOf(who))! } })
    return { status: answer.statusCode, text: answer.payload, bytes: answer.rawPayload, headers: answer.headers as Record<string, unknown>, body: /json/.test(String(answer.headers['content-type'])) ? answer.json() : answer.payload }
  }
  let fields: Record<string, unknown>
  try {
    fields = JSON.parse(sent.text) as Record<string, unknown>
  } catch {
    return null
  }
  const query = Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined && v !== null).map(([k, v]) => [k, typeof v === 'string' ? v.toWellFormed() : JSON.stringify(v)]))
  return who.get(url, query)
}
const tokens = new Map<string, Promise<string>>()
const tokenOf = (who: Visitor) => {
  if (!tokens.has(who.cookie)) tokens.set(who.cookie, who.get('/session').then((a) => a.body.token as string))
  return tokens.get(who.cookie)
}

function verdict(o: Operation, answer: Answer, what: string): void {
  if (answer.status >= 500) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`)
  if (answer.status >= 400) {
    const { code, message, ...more } = answer.body as { code: string; message: string }
    expect(String(answer.headers['content-type']), what).toMatch(/^application\/problem\+json/)
    expect(code, what).toMatch(/^[a-z_]+$/)
    expect(message, what).toMatch(/[\u4e00-\u9fff].*[。！？]$|[\u4e00-\u9fff]/)
    expect(Object.keys(more).filter((k) => !['fields', 'basis', 'params'].includes(k)), what).toEqual([])
    return
  }
  expect(answer.status, what).toBe(200)
  if (o.binary) return void expect(String(answer.headers['content-disposition']), what).toMatch(/^attachment; /)
  const declared = o.output.safeParse(answer.body)
  expect(declared.success ? null : declared.error.message, what).toBeNull()
  // Nothing that is not declared leaves the house.
  expect(declared.data, what).toEqual(answer.body)
}

// They end or change the session that asks; they have tests of their own.
const SPARED = /^(session|account|second-factor|recovery|bootstrap|sso)[.-]/
const ONLY_JSON = new Set(['another content type', 'a key twice', '__proto__', 'half a surrogate pair', 'something deep'])
const reached = new Set<string>()
const seen = new Map<number, number>()
describe('right and spoilt', () => {
  test.each(operations.filter((o) => !SPARED.test(o.id)).map((o) => [o.id, o] as const))('%s', async (_id, o) => {
    const d = described.get(o.id)!
    const parameters = (d.parameters ?? []) as { name: string; in: string; required: boolean; schema: Schema }[]
    const body = (d.requestBody?.content['application/json']?.schema ?? d.requestBody?.content['multipart/form-data']?.schema.properties.input) as Schema | undefined
    const query: Schema = { type: 'object', properties: Object.fromEntries(parameters.filter((p) => p.in === 'query').map((p) => [p.name, p.schema])), required: parameters.filter((p) => p.in === 'query' && p.required).map((p) => p.name) }
    const schema = body ?? query
    const path = fc.record(Object.fromEntries(parameters.filter((p) => p.in === 'path').map((p) => [p.name, valid(p.schema, p.schema, hints, p.name)])))
    const who = await seatFor(o)
    const right = valid(schema, schema, hints) as fc.Arbitrary<Record<string, unknown>>

    let known = await state()
    const look = async (answer: Answer, what: string) => {
      verdict(o, answer, what)
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      if (answer.status === 200) reached.add(o.id)
      const now = await state()
      if (answer.status >= 400) expect(now, `${what} was refused with ${answer.status} and changed something`).toEqual(known)
      known = now
    }
    await fc.assert(fc.asyncProperty(right, path, async (input, at) => {
      const answer = await call(who, o, { input, text: JSON.stringify(input) }, at)
      await look(answer!, `${o.id} ${JSON.stringify(at)} ${JSON.stringify(input).slice(0, 600)}`)
    }), { numRuns: RUNS * 3, seed: SEED })
    for (const m of MUTATORS) {
      if (o.method === 'GET' && ONLY_JSON.has(m.name) || o.upload && ['another content type', 'a key twice'].includes(m.name)) continue
      await fc.assert(fc.asyncProperty(right, path, fc.nat(200), async (input, at, pick) => {
        const spoilt = m.spoil(input, schema, pick)
        if (!spoilt) return
        const what = `${o.id} with ${m.name}: ${spoilt.text.slice(0, 400)}`
        const answer = await call(who, o, { input, ...spoilt }, at)
        if (!answer) return
        if (!m.mayPass && answer.status < 400) throw new Error(`${what} was let through`)
        await look(answer, what)
      }), { numRuns: RUNS, seed: SEED })
    }
  }, 60_000 * RUNS)
})
test('most of them were reached: what is only ever refused at the door proves nothing', () => {
  const asked = operations.filter((o) => !SPARED.test(o.id)).map((o) => o.id)
  const never = asked.filter((id) => !reached.has(id))
  if (process.env.GONGXIE_FUZZ_RUNS) process.stdout.write(`answers by status: ${JSON.stringify(Object.fromEntries(seen))}; never with 200: ${never.join(', ')}\n`)
  expect(reached.size / asked.length).toBeGreaterThan(0.5)
})
