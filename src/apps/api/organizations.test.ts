import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { forgetSessions } from '../../kernel/authority/session.procedures.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, inventUscc } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const as = async (place: number, role: Parameters<typeof city.actorAt>[1]) => api.as(await city.actorAt(place, role))
const town = await as(city.city, 'city_reviewer')
const yuzhong = await as(city.yuzhong, 'district_reviewer')
const system = <T>(q: any) => db.asSystem('test', (trx) => trx.rows<T>(q))
let serial = 2000
const uscc = () => inventUscc('12', '500103', ++serial)
const fresh = (more: object = {}) => ({ name: `新设单位${++serial}`, category: '026', regionId: city.regions.yuzhong, ...more })
const create = async (who: Visitor, more: object = {}) => {
  const answer = await who.post('/organizations', { values: fresh(more), reason: '新设' })
  expect(answer.text).toContain('"version":1')
  return answer.body
}

describe('one institution', () => {
  test('created under its district, changed with a reason, and the history says who, from what, to what, why', async () => {
    const made = await create(yuzhong, { buildingArea: '1234567890123456.70', uscc: uscc().toLowerCase() })
    expect(made).toMatchObject({ superiorId: city.yuzhong, kind: 'institution', buildingArea: '1234567890123456.70', can: expect.arrayContaining(['update']) })
    const patched = await yuzhong.post(`/organizations/${made.id}`, { version: made.version, patch: { buildingArea: '1234567890123456.69', hasHeating: true, category: '01' }, reason: '房产证更正', basis: '渝机管〔2026〕3 号' })
    expect(patched.body).toMatchObject({ version: 2, buildingArea: '1234567890123456.69' })
    const { entries } = (await yuzhong.get(`/organizations/${made.id}/history`)).body
    expect(entries).toMatchObject([
      { action: 'update', operation: 'organization.update', reason: '房产证更正', basis: '渝机管〔2026〕3 号', actorName: (await city.actorAt(city.yuzhong, 'district_reviewer')).name },
      { action: 'create', reason: '新设' },
    ])
    expect(entries[0].changes).toEqual(expect.arrayContaining([
      { field: 'building_area', label: '建筑面积', before: '1,234,567,890,123,456.70', after: '1,234,567,890,123,456.69' },
      { field: 'has_heating', label: '有集中采暖', before: '否', after: '是' }, { field: 'category', label: '机构类型', before: '其他事业单位', after: '国家机关' },
    ]))
    expect((await yuzhong.get(`/organizations/${made.id}/history`, { field: 'buildingArea' })).body.entries).toHaveLength(1)
    expect((await yuzhong.get(`/organizations/${made.id}/history`, { field: 'people' })).body.entries).toHaveLength(0)
  })
  test('knows to whom it answers, and nothing else of that office', async () => {
    const actor = await city.actorAt(city.school, 'filler')
    const clerk = await api.as(actor)
    expect((await clerk.get(`/organizations/${city.school}`)).body).toMatchObject({ superiorName: '渝中区教育委员会' })
    expect((await clerk.get(`/organizations/${city.yuzhong}`)).status).toBe(404)
    const above = (id: number) => db.asActor(actor, { operation: 'test' }, (trx) => trx.one(sql`SELECT org.name_above(${id}) AS name`))
    for (const id of [city.hospital, city.yuzhong, city.city, 999_999]) expect(await above(id)).toEqual({ name: null })
  })
  test('of two who change it the slower is told', async () => {
    const made = await create(yuzhong)
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => yuzhong.post(`/organizations/${made.id}`, { version: made.version, patch: { people: i } })))
    expect(answers.map((a) => a.status).sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409])
    expect(answers.find((a) => a.status === 409)!.body.code).toBe('version_conflict')
  })
  test.each([
    ['a code of 17', { uscc: '12500103900000014' }, 'uscc'], ['a wrong check character', { uscc: '125001039000000140' }, 'uscc'], ['a letter that no code has', { uscc: 'I25001039000000140' }, 'uscc'],
    ['a longitude alone', { longitude: '106.55' }, 'latitude'], ['a place in another district', { longitude: '108.40', latitude: '30.80' }, 'longitude'], ['a place outside the city', { longitude: '116.40', latitude: '39.90' }, 'longitude'],
    ['latitude and longitude exchanged', { longitude: '29.55', latitude: '106.57' }, 'longitude'],
  ])('%s is refused at its field', async (_what, values, field) => {
    const { status, body } = await yuzhong.post('/organizations', { values: fresh(values) })
    expect([status, body.fields[0].path]).toEqual([400, field])
  })
  test('a place in its own district is fine, also after moving one coordinate', async () => {
    const made = await create(yuzhong, { longitude: '106.565', latitude: '29.555' })
    expect((await yuzhong.post(`/organizations/${made.id}`, { version: 1, patch: { longitude: '116.4' } })).status).toBe(400)
    expect((await yuzhong.post(`/organizations/${made.id}`, { version: 1, patch: { longitude: '106.566' } })).status).toBe(200)
  })
  test('a code is registered once; the answer does not say where', async () => {
    const taken = (await system<any>(sql`SELECT uscc FROM org.organization WHERE id = ${city.bureau}`))[0].uscc
    const own = (await system<any>(sql`SELECT uscc FROM org.organization WHERE id = ${city.school}`))[0].uscc
    const [a, b] = [await yuzhong.post('/organizations', { values: fresh({ uscc: taken }) }), await yuzhong.post('/organizations', { values: fresh({ uscc: own }) })]
    expect([a.status, a.text]).toEqual([409, b.text])
  })
  test('an institution supervises nobody, nor does what ended', async () => {
    for (const superiorId of [city.school, 999_999]) expect((await yuzhong.post('/organizations', { values: fresh({ superiorId }) })).status).toBe(400)
    const made = await create(yuzhong)
    expect((await yuzhong.post(`/organizations/${made.id}`, { version: 1, patch: { superiorId: city.school } })).status).toBe(400)
    expect((await yuzhong.post(`/organizations/${city.education}`, { version: 1, patch: { superiorId: city.education } })).status).toBeGreaterThanOrEqual(400)
  })
})

