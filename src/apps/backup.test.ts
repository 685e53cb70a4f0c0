/**
 * The drill (security F24, F27; measured in M1 and M2): a real server is backed up while it is written to, and restored
 * to a moment in another data folder; every table there is what it was then. Then everything that can go wrong does.
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { anchor } from '../kernel/audit/anchor.ts'
import { readKeys } from '../kernel/audit/key.ts'
import { openKeys as openTrail, Sealer } from '../kernel/audit/seal.ts'
import { verify } from '../kernel/audit/verify.ts'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { backUp } from '../kernel/backup/base.ts'
import { fingerprints } from '../kernel/backup/examine.ts'
import { keepBackups, type KeeperOptions } from '../kernel/backup/keeper.ts'
import { restore } from '../kernel/backup/restore.ts'
import { readKey, type Key } from '../kernel/backup/seal.ts'
import { listBackups, prune, readable, refusal, walNames, windowOf } from '../kernel/backup/store.ts'
import { verifyStore } from '../kernel/backup/verify.ts'
import { numberOf } from '../kernel/backup/wal.rules.ts'
import { openDatabase, type Database } from '../kernel/db/database.ts'
import { startEmbedded, type DatabaseServer } from '../kernel/db/embedded.ts'
import { migrate } from '../kernel/db/migrate.ts'
import type { Jobs } from '../kernel/server/jobs.ts'
import { buildServer } from '../kernel/server/server.ts'
import { openSession, visitor, type Visitor } from '../kernel/test/api.ts'
import { buildFixture } from '../kernel/test/fixture.ts'
import { domains, migrationSources } from './domains.ts'
import { openPlatform } from './platform.ts'

const bin = fileURLToPath(new URL('../../bin/gongxie.mjs', import.meta.url))
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-drill-'))
fs.chmodSync(root, 0o755)
const live = path.join(root, 'live')
const store = path.join(live, 'backups')
const keyFile = path.join(live, 'secrets', 'backup-key')
const environment = { ...process.env, GONGXIE_BACKUP_DIR: undefined, GONGXIE_BACKUP_KEY_FILE: undefined, DATABASE_URL: undefined, NODE_ENV: undefined } as unknown as NodeJS.ProcessEnv
const run = promisify(execFile)
const command = async (...args: string[]) => {
  const { stdout } = await run(process.execPath, [bin, ...args], { env: environment, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
async function until<T>(what: string, ask: () => Promise<T | false | undefined | null> | T | false | undefined | null, seconds = 30): Promise<T> {
  for (let n = 0; n < seconds * 10; n++) {
    const found = await ask()
    if (found) return found
    await pause(100)
  }
  throw new Error(`in vain: ${what}`)
}

const none: Jobs = { send: async () => {}, running: () => true, stop: async () => {} }
let server: DatabaseServer
let db: Database
let admin: pg.Client
let key: Key
let session: string
let operator: Visitor
const closing: (() => Promise<void>)[] = []

async function startLive(): Promise<void> {
  server = await startEmbedded(live, () => {}, { archive: true })
  await migrate(server.connection, [...migrationSources])
  db = openDatabase(server.connection, { app: 4, system: 3 })
  await openKeys(db, live)
  admin = new pg.Client(server.connection)
  admin.on('error', () => {})
  await admin.connect()
}
async function stopLive(): Promise<void> {
  await db.close()
  await admin.end()
  await server.stop()
}
interface Running {
  stop: () => Promise<void>
}
function keeper(more: Partial<KeeperOptions> = {}): Running {
  let wake: () => void = () => {}
  const ended = new Promise<void>((resolve) => (wake = resolve))
  const stop = { stopped: false, wait: async (ms: number) => void (await Promise.race([ended, pause(ms)])) }
  const done = keepBackups({ connection: server.connection, dataDir: live, store, keyFile, profile: 'aes-256-gcm', version: 'test', spool: server.archive!, backups: true, tick: 150, settle: 10 ** 9, ...more }, stop)
  return {
    stop: async () => {
      stop.stopped = true
      wake()
      await done
    },
  }
}
const setting = (n: number) => db.asSystem('test', (trx) => trx.run(sql`INSERT INTO app.setting (key, value, label, source) VALUES (${`drill.${n}`}, ${JSON.stringify('值'.repeat(40))}::jsonb, ${`第 ${n} 行`}, '演练')`))
const settings = async (client: pg.ClientBase) => Number((await client.query(`SELECT count(*) FROM app.setting WHERE key LIKE 'drill.%'`)).rows[0].count)
const own = (t: string) => t.startsWith('app.backup_keeper') || t.startsWith('jobs.')
const now = async () => new Date((await admin.query('SELECT clock_timestamp() AS t')).rows[0].t as string)
/** The trail is sealed and its head anchored in the data folder. */
async function sealed(): Promise<void> {
  const ring = await openTrail(db, live)
  await new Sealer(db, ring).all()
  await anchor(db, ring, path.join(live, 'anchors'))
}
/** The log up to this moment is in the folder. In a statement of its own (M2). */
async function shipped(moment: Date): Promise<void> {
  await pause(300)
  await admin.query('SELECT pg_switch_wal()')
  await until('the log is shipped', async () => {
    await admin.query(`UPDATE app.backup_plan SET keep = keep`)
    const m = readable(store)[0]!
    return (await windowOf(store, m)).until > moment.toISOString() || (await admin.query('SELECT pg_switch_wal()'), await pause(400))
  })
}

