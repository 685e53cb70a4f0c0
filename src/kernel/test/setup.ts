/**
 * One PostgreSQL for a whole test run, with a migrated template that every test file clones. It is the embedded
 * server with its data in the temporary folder, or the server of TEST_DATABASE_URL (which must allow CREATE DATABASE).
 *
 * The kernel knows no domain, so whoever starts the run says what is migrated and loaded: see apps/test-setup.ts.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import type { Domain } from '../domain.ts'
import { openDatabase } from '../db/database.ts'
import { startEmbedded } from '../db/embedded.ts'
import { migrate, type MigrationSource } from '../db/migrate.ts'

/** What the test files get: how to connect as the owner, and the template to clone. */
export interface TestServer {
  connection: pg.ClientConfig
  template: string
}
declare module 'vitest' {
  interface ProvidedContext {
    server: TestServer
  }
}
interface Project {
  provide(key: 'server', value: TestServer): void
}

async function withClient<T>(connection: pg.ClientConfig, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

async function startServer(): Promise<{ connection: pg.ClientConfig; stop: () => Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL
  if (url) {
    const { connectionParameters: c } = new pg.Client({ connectionString: url }) as pg.Client & { connectionParameters: pg.ClientConfig }
    return { connection: { user: c.user, password: c.password as string, host: c.host, port: c.port, database: c.database }, stop: async () => {} }
  }
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-test-'))
  // Under root the server runs as another user, who must get through.
  fs.chmodSync(dataDir, 0o755)
  const server = await startEmbedded(dataDir)
  // Nothing here outlives the run, so nothing has to survive a power cut.
  await withClient(server.connection, async (client) => {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) await client.query(`ALTER SYSTEM SET ${setting} = off`)
    await client.query('SELECT pg_reload_conf()')
  })
  return {
    connection: server.connection,
    stop: async () => {
      await server.stop()
      fs.rmSync(dataDir, { recursive: true, force: true })
      if (server.connection.host?.startsWith('/')) fs.rmSync(server.connection.host, { recursive: true, force: true })
    },
  }
}

/** Starts the server and builds the template; answers with the teardown. */
export async function setupDatabases(project: Project, sources: readonly MigrationSource[], domains: readonly Domain[]): Promise<() => Promise<void>> {
  const server = await startServer()
  const template = `gongxie_template_${randomBytes(4).toString('hex')}`
  try {
    await withClient(server.connection, (client) => client.query(`CREATE DATABASE ${template}`))
    const owner = { ...server.connection, database: template }
    await migrate(owner, [...sources])
    const db = openDatabase(owner, { app: 1, system: 1 })
    try {
      for (const domain of domains) if (domain.loadReference) await db.asSystem('reference.load', domain.loadReference)
    } finally {
      await db.close()
    }
    await withClient(owner, (client) => client.query('ANALYZE'))
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('server', { connection: server.connection, template })
  return async () => {
    if (process.env.TEST_DATABASE_URL) await withClient(server.connection, (client) => client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`))
    await server.stop()
  }
}
