/** Personal data is shown in part: a canary in every place it can be stored, every role, every answer that reads. */
import { sql } from 'kysely'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import { masked } from '../../kernel/entity/mask.rules.ts'
import { ROLES, type Role } from '../../kernel/authority/roles.rules.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const CANARY = '13987654321'
const OLD = '13911223344'
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))

// In the register and its history, on a person, in an import's lines.
const person = await city.actorAt(city.school, 'filler')
await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.person SET phone = ${CANARY} WHERE id = ${person.personId}`))
for (const phone of [OLD, CANARY]) {
  const { body } = await town.get(`/organizations/${city.school}`)
  expect((await town.post(`/organizations/${city.school}`, { version: body.version, patch: { contactPhone: phone }, reason: '更正' })).status).toBe(200)
}
const batch = (await db.asSystem('test', async (trx) => {
  const b = (await trx.one<{ id: number }>(sql`INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, headings, org_path, by_name, state, counts) VALUES ('institutions', 'a.csv', 'x', 1, '{"columns":{"name":"名称","contactPhone":"电话"}}', '["名称","电话"]', '1.', '某人', 'checked', '{"error":1}') RETURNING id`))!
  await trx.run(sql`INSERT INTO imports.line (batch_id, line, org_path, raw, outcome, findings) VALUES (${b.id}, 2, '1.', ${JSON.stringify(['学校', CANARY])}, 'error', '[]')`)
  return b
})).id

const reads = domains.flatMap((d) => d.handlers.map((h) => h.operation)).filter((o) => o.method === 'GET')
const ids: Record<string, number> = { '/organizations': city.school, '/people': person.personId, '/imports': batch, '/posts': person.postId }
const inputs: Record<string, unknown> = {
  form: 'energy.monthly', period: '2026-01', organizationId: city.school, page: '/organizations', target: 'institutions', limit: 5, year: 2026, by: 'region', subject: 'person', id: person.personId, filter: '{}', format: 'csv', columns: 'name,contactPhone', mine: 'true', view: 'all',
}

describe.each(Object.keys(ROLES) as Role[])('%s', (role) => {
  const place = role === 'filler' || role === 'responsible' ? city.school : role === 'district_reviewer' ? city.yuzhong : city.city
  test.each(reads.map((o) => [o.id, o] as const))('%s shows no number whole', async (_id, o) => {
    const who = await api.as(await city.actorAt(place, role))
    const known = Object.keys((z.toJSONSchema(o.input, { io: 'input', unrepresentable: 'any' }) as { properties?: object }).properties ?? {})
    const url = o.path.replace(/:\w+/g, String(ids[Object.keys(ids).find((p) => o.path.startsWith(p)) ?? ''] ?? 1))
    const answer = await who.get(url, Object.fromEntries(Object.entries(inputs).filter(([k]) => known.includes(k) && !o.path.includes(`:${k}`))))
    for (const canary of [CANARY, OLD]) expect(answer.bytes.includes(canary), answer.text.slice(0, 300)).toBe(false)
  })
})

test('the scan reaches what holds them: shown in part where a whole one would be', async () => {
  const part = masked(CANARY)!
  expect(part).toBe('139****4321')
  expect((await town.get('/organizations', { filter: '{}', q: '示范中学' })).body.rows[0].contactPhone).toBe(part)
  expect((await town.get(`/organizations/${city.school}`)).body.contactPhone).toBe(part)
  expect((await town.get(`/organizations/${city.school}/history`)).body.entries[0].changes[0]).toMatchObject({ before: masked(OLD), after: part })
  expect((await town.get('/organization-export', { columns: 'name,contactPhone', format: 'csv' })).text).toContain(part)
  expect((await town.get(`/imports/${batch}/lines`)).body.lines[0].raw).toEqual(['学校', part])
  expect((await town.get('/people', { q: person.name })).body.people[0].phone).toBe(part)
})
test('what was shown in part is not written back', async () => {
  const { body } = await town.get(`/organizations/${city.school}`)
  const answer = await town.post(`/organizations/${city.school}`, { version: body.version, patch: { contactPhone: body.contactPhone } })
  expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'patch.contactPhone'])
})
describe('a reveal', () => {
  const revealed = (where = sql`true`) => db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT entity, record_id AS record, field, records, reason, by_name AS by FROM auth.reveal WHERE ${where} ORDER BY id`))
  test('needs a reason and leaves a line of its own, also in the history', async () => {
    expect((await district.post('/reveal', { entity: 'org.organization', id: city.school, field: 'contactPhone' })).status).toBe(400)
    const answer = await district.post('/reveal', { entity: 'org.organization', id: city.school, field: 'contactPhone', reason: '电话催报' })
    expect(answer.body).toEqual({ value: CANARY })
    expect((await revealed()).at(-1)).toMatchObject({ entity: 'org.organization', record: city.school, field: 'contactPhone', reason: '电话催报' })
    const [line] = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT operation, reason, changes FROM audit.change WHERE entity = 'auth.reveal' ORDER BY id DESC LIMIT 1`))
    expect(line).toMatchObject({ operation: 'record.reveal', reason: '电话催报', changes: { record: city.school, field: 'contactPhone' } })
  })
  test('only of what is personal, only of what one may read, only where one is', async () => {
    const ask = (entity: string, id: number, field: string) => district.post('/reveal', { entity, id, field, reason: '核实' }).then((a) => a.status)
    expect(await ask('org.organization', city.school, 'name')).toBe(404)
    expect(await ask('auth.account', 1, 'passwordHash')).toBe(404)
    expect(await ask('org.organization', city.bureau, 'contactPhone')).toBe(404)
    const admin = await api.as(await city.actorAt(city.city, 'system_administrator'))
    expect((await admin.post('/reveal', { entity: 'org.organization', id: city.school, field: 'contactPhone', reason: '核实' })).status).toBe(403)
    expect((await admin.post('/reveal', { entity: 'auth.person', id: person.personId, field: 'phone', reason: '联系本人' })).body).toEqual({ value: CANARY })
  })
  test('of a whole list says how many, and is a critical act', async () => {
    const answer = await town.post('/organization-export/personal', { columns: 'name,contactPhone', format: 'csv', reason: '年度通讯录' })
    expect(answer.text).toContain(CANARY)
    expect((await revealed()).at(-1)).toMatchObject({ record: null, records: 8, reason: '年度通讯录' })
    expect(domains.flatMap((d) => d.handlers).find((h) => h.operation.id === 'organization.export-personal')!.operation.stepUp).toBe(true)
  })
  test('cannot be unwritten', async () => {
    for (const s of [`UPDATE auth.reveal SET reason = 'x'`, 'DELETE FROM auth.reveal']) {
      const actor = await city.actorAt(city.city, 'city_reviewer')
      expect(await db.asActor(actor, { operation: 'test' }, (trx) => trx.run(sql.raw(s)))).toBe(0)
    }
    expect((await revealed()).length).toBeGreaterThan(1)
  })
})
test.each([['13812345678', '138****5678'], ['023-67891234', '023*****1234'], ['67891234', '6****234'], ['1234567', '******7'], ['12', '**'], ['', null], [null, null]])('%s is shown as %s, and masking again changes nothing', (given, shown) => {
  expect(masked(given)).toBe(shown)
  expect(masked(masked(given))).toBe(shown)
})