beforeAll(async () => {
  await startLive()
  for (const domain of domains) if (domain.loadReference) await db.asSystem('reference.load', domain.loadReference)
  const city = await buildFixture(db)
  key = readKey(keyFile, { create: true })
  fs.mkdirSync(path.join(live, 'attachments', 'ab'), { recursive: true })
  fs.writeFileSync(path.join(live, 'attachments', 'ab', 'first'), '附件一')
  fs.writeFileSync(path.join(live, 'secrets', 'some-pepper'), 'x'.repeat(40), { mode: 0o600 })
  const app = await buildServer({ db, dataDir: live, domains, jobs: none, version: 'test' })
  closing.push(() => app.close())
  const actor = await city.actorAt(city.city, 'system_administrator')
  session = await openSession(db, actor)
  operator = visitor(app, session)
}, 60_000)
afterAll(async () => {
  for (const close of closing) await close()
  await stopLive()
  fs.rmSync(root, { recursive: true, force: true })
  for (const s of [server.connection.host]) if (s?.startsWith('/tmp/')) fs.rmSync(s, { recursive: true, force: true })
})

describe('the drill', () => {
  let keeping: Running
  let moment: Date
  let then: Awaited<ReturnType<typeof fingerprints>>
  beforeAll(() => {
    keeping = keeper()
  })
  afterAll(() => keeping.stop())

  test('a backup is asked for on the page and made while people write', async () => {
    let writing = true
    let n = 0
    const writers = Promise.all([1, 2, 3].map(async () => {
      while (writing) await setting(n++)
    }))
    await until('the keeper is there', async () => (await operator.get('/backups')).body.keeperSeen)
    expect((await operator.post('/backups/run', { kind: 'backup' })).body).toMatchObject({ kind: 'backup', state: 'asked' })
    expect((await operator.post('/backups/run', { kind: 'backup' })).status).toBe(422)
    const state = await until('the backup is done', async () => {
      const { body } = await operator.get('/backups')
      return body.runs[0].state === 'done' && body
    })
    await until('some more is written', () => n > 700)
    writing = false
    await writers
    expect(state.backups[0]).toMatchObject({ readable: true, kind: 'database', reason: 'asked', damaged: 0 })
    expect(state.alarms.filter((a: { level: string }) => a.level === 'error')).toEqual([])
    fs.writeFileSync(path.join(live, 'attachments', 'ab', 'second'), '附件二')
    // A secret made after the backup, and one written anew in its place.
    fs.writeFileSync(path.join(live, 'secrets', 'later-key'), 'y'.repeat(40), { mode: 0o600 })
    fs.writeFileSync(path.join(live, 'secrets', 'some-pepper'), 'z'.repeat(41), { mode: 0o600 })
    // The trail as far as it had come.
    await sealed()
    then = await fingerprints(admin, own)
    moment = await now()
    await pause(50)
    expect(await settings(admin)).toBe(n)
    // One line further: the number that the restored trail gives to its own next line.
    await admin.query(`UPDATE app.setting SET unsure = true WHERE key = (SELECT key FROM app.setting WHERE key LIKE 'drill.%' LIMIT 1)`)
    await sealed()
    await admin.query(`DELETE FROM app.setting WHERE key IN (SELECT key FROM app.setting WHERE key LIKE 'drill.%' LIMIT 500)`)
    await admin.query(`DELETE FROM org.placement`)
    expect(await settings(admin)).toBe(n - 500)
    // What was done since is anchored too, further than the restored trail will reach.
    await sealed()
    await shipped(moment)
  }, 60_000)

  test('restored to the moment, every table is what it was, and every index fits', async () => {
    const target = path.join(root, 'restored')
    const report = JSON.parse(await command('restore', '--from', store, '--data-dir', target, '--key-file', keyFile, '--to-time', moment.toISOString(), '--json'))
    expect(report, JSON.stringify(report.faults)).toMatchObject({ ok: true, faults: [], to: moment.toISOString() })
    expect(report.anchored).toBeGreaterThan(5)
    expect(report.indexes).toBeGreaterThan(150)
    expect(report.fingerprints.filter((t: { table: string }) => !own(t.table))).toEqual(then)
    expect(then.length).toBeGreaterThan(40)
    // What was deleted afterwards is back there, and gone here.
    const rows = then.find((t) => t.table === 'org.placement')!.rows
    expect(rows).toBeGreaterThan(5)
    expect((await admin.query('SELECT 1 FROM org.placement')).rowCount).toBe(0)
    for (const name of ['first', 'second']) expect(fs.readFileSync(path.join(target, 'attachments', 'ab', name), 'utf8')).toBe(name === 'first' ? '附件一' : '附件二')
    for (const [name, content] of [['some-pepper', 'z'.repeat(41)], ['later-key', 'y'.repeat(40)]]) expect(fs.readFileSync(path.join(target, 'secrets', name!), 'utf8')).toBe(content)
    expect(fs.statSync(path.join(target, 'secrets', 'backup-key')).mode & 0o777).toBe(0o600)
    // Whoever looks into the folder of backups reads nothing.
    const canary = fs.readFileSync(path.join(live, 'secrets', 'database-password'), 'utf8')
for (const word of [canary, '附件一', '渝中区示范中学']) expect(spawnSync('grep', ['-rlaF', word, store]).stdout.toString(), word).toBe('')
  }, 60_000)

  test('the platform starts on what was restored, on a history of its own', async () => {
    const platform = await openPlatform({ dataDir: path.join(root, 'restored') })
    try {
      const app = await buildServer({ db: platform.db, dataDir: platform.dataDir, domains, jobs: none, version: 'test' })
      expect((await app.inject({ url: '/ready' })).statusCode).toBe(200)
      // The restore anchored its own head. Also with all the anchors of the old platform beside it the trail is whole …
      const anchors = path.join(platform.dataDir, 'anchors')
      for (const f of fs.readdirSync(path.join(live, 'anchors'))) fs.copyFileSync(path.join(live, 'anchors', f), path.join(anchors, `${f.replace(/\.jsonl?$/, '')}-old.jsonl`))
      const ring = readKeys(platform.dataDir)!
      const whole = await verify(platform.db, ring, { anchors, patience: 3600 })
      expect([whole.intact, whole.findings]).toEqual([true, []])
      const [line] = await platform.db.asSystem('test', (trx) => trx.rows<{ reason: string; detail: { backup: string } }>(sql`SELECT reason, detail FROM audit.entry WHERE operation = 'platform.restore'`))
      expect([line!.reason, line!.detail.backup]).toEqual([expect.stringMatching(/^restored from backup .* to 20/), expect.any(String)])
      // … and a tail that is cut off after the restore is missed.
      const owner = new pg.Client(platform.server.connection)
      await owner.connect()
      await owner.query(`ALTER TABLE audit.seal DISABLE TRIGGER stays; DELETE FROM audit.seal WHERE seq > (SELECT max(seq) FROM audit.seal) - 2`)
      await owner.end()
      expect((await verify(platform.db, ring, { anchors, patience: 3600 })).findings.map((f) => f.why)).toContain('tail')
      const { status, body } = await visitor(app, session).get('/backups')
      expect([status, body.backups]).toEqual([200, []])
      expect(body.alarms.length).toBeGreaterThan(0)
      await app.close()
    } finally {
      await platform.close()
    }
    fs.rmSync(path.join(root, 'restored'), { recursive: true })
  }, 60_000)

  test('a moment out of reach is refused with the moments that are not, and nothing is written', async () => {
    const target = path.join(root, 'never')
    const attempt = (to: Date, more = {}) => restore({ store, dataDir: target, key, to, ...more })
    await expect(attempt(new Date(Date.now() - 86_400_000))).rejects.toThrow(/不能恢复到 .*可以恢复到的时间：.* 至 /)
    await expect(attempt(new Date(Date.now() + 86_400_000))).rejects.toThrow(/可以恢复到的时间/)
    await expect(restore({ store, dataDir: live, key })).rejects.toThrow('不是空目录')
    const other = readKey(path.join(root, 'other-key'), { create: true })
    await expect(restore({ store, dataDir: target, key: other })).rejects.toThrow(/另一把密钥（编号/)
    expect(fs.existsSync(path.join(target, 'postgres'))).toBe(false)
    fs.rmSync(target, { recursive: true, force: true })
  })

  test.each([
    ['data.sealed', (id: string) => path.join('base', id, 'data.sealed'), /data\.sealed 第 \d+ 段已损坏，涉及 /],
    ['list.sealed', (id: string) => path.join('base', id, 'list.sealed'), /list\.sealed 第 1 段已损坏/],
    ['manifest.json', (id: string) => path.join('base', id, 'manifest.json'), /manifest\.json 被改动过/],
    ['a segment of the log', () => path.join('wal', `${[...walNames(store)].filter((n) => /^[0-9A-F]{24}$/.test(n)).sort().at(-1)}.sealed`), /之后的日志 [0-9A-F]{24} 已损坏/],
    ['an attachment', () => path.join('files', fs.readdirSync(path.join(store, 'files')).find((f) => f.endsWith('.sealed'))!), /第 1 段已损坏/],
  ])('one flipped bit in %s is found and named; the backup is refused', async (what, where, expected) => {
    const id = readable(store)[0]!.id
    const file = path.join(store, where(id))
    const whole = fs.readFileSync(file)
    const bad = Buffer.from(whole)
    // A digit of a number stays a digit.
    const at = what === 'manifest.json' ? bad.indexOf('"bytes": ') + 10 : Math.floor(bad.length * 0.6)
    bad[at]! ^= 1
    fs.writeFileSync(file, bad)
    try {
      const [found] = await verifyStore(store, key, { id })
      expect(found!.ok).toBe(false)
      expect(found!.problem).toMatch(expected)
      if (what !== 'data.sealed' && what !== 'manifest.json') return
      const target = path.join(root, 'refused')
      await expect(restore({ store, dataDir: target, key })).rejects.toThrow(/已损坏/)
      // What was begun is no database that anybody could start.
      if (fs.existsSync(target)) await expect(startEmbedded(target)).rejects.toThrow(/did not finish/)
      fs.rmSync(target, { recursive: true, force: true })
    } finally {
      fs.writeFileSync(file, whole)
    }
  }, 30_000)
  test('turned back, it is whole again', async () => expect((await verifyStore(store, key))[0]).toMatchObject({ ok: true, problem: null }))
})

