/**
 * Keeps the platform's backups: takes the log away every few seconds, makes a backup a day, and what people ask for on
 * the page. Of all processes on one database exactly one does it, the one that holds the lock; another takes over when
 * its connection ends. Runs in a thread of its own (keeper.worker.ts), so that requests do not wait for it.
 */
import fs from 'node:fs'
import pg from 'pg'
import { Problem } from '../contract/problem.rules.ts'
import { backUp, isEmbedded } from './base.ts'
import { readKey, type Key, type Profile } from './seal.ts'
import { Shipper } from './ship.ts'
import { prune, readable } from './store.ts'
import { lastDue } from './due.rules.ts'
import { verifyStore } from './verify.ts'

const LOCK = 735_201_022
/** After a start there is other work; a backup that is due waits that long. */
const SETTLE = 10 * 60_000
const RETRY = 30 * 60_000

export interface KeeperOptions {
  connection: pg.ClientConfig
  dataDir: string
  store: string
  keyFile: string
  profile: Profile
  version: string
  /** Where the embedded server leaves its log; null for a server of one's own. */
  spool: string | null
  /** False: only the log is taken away, as beside a long command. */
  backups: boolean
  tick?: number
  settle?: number
}
interface Stop {
  stopped: boolean
  /** Resolves when it stops. */
  wait: (ms: number) => Promise<void>
}

interface Leader {
  client: pg.Client
  key: Key
  shipper: Shipper | null
  embedded: boolean
  timeline: number
  since: number
  run: Promise<void> | null
}

const sentence = (error: unknown): string => (error instanceof Problem ? error.message : `备份出错：${(error as Error).message || String(error)}`)
const warn = (error: unknown) => process.stderr.write(`${JSON.stringify({ level: 50, time: Date.now(), msg: 'backup', err: error instanceof Problem ? error.message : ((error as Error).stack ?? String(error)) })}\n`)

/** In the trail this is the platform's own work, and not somebody's who sits at the database. */
const AS_PLATFORM = "SET app.operation = 'backup.keep'; SET app.actor_name = '系统'"

/** Until it is stopped. A lost database is waited for. */
export async function keepBackups(o: KeeperOptions, stop: Stop): Promise<void> {
  const tick = o.tick ?? 5000
  const since = Date.now()
  while (!stop.stopped) {
    const client = new pg.Client({ ...o.connection, application_name: 'gongxie_keeper', options: '-c statement_timeout=0 -c idle_session_timeout=0' })
    let lost = false
    client.on('error', () => (lost = true))
    client.on('end', () => (lost = true))
    let leader: Leader | undefined
    try {
      await client.connect()
      await client.query(AS_PLATFORM)
      while (!stop.stopped && !lost && !(await client.query('SELECT pg_try_advisory_lock($1) AS got', [LOCK])).rows[0].got) await stop.wait(tick)
      if (!stop.stopped && !lost) leader = await lead(client, o, since)
      while (leader && !stop.stopped && !lost) {
        await round(leader, o, stop)
        await stop.wait(tick)
      }
    } catch (error) {
      if (!lost && !stop.stopped && !/ECONNREFUSED|ENOENT|starting up|shutting down|terminat/.test(String((error as Error).message))) warn(error)
    } finally {
      await leader?.run
      await client.end().catch(() => {})
    }
    await stop.wait(2000)
  }
}

async function lead(client: pg.Client, o: KeeperOptions, since: number): Promise<Leader> {
  const embedded = await isEmbedded(client, o.dataDir)
  const key = readKey(o.keyFile, { profile: o.profile })
  let timeline = 0
  let shipper: Shipper | null = null
  if (embedded) {
    const { rows } = await client.query(`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline,
      (SELECT setting::int FROM pg_settings WHERE name = 'wal_segment_size') AS size`)
    timeline = rows[0].timeline as number
    if (o.spool) shipper = new Shipper({ spool: o.spool, dataDir: o.dataDir, store: o.store, key, system: rows[0].system, segmentSize: rows[0].size })
  }
  if (o.backups) await client.query(`UPDATE app.backup_run SET state = 'failed', ended_at = now(), problem = '平台在进行中停止，没有完成。' WHERE state = 'running'`)
  return { client, key, shipper, embedded, timeline, since, run: null }
}

async function round(l: Leader, o: KeeperOptions, stop: Stop): Promise<void> {
  const now = new Date((await l.client.query('SELECT clock_timestamp() AS t')).rows[0].t as string)
  let trouble: string | null = null
  if (l.shipper) {
    // The clock was read first: whatever was committed by then stands before this position.
    l.shipper.sample(now.toISOString(), (await l.client.query('SELECT pg_current_wal_insert_lsn()::text AS lsn')).rows[0].lsn as string)
    try {
      await l.shipper.ship()
    } catch (error) {
      trouble = sentence(error)
      warn(error)
    }
  }
  if (!o.backups) return
  await report(l, o, trouble)
  if (l.run) return
  const asked = (await l.client.query<{ id: string; kind: string }>(`SELECT id, kind FROM app.backup_run WHERE state = 'asked' ORDER BY id LIMIT 1`)).rows[0]
  if (asked) l.run = perform(l, o, stop, asked.id, asked.kind).catch((e: unknown) => void warn(e)).finally(() => (l.run = null))
  else if (await isDue(l, o, now)) await l.client.query(`INSERT INTO app.backup_run (kind, reason, asked_by) VALUES ('backup', 'scheduled', '系统') ON CONFLICT DO NOTHING`)
}

