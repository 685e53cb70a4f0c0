/** How long the database may work for whom (C48), as the server itself says it. */
import { sql } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { buildFixture } from '../test/fixture.ts'
import { BOUNDS, openDatabase, type Database, type Pace } from './database.ts'

const { db, connection } = await testDatabase()
const city = await buildFixture(db)
const reader = await city.actorAt(city.school, 'filler')
const reviewer = await city.actorAt(city.city, 'city_reviewer')
const NAMES = Object.keys(BOUNDS.quick)
const ASK = sql<{ name: string; ms: number }>`SELECT name, setting::int AS ms FROM pg_settings WHERE name = ANY (${NAMES}) ORDER BY name`
const MS: Record<string, number> = { '0': 0, '3s': 3_000, '10s': 10_000, '15s': 15_000, '30s': 30_000, '60s': 60_000, '180s': 180_000, '10min': 600_000 }
const wanted = (pace: Pace) => NAMES.sort().map((name) => ({ name, ms: MS[BOUNDS[pace][name as keyof typeof BOUNDS.quick]]! }))

const asks: [string, (d: Database) => Promise<{ name: string; ms: number }[]>][] = [
  ['an institution', (d) => d.asActor(reader, { operation: 'test' }, (trx) => trx.rows(ASK))],
  ['the city', (d) => d.asActor(reviewer, { operation: 'test' }, (trx) => trx.rows(ASK))],
  ['the system', (d) => d.asSystem('test', (trx) => trx.rows(ASK))],
]
for (const pace of ['quick', 'long', 'patient'] as const)
  test.each(asks)(`${pace}: %s`, async (_who, ask) => {
    expect(await ask(db.at(pace))).toEqual(wanted(pace))
    // What one transaction was given is not there in the next.
    expect(await ask(db)).toEqual(wanted('quick'))
  })
test('only jobs and commands are without bounds', () => {
  for (const pace of ['quick', 'long'] as const) for (const value of Object.values(BOUNDS[pace])) expect(value).not.toBe('0')
})

test('a statement that takes too long is cancelled, whoever asked', async () => {
  const short = openDatabase({ ...connection }, { app: 1, system: 1 })
  const probe = (d: Database, system: boolean) => {
    const run = async (trx: { run(q: any): Promise<number> }) => {
      await trx.run(sql`SET LOCAL statement_timeout = '200ms'`)
      await trx.run(sql`SELECT pg_sleep(20)`)
    }
    return system ? d.asSystem('test', run) : d.asActor(reader, { operation: 'test' }, run)
  }
  try {
    for (const system of [false, true]) {
      const since = Date.now()
      await expect(probe(short, system)).rejects.toMatchObject({ code: '57014' })
      expect(Date.now() - since).toBeLessThan(15_000)
    }
    // The connection is good for the next one.
    await short.asActor(reader, { operation: 'test' }, (trx) => trx.one(sql`SELECT 1`))
  } finally {
    await short.close()
  }
})
test('a lock is not waited for longer than three seconds', async () => {
  await db.asSystem('test', async (holder) => {
    await holder.run(sql`SELECT id FROM org.organization WHERE id = ${city.school} FOR UPDATE`)
    const since = Date.now()
    await expect(db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET remarks = 'x' WHERE id = ${city.school}`))).rejects.toMatchObject({ code: '55P03' })
    expect(Date.now() - since).toBeGreaterThan(2_500)
    expect(Date.now() - since).toBeLessThan(15_000)
  })
}, 20_000)

test('whoever does not come on in time is told, and a cut connection is not the end of the program', async () => {
  const narrow = openDatabase({ ...connection }, { app: 1, system: 1 })
  try {
    let release!: () => void
    const hold = narrow.asSystem('test', () => new Promise<void>((resolve) => (release = resolve)))
    const refused = await narrow.asSystem('test', async () => {}).catch((e: unknown) => e)
    expect(refused).toMatchObject({ status: 503, body: { params: { retryAfter: 3 } } })
    release()
    await hold
    // A backend that an operator ended, in the middle of a transaction.
    const ended = await narrow.asSystem('test', async (trx) => {
      const { pid } = (await trx.one<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`))!
      const admin = new pg.Client(connection)
      await admin.connect()
      await admin.query('SELECT pg_terminate_backend($1)', [pid])
      await admin.end()
      await trx.one(sql`SELECT 1`)
    }).catch((e: unknown) => e)
    expect(ended).toBeInstanceOf(Error)
    await narrow.asSystem('test', (trx) => trx.one(sql`SELECT 1`))
  } finally {
    await narrow.close()
  }
}, 20_000)