describe('the keeper', () => {
  test('of two processes one keeps: what is due is made once', async () => {
    for (const { id } of listBackups(store)) fs.rmSync(path.join(store, 'base', id), { recursive: true })
    const both = [keeper({ settle: 0 }), keeper({ settle: 0 })]
    try {
      await until('a scheduled backup', () => readable(store).some((m) => m.reason === 'scheduled'), 60)
      await pause(1500)
      expect(readable(store)).toHaveLength(1)
      expect((await admin.query(`SELECT count(*)::int AS n FROM app.backup_run WHERE reason = 'scheduled'`)).rows[0].n).toBe(1)
      // The platform's own work, not somebody's at the database.
      expect((await admin.query(`SELECT DISTINCT operation, actor_name AS who FROM audit.entry WHERE entity = 'app.backup_run' AND record_id IN (SELECT id FROM app.backup_run WHERE reason = 'scheduled')`)).rows).toEqual([{ operation: 'backup.keep', who: '系统' }])
    } finally {
      await Promise.all(both.map((k) => k.stop()))
    }
  }, 90_000)
  test('a changed plan is in the history, an old version of it and nonsense are refused', async () => {
    const { plan } = (await operator.get('/backups')).body
    expect((await operator.post('/backups/plan', { ...plan, dailyAt: '25:00', reason: '试一试' })).body.message).toBe('请填每天的时刻，如 02:30')
    expect((await operator.post('/backups/plan', { ...plan, dailyAt: '01:15', keep: 5, reason: '夜里更空' })).body).toEqual({ version: plan.version + 1, dailyAt: '01:15', keep: 5 })
    expect((await operator.post('/backups/plan', { ...plan, dailyAt: '01:20', reason: '夜里更空' })).body.code).toBe('version_conflict')
    const { rows } = await admin.query(`SELECT reason, changes, actor_name FROM audit.change WHERE entity = 'app.backup_plan' ORDER BY id DESC LIMIT 1`)
    expect(rows[0]).toMatchObject({ reason: '夜里更空', changes: { daily_at: ['02:30', '01:15'], keep: [7, 5] } })
  })
})

