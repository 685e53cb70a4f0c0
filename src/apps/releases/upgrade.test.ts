/** Each release's database is brought forward by every migration that came after it, and is then as a new one, with its rows. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { openKeys } from '../../kernel/authority/rights/seal.ts'
import { brokenLaws } from '../../kernel/db/catalogue.ts'
import { openDatabase, type Database } from '../../kernel/db/database.ts'
import { migrate } from '../../kernel/db/migrate.ts'
import { schemaOf } from '../../kernel/test/schema.ts'
import { visitor } from '../../kernel/test/api.ts'
import { buildServer } from '../../kernel/server/server.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { indicatorsBy } from '../../domains/energy/indicators/indicators.ts'
import { domains, migrationSources } from '../domains.ts'
import { loadRelease, releases, type Release } from './load-release.ts'

const fresh = await testDatabase()
const { connection } = inject('server')
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-upgrade-'))
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }))

const asked = async <T = any>(owner: pg.ClientConfig, run: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

interface Column {
  name: string
  type: string
  /** Must be given by whoever writes a row. */
  demanded: boolean
}
const columnsOf = (client: pg.Client) => client.query<Column>(`
  SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND c.relkind <> 'v' AS demanded
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public', 'jobs') AND n.nspname NOT LIKE 'pg_t%' ORDER BY 1`).then((r) => r.rows)
/** What a process of the release would miss, or not know that it must give. */
function contracted(before: Column[], after: Column[]): string[] {
  const now = new Map(after.map((c) => [c.name, c]))
  const was = new Map(before.map((c) => [c.name, c]))
  const tables = new Set(before.map((c) => c.name.split('.').slice(0, 2).join('.')))
  return [
    ...before.filter((c) => !now.has(c.name)).map((c) => `${c.name} is gone`),
    ...before.filter((c) => now.has(c.name) && now.get(c.name)!.type !== c.type).map((c) => `${c.name} became ${now.get(c.name)!.type}`),
    ...after.filter((c) => c.demanded && tables.has(c.name.split('.').slice(0, 2).join('.')) && !was.get(c.name)?.demanded).map((c) => `${c.name} must be given`),
  ]
}
/**
 * Taken away on purpose, by release that still used it: only what the release before no longer reads or writes
 * (docs/decisions/0025-migrations-and-releases.md).
 */
const CONTRACTED: Record<string, string[]> = {}

test('the check sees what a process of the last release would miss', () => {
  const a = (name: string, type = 'text', demanded = false) => ({ name, type, demanded })
  expect(contracted([a('x.t.a'), a('x.t.b'), a('x.t.c')], [a('x.t.a', 'integer'), a('x.t.c', 'text', true), a('x.t.d', 'text', true), a('x.t.e'), a('y.u.f', 'text', true)]))
    .toEqual(['x.t.b is gone', 'x.t.a became integer', 'x.t.c must be given', 'x.t.d must be given'])
})
test('there is a release to come from', () => expect(releases()).toContain('0.1.0'))

describe.each(releases())('from %s', (name) => {
  const database = `gongxie_upgrade_${randomBytes(4).toString('hex')}`
  const owner = { ...connection, database }
  let release: Release
  let columns: Column[]
  let db: Database
  afterAll(async () => {
    await db?.close()
    await asked(connection, (c) => c.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`))
  })

  test('every new migration is applied to its rows', async () => {
    await asked(connection, (c) => c.query(`CREATE DATABASE ${database}`))
    release = await loadRelease(name, owner, migrationSources, path.join(scratch, name))
    columns = await asked(owner, columnsOf)
    const before = new Set(release.migrations.map((m) => `${m.source}/${m.file}`))
    const all = migrationSources.flatMap((s) => fs.readdirSync(s.folder).filter((f) => f.endsWith('.sql')).map((f) => `${s.name}/${f}`))
    expect((await migrate(owner, [...migrationSources])).toSorted()).toEqual(all.filter((k) => !before.has(k)).toSorted())
    expect(await migrate(owner, [...migrationSources])).toEqual([])
    db = openDatabase(owner, { app: 3, system: 2 })
    await openKeys(db, scratch)
    for (const domain of domains) if (domain.loadReference) await db.asSystem('reference.load', domain.loadReference)
  }, 120_000)
  test('a process of the release can go on beside the new one', async () => {
    expect(columns.length).toBeGreaterThan(300)
    expect(contracted(columns, await asked(owner, columnsOf))).toEqual(CONTRACTED[name] ?? [])
  })
  test('its schema is that of a new database, and keeps every law', async () => {
    // The trail has a table a month: which months there are is a matter of the rows.
    const lasting = (schema: string[]) => schema.filter((line) => !/entry_\d{4}_\d\d/.test(line))
    expect(lasting(await asked(owner, schemaOf))).toEqual(lasting(await asked(fresh.connection, schemaOf)))
    expect(await asked(owner, brokenLaws)).toEqual([])
  })
  test('no row of its registers, forms, figures and history is lost', async () => {
    const kept = Object.entries(release.rows).filter(([t, n]) => n > 0 && /^(org|reports|energy|audit)\.|^auth\.(person|account|post)$/.test(t))
    expect(kept.length).toBeGreaterThan(15)
    for (const [table, n] of kept) expect(await asked(owner, async (c) => Number((await c.query(`SELECT count(*) FROM ${table}`)).rows[0].count)), table).toBeGreaterThanOrEqual(n)
  })
  test('its figures are what they were', async () => {
    const city = (await db.asSystem('test', (trx) => indicatorsBy(trx, 'city', { months: 12, start: '2025-01-01', division: 'then' })))[0]!
    expect({ counted: city.counted, keptOut: city.keptOut, tce: city.sums.tce, water: city.sums.water, people: city.sums.people }).toEqual(release.figures)
  })
  test('its people sign in and see what is theirs', async () => {
    const app = await buildServer({ db, dataDir: scratch, domains, jobs: { send: async () => {}, running: () => true, stop: async () => {} }, version: 'test' })
    try {
      const answer = await visitor(app, '').post('/session/sign-in', release.signIn)
      expect(answer.status, answer.text).toBe(200)
      const token = /gongxie=([^;]+)/.exec(String(answer.headers['set-cookie']))![1]!
      const { status, body } = await visitor(app, token).get('/organizations')
      expect([status, body.rows.length]).toEqual([200, 1])
    } finally {
      await app.close()
    }
  })
})
