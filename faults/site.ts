/**
 * A small city in a data folder of its own, with the platform running on it as an operator runs it; people who write and
 * remember what was acknowledged; and what must hold afterwards whatever happened (security.md §3, I1–I8).
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { embeddedConnection, embeddedPlace } from '../src/kernel/db/embedded.ts'
import { openKeys, seal } from '../src/kernel/authority/rights/seal.ts'
import { openDatabase } from '../src/kernel/db/database.ts'
import { openSession } from '../src/kernel/test/api.ts'
import { buildFixture, type Fixture } from '../src/kernel/test/fixture.ts'
import { caller, pause, send, startProcess, until, type Caller, type Reply, type Running, type StartOptions } from '../src/kernel/test/process.ts'

export { pause, send, until, type Caller, type Reply, type Running }
const base = path.join(os.tmpdir(), 'gongxie-faults')

export interface Site {
  dataDir: string
  city: Fixture
  process: Running
  connection: pg.ClientConfig
  start(more?: Partial<StartOptions>): Promise<Running>
  session(organizationId: number, role: Parameters<Fixture['actorAt']>[1]): Promise<Caller>
  sql<T = any>(text: string, values?: unknown[]): Promise<T[]>
  /** Process id of the database, from its own lock file. */
  postmaster(): number
  /** `before` the folder is removed: small disks are taken away. */
  close(before?: () => void): Promise<void>
}

/** Built once and copied: a migrated database with the fixture's city. */
async function template(): Promise<{ dataDir: string; city: Omit<Fixture, 'actorAt' | 'institution'> }> {
  const dataDir = path.join(base, `template-${process.pid}`)
  const known = path.join(dataDir, 'city.json')
  if (!fs.existsSync(known)) {
    fs.mkdirSync(dataDir, { recursive: true, mode: 0o755 })
    fs.chmodSync(base, 0o755)
    const running = await startProcess({ dataDir })
    const db = openDatabase(embeddedConnection(dataDir), { app: 1, system: 1 })
    await openKeys(db, dataDir)
    const city = await buildFixture(db)
    await db.close()
    const { code } = await running.stop()
    if (code !== 0) throw new Error(`the template ended with ${code}: ${running.output()}`)
    fs.writeFileSync(known, JSON.stringify(city))
  }
  return { dataDir, city: JSON.parse(fs.readFileSync(known, 'utf8')) as Fixture }
}

