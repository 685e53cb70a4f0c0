/** Migrations are killed, raced, blocked and confused; the database is the old one or the new one, never something between. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { schemaOf } from '../test/schema.ts'
import { migrate, type MigrationSource } from './migrate.ts'

const { connection } = inject('server')
const here = fileURLToPath(new URL('.', import.meta.url))
const kernel: MigrationSource = { name: 'kernel', folder: path.join(here, 'migrations') }
const files = fs.readdirSync(kernel.folder).filter((f) => f.endsWith('.sql')).sort()
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-migrate-'))
const made: string[] = []

async function using<T>(config: pg.ClientConfig, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config)
  client.on('error', () => {})
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}
async function newDatabase(): Promise<pg.ClientConfig> {
  const database = `gongxie_migrate_${randomBytes(5).toString('hex')}`
  await using(connection, (c) => c.query(`CREATE DATABASE ${database}`))
  made.push(database)
  return { ...connection, database }
}
afterAll(async () => {
  for (const database of made) await using(connection, (c) => c.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`))
  fs.rmSync(scratch, { recursive: true, force: true })
})

/** A source of one's own: name → SQL. */
function sourceOf(name: string, sql: Record<string, string>): MigrationSource {
  const folder = path.join(scratch, name)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(sql)) fs.writeFileSync(path.join(folder, file), text)
  return { name, folder }
}
/** Migrates in a process of its own, that can be killed. */
function migrating(owner: pg.ClientConfig): { child: ChildProcess; applied: Promise<string[]> } {
  const program = `import { migrate } from ${JSON.stringify(path.join(here, 'migrate.ts'))}
    process.stdout.write(JSON.stringify(await migrate(JSON.parse(process.env.OWNER), JSON.parse(process.env.SOURCES))))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, OWNER: JSON.stringify(owner), SOURCES: JSON.stringify([kernel]) }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let trouble = ''
  child.stdout!.on('data', (b: Buffer) => (out += b.toString()))
  child.stderr!.on('data', (b: Buffer) => (trouble += b.toString()))
  const applied = new Promise<string[]>((resolve, reject) => child.once('exit', (code) => (code === 0 ? resolve(JSON.parse(out) as string[]) : reject(new Error(trouble || `ended with ${code}`)))))
  applied.catch(() => {})
  return { child, applied }
}
const hashOf = async (owner: pg.ClientConfig): Promise<string> =>
  createHash('sha256').update((await using(owner, schemaOf)).filter((s) => !/\bpublic\.(ddl_|halt)/.test(s)).join('\n')).digest('hex')
const ledger = (owner: pg.ClientConfig) => using(owner, async (c) => (await c.query(`SELECT file FROM public.gongxie_migration ORDER BY file`)).rows.map((r) => r.file as string))

/** Only who may create event triggers can stop a migration at its n-th statement. */
const superuser = await using(connection, async (c) => (await c.query(`SELECT rolsuper FROM pg_roles WHERE rolname = current_user`)).rows[0].rolsuper as boolean)
const HALT = `
  CREATE SEQUENCE public.ddl_count; CREATE TABLE public.ddl_halt (at bigint); INSERT INTO public.ddl_halt VALUES (0);
  CREATE FUNCTION public.halt() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN IF nextval('public.ddl_count') = (SELECT at FROM public.ddl_halt) THEN PERFORM pg_sleep(120); END IF; END $$;
  CREATE EVENT TRIGGER ddl_halt ON ddl_command_end EXECUTE FUNCTION public.halt()`

describe.skipIf(!superuser)('killed in the middle', () => {
  /** Schema after each file, and how many statements it took to get there. */
  const steps: { hash: string; statements: number }[] = []
  beforeAll(async () => {
    const owner = await newDatabase()
    await using(owner, (c) => c.query(HALT))
    const partial = { name: 'kernel', folder: path.join(scratch, 'partial') }
    fs.mkdirSync(partial.folder)
    await migrate(owner, [partial])
    steps.push({ hash: await hashOf(owner), statements: 1 })
    // Every call looks for the ledger first, which is one statement more.
    for (const [calls, file] of files.entries()) {
      fs.copyFileSync(path.join(kernel.folder, file), path.join(partial.folder, file))
      await migrate(owner, [partial])
      steps.push({ hash: await hashOf(owner), statements: await using(owner, async (c) => Number((await c.query('SELECT last_value FROM public.ddl_count')).rows[0].last_value) - calls - 1) })
    }
  }, 120_000)

  // The first statement of a file, its last, and some between, spread over all files.
  test.each([0.0, 0.13, 0.34, 0.55, 0.77, 1.0])('at %d of the way: old or new, and the rest afterwards', async (share) => {
    const at = Math.max(2, Math.floor(steps.at(-1)!.statements * share))
    const owner = await newDatabase()
    await using(owner, (c) => c.query(`${HALT}; UPDATE public.ddl_halt SET at = ${at}`))
    const { child, applied } = migrating(owner)
    for (let n = 0; ; n++) {
      const { rows } = await using(connection, (c) => c.query(`SELECT pid FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'`, [owner.database]))
      if (rows.length) break
      expect(child.exitCode, 'the migration halts').toBe(null)
      expect(n).toBeLessThan(600)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    child.kill('SIGKILL')
    await expect(applied).rejects.toThrow()
    await using(connection, (c) => c.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`, [owner.database]))
    await using(owner, (c) => c.query('DROP EVENT TRIGGER ddl_halt'))
    const done = await ledger(owner)
    expect(done).toEqual(files.slice(0, done.length))
    expect(done.length).toBe(steps.filter((s) => s.statements < at).length - 1)
    expect(await hashOf(owner)).toBe(steps[done.length]!.hash)
    expect(await migrate(owner, [kernel])).toEqual(files.slice(done.length).map((f) => `kernel/${f}`))
    expect(await hashOf(owner)).toBe(steps.at(-1)!.hash)
  }, 60_000)
})

test('two that start at once share the work: every file is applied once', async () => {
  const owner = await newDatabase()
  const both = await Promise.all([migrating(owner).applied, migrating(owner).applied])
  expect(both.flat().toSorted()).toEqual(files.map((f) => `kernel/${f}`))
  expect(await ledger(owner)).toEqual(files)
}, 60_000)

test('a table that somebody holds is waited for, without holding up everybody else', async () => {
  const owner = await newDatabase()
  const source = sourceOf('held', { '0001.sql': 'CREATE TABLE public.held (id int); INSERT INTO public.held VALUES (1)' })
  await migrate(owner, [source])
  fs.writeFileSync(path.join(source.folder, '0002.sql'), 'ALTER TABLE public.held ADD COLUMN more text')
  await using(owner, async (reader) => {
    await reader.query('BEGIN; SELECT * FROM public.held')
    const migrated = migrate(owner, [source])
    await new Promise((resolve) => setTimeout(resolve, 700))
    // Whoever comes after the migration stands behind it in the queue, but not for long.
    const from = Date.now()
    await using(owner, (late) => late.query('SELECT * FROM public.held'))
    expect(Date.now() - from).toBeLessThan(4000)
    await reader.query('COMMIT')
    expect(await migrated).toEqual(['held/0002.sql'])
  })
}, 30_000)

test('a database of a newer release is left alone', async () => {
  const owner = await newDatabase()
  await migrate(owner, [sourceOf('growing', { '0001.sql': 'CREATE TABLE public.one ()', '0002.sql': 'CREATE TABLE public.two ()' })])
  const before = await hashOf(owner)
  const older = sourceOf('growing', { '0001.sql': 'CREATE TABLE public.one ()', '0003.sql': 'CREATE TABLE public.three ()' })
  await expect(migrate(owner, [older])).rejects.toThrow(/upgraded by a newer release \(it has growing\/0002\.sql, which these sources do not know\)/)
  expect(await hashOf(owner)).toBe(before)
})

test('a file that was edited after it had been applied is refused, and a failing one leaves nothing', async () => {
  const owner = await newDatabase()
  await migrate(owner, [sourceOf('edited', { '0001.sql': 'CREATE TABLE public.one ()' })])
  await expect(migrate(owner, [sourceOf('edited', { '0001.sql': 'CREATE TABLE public.one (id int)' })])).rejects.toThrow(/edited\/0001\.sql was changed after it had been applied/)
  const before = await hashOf(owner)
  await expect(migrate(owner, [sourceOf('edited', { '0001.sql': 'CREATE TABLE public.one ()', '0002.sql': 'CREATE TABLE public.two (); SELECT 1 / 0' })])).rejects.toThrow(/edited\/0002\.sql failed and left nothing behind: division by zero/)
  expect(await hashOf(owner)).toBe(before)
})
