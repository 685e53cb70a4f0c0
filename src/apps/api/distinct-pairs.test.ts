/** Pairs that look like one institution and are two: decided, not shown, asked about again when something changes, undone. */
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const as = async (at: number, role: Role) => api.as(await city.actorAt(at, role))
const district = await as(city.yuzhong, 'district_reviewer')
let n = 0
let [a, b] = [0, 0]

async function twins(): Promise<[number, number]> {
  const name = `渝中区第${++n}福利院`
  const made = [await city.institution({ name, superiorId: city.education, regionId: city.regions.yuzhong }), await city.institution({ name: `重庆市${name}`, superiorId: city.yuzhong, regionId: city.regions.yuzhong })]
  return made as [number, number]
}
const shown = async (who = district) => {
  const { pairs } = (await who.get('/organizations/duplicates', { limit: '200' })).body
  return pairs.find((p: any) => p.a.id === a && p.b.id === b)
}
const decided = async () => (await district.post('/organization-pairs', { aId: b, bId: a, reason: '一个在解放碑，一个在大坪，分别登记' })).body.id as number
const version = async (id: number) => (await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT version FROM org.distinct_pair WHERE id = ${id}`))).version

beforeEach(async () => {
  ;[a, b] = await twins()
})

test('decided once, it is shown no more; who, when and why stand beside it and in the history', async () => {
  expect(await shown()).toMatchObject({ why: 'name', earlier: null })
  const id = await decided()
  expect(await shown()).toBeUndefined()
  const { pairs } = (await district.get('/organization-pairs')).body
  expect(pairs[0]).toMatchObject({ id, a: { id: a }, b: { id: b }, reason: '一个在解放碑，一个在大坪，分别登记', undone: null })
  expect(pairs[0].byName).toBe((await city.actorAt(city.yuzhong, 'district_reviewer')).name)
  expect((await district.get('/organizations/duplicates')).body.distinct).toBeGreaterThan(0)
  expect((await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT action, operation, org_path FROM audit.change WHERE entity = 'org.distinct_pair' AND record_id = ${id}`)))).toEqual([{ action: 'create', operation: 'organization.keep-distinct', org_path: `1.${city.yuzhong}.` }])
  expect((await district.post('/organization-pairs', { aId: a, bId: b, reason: '再来一次' })).body.message).toBe('这一对已经认定不是重复。')
})
describe('it is asked about again when one of them is described otherwise', () => {
  test.each([
    ['名称', sql`name = name || '（新院）'`], ['地址', sql`address = '新地址一号'`], ['统一社会信用代码', sql`uscc = NULL`],
  ])('%s', async (label, change) => {
    const id = await decided()
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET ${change} WHERE id = ${b}`))
    const again = await shown()
    expect(again.earlier).toMatchObject({ reason: '一个在解放碑，一个在大坪，分别登记', changed: [expect.stringContaining(label)] })
    const next = await decided()
    expect(await shown()).toBeUndefined()
    const { pairs } = (await district.get('/organization-pairs')).body
    expect(pairs.slice(0, 2)).toMatchObject([{ id: next, undone: null }, { id, undone: { reason: '名称、地址或代码改动后重新认定' } }])
  })
  test('and not when something else changes', async () => {
    await decided()
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET people = 7, contact_person = '乙' WHERE id = ${b}`))
    expect(await shown()).toBeUndefined()
  })
})
test('undone with a reason it comes back; undone twice is refused', async () => {
  const id = await decided()
  expect((await district.post(`/organization-pairs/${id}/undo`, { version: 1, reason: ' ' })).status).toBe(400)
  expect((await district.post(`/organization-pairs/${id}/undo`, { version: 9, reason: '看错了' })).body.code).toBe('version_conflict')
  expect((await district.post(`/organization-pairs/${id}/undo`, { version: await version(id), reason: '看错了' })).status).toBe(200)
  expect(await shown()).toMatchObject({ earlier: null })
  expect((await district.get('/organization-pairs')).body.pairs[0]).toMatchObject({ id, undone: { reason: '看错了' } })
  expect((await district.post(`/organization-pairs/${id}/undo`, { version: await version(id), reason: '再撤' })).status).toBe(422)
})
test('only living institutions, and two of them', async () => {
  expect((await district.post('/organization-pairs', { aId: a, bId: a, reason: '同一个' })).status).toBe(400)
  expect((await district.post('/organization-pairs', { aId: a, bId: city.education, reason: '部门' })).status).toBe(422)
  expect((await district.post('/organization-pairs', { aId: a, bId: b, reason: '' })).body.fields[0]).toMatchObject({ path: 'reason', message: '请写明为什么不是重复' })
})
describe('who may decide, see and undo', () => {
  /*                                                     decide       see     undo */
  test.each<[Role, () => number, number, boolean, number]>([
    ['filler', () => city.school, 403, false, 403], ['responsible', () => city.school, 403, false, 403],
    // One of the two stands outside the department.
    ['district_reviewer', () => city.education, 404, false, 404], ['district_reviewer', () => city.yuzhong, 200, true, 200], ['district_reviewer', () => city.wanzhou, 404, false, 404],
    ['city_reviewer', () => city.city, 200, true, 200], ['leader', () => city.city, 403, true, 403], ['system_administrator', () => city.city, 403, false, 403],
  ])('%s (%#)', async (role, at, decide, see, undo) => {
    const who = await as(at(), role)
    const answer = await who.post('/organization-pairs', { aId: a, bId: b, reason: '分别登记' })
    expect(answer.status).toBe(decide)
    const id = answer.status === 200 ? answer.body.id : await decided()
    expect((await who.get('/organization-pairs')).body.pairs?.some((p: any) => p.id === id) ?? false).toBe(see)
    expect((await who.post(`/organization-pairs/${id}/undo`, { version: 1, reason: '撤销' })).status).toBe(undo)
    if (undo !== 200) expect(await version(id)).toBe(1)
  })
  test('nobody', async () => {
    expect((await api.nobody.post('/organization-pairs', { aId: a, bId: b, reason: '分别登记' })).status).toBe(401)
  })
})
