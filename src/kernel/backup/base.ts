/**
 * A base backup of the running embedded server, through PostgreSQL's own low-level interface (manual 25.3.4): start,
 * copy everything that counts in whatever state it is, stop, and add the write-ahead log of that time. A temporary
 * slot holds that log back on the server, so a backup can be restored by itself, without the archive.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { Problem } from '../contract/problem.rules.ts'
import { keepAll } from './own-files.ts'
import { PAGE, PAGES_PER_FILE, pageFits, pageLsn } from './page.rules.ts'
import { Sealer, seal, syncFolder, type Key } from './seal.ts'
import { dataPurpose, listPurpose, openStore, refusal, writeManifest, type Entry, type Manifest } from './store.ts'
import { lsnOf, numberOf, segmentName } from './wal.rules.ts'

/** One backup of a database at a time, whoever makes it. */
const LOCK = 735_201_021

/** Their content is of this start of the server only; the folders must be there. */
const EMPTIED = new Set(['pg_wal', 'pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'])
const SKIPPED = new Set(['postmaster.pid', 'postmaster.opts', 'backup_label', 'tablespace_map', 'backup_label.old', 'tablespace_map.old', 'postgresql.auto.conf.tmp', 'current_logfiles', 'backup_manifest', 'recovery.signal', 'standby.signal'])
const CONTROL = 'global/pg_control'
const RELATION = /^(\d+)(?:_(fsm|vm|init))?(?:\.(\d+))?$/

interface Walked {
  path: string
  folder: boolean
}
/** What of PostgreSQL's folder is copied; pg_control last. Files may go while we look: that is recorded in the log. */
async function* walk(data: string, under = ''): AsyncGenerator<Walked> {
  const items = await fs.promises.readdir(path.join(data, under), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && under) return []
    throw error
  })
  // Unlogged tables are empty after a recovery: all that is needed of them is their first fork.
  const unlogged = new Set(items.flatMap((i) => /^(\d+)_init$/.exec(i.name)?.[1] ?? []))
  for (const item of items) {
    const name = under ? `${under}/${item.name}` : item.name
    if (item.isSymbolicLink()) {
      if (under === 'pg_tblspc') throw new Problem('tablespace', `数据库使用了数据目录以外的表空间 ${name}，内置备份不支持。请把表空间移回数据目录。`)
      // The log may lie on a disk of its own.
      if (EMPTIED.has(name)) yield { path: name, folder: true }
      continue
    }
    if (item.isDirectory()) {
      if (item.name.startsWith('pgsql_tmp')) continue
      yield { path: name, folder: true }
      if (name === 'pg_wal') {
        yield { path: 'pg_wal/archive_status', folder: true }
        yield { path: 'pg_wal/summaries', folder: true }
      } else if (!EMPTIED.has(name)) yield* walk(data, name)
      continue
    }
    if (name === CONTROL || (!under && SKIPPED.has(name)) || item.name.startsWith('pgsql_tmp') || item.name.startsWith('pg_internal.init') || /^t\d+_\d+/.test(item.name)) continue
    const relation = RELATION.exec(item.name)
    if (relation && relation[2] !== 'init' && unlogged.has(relation[1]!)) continue
    yield { path: name, folder: false }
  }
  if (!under) yield { path: CONTROL, folder: false }
}

export interface Options {
  connection: pg.ClientConfig
  dataDir: string
  /** Folder of backups. */
  store: string
  key: Key
  reason: Manifest['reason']
  version: string
  onProgress?: (done: number, total: number) => void
  /** Asked between files: a stop leaves nothing behind. */
  stopped?: () => boolean
}

interface Server {
  data: string
  size: number
  system: string
  segment: number
  version: string
  checksums: boolean
}

async function serverOf(client: pg.Client): Promise<Server> {
  const { rows } = await client.query(`
    SELECT current_setting('data_directory') AS data, (SELECT sum(pg_database_size(oid))::text FROM pg_database WHERE datallowconn) AS size,
      (SELECT system_identifier::text FROM pg_control_system()) AS system, (SELECT setting::int FROM pg_settings WHERE name = 'wal_segment_size') AS segment,
      current_setting('server_version') AS version, current_setting('data_checksums') = 'on' AS checksums`)
  return { ...rows[0], size: Number(rows[0].size) } as Server
}

