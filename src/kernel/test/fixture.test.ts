import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { rolledBack, testDatabase } from './database.ts'
import { buildFixture } from './fixture.ts'
import { usccProblem } from '../org/organization/uscc.rules.ts'

const { db } = await testDatabase()
const city = await buildFixture(db)
const names = async (organizationId: number, role: 'leader' | 'filler' | 'district_reviewer' | 'system_administrator') =>
  db.asActor(await city.actorAt(organizationId, role), { operation: 'test' }, (trx) =>
    trx.rows<{ id: number }>(sql`SELECT id FROM org.organization ORDER BY id`).then((rows) => rows.map((r) => r.id)))

test('each sees its own part of the fixture', async () => {
  expect(await names(city.city, 'leader')).toHaveLength(8)
  expect(await names(city.yuzhong, 'district_reviewer')).toEqual([city.yuzhong, city.education, city.school, city.primary, city.hospital])
  expect(await names(city.education, 'district_reviewer')).toEqual([city.education, city.school, city.primary])
  expect(await names(city.school, 'filler')).toEqual([city.school])
})

test('codes are valid, and a test can leave nothing behind', async () => {
  const codes = await db.asSystem('test', (trx) => trx.rows<{ uscc: string }>(sql`SELECT uscc FROM org.organization`))
  for (const { uscc } of codes) expect(usccProblem(uscc)).toBeNull()
  await rolledBack(db, async (trx) => void (await trx.run(sql`UPDATE org.organization SET remarks = 'x'`)))
  const { n } = (await db.asSystem('test', (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization WHERE remarks IS NOT NULL`)))!
  expect(n).toBe(0)
})
