/**
 * The data that is measured on: a sample city, and in a second database of the same server a register of a million
 * organisations. Built once by our own command, kept, and used again.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbedded } from '../src/kernel/db/embedded.ts'

export const REGISTER = 'gongxie_bench_register'
export const root = fileURLToPath(new URL('..', import.meta.url))
export const gongxie = path.join(root, 'bin', 'gongxie.mjs')

export interface Account {
  login: string
  password: string
  role: string
  organization: string
}
/** One database with the accounts of its sample people. */
export interface Site {
  name: 'city' | 'register'
  dataDir: string
  connection: pg.ClientConfig
  accounts: Account[]
}
export interface Data {
  city: Site
  register: Site
  stop(): Promise<void>
}

export const urlOf = (c: pg.ClientConfig): string =>
  `postgres://${c.user}:${encodeURIComponent(String(c.password))}@localhost/${c.database}?host=${encodeURIComponent(String(c.host))}&port=${c.port}`

export async function withClient<T>(connection: pg.ClientConfig, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

function command(args: string[], databaseUrl?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...(databaseUrl ? { DATABASE_URL: databaseUrl } : { DATABASE_URL: undefined }) }
    const running = spawn(process.execPath, [gongxie, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] })
    running.once('error', reject)
    running.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`gongxie ${args[0]} ended with ${code}`))))
  })
}

const accountsIn = (dataDir: string) => JSON.parse(fs.readFileSync(path.join(dataDir, 'sample-accounts.json'), 'utf8')) as Account[]

/** Index-only scans need a visibility map, and plans need statistics: both sides get them once. */
async function settleTables(site: Site): Promise<void> {
  const mark = path.join(site.dataDir, 'bench-vacuumed')
  if (fs.existsSync(mark)) return
  await withClient(site.connection, (client) => client.query('VACUUM (ANALYZE)'))
  fs.writeFileSync(mark, '')
}

export async function prepare(dataDir: string, scale: 'city' | 'small', say: (line: string) => void): Promise<Data> {
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o755 })
  const server = await startEmbedded(dataDir, say)
  say(`data: ${scale} in ${dataDir}`)
  await command(['sample', '--scale', scale, '--data-dir', dataDir])
  const there = await withClient(server.connection, async (client) => {
    const found = (await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [REGISTER])).rowCount
    if (!found) await client.query(`CREATE DATABASE ${REGISTER}`)
    return found
  })
  const connection = { ...server.connection, database: REGISTER }
  const registerDir = path.join(dataDir, 'register')
  if (!there) say('data: register')
  await command(['sample', '--scale', 'register', '--data-dir', registerDir, ...(scale === 'small' ? ['--organizations', '100000'] : [])], urlOf(connection))
  const data: Data = {
    city: { name: 'city', dataDir, connection: server.connection, accounts: accountsIn(dataDir) },
    register: { name: 'register', dataDir: registerDir, connection, accounts: accountsIn(registerDir) },
    stop: server.stop,
  }
  await settleTables(data.city)
  await settleTables(data.register)
  return data
}

/** The history of what a workload wrote goes with it. The trail itself lets nobody do so: its guards are lifted for the moment. */
export async function forgetHistory(c: pg.Client, condition: string): Promise<void> {
  const guard = (how: string) => c.query(`DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit.entry'::regclass LOOP EXECUTE format('ALTER TABLE %s ${how} TRIGGER stays', t); END LOOP; END $$`)
  await guard('DISABLE')
  await c.query(`DELETE FROM audit.entry WHERE kind = 'change' AND ${condition}`)
  await guard('ENABLE ALWAYS')
}
