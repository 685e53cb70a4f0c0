/** No answer grows with the city (C48): lists come in pages of at most 200, or their contract says why the whole stays small. */
import { sql } from 'kysely'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import * as sessionOps from '../../kernel/authority/session.contract.ts'
import type { Operation } from '../../kernel/contract/contract.rules.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const MOST = 200
const operations: Operation[] = [...Object.values(sessionOps).filter((o): o is any => typeof o === 'object' && 'id' in o && 'path' in o), ...domains.flatMap((d) => d.handlers.map((h) => h.operation))]
type Schema = Record<string, any>
const schemaOf = (type: z.ZodType, io: 'input' | 'output') => z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Schema

/** Lists of things at the top of an answer, also where it is one of several shapes. */
function lists(schema: Schema): Map<string, Schema> {
  const found = new Map<string, Schema>()
  for (const part of [schema, ...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])] as Schema[])
    for (const [name, value] of Object.entries((part.properties ?? {}) as Record<string, Schema>))
      for (const one of [value, ...(value.anyOf ?? [])] as Schema[]) {
        const item = one.items as Schema | undefined
        if (one.type === 'array' && item && (item.type === 'object' || item.allOf || item.anyOf || item.$ref)) found.set(name, one)
      }
  return found
}

describe.each(operations.filter((o) => !o.binary).map((o) => [o.id, o] as const))('%s', (_id, o) => {
  const limit = (schemaOf(o.input, 'input').properties as Record<string, Schema> | undefined)?.limit
  const found = [...lists(schemaOf(o.output, 'output')).keys()]
  const said = o.whole ?? {}
  test('its lists are pages, or it says why not', () => {
    if (limit) expect(typeof limit.maximum, 'limit has no bound').toBe('number')
    const paged = limit && limit.maximum <= MOST
    expect(found.filter((name) => !paged && !said[name])).toEqual([])
    // A reason is one, and for a list that is there.
    for (const [name, why] of Object.entries(said)) expect([name, found.includes(name), why.length > 10]).toEqual([name, true, true])
  })
})
test('the law knows lists when it sees them', () => {
  const pages = operations.filter((o) => lists(schemaOf(o.output, 'output')).size && (schemaOf(o.input, 'input').properties as Schema | undefined)?.limit)
  expect(pages.length).toBeGreaterThan(12)
  expect([...lists(schemaOf(operations.find((o) => o.id === 'organization.list')!.output, 'output')).keys()]).toEqual(['rows'])
  expect([...lists(schemaOf(operations.find((o) => o.id === 'session.sign-in')!.output, 'output')).keys()]).toEqual(['hats'])
})

describe('what is said is so', async () => {
  const database = await testDatabase()
  const { db } = database
  const city = await buildFixture(db)
  const api = await testApi(database, domains)
  const system = (query: ReturnType<typeof sql>) => db.asSystem('test', (trx) => trx.run(query))
  const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))

  test('mappings of imports', async () => {
    const mapping = { columns: { name: '名称' } }
    await system(sql`INSERT INTO imports.mapping (target, name, mapping, org_path, by_name) SELECT 'institutions', 'm' || i, '{"columns":{}}', '1.', '某人' FROM generate_series(1, 99) i`)
    expect((await town.post('/import-mappings', { target: 'institutions', name: '第一百个', mapping })).status).toBe(200)
    expect((await town.post('/import-mappings', { target: 'energy', name: '再来一个', mapping })).status).toBe(422)
    expect((await town.post('/import-mappings', { target: 'institutions', name: 'm1', mapping, replace: true })).status).toBe(200)
    await system(sql`INSERT INTO imports.mapping (target, name, mapping, org_path, by_name) SELECT 'institutions', 'n' || i, '{"columns":{}}', '1.2.', '某人' FROM generate_series(1, 150) i`)
    const { mappings } = (await town.get('/import-mappings', { target: 'institutions' })).body
    expect([mappings.length, mappings.filter((m: { own: boolean }) => m.own).length]).toEqual([200, 100])
  })
  test('attachments of a record', async () => {
    const who = await city.actorAt(city.city, 'city_reviewer')
    await system(sql`INSERT INTO files.attachment (entity, record_id, organization_id, org_path, name, kind, size, sm3, by_id, by_name, by_organization, removed_at, removed_by_name, removed_reason, keep_until)
      SELECT 'org.organization', id, id, org_path, 'a' || i || '.txt', 'text', 1, repeat('0', 64), ${who.personId}, '某人', ${city.city}, now(), '某人', '移除', '2099-01-01' FROM org.organization, generate_series(1, 500) i WHERE id = ${city.school}`)
    const answer = await town.upload('/attachments', { name: '一.txt', bytes: '内容' }, { entity: 'org.organization', recordId: city.school })
    expect([answer.status, answer.body.code], answer.text).toEqual([422, 'refused'])
    expect((await town.upload('/attachments', { name: '一.txt', bytes: '内容' }, { entity: 'org.organization', recordId: city.hospital })).status).toBe(200)
  })
  test('institutions one by one', async () => {
    const ask = (regions?: string) => town.get('/energy/indicators', { period: '2024', by: 'institution', ...(regions ? { regions } : {}) })
    const many = sql<{ id: number }>`INSERT INTO org.organization (kind, name, superior_id, region_id, category, government_level) SELECT 'institution', '第' || i || '家', ${city.wanzhou}, ${city.regions.wanzhou}, '026', 'district' FROM generate_series(1, 201) i RETURNING id`
    const ids = await db.asSystem('test', (trx) => trx.rows(many))
    const figure = (id: number) => sql`INSERT INTO energy.consumption (organization_id, months, period_start, region_id, region_now_id, category, counted, kept_out, origin, factor_set, org_path) SELECT id, 12, '2024-01-01', region_id, region_id, category, false, 'months-missing', 'months', 'x', org_path FROM org.organization WHERE id = ${id}`
    for (const { id } of ids.slice(0, 200)) await system(figure(id))
    expect((await ask()).body.rows).toHaveLength(200)
    await system(figure(ids[200]!.id))
    expect([(await ask()).status, (await ask(String(city.regions.yuzhong))).status]).toEqual([422, 200])
  })
})