/** Is the server of this connection the one whose data lies in this data folder? */
export async function isEmbedded(client: pg.Client, dataDir: string): Promise<boolean> {
  const at = path.join(dataDir, 'postgres')
  if (!fs.existsSync(at)) return false
  try {
    return fs.realpathSync((await client.query(`SELECT current_setting('data_directory') AS d`)).rows[0].d as string) === fs.realpathSync(at)
  } catch {
    // Somebody else's server does not tell, or tells a folder of another machine.
    return false
  }
}

class Stopped extends Problem {
  constructor() {
    super('stopped', '平台正在停止，这次备份没有完成，下次启动后会重新进行。')
  }
}

/** Puts files one behind the other. */
class Packer {
  readonly entries: Entry[] = []
  readonly damaged: string[] = []
  at = 0
  readonly #sealer: Sealer
  readonly #buffer = Buffer.allocUnsafe(1024 * 1024)
  constructor(sealer: Sealer) {
    this.#sealer = sealer
  }
  async text(kind: Entry['kind'], name: string, content: Buffer): Promise<void> {
    await this.#sealer.write(content)
    this.entries.push({ kind, path: name, size: content.length, sm3: createHash('sm3').update(content).digest('hex'), at: this.at })
    this.at += content.length
  }
  /** False where it went away meanwhile. */
  async file(kind: Entry['kind'], name: string, from: string, check?: { since: bigint }, stopped?: () => boolean): Promise<boolean> {
    const handle = await fs.promises.open(from, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (!handle) return false
    const hash = createHash('sm3')
    let size = 0
    try {
      const relation = check && RELATION.exec(path.basename(name))
      const first = relation ? Number(relation[3] ?? 0) * PAGES_PER_FILE : 0
      for (;;) {
        const { bytesRead } = await handle.read(this.#buffer, 0, this.#buffer.length, size)
        if (!bytesRead) break
        if (stopped?.()) throw new Stopped()
        const bytes = this.#buffer.subarray(0, bytesRead)
        if (relation) await this.#checkPages(handle, name, bytes, size, first, check.since)
        hash.update(bytes)
        await this.#sealer.write(bytes)
        size += bytesRead
      }
    } finally {
      await handle.close()
    }
    this.entries.push({ kind, path: name, size, sm3: hash.digest('hex'), at: this.at })
    this.at += size
    return true
  }
  /** A page that is being written at this moment looks torn; it is read again, and recovery writes it anew anyway. */
  async #checkPages(handle: fs.promises.FileHandle, name: string, bytes: Buffer, at: number, first: number, since: bigint): Promise<void> {
    for (let p = 0; p + PAGE <= bytes.length; p += PAGE) {
      const block = first + (at + p) / PAGE
      let page = bytes.subarray(p, p + PAGE)
      for (let attempt = 0; !pageFits(page, block); attempt++) {
        if (pageLsn(page) >= since) break
        if (attempt === 3) {
          this.damaged.push(`${name} block ${block}`)
          break
        }
        await new Promise((resolve) => setTimeout(resolve, 30))
        page = Buffer.alloc(PAGE)
        if ((await handle.read(page, 0, PAGE, at + p)).bytesRead < PAGE) break
      }
    }
  }
}

/** What a backup that was interrupted left: nobody makes one now, so it is nobody's. */
function sweep(store: string): void {
  for (const name of fs.readdirSync(path.join(store, 'base'))) if (name.endsWith('.partial')) fs.rmSync(path.join(store, 'base', name), { recursive: true, force: true })
  // These may be written at this moment, by whoever takes the log away.
  for (const part of ['files', 'wal'])
    for (const name of fs.readdirSync(path.join(store, part))) {
      const at = path.join(store, part, name)
      if (name.endsWith('.partial') && (fs.statSync(at, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < Date.now() - 3_600_000) fs.rmSync(at, { force: true })
    }
}

const stamp = (at: Date): string => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')

export class Busy extends Problem {
  constructor() {
    super('busy', '正在进行另一次备份，请等它结束后再试。')
  }
}

/** Makes one backup. It is in the folder when this returns, and nothing is when it throws. */
export async function backUp(o: Options): Promise<Manifest> {
  const client = new pg.Client({ ...o.connection, application_name: 'gongxie_backup', options: '-c statement_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0' })
  client.on('error', () => {})
  await client.connect()
  let partial: string | undefined
  let sealer: Sealer | undefined
  try {
    if (!(await client.query('SELECT pg_try_advisory_lock($1) AS got', [LOCK])).rows[0].got) throw new Busy()
    const embedded = await isEmbedded(client, o.dataDir)
    const server = embedded ? await serverOf(client) : null
    openStore(o.store, server?.system ?? null)
    sweep(o.store)
    // A backup is named after its second. Where the last one was quick, this one waits for a second of its own.
    let begun = new Date()
    while (fs.existsSync(path.join(o.store, 'base', stamp(begun)))) {
      await new Promise((resolve) => setTimeout(resolve, 1000 - begun.getMilliseconds()))
      begun = new Date()
    }
    const id = stamp(begun)
    partial = path.join(o.store, 'base', `${id}.partial`)
    fs.mkdirSync(partial, { mode: 0o700 })
    sealer = await Sealer.open(path.join(partial, 'data.sealed'), o.key, dataPurpose(id))
    const packer = new Packer(sealer)
    const taken = server ? await copyServer(client, server, packer, o) : null
    const stopped = new Date((await client.query('SELECT clock_timestamp() AS t')).rows[0].t as string)
    // After the database: every file that a row of it speaks of is there by now.
    packer.entries.push(...(await keepAll(o.dataDir, o.store, o.key)))
    const data = await sealer.finish()
    const list = await seal(path.join(partial, 'list.sealed'), o.key, listPurpose(id), {}, packer.entries.map((e) => Buffer.from(`${JSON.stringify(e)}\n`)))
    const manifest = await writeManifest(partial, {
      format: 1, id, kind: server ? 'database' : 'files', reason: o.reason, version: o.version, postgres: server?.version ?? null, system: server?.system ?? null,
      timeline: 0, startLsn: '', stopLsn: '', startSegment: '', stopSegment: '', ...taken, segmentSize: server?.segment ?? 0,
      startedAt: begun.toISOString(), stoppedAt: stopped.toISOString(), endedAt: new Date().toISOString(), keyId: o.key.id, profile: o.key.profile,
      files: packer.entries.filter((e) => e.kind !== 'folder').length, bytes: packer.at, data, list, damaged: packer.damaged.length,
    }, o.key)
    const whole = path.join(o.store, 'base', id)
    await fs.promises.rename(partial, whole)
    await syncFolder(whole)
    if (packer.damaged.length) process.stderr.write(`${JSON.stringify({ level: 50, msg: 'pages of the database have wrong checksums', pages: packer.damaged.slice(0, 50) })}\n`)
    return manifest
  } catch (error) {
    await sealer?.abandon()
    if (partial) await fs.promises.rm(partial, { recursive: true, force: true }).catch(() => {})
    throw refusal(error, o.store)
  } finally {
    await client.end().catch(() => {})
  }
}

async function copyServer(client: pg.Client, server: Server, packer: Packer, o: Options) {
  const slot = `gongxie_backup_${process.pid}_${Date.now()}`
  await client.query('SELECT pg_create_physical_replication_slot($1, true, true)', [slot])
  const startLsn = (await client.query(`SELECT pg_backup_start('gongxie', fast => true)::text AS lsn`)).rows[0].lsn as string
  const since = lsnOf(startLsn)
  for await (const found of walk(server.data)) {
    if (o.stopped?.()) throw new Stopped()
    if (found.folder) packer.entries.push({ kind: 'folder', path: found.path, size: 0, sm3: '', at: packer.at })
    else await packer.file('database', found.path, path.join(server.data, found.path), server.checksums ? { since } : undefined, o.stopped)
    o.onProgress?.(Math.min(packer.at, server.size), server.size)
  }
  // In a statement of its own: the log of whatever was written before is complete with it (M2).
  const stop = (await client.query('SELECT lsn::text, labelfile, spcmapfile FROM pg_backup_stop(false)')).rows[0] as { lsn: string; labelfile: string; spcmapfile: string }
  await packer.text('database', 'backup_label', Buffer.from(stop.labelfile))
  if (stop.spcmapfile) await packer.text('database', 'tablespace_map', Buffer.from(stop.spcmapfile))
  const startSegment = /^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/m.exec(stop.labelfile)![1]!
  const stopSegment = (await client.query('SELECT pg_walfile_name($1::pg_lsn) AS name', [stop.lsn])).rows[0].name as string
  const timeline = Number(/^START TIMELINE: (\d+)/m.exec(stop.labelfile)![1])
  for (let n = numberOf(startSegment, server.segment); n <= numberOf(stopSegment, server.segment); n++) {
    const name = segmentName(timeline, n, server.segment)
    if (!(await packer.file('wal', name, path.join(server.data, 'pg_wal', name)))) throw new Error(`segment ${name} left the server before it was copied`)
  }
  o.onProgress?.(server.size, server.size)
  return { timeline, startLsn, stopLsn: stop.lsn, startSegment, stopSegment }
}