describe('the list', () => {
  const columns = { name: 'name', buildingArea: 'building_area', people: 'people', id: 'id' } as const
  test.each(Object.keys(columns).flatMap((c) => [c, `-${c}`]))('by %s shows every row once, page by page, blanks and ties included', async (sort) => {
    if ((await system<any>(sql`SELECT count(*) AS n FROM org.organization WHERE name LIKE '翻页%'`))[0].n === 0)
      await system(sql`INSERT INTO org.organization (kind, name, superior_id, region_id, category, building_area, people)
        SELECT 'institution', '翻页' || (i % 7), ${city.yuzhong}, ${city.regions.yuzhong}, '01', CASE WHEN i % 5 > 0 THEN (i % 4) * 10.5 END, CASE WHEN i % 3 > 0 THEN i % 6 END FROM generate_series(1, 83) i`)
    const seen: any[] = []
    let cursor: string | undefined
    let total = -1
    for (let page = 0; page < 40; page++) {
      const { body } = await yuzhong.get('/organizations', { sort, limit: '7', ...(cursor ? { cursor } : {}) })
      seen.push(...body.rows)
      if (total >= 0) expect(body.total).toBe(total)
      total = body.total
      cursor = body.next ?? undefined
      if (!cursor) break
    }
    const ids = seen.map((r) => r.id)
    const expected = (await system<any>(sql`SELECT id FROM org.organization WHERE org_path LIKE ${`1.${city.yuzhong}.%`}`)).map((r) => r.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
    expect(total).toBe(expected.length)
    // In order, blanks last when falling and first when rising.
    const field = sort.replace('-', '')
    if (field === 'people' || field === 'buildingArea') {
      const values = seen.map((r) => (r[field] === null ? -1 : Number(r[field])))
      expect(values).toEqual([...values].sort((a, b) => (sort.startsWith('-') ? b - a : a - b)))
    }
  })
  test('a page remembered from one order is refused or harmless in another', async () => {
    const { next } = (await yuzhong.get('/organizations', { sort: 'name', limit: '3' })).body
    expect((await yuzhong.get('/organizations', { sort: 'people', limit: '3', cursor: next })).status).toBe(400)
    expect((await yuzhong.get('/organizations', { cursor: 'nonsense' })).status).toBe(400)
    expect((await yuzhong.get('/organizations', { sort: 'address' })).status).toBe(400)
  })
  test('by two characters of a name, by a whole code, by signs that mean something to LIKE', async () => {
    const made = await create(yuzhong, { name: '巴渝100%_文化馆', uscc: uscc() })
    const find = async (q: string) => (await yuzhong.get('/organizations', { q })).body.rows.map((r: any) => r.id)
    expect(await find('文化')).toEqual([made.id])
    expect(await find('渝1')).toEqual([made.id])
    expect(await find('馆')).toEqual([made.id])
    expect(await find('%_文')).toEqual([made.id])
    expect(await find('0%_')).toEqual([made.id])
    expect(await find('化文')).toEqual([])
    expect(await find(made.uscc)).toEqual([made.id])
    expect(await find(made.uscc.slice(0, 10))).toEqual([])
    // Theirs is not found, by whatever.
    expect(await find('万州')).toEqual([])
  })
  test('filters: lists, ranges with both ends, empty, several at once; what is no filter is refused', async () => {
    const where = async (filter: object) => (await yuzhong.get('/organizations', { filter: JSON.stringify(filter), limit: '200' })).body
    const count = async (condition: any) => (await system<any>(sql`SELECT count(*) AS n FROM org.organization WHERE org_path LIKE ${`1.${city.yuzhong}.%`} AND ${condition}`))[0].n
    expect((await where({ people: { min: '2', max: '4' } })).total).toBe(await count(sql`people BETWEEN 2 AND 4`))
    expect((await where({ buildingArea: ['10.5', '21.0', null] })).total).toBe(await count(sql`(building_area IN (10.5, 21) OR building_area IS NULL)`))
    expect((await where({ kind: ['department', 'district'] })).total).toBe(2)
    expect((await where({ category: ['01'], hasHeating: [false, true], people: [null] })).total).toBe(await count(sql`category = '01' AND people IS NULL`))
    expect((await where({ directoryFrom: ['2020-01-01', '2021-01-01'] })).total).toBe(await count(sql`directory_from IN ('2020-01-01', '2021-01-01')`))
    expect((await where({ validTo: [null] })).total).toBe(await count(sql`valid_to IS NULL`))
    for (const bad of ['{"address":["x"]}', '{"people":{"min":"x"}}', '{"people":', '[]', '{"constructor":[1]}', '{"people":{"least":"1"}}']) expect((await yuzhong.get('/organizations', { filter: bad })).status, bad).toBe(400)
  })
  test('export: what the list shows, and nobody else’s', async () => {
    const answer = await yuzhong.get('/organization-export', { format: 'csv', filter: '{"kind":["institution"]}', columns: 'name,regionId,buildingArea,constructor' })
    expect(answer.status).toBe(200)
    const lines = answer.text.trim().split(/\r?\n/)
    expect(lines[0]).toMatch(/机构名称,区划,建筑面积/)
    expect(lines).toHaveLength(1 + (await yuzhong.get('/organizations', { filter: '{"kind":["institution"]}' })).body.total)
    expect(answer.text).not.toContain('万州')
  })
})

describe('many at once', () => {
  test('preview changes nothing, apply exactly what was shown, with a reason for each', async () => {
    const ids = [(await create(yuzhong, { contactPerson: '甲' })).id, (await create(yuzhong, { contactPerson: '乙' })).id, city.bureau]
    const selection = { ids }
    const preview = (await yuzhong.post('/organizations/bulk/preview', { selection, patch: { contactPerson: '乙', hasHeating: true } })).body
    expect(preview).toMatchObject({ matched: 2, changed: 2, unchanged: 0 })
    const only = (await yuzhong.post('/organizations/bulk/preview', { selection, patch: { contactPerson: '乙' } })).body
    expect(only).toMatchObject({ matched: 2, changed: 1, unchanged: 1, examples: [{ changes: [{ field: '联系人', before: '甲', after: '乙' }] }] })
    expect((await system<any>(sql`SELECT version FROM org.organization WHERE id = ${ids[0]}`))[0].version).toBe(1)
    const act = { selection, patch: { contactPerson: '乙' }, reason: '统一更正' }
    expect((await yuzhong.post('/organizations/bulk/apply', { ...act, expected: 2 })).status).toBe(422)
    expect((await yuzhong.post('/organizations/bulk/apply', { ...act, expected: 1 })).body).toEqual({ changed: 1 })
    expect((await yuzhong.get(`/organizations/${ids[0]}/history`)).body.entries[0]).toMatchObject({ operation: 'organization.bulk-update', reason: '统一更正' })
    expect((await yuzhong.get(`/organizations/${ids[1]}/history`)).body.entries).toHaveLength(1)
    expect((await yuzhong.post('/organizations/bulk/preview', { selection, patch: { name: '同名' } })).status).toBe(400)
    expect((await yuzhong.post('/organizations/bulk/preview', { selection, patch: {} })).status).toBe(400)
  })
})

test('duplicates: one name, one address with like names; each pair once, not the neighbour’s', async () => {
  await system(sql`DELETE FROM org.organization WHERE name LIKE '翻页%'`)
  const a = await create(yuzhong, { name: '重庆市渝中区第一福利院', address: '解放碑一号' })
  const b = await create(yuzhong, { name: '渝中区第一福利院（本部）', address: '别处二号' })
  const c = await create(yuzhong, { name: '渝中区第一福利院新院', address: '解放碑一号' })
  await create(town, { name: '渝中区第一福利院', regionId: city.regions.wanzhou })
  const { pairs } = (await yuzhong.get('/organizations/duplicates', { limit: '200' })).body
  const mine = pairs.filter((p: any) => [a.id, b.id, c.id].includes(p.a.id) || [a.id, b.id, c.id].includes(p.b.id)).map((p: any) => [p.a.id, p.b.id, p.why])
  expect(mine).toEqual(expect.arrayContaining([[a.id, b.id, 'name'], [a.id, c.id, 'address']]))
  expect(mine).toHaveLength(2)
})

test('a saved view belongs to its person', async () => {
  const saved = (await yuzhong.post('/views', { page: '/organizations', name: '学校', query: { filter: '{}' } })).body
  expect((await yuzhong.post('/views', { page: '/organizations', name: '学校', query: { q: '中' } })).body.id).toBe(saved.id)
  expect((await yuzhong.get('/views', { page: '/organizations' })).body.views).toEqual([{ id: saved.id, name: '学校', query: { q: '中' } }])
  expect((await town.get('/views', { page: '/organizations' })).body.views).toEqual([])
  expect((await town.post(`/views/${saved.id}/delete`)).status).toBe(404)
  expect((await yuzhong.post(`/views/${saved.id}/delete`)).status).toBe(200)
})

test('regions: then and now', async () => {
  forgetSessions()
  const { regions } = (await yuzhong.get('/regions')).body
  const jiangbei = regions.find((r: any) => r.code === '500105')
  expect(jiangbei).toMatchObject({ validTo: '2025-11-06', successors: [{ toId: 43, effective: '2025-11-06' }] })
  const today = async (code: string) => (await system<any>(sql`SELECT t.code FROM org.region r JOIN org.region t ON t.id = org.region_today(r.id) WHERE r.code = ${code}`))[0].code
  expect(await today('500105')).toBe('CQ-LJXQ')
  // Its largest part, not the five towns; and Beibei, which only gave away a part, is itself.
  expect(await today('500112')).toBe('CQ-LJXQ')
  expect(await today('500109')).toBe('500109')
  expect(await today('CQ-LJ')).toBe('CQ-LJXQ')
  expect(await today('500103')).toBe('500103')
})
