/** Each release's database is brought forward by every migration that came after it, and is then as a new one, with its rows. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, inject, test } from 'vitest'
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

test('there is a release to come from', () => expect(releases()).toContain('0.1.0'))

describe.each(releases())('from %s', (name) => {
  const database = `gongxie_upgrade_${randomBytes(4).toString('hex')}`
  const owner = { ...connection, database }
  let release: Release
  let db: Database
  afterAll(async () => {
    await db?.close()
    await asked(connection, (c) => c.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`))
  })

  test('every new migration is applied to its rows', async () => {
    await asked(connection, (c) => c.query(`CREATE DATABASE ${database}`))
    release = await loadRelease(name, owner, migrationSources, path.join(scratch, name))
    const before = new Set(release.migrations.map((m) => `${m.source}/${m.file}`))
    const all = migrationSources.flatMap((s) => fs.readdirSync(s.folder).filter((f) => f.endsWith('.sql')).map((f) => `${s.name}/${f}`))
    expect((await migrate(owner, [...migrationSources])).toSorted()).toEqual(all.filter((k) => !before.has(k)).toSorted())
    expect(await migrate(owner, [...migrationSources])).toEqual([])
    db = openDatabase(owner, { app: 3, system: 2 })
    for (const domain of domains) if (domain.loadReference) await db.asSystem('reference.load', domain.loadReference)
  }, 120_000)
  test('its schema is that of a new database, and keeps every law', async () => {
    expect(await asked(owner, schemaOf)).toEqual(await asked(fresh.connection, schemaOf))
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
    const app = await buildServer({ db, dataDir: scratch, domains, jobs: { send: async () => {}, stop: async () => {} }, version: 'test' })
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
