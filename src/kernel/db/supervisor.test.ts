/** A PostgreSQL that dies is started again (M3, M4), by whoever of those that use it is there; its lock file is left alone. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startJobs } from '../server/jobs.ts'
import { openDatabase } from './database.ts'
import { startEmbedded, type DatabaseServer } from './embedded.ts'
import { migrate } from './migrate.ts'

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-supervised-'))
fs.chmodSync(dataDir, 0o755)
const migrations = path.join(import.meta.dirname, 'migrations')
let server: DatabaseServer
const said: string[] = []
const pid = () => Number(fs.readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
async function until<T>(what: () => Promise<T | false | undefined> | T | false | undefined, ms = 40_000): Promise<T> {
  const since = Date.now()
  for (;;) {
    const got = await Promise.resolve().then(what).catch(() => false as const)
    if (got) return got
    if (Date.now() - since > ms) throw new Error('it did not come to be')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

beforeAll(async () => {
  server = await startEmbedded(dataDir, (line) => void said.push(line))
  await migrate(server.connection, [{ name: 'kernel', folder: migrations }])
})
afterAll(async () => {
  await server.stop()
  fs.rmSync(dataDir, { recursive: true, force: true })
  if (server.connection.host?.startsWith('/')) fs.rmSync(server.connection.host, { recursive: true, force: true })
})

test.skipIf(process.platform === 'win32')('it has no port: whoever reaches it stands on this machine and may open the socket (M6)', async () => {
  const client = new pg.Client(server.connection)
  await client.connect()
  const { rows } = await client.query(`SELECT current_setting('listen_addresses') AS listens, inet_server_addr() AS address`)
  await client.end()
  expect(rows).toEqual([{ listens: '', address: null }])
  expect(server.connection.host).toMatch(/^\//)
  // Nobody else's account on this machine gets as far as the password.
  expect(fs.statSync(server.connection.host!).mode & 0o007).toBe(0)
})

test('killed, it is back; whoever asked meanwhile is told; the queue goes on by itself', async () => {
  const db = openDatabase(server.connection, { watched: true })
  const done: string[] = []
  const jobs = await startJobs(server.connection, db, dataDir, [{ name: 'test.work', run: async (_s, data: { id: string }) => void done.push(data.id) }])
  const enqueue = (id: string) => db.asSystem('test', (trx) => jobs.send(trx, 'test.work', { id }))
  try {
    await enqueue('before')
    await until(() => done.includes('before'))
    expect(jobs.running()).toBe(true)

    const killed = pid()
    // In the middle of a transaction.
    const inside = db.asSystem('test', async (trx) => {
      process.kill(killed, 'SIGKILL')
      for (;;) await trx.run(sql`SELECT pg_sleep(0.05)`)
    })
    await expect(inside).rejects.toThrow()
    const refused = await until(() => db.asSystem('test', (trx) => trx.one(sql`SELECT 1`)).then(() => false as const, (e: unknown) => e))
    expect(refused).toBeInstanceOf(Error)
    await until(() => db.asSystem('test', (trx) => trx.one(sql`SELECT 1`)))
    await until(() => db.pulse!.answering)
    expect(pid()).not.toBe(killed)
    // The watch may see it before whoever started it has said so.
    await until(() => said.some((l) => l.includes('answers again')))

    const id = randomBytes(4).toString('hex')
    await enqueue(id)
    await until(() => done.includes(id))
    await until(() => jobs.running())
    expect(done.filter((d) => d === id)).toHaveLength(1)
  } finally {
    await jobs.stop(1_000)
    await db.close()
  }
  expect(jobs.running()).toBe(false)
}, 90_000)

test('one that somebody else had started is looked after as well, and whoever brings it back stops it', async () => {
  const second = await startEmbedded(dataDir, (line) => void said.push(`second: ${line}`))
  const before = pid()
  // The first leaves in order; the second still needs the database.
  await server.stop()
  await until(() => pid() !== before)
  const db = openDatabase(second.connection)
  await until(() => db.asSystem('test', (trx) => trx.one(sql`SELECT 1`)))
  await db.close()
  server = await startEmbedded(dataDir)
  const adopted = pid()
  process.kill(adopted, 'SIGKILL')
  await until(() => pid() !== adopted)
  // Both wanted to bring it back: there is one.
  const again = openDatabase(server.connection)
  await until(() => again.asSystem('test', (trx) => trx.one(sql`SELECT 1`)))
  await again.close()
  await second.stop()
  await server.stop()
  server = await startEmbedded(dataDir)
}, 120_000)