describe('the log that cannot be handed on (F08)', () => {
  test('is an alarm for whoever operates, in readiness and in the log, within a minute, and is none any more when it can', async () => {
    const keeping = keeper()
    const told: string[] = []
    const speaking = vi.spyOn(process.stderr, 'write').mockImplementation((line) => (told.push(String(line)), true))
    const watched = openDatabase(server.connection, { app: 1, system: 1, watched: true })
    const app = await buildServer({ db: watched, dataDir: live, domains, jobs: none, version: 'test' })
    const ready = async () => (await app.inject({ url: '/ready' })).json() as { ready: boolean; warnings?: string[] }
    const alarms = async () => (await operator.get('/backups')).body.alarms.filter((a: { level: string }) => a.level === 'error').map((a: { message: string }) => a.message) as string[]
    const waiting = async () => (await operator.get('/backups/alarms')).body.count as number
    const spool = server.archive!
    try {
      await until('the pulse', () => watched.pulse!.migrations < Infinity)
      expect(await ready()).toEqual({ ready: true })
      const quiet = await waiting()
      // PostgreSQL never runs as root: a folder that its own user may not write is as good as a full disk.
      fs.chmodSync(spool, 0o500)
      await setting(900_001)
      await admin.query('SELECT pg_switch_wal()')
      await until('readiness says so', async () => (await ready()).warnings, 60)
      // Nobody is sent away for it.
      expect(await ready()).toEqual({ ready: true, warnings: ['log-archive'] })
      expect(await alarms()).toContainEqual(expect.stringMatching(/^数据库日志归档失败，备份之后的内容暂时不能恢复/))
      expect(await waiting()).toBe(quiet + 1)
      expect(told.filter((l) => l.includes('cannot hand on its log'))).toHaveLength(1)

      fs.chmodSync(spool, 0o700)
      await until('the server tries again', async () => (await admin.query('SELECT pg_switch_wal()'), !(await ready()).warnings), 90)
      expect(await alarms()).not.toContainEqual(expect.stringMatching(/^数据库日志归档失败/))
      expect(told.filter((l) => l.includes('hands on its log again'))).toHaveLength(1)
    } finally {
      speaking.mockRestore()
      fs.chmodSync(spool, 0o700)
      await app.close()
      await watched.close()
      await keeping.stop()
    }
  }, 180_000)
})

