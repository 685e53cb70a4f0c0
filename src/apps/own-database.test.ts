/**
 * A PostgreSQL of one's own: the platform opens on Debian's 15, with a login that may create roles and databases and
 * is no superuser. Skips with a message where no such server is installed.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openPlatform } from './platform.ts'
import { openKeys, Sealer } from '../kernel/audit/seal.ts'
import { verify } from '../kernel/audit/verify.ts'
import { permissionsOf } from '../kernel/authority/roles.rules.ts'
import { indicatorsBy } from '../domains/energy/indicators/indicators.ts'
import { plantTree } from '../kernel/org/tree.ts'

const BIN = ['15', '16', '17'].map((v) => `/usr/lib/postgresql/${v}/bin`).find((b) => fs.existsSync(path.join(b, 'postgres')))
if (!BIN) process.stdout.write('own-database.test: no PostgreSQL under /usr/lib/postgresql, skipped (Debian: apt-get install postgresql)\n')

describe.skipIf(!BIN)('DATABASE_URL', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-own-'))
  let server: ChildProcess
  const data = path.join(folder, 'data')
  // One data folder for all tests: the keys that the database was written with lie there.
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-own-data-'))
  const owner = { host: folder, port: 5432, user: 'gongxie', password: 'a-password-of-ones-own', database: 'gongxie' }

  beforeAll(async () => {
    const identity: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: Number(execFileSync('id', ['-u', 'nobody'])), gid: Number(execFileSync('id', ['-g', 'nobody'])) } : {}
    if (identity.uid !== undefined) fs.chownSync(folder, identity.uid, identity.gid!)
    execFileSync(path.join(BIN!, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--no-locale', '--encoding=UTF8'], { ...identity, cwd: '/', stdio: 'ignore' })
    server = spawn(path.join(BIN!, 'postgres'), ['-D', data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off'], { ...identity, cwd: '/', stdio: 'ignore' })
    const admin = { host: folder, port: 5432, user: 'postgres', database: 'postgres' }
    for (let i = 0; ; i++) {
      const client = new pg.Client(admin)
      client.on('error', () => {})
      try {
        await client.connect()
        await client.query(`CREATE ROLE gongxie LOGIN CREATEROLE PASSWORD 'a-password-of-ones-own'`)
        await client.query('CREATE DATABASE gongxie OWNER gongxie')
        await client.end()
        return
      } catch (error) {
        if (i > 100) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }, 60_000)
  afterAll(async () => {
    if (server) {
      const gone = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await gone
    }
    for (const made of [folder, dataDir]) fs.rmSync(made, { recursive: true, force: true })
  })

  it('migrates, loads reference data, and holds row security against its own login', async () => {
    const url = `postgres://gongxie:${owner.password}@localhost/gongxie?host=${encodeURIComponent(folder)}`
    const platform = await openPlatform({ dataDir: dataDir, databaseUrl: url })
    try {
      expect(platform.applied.length).toBeGreaterThan(4)
      await platform.db.asSystem('test', plantTree)
      const actor = { personId: 1, name: '某人', postId: 1, role: 'city_reviewer', organizationId: 1, organizationName: '市局', orgPath: '1.', permissions: permissionsOf('city_reviewer') }
      const wide = await platform.db.asActor(actor, { operation: 'test' }, (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization`))
      expect(wide!.n).toBeGreaterThan(41)
      const narrow = await platform.db.asActor({ ...actor, orgPath: '1.99999.' }, { operation: 'test' }, (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization`))
      expect(narrow!.n).toBe(0)
      expect(await platform.db.asActor(actor, { operation: 'test' }, (trx) => indicatorsBy(trx, 'city', { months: 12, start: '2025-01-01', division: 'then' }))).toHaveLength(1)
    } finally {
      await platform.close()
    }
    // Opened again, nothing is migrated twice.
    const again = await openPlatform({ dataDir: dataDir, databaseUrl: url })
    expect(again.applied).toEqual([])
    await again.close()
  }, 60_000)

  it('seals and proves the trail, and a dump that is restored elsewhere proves as well', async () => {
    const url = (database: string) => `postgres://gongxie:${owner.password}@localhost/${database}?host=${encodeURIComponent(folder)}`
    const platform = await openPlatform({ dataDir, databaseUrl: url('gongxie') })
    const ring = await openKeys(platform.db, dataDir)
    try {
      await platform.db.asSystem({ operation: 'test', reason: '换行\n“引号” \\ 与 \u0001' }, async (trx) => {
        await plantTree(trx)
        await trx.run(sql`UPDATE org.organization SET building_area = 12000.50, remarks = '备注' WHERE kind = 'city'`)
      })
      await new Sealer(platform.db, ring).all()
      const proof = await verify(platform.db, ring, { anchors: path.join(dataDir, 'anchors'), patience: 0 })
      expect(proof).toMatchObject({ intact: true, findings: [] })
      expect(proof.head).toBeGreaterThan(20)
    } finally {
      await platform.close()
    }
    // On the same version, and on the bundled one.
    const there = inject('server').connection as { host: string; port: number; user: string; password: string }
    const login = `${there.user}:${encodeURIComponent(there.password)}@localhost`
    const name = `gongxie_restored_${process.pid}`
    execFileSync(path.join(BIN!, 'pg_dump'), ['-h', folder, '-U', 'postgres', '-Fc', '-f', path.join(dataDir, 'dump'), 'gongxie'], { stdio: 'ignore' })
    for (const [host, port, user, password, restored] of [[folder, 5432, 'postgres', '', url('restored')], [there.host, there.port, there.user, there.password, `postgres://${login}/${name}?host=${encodeURIComponent(there.host)}&port=${there.port}`]] as const) {
      const database = host === folder ? 'restored' : name
      const at = { env: { ...process.env, PGPASSWORD: password }, stdio: 'ignore' as const }
      const where = ['-h', host, '-p', String(port), '-U', user]
      execFileSync(path.join(BIN!, 'psql'), [...where, '-d', 'postgres', '-c', `CREATE DATABASE ${database}${host === folder ? ' OWNER gongxie' : ''}`], at)
      execFileSync(path.join(BIN!, 'pg_restore'), [...where, ...(host === folder ? [] : ['--no-owner']), '-d', database, path.join(dataDir, 'dump')], at)
      const again = await openPlatform({ dataDir, databaseUrl: restored })
      try {
        expect(await verify(again.db, ring, { anchors: path.join(dataDir, 'anchors'), patience: 0 })).toMatchObject({ intact: true, findings: [] })
      } finally {
        await again.close()
        execFileSync(path.join(BIN!, 'psql'), [...where, '-d', 'postgres', '-c', `DROP DATABASE ${database} WITH (FORCE)`], at)
      }
    }
  }, 120_000)
})