async function isDue(l: Leader, o: KeeperOptions, now: Date): Promise<boolean> {
  if (Date.now() - l.since < (o.settle ?? SETTLE)) return false
  const { at, failed } = (await l.client.query(`SELECT (SELECT daily_at FROM app.backup_plan) AS at, (SELECT max(ended_at) FROM app.backup_run WHERE kind = 'backup' AND state = 'failed') AS failed`)).rows[0] as { at: string; failed: string | null }
  if (failed && now.getTime() - new Date(failed).getTime() < RETRY) return false
  // A restored platform begins its own history: it needs a backup of it at once.
  const last = readable(o.store).find((m) => (l.embedded ? m.kind === 'database' && m.timeline === l.timeline : m.kind === 'files'))
  return !last || new Date(last.startedAt) < lastDue(now, at)
}

async function report(l: Leader, o: KeeperOptions, trouble: string | null): Promise<void> {
  const at = [o.store, o.dataDir].map((p) => (fs.existsSync(p) ? fs.statSync(p).dev : null))
  const room = fs.existsSync(o.store) ? fs.statfsSync(o.store) : null
  const told = [o.store, l.embedded, l.key.id, o.keyFile, at[0] !== null && at[0] === at[1], room ? room.bavail * room.bsize : null, l.shipper?.waiting().length ?? 0, trouble]
  await l.client.query(`
    UPDATE app.backup_keeper SET seen_at = now(), place = $1, embedded = $2, key_id = $3, key_file = $4, same_disk = $5, free_bytes = $6, waiting = $7, trouble = $8,
      trouble_at = CASE WHEN $8::text IS NULL THEN NULL ELSE coalesce(trouble_at, now()) END, shipped_at = CASE WHEN $7 = 0 AND $2 THEN now() ELSE shipped_at END
    WHERE seen_at IS NULL OR seen_at < now() - interval '30 seconds' OR trouble IS DISTINCT FROM $8 OR place IS DISTINCT FROM $1 OR key_id IS DISTINCT FROM $3`, told)
}

async function perform(l: Leader, o: KeeperOptions, stop: Stop, id: string, kind: string): Promise<void> {
  const { key } = l
  // A connection of its own: the log is taken away meanwhile.
  const client = new pg.Client({ ...o.connection, application_name: 'gongxie_keeper' })
  client.on('error', () => {})
  await client.connect()
  await client.query(AS_PLATFORM)
  let told = 0
  let telling: Promise<unknown> = Promise.resolve()
  const progress = (done: number, total: number) => {
    if (Date.now() - told < 1000) return
    told = Date.now()
    telling = telling.then(() => client.query('UPDATE app.backup_run SET done = $2, total = $3 WHERE id = $1', [id, Math.round(done), Math.round(total)])).catch(() => {})
  }
  const end = async (state: 'done' | 'failed', more: { backup?: string; size?: number; problem?: string | null } = {}) => {
    await telling
    await client.query('UPDATE app.backup_run SET state = $2, ended_at = now(), backup = $3, size = $4, problem = $5, done = CASE WHEN $2 = \'done\' THEN total ELSE done END WHERE id = $1', [id, state, more.backup ?? null, more.size ?? null, more.problem ?? null])
  }
  try {
    const { reason } = (await client.query(`UPDATE app.backup_run SET state = 'running', started_at = now() WHERE id = $1 RETURNING reason`, [id])).rows[0] as { reason: 'scheduled' | 'asked' }
    if (kind === 'verify') {
      const found = await verifyStore(o.store, key, { onProgress: (_id, done, total) => progress(done, total) })
      const broken = found.filter((f) => !f.ok)
      await end(broken.length ? 'failed' : 'done', { problem: broken.length ? broken.map((b) => b.problem).join('\n') : null, size: found.reduce((n, f) => n + f.bytes, 0) })
      return
    }
    const m = await backUp({ connection: o.connection, dataDir: o.dataDir, store: o.store, key, reason, version: o.version, onProgress: progress, stopped: () => stop.stopped })
    await end('done', { backup: m.id, size: m.data.size + m.list.size, problem: m.damaged ? `数据库文件中有 ${m.damaged} 个页面的校验和不对，磁盘可能有故障。较早的完好备份已保留，请尽快检查磁盘并联系维护人员。` : null })
    await prune(o.store, (await client.query('SELECT keep FROM app.backup_plan')).rows[0].keep as number, key)
  } catch (error) {
    if (!stop.stopped) warn(error)
    await end('failed', { problem: sentence(error) }).catch(() => {})
  } finally {
    await client.end().catch(() => {})
  }
}