describe('what goes wrong', () => {
  const make = (more = {}) => backUp({ connection: server.connection, dataDir: live, store, key, reason: 'command', version: 'test', ...more })

  test('a backup killed in the middle is no backup, and the next one sweeps it away', async () => {
    const before = listBackups(store).length
    const child = spawn(process.execPath, [bin, 'backup', '--data-dir', live], { env: environment, stdio: 'ignore' })
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const halves = () => fs.readdirSync(path.join(store, 'base')).filter((n) => n.endsWith('.partial'))
    await until('a half backup', () => halves().some((n) => fs.readdirSync(path.join(store, 'base', n)).length > 0))
    child.kill('SIGKILL')
    await gone
    expect(halves()).toHaveLength(1)
    expect(listBackups(store)).toHaveLength(before)
    const m = await until('the server notices', () => make().catch(() => null))
    expect(halves()).toEqual([])
    expect((await verifyStore(store, key, { id: m.id }))[0]).toMatchObject({ ok: true })
  }, 60_000)

  test('while one is made, another is refused with a sentence', async () => {
    const both = await Promise.allSettled([make(), make()])
    expect(both.map((b) => b.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(String(both.find((b) => b.status === 'rejected')!.reason)).toContain('正在进行另一次备份')
  }, 30_000)

  test('one begun in the second in which the last one was made is made, under a name of its own', async () => {
    const before = listBackups(store).length
    // From the start of a second on, so that both fit into it where the machine is quick enough.
    await pause(1000 - new Date().getMilliseconds())
    const [first, second] = [await make(), await make()]
    expect(second.id > first.id).toBe(true)
    expect(listBackups(store)).toHaveLength(before + 2)
  }, 30_000)

  test('a stop leaves nothing behind; a full disk is said as what it is', async () => {
    const before = fs.readdirSync(path.join(store, 'base'))
    await expect(make({ stopped: () => true })).rejects.toThrow('平台正在停止')
    expect(fs.readdirSync(path.join(store, 'base'))).toEqual(before)
    const full = (() => {
      try {
        fs.writeFileSync('/dev/full', 'x')
      } catch (error) {
        return error
      }
    })()
    if (process.platform === 'linux') expect(String(refusal(full, '/mnt/backups'))).toMatch(/备份目录 \/mnt\/backups 所在的磁盘已满，这次备份没有完成，已有的备份不受影响/)
  })

  test('what is kept can be restored: the log is cut where the oldest of them begins', async () => {
    const all = readable(store)
    expect(all.length).toBeGreaterThan(2)
    const removed = await prune(store, 2, key)
    expect(removed.toSorted()).toEqual(all.slice(2).map((m) => m.id).toSorted())
    const [, oldest] = readable(store)
    const first = numberOf(oldest!.startSegment, oldest!.segmentSize)
    for (const name of walNames(store)) if (name.length === 24) expect(numberOf(name, oldest!.segmentSize)).toBeGreaterThanOrEqual(first)
    expect((await verifyStore(store, key)).map((v) => v.ok)).toEqual([true, true])
  }, 30_000)

  test('a folder with the backups of another database is refused', async () => {
    const other = path.join(root, 'other-store')
    fs.mkdirSync(other)
    fs.writeFileSync(path.join(other, 'store.json'), JSON.stringify({ format: 1, system: '1' }))
    await expect(make({ store: other })).rejects.toThrow('是另一个数据库的备份')
  })

  test.runIf(process.platform === 'linux')('no secret is in the arguments or the environment of the server', () => {
    const pid = fs.readFileSync(path.join(live, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]!
    const shown = ['cmdline', 'environ'].map((f) => fs.readFileSync(`/proc/${pid}/${f}`, 'utf8')).join('\0')
    expect(shown).toContain('archive_library=basic_archive')
    for (const name of fs.readdirSync(path.join(live, 'secrets'))) expect(shown, name).not.toContain(fs.readFileSync(path.join(live, 'secrets', name), 'utf8').trim())
    expect(shown.split('\0').filter((l) => /^(DATABASE_URL|GONGXIE_|npm_)/.test(l))).toEqual([])
  })

  test('while the platform is stopped, the command makes a backup; a rotten page is seen, reading it fails, good backups stay', async () => {
    const { rows } = await admin.query(`SELECT pg_relation_filepath('app.setting') AS file`)
    await closing.pop()!()
    await stopLive()
    const made = JSON.parse(await command('backup', '--data-dir', live, '--json'))
    expect(made).toMatchObject({ kind: 'database', damaged: 0, reason: 'command' })
    expect(fs.existsSync(path.join(live, 'postgres', 'postmaster.pid'))).toBe(false)
    const file = path.join(live, 'postgres', rows[0].file as string)
    const page = fs.readFileSync(file)
    page[8000]! ^= 1
    fs.writeFileSync(file, page)
    await startLive()
    await expect(admin.query('SELECT * FROM app.setting')).rejects.toMatchObject({ code: 'XX001' })
    const rotten = await make()
    expect(rotten.damaged).toBe(1)
    await prune(store, 1, key)
    expect(readable(store).map((m) => m.id)).toEqual([rotten.id, made.id])
  }, 60_000)
})
