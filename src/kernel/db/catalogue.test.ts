import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { buildFixture } from '../test/fixture.ts'
import { organization } from '../org/organization/organization.entity.ts'
import type { Entity } from '../entity/entity.rules.ts'
import { brokenLaws } from './catalogue.ts'
import { openDatabase, type Actor } from './database.ts'

const { db, connection } = await testDatabase()
const city = await buildFixture(db)
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(() => owner.end())

const inVain = async (statements: string): Promise<string[]> => {
  await owner.query('BEGIN')
  try {
    await owner.query(statements)
    return await brokenLaws(owner)
  } finally {
    await owner.query('ROLLBACK')
  }
}

describe('the catalogue', () => {
  test('keeps every law', async () => expect(await brokenLaws(owner)).toEqual([]))

  // The checks themselves: each law broken once, and seen.
  test.each([
    ['a table that nobody protected', 'CREATE TABLE reports.rogue (id int)', ['reports.rogue: not even the system has a policy', 'reports.rogue: row security is off']],
    ['protection that the owner escapes', 'ALTER TABLE org.organization NO FORCE ROW LEVEL SECURITY', ['org.organization: row security is not forced']],
    ['a missing policy', 'DROP POLICY app_delete ON reports.finding', ['reports.finding: no policy of the app for DELETE']],
    ['a policy that lets all rows be written', `CREATE POLICY generous ON org.organization FOR UPDATE TO gongxie_app USING (true)`, ['org.organization.generous: lets the app UPDATE every row']],
    ['a way of reading for the city that asks nothing', `CREATE POLICY wide ON auth.post FOR SELECT TO gongxie_city USING (id > 0)`, ['auth.post.wide: gives the city more than the reading of everything']],
    ['a policy for everybody', `CREATE POLICY open ON auth.post FOR SELECT USING (id > 0)`, ['auth.post.open: is for everybody']],
    ['a grant on what is sealed', 'GRANT SELECT ON auth.account TO gongxie_app', ['auth.account: sealed, yet SELECT is granted to the app']],
    ['truncation', 'GRANT TRUNCATE ON org.organization TO gongxie_app', ['org.organization: TRUNCATE is granted to the app']],
    ['a plain view', 'CREATE VIEW reports.leak AS SELECT * FROM reports.filing', ['reports.leak: is a view without security_invoker']],
    ['a materialised view', 'CREATE MATERIALIZED VIEW reports.leak AS SELECT * FROM reports.filing', ['reports.leak: is materialised']],
    // The owner of a test database may be a superuser, whose function would break one law more.
    ['a function with the rights of its owner', `CREATE FUNCTION org.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
      ["org.peek: acts as another along the caller's search_path", 'org.peek: acts as another and is on no list']],
    ['a foreign key without an index', 'ALTER TABLE imports.mapping ADD COLUMN account_id integer REFERENCES auth.account', ['imports.mapping: mapping_account_id_fkey has no index']],
    ['an app that owns', 'GRANT CREATE ON SCHEMA org TO gongxie_app', ['gongxie_app: may create in org']],
  ])('sees %s', async (_what, statements, expected) => expect(await inVain(statements)).toEqual(expect.arrayContaining(expected)))

  test('a view with security_invoker is no side door', async () => {
    expect(await inVain('CREATE VIEW reports.fine WITH (security_invoker = true) AS SELECT * FROM reports.filing')).toEqual([])
  })
})

describe('indexes', () => {
  // A backwards read of (c DESC NULLS LAST, id) serves c ASC NULLS FIRST, id DESC; of (c, id) serves c DESC, id DESC.
  test.each([organization as unknown as Entity].flatMap((e) => Object.entries(e.fields).filter(([, f]) => f.sort).map(([n, f]) => [`${e.name}.${n}`, e.name, e.columns[n]!, f.required === true] as const)))(
    'serve the sort by %s', async (_label, table, column, filled) => {
      const { rows } = await owner.query('SELECT indexdef FROM pg_indexes WHERE (schemaname || \'.\' || tablename) = $1', [table])
      const wanted = filled ? `(${column}, id)` : `(${column} DESC NULLS LAST, id)`
      expect(rows.map((r) => r.indexdef as string).filter((d) => d.endsWith(wanted))).toHaveLength(1)
    })
})

describe('scope', () => {
  const tables = async () => (await owner.query<{ t: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_path'
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('app', 'audit') AND has_table_privilege('gongxie_app', c.oid, 'SELECT')`)).rows.map((r) => r.t)
  const bare = async (settings = '') => {
    const client = new pg.Client({ ...connection, options: '-c role=gongxie_app' })
    await client.connect()
    try {
      await client.query('BEGIN')
      if (settings) await client.query(settings)
      const seen: Record<string, number> = {}
      for (const t of await tables()) seen[t] = Number((await client.query(`SELECT count(*) FROM ${t}`)).rows[0].count)
      return seen
    } finally {
      await client.end()
    }
  }

  test('nobody sees nothing, in every table that has rows of organisations', async () => {
    const seen = await bare()
    expect(Object.keys(seen).length).toBeGreaterThan(15)
    expect(Object.values(seen).every((n) => n === 0)).toBe(true)
  })
  test('an empty setting is nobody too, and so is a scope without a permission', async () => {
    expect(Object.values(await bare(`SET LOCAL app.scope_low = ''; SET LOCAL app.scope_high = ''`)).every((n) => n === 0)).toBe(true)
    const seen = await bare(`SET LOCAL app.scope_low = '1.'; SET LOCAL app.scope_high = '1/'; SET LOCAL app.actor_id = '1'; SET LOCAL app.permissions = ',none,'`)
    // What was published from the town hall's window is read by everybody who is signed in.
    expect(Object.entries(seen).filter(([, n]) => n > 0).map(([t]) => t).filter((t) => !['energy.factor', 'reports.publication'].includes(t))).toEqual([])
  })

  const count = (actor: Actor) => db.asActor(actor, { operation: 'test' }, (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization`)).then((r) => r!.n)
  test('the sibling sees nothing of what is mine, also not an id that begins like mine', async () => {
    const wanzhou = await city.actorAt(city.wanzhou, 'district_reviewer')
    const mine = await db.asActor(wanzhou, { operation: 'test' }, (trx) => trx.rows<{ path: string }>(sql`SELECT org_path AS path FROM org.organization`))
    expect(mine.length).toBe(2)
    expect(mine.every((r) => r.path.startsWith(wanzhou.orgPath))).toBe(true)
    const short = { ...wanzhou, orgPath: '1.1.' }
    await db.asSystem('test', (trx) => trx.run(sql`INSERT INTO org.organization (id, kind, name, superior_id, region_id) VALUES (11, 'district', '十一号', ${city.city}, 1)`))
    expect(await count(short)).toBe(0)
    await db.asSystem('test', (trx) => trx.run(sql`DELETE FROM org.organization WHERE id = 11`))
  })
  test('after many mixed transactions, failed ones among them, a pooled client is nobody again', async () => {
    const small = openDatabase(connection, { app: 2, system: 1 })
    try {
      const actors = [await city.actorAt(city.city, 'leader'), await city.actorAt(city.yuzhong, 'district_reviewer'), await city.actorAt(city.school, 'filler')]
      const expected = [8, 5, 1]
      await Promise.all(Array.from({ length: 1000 }, async (_, i) => {
        const k = i % 3
        const run = small.asActor(actors[k]!, { operation: 'test' }, async (trx) => {
          const n = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization`))!.n
          if (i % 7 === 0) throw new Error('given up')
          if (i % 11 === 0) await trx.rows(sql`SELECT 1 / 0`)
          return n
        })
        await run.then((n) => expect(n).toBe(expected[k]), () => {})
      }))
      // The same pool, no actor: what a handler that forgot its scope would see.
      const left = await Promise.all(Array.from({ length: 20 }, () => small.asActor(null as never, { operation: 'test' }, (trx) =>
        trx.one<any>(sql`SELECT (SELECT count(*) FROM org.organization) AS n, (SELECT count(*) FROM reports.filing) AS f, app.actor_id() AS who, app.may('organization.read') AS may`))))
      for (const l of left) expect(l).toEqual({ n: 0, f: 0, who: null, may: false })
    } finally {
      await small.close()
    }
  })
  test('history cannot be rewritten, not even by the system', async () => {
    await expect(db.asSystem('test', (trx) => trx.run(sql`UPDATE audit.change SET actor_name = 'x'`))).rejects.toMatchObject({ code: '42501' })
    await expect(db.asSystem('test', (trx) => trx.run(sql`DELETE FROM audit.change`))).rejects.toMatchObject({ code: '42501' })
    const reviewer = await city.actorAt(city.city, 'city_reviewer')
    await expect(db.asActor(reviewer, { operation: 'test' }, (trx) => trx.run(sql`DELETE FROM audit.change`))).rejects.toMatchObject({ code: '42501' })
    await expect(db.asActor(reviewer, { operation: 'test' }, (trx) => trx.run(sql`
      INSERT INTO audit.change (actor_id, actor_name, operation, entity, record_id, org_path, action) VALUES (${reviewer.personId + 1}, '别人', 'x', 'x', 1, '1.', 'create')`))).rejects.toMatchObject({ code: '42501' })
  })
})