let sites = 0
/** `prepare` gets the folder before anything runs on it: small disks go there. */
export async function openSite(more: Partial<StartOptions> = {}, prepare: (dataDir: string) => void = () => {}): Promise<Site> {
  const from = await template()
  const dataDir = path.join(base, `site-${process.pid}-${++sites}`)
  fs.mkdirSync(dataDir, { mode: 0o755 })
  prepare(dataDir)
  execFileSync('cp', ['-a', `${from.dataDir}/.`, dataDir])
  const options: StartOptions = { dataDir, ...more, env: { GONGXIE_LIMITS: 'read=1000000/10,write=1000000/10,search=1000000/10,anonymous=1000000/10', ...more.env } }
  const running = await startProcess(options)
  const connection = embeddedConnection(dataDir)
  const client = async <T>(run: (c: pg.Client) => Promise<T>): Promise<T> => {
    const c = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 })
    c.on('error', () => {})
    await c.connect()
    try {
      return await run(c)
    } finally {
      await c.end().catch(() => {})
    }
  }
  const site: Site = {
    dataDir, connection, process: running,
    city: from.city as Fixture,
    async start(again = {}) {
      return (site.process = await startProcess({ ...options, ...again, port: running.port }))
    },
    async session(organizationId, role) {
      const db = openDatabase(connection, { app: 1, system: 1 })
      try {
        await openKeys(db, dataDir)
        const own = await db.asSystem('faults', async (trx) => {
          const org = (await trx.client.query('SELECT name, org_path AS path FROM org.organization WHERE id = $1', [organizationId])).rows[0] as { name: string; path: string }
          const person = (await trx.client.query('INSERT INTO auth.person (name, org_path) VALUES ($1, $2) RETURNING id', [`${role}`, org.path])).rows[0].id as number
          const post = (await trx.client.query(`INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) VALUES ($1, $2, $3, '2020-01-01', $4) RETURNING id`, [person, organizationId, role, org.path])).rows[0].id as number
          await seal(trx, 'post', [post])
          return { personId: person, postId: post, name: role, role, organizationId, organizationName: org.name, orgPath: org.path, permissions: [] }
        })
        return caller(await openSession(db, own))
      } finally {
        await db.close()
      }
    },
    sql: (text, values) => client(async (c) => (await c.query(text, values)).rows),
    postmaster: () => Number(fs.readFileSync(path.join(embeddedPlace(dataDir).data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    async close(before = () => {}) {
      if (site.process.alive()) await site.process.stop()
      // A database that outlived its process.
      try {
        process.kill(site.postmaster(), 'SIGINT')
        await until(() => !fs.existsSync(path.join(embeddedPlace(dataDir).data, 'postmaster.pid')), 15_000)
      } catch {
        // It is gone.
      }
      before()
      fs.rmSync(dataDir, { recursive: true, force: true })
      if (connection.host?.startsWith('/tmp/gongxie-')) fs.rmSync(connection.host, { recursive: true, force: true })
    },
  }
  return site
}
export const cleanUp = () => fs.rmSync(path.join(base, `template-${process.pid}`), { recursive: true, force: true })

/** What clients heard, written down with fsync before they go on. */
export class Ledger {
  readonly ok = new Map<string, number>()
  readonly failed = new Set<string>()
  readonly unknown = new Set<string>()
  readonly submitted = new Set<number>()
  /** Requests that were answered with a 503 or 507 of ours, and those that broke off. */
  refusals = 0
  broken = 0
  /** Refusals that did not say when to come back. */
  mute = 0
  /** Longest time to any answer. */
  slowest = 0
  readonly #file: number
  constructor(file: string) {
    this.#file = fs.openSync(file, 'a', 0o600)
  }
  note(word: string, name: string, id?: number): void {
    fs.writeSync(this.#file, `${word}\t${name}\t${id ?? ''}\n`)
    fs.fsyncSync(this.#file)
    if (word === 'ok') {
      this.ok.set(name, id!)
      this.unknown.delete(name)
    } else if (word === 'failed') {
      this.failed.add(name)
      this.unknown.delete(name)
    }
    else this.unknown.add(name)
  }
}

export interface Writing {
  ledger: Ledger
  /** No new intentions; those that are open are repeated until they are answered, so long. */
  finish(patienceMs?: number): Promise<void>
}
/** Clients that found institutions and hand in their ledgers, and repeat with the same key what was not answered. */
export function write(site: Site, who: Caller, prefix: string, clients: number, more: { retry?: boolean; forms?: boolean; ms?: number; gate?: () => boolean } = {}): Writing {
  const { retry = true, forms = true, ms = 20_000, gate = () => true } = more
  const ledger = new Ledger(path.join(base, `ledger-${process.pid}-${prefix}`))
  let open = true
  let deadline = Infinity
  async function ask(at: string, body: unknown, key: string): Promise<Reply> {
    let tries = 0
    for (;;) {
      // A proxy that knows better sends nothing.
      if (!gate()) return { status: 0, body: null, headers: {}, error: 'not sent' }
      const since = performance.now()
      const reply = await send(site.process.url, who, 'POST', at, body, { key: encodeURIComponent(key), ms })
      ledger.slowest = Math.max(ledger.slowest, performance.now() - since)
      if (reply.status === 503 || reply.status === 507) {
        ledger.refusals++
        if (!reply.headers['retry-after'] || !/[\u4e00-\u9fff]/.test(String(reply.body?.message))) ledger.mute++
      }
      // Not taken by anybody is no answer that was lost.
      if (reply.status === 0 && !/ECONNREFUSED/.test(reply.error ?? '')) ledger.broken++
      if ((reply.status > 0 && reply.status < 500) || !retry || Date.now() > deadline) return reply
      // As the page does: a little longer each time, and not all at once.
      await pause(Math.min(3_000, 300 * ++tries) * (0.5 + Math.random()))
    }
  }
  const run = Promise.all(Array.from({ length: clients }, async (_, w) => {
    for (let i = 0; open; i++) {
      const name = `${prefix}${w}第${i}`
      ledger.note('asked', name)
      const made = await ask('/organizations', { values: { name, category: '01', regionId: site.city.regions.yuzhong, superiorId: site.city.yuzhong, people: 10, buildingArea: '100.00' } }, name)
      if (made.status !== 200) {
        if (made.status > 0 && made.status < 500) ledger.note('failed', name)
        if (!retry) await pause(50)
        continue
      }
      ledger.note('ok', name, made.body.id as number)
      if (!forms || i % 3) continue
      const saved = await ask('/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: made.body.id, version: null, values: { electricity: '1200', electricityCost: '900', water: '30', waterCost: '100', people: '10', buildingArea: '100' } }, `${name}-save`)
      if (saved.status !== 200) continue
      const handed = await ask(`/filings/${saved.body.facts.id}/submit`, { version: saved.body.facts.version }, `${name}-submit`)
      if (handed.status === 200) ledger.submitted.add(made.body.id as number)
    }
  }))
  return {
    ledger,
    async finish(patienceMs = 60_000) {
      open = false
      deadline = Date.now() + patienceMs
      await run
    },
  }
}

export interface Held {
  acked: number
  stored: number
  lost: number
  doubled: number
  broken: string[]
  missing: string[]
}

/** I1–I6 and I8; I7 is the fault's own. */
export async function examine(site: Site, writing: Writing, prefix: string): Promise<Held> {
  const { ledger } = writing
  const broken: string[] = []
  const rows = await site.sql<{ id: number; name: string; n: number }>(`SELECT min(id)::int AS id, name, count(*)::int AS n FROM org.organization WHERE name LIKE $1 GROUP BY name`, [`${prefix}%`])
  const there = new Map(rows.map((r) => [r.name, r]))
  const lost = [...ledger.ok.keys()].filter((name) => !there.has(name)).length
  const doubled = rows.filter((r) => r.n > 1).length
  // I3: nothing is there that nobody asked for, nothing that was refused.
  const strange = rows.filter((r) => !ledger.ok.has(r.name) && !ledger.unknown.has(r.name)).length
  if (lost) broken.push(`I1: ${lost} acknowledged are lost`)
  if (doubled) broken.push(`I2: ${doubled} are there twice`)
  if (strange) broken.push(`I3: ${strange} are there that nobody was told of`)
  // I4: one line of history for each that is there.
  const history = await site.sql<{ n: number }>(`
    SELECT count(*)::int AS n FROM org.organization o WHERE o.name LIKE $1 AND 1 <> (SELECT count(*) FROM audit.change c WHERE c.entity = 'org.organization' AND c.record_id = o.id AND c.action = 'create')`, [`${prefix}%`])
  if (history[0]!.n) broken.push(`I4: ${history[0]!.n} without exactly one line of history`)
  const filed = await site.sql<{ id: number; n: number; forms: number }>(`
    SELECT f.organization_id AS id, count(*) FILTER (WHERE f.submitted_at IS NOT NULL)::int AS n, count(v.filing_id)::int AS forms
    FROM reports.filing f LEFT JOIN energy.monthly_2025 v ON v.filing_id = f.id WHERE f.organization_id = ANY ($1) GROUP BY f.organization_id`, [[...ledger.ok.values()]])
  const submitted = new Map(filed.map((f) => [f.id, f]))
  const unfiled = [...ledger.submitted].filter((id) => submitted.get(id)?.n !== 1).length
  if (unfiled) broken.push(`I1: ${unfiled} forms that were handed in are not`)
  if (filed.some((f) => f.forms > 1)) broken.push('I2: a form is there twice')
  // I5: figures are the sum of the forms that were handed in, the cube the sum of the figures.
  const who = await site.session(site.city.city, 'leader')
  const read = await send(site.process.url, who, 'GET', '/energy/indicators?period=2026-01&by=city')
  if (read.status !== 200) broken.push(`I5: the totals cannot be read: ${read.status} ${JSON.stringify(read.body)}`)
  const sums = (await site.sql<Record<'forms' | 'figures' | 'cube', string | null>>(`
    SELECT (SELECT sum(v.electricity) FROM energy.monthly_2025 v JOIN reports.filing f ON f.id = v.filing_id WHERE f.counted AND v.period_start = '2026-01-01')::text AS forms,
      (SELECT sum(c.electricity) FROM energy.consumption c JOIN reports.filing f ON f.id = c.filing_id WHERE f.counted AND c.months = 1 AND c.period_start = '2026-01-01')::text AS figures,
      (SELECT sum(electricity) FROM energy.cube WHERE months = 1 AND period_start = '2026-01-01')::text AS cube`))[0]!
  const same = (a: string | null, b: string | null) => Number(a ?? 0) === Number(b ?? 0)
  if (!same(sums.forms, sums.figures) || !same(sums.figures, sums.cube)) broken.push(`I5: forms ${sums.forms}, figures ${sums.figures}, cube ${sums.cube}`)
  // I6: nobody fell over, no file without an owner.
  if (/uncaught|unhandled|UnhandledPromise/i.test(site.process.output())) broken.push(`I6: ${/.*(uncaught|unhandled).*/i.exec(site.process.output())![0].slice(0, 200)}`)
  for (const folder of ['uploads', 'imports']) {
    const left = fs.existsSync(path.join(site.dataDir, folder)) ? fs.readdirSync(path.join(site.dataDir, folder)) : []
    if (left.length) broken.push(`I6: ${left.length} files left in ${folder}`)
  }
  // I8: every index holds every row of its table.
  await site.sql('CREATE EXTENSION IF NOT EXISTS amcheck')
  const indexes = await site.sql<{ name: string }>(`
    SELECT c.oid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.amname = 'btree' AND i.indisvalid AND c.relkind = 'i' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`)
  for (const { name } of indexes) await site.sql('SELECT bt_index_check($1::regclass, true)', [name]).catch((e: Error) => broken.push(`I8: ${name}: ${e.message}`))
  const missing = fs.existsSync(path.resolve(import.meta.dirname, '../src/apps/commands/audit.ts')) ? await chain(site, broken) : ['I4: the chain of the history cannot be verified yet']
  return { acked: ledger.ok.size + ledger.submitted.size, stored: rows.length + filed.filter((f) => f.n).length, lost: lost + unfiled, doubled, broken, missing }
}

/** I4, second half: the chain verifies. The sealer is given its moment. */
async function chain(site: Site, broken: string[]): Promise<string[]> {
  await pause(3_000)
  try {
    execFileSync(process.execPath, [path.resolve(import.meta.dirname, '../bin/gongxie.mjs'), 'audit', 'verify', '--data-dir', site.dataDir], { stdio: 'pipe', env: { ...process.env, DATABASE_URL: undefined } })
    return []
  } catch (error) {
    broken.push(`I4: the chain does not verify: ${String((error as { stdout?: Buffer; stderr?: Buffer }).stdout ?? '')}${String((error as { stderr?: Buffer }).stderr ?? '')}`.slice(0, 300))
    return []
  }
}
