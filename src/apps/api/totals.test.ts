/** Totals of a register's list: of everything found, of nobody else's, and silent about what was not filled in. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { organization } from '../../kernel/org/organization/organization.entity.ts'
import { organizationShape } from '../../kernel/org/organization/organization.procedures.ts'
import { totalsOf } from '../../kernel/registers/totals.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const institutions = JSON.stringify({ kind: ['institution'], validTo: [null] })
// No figures: neither people nor area are known of this one.
await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET people = NULL, building_area = NULL WHERE id = ${city.primary}`))

describe('the total is of everything that is found and may be seen', () => {
  test.each([
    ['city_reviewer', () => city.city, { records: 4, sums: { buildingArea: { sum: '76000.00', missing: 1 }, people: { sum: '2920', missing: 1 } } }],
    ['district_reviewer', () => city.yuzhong, { records: 3, sums: { buildingArea: { sum: '70000.00', missing: 1 }, people: { sum: '2800', missing: 1 } } }],
    // Of a place that filled in nothing the sum is unknown, not zero.
    ['filler', () => city.primary, { records: 1, sums: { buildingArea: { sum: null, missing: 1 }, people: { sum: null, missing: 1 } } }],
  ] as const)('%s', async (role, at, wanted) => {
    const who = await api.as(await city.actorAt(at(), role))
    const { status, body } = await who.get('/organization-totals', { filter: institutions })
    expect([status, body]).toEqual([200, { ...wanted, most: 100_000 }])
  })
  test('a search and a range narrow it as they narrow the list', async () => {
    const who = await api.as(await city.actorAt(city.city, 'city_reviewer'))
    expect((await who.get('/organization-totals', { q: '示范', filter: JSON.stringify({ buildingArea: { min: '10000' } }) })).body).toMatchObject({ records: 2, sums: { buildingArea: { sum: '70000.00', missing: 0 } } })
    expect((await who.get('/organization-totals', { q: '没有这样的名称' })).body).toMatchObject({ records: 0, sums: { people: { sum: null, missing: 0 } } })
  })
  test('wrong questions are refused as in the list', async () => {
    const who = await api.as(await city.actorAt(city.city, 'city_reviewer'))
    expect((await who.get('/organization-totals', { filter: '{' })).status).toBe(400)
    expect((await who.get('/organization-totals', { sort: 'name' })).status).toBe(400)
    expect((await (await api.as(await city.actorAt(city.city, 'audit_administrator'))).get('/organization-totals')).status).toBe(403)
  })
  test('more than may be added up is not added up, and that is said', async () => {
    const actor = await city.actorAt(city.city, 'city_reviewer')
    for (const input of [{ filter: institutions }, { q: '示范' }])
      expect(await db.asActor(actor, { operation: 'test' }, (trx) => totalsOf(trx, organization, input, organizationShape, 2))).toEqual({ records: null, most: 2, sums: {} })
    expect((await db.asActor(actor, { operation: 'test' }, (trx) => totalsOf(trx, organization, { filter: institutions }, organizationShape, 4))).records).toBe(4)
  })
})
