/**
 * Puts a backup into a new data folder and lets PostgreSQL recover it to a moment. The log is laid out in its own
 * folder beforehand, so recovery needs no command of the operating system.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { Problem } from '../contract/problem.rules.ts'
import { embeddedPlace, RESTORING } from '../db/embedded.ts'
import { readSecret, writeSecret } from '../secrets.ts'
import { keptFile, openKept, type Told } from './own-files.ts'
import { Broken, peek, unseal, type Key } from './seal.ts'
import { readable, requireStore, walFile, walNames, walPurpose, windowOf, type Manifest } from './store.ts'
import { readBackup, requireAuthentic, type Sink } from './verify.ts'
import { HISTORY } from './wal.rules.ts'

const ZEROS = Buffer.alloc(1024 * 1024)

/** `2026-11-25 14:30[:00]` in Beijing time, or ISO 8601 with its zone. */
export function momentOf(text: string): Date {
  const local = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?$/.exec(text.trim())
  const at = local ? new Date(`${local[1]}T${local[2]}${local[3] ?? ':00'}+08:00`) : new Date(text)
  if (!/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/.test(text.trim()) || Number.isNaN(at.getTime()))
    throw new Problem('invalid_input', `看不懂时间“${text}”。请写成北京时间 2026-11-25 14:30:00，或带时区的 2026-11-25T14:30:00+08:00。`)
  return at
}
export const localText = (at: string | Date): string => new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

interface Chosen {
  manifest: Manifest
  chain: string[]
  until: string
}
/** Segments as far as the moment; what comes after it need not even be readable. */
async function upTo(store: string, chain: string[], to: Date | undefined): Promise<string[]> {
  if (!to) return chain
  for (const [n, name] of chain.entries()) {
    const { until } = (await peek(walFile(store, name))).meta
    if (typeof until === 'string' && until > to.toISOString()) return chain.slice(0, n + 1)
  }
  return chain
}
/** The latest backup from which the moment can be reached. */
async function choose(store: string, to: Date | undefined, id: string | undefined): Promise<Chosen> {
  const all = readable(store).filter((m) => !id || m.id === id)
  if (!all.length) throw new Problem('no_backup', id ? `${store} 中没有备份 ${id}，或它的清单已损坏。` : `${store} 中没有可用的备份。`)
  const names = walNames(store)
  const windows: Chosen[] = []
  for (const manifest of all) {
    const { chain, until } = await windowOf(store, manifest, names)
    windows.push({ manifest, chain: await upTo(store, chain, to), until })
    if (!to || (to.toISOString() >= manifest.stoppedAt && to.toISOString() <= until)) return windows.at(-1)!
  }
  const reach = windows.toReversed().map((w) => `${localText(w.manifest.stoppedAt)} 至 ${localText(w.until)}`)
  throw new Problem('out_of_reach', `不能恢复到 ${localText(to!)}（北京时间）。可以恢复到的时间：${reach.join('；')}。`, { params: { windows: windows.map((w) => ({ id: w.manifest.id, from: w.manifest.stoppedAt, until: w.until })) } })
}

export interface RestoreOptions {
  store: string
  dataDir: string
  key: Key
  /** Content of the key's file: the restored platform goes on with it. */
  keyText?: string
  to?: Date
  id?: string
  say?: (line: string) => void
  onProgress?: (step: string, done: number, total: number) => void
}
export interface Restored {
  manifest: Manifest
  /** Moment that was asked for; null: as far as the log goes. */
  to: string | null
  until: string
  /** Last transaction that is in the restored database. */
  lastCommit: string | null
  files: number
  segments: number
}

export async function restore(o: RestoreOptions): Promise<Restored> {
  requireStore(o.store)
  const dataDir = path.resolve(o.dataDir)
  if (fs.existsSync(dataDir) && fs.readdirSync(dataDir).length)
    throw new Problem('not_empty', `${dataDir} 不是空目录。恢复只写入新的目录，不覆盖已有的数据；请换一个 --data-dir。`)
  const chosen = await choose(o.store, o.to, o.id)
  const { manifest } = chosen
  requireAuthentic(manifest, o.key)
  if (manifest.kind === 'database' && o.to === undefined && chosen.chain.length === 0) o.say?.('no log behind the backup: it is restored as it was when it ended')
  fs.mkdirSync(dataDir, { recursive: true })
  const mark = path.join(dataDir, RESTORING)
  fs.writeFileSync(mark, `${manifest.id}\n`)
  const { data, owner } = embeddedPlace(dataDir)
  if (fs.existsSync(data) && fs.readdirSync(data).length) throw new Problem('not_empty', `${data} 中已有一个数据库，属于从前的 ${dataDir}。请移走它再恢复。`)
  if (manifest.kind === 'database') fs.mkdirSync(data, { recursive: true, mode: 0o700 })

  const made = new Set<string>()
  const folder = (at: string) => {
    if (made.has(at)) return
    fs.mkdirSync(at, { recursive: true, mode: 0o700 })
    made.add(at)
  }
  const inside = (root: string, name: string): string => {
    const at = path.resolve(root, name)
    if (!at.startsWith(path.resolve(root) + path.sep)) throw new Problem('broken_backup', `备份中有不该有的文件名 ${name}。`)
    return at
  }
  // What is the database's own, the server brings to the disk itself before it recovers.
  const into = async (at: string, sync = true): Promise<Sink> => {
    folder(path.dirname(at))
    const out = await fs.promises.open(at, 'w', 0o600)
    let size = 0
    return {
      async write(bytes) {
        // Most of a segment of the log is zeros: they need no room on the disk.
        if (bytes.length === ZEROS.length && bytes.equals(ZEROS)) size += bytes.length
        else {
          for (let n = 0; n < bytes.length;) n += (await out.write(bytes, n, bytes.length - n, size + n)).bytesWritten
          size += bytes.length
        }
      },
      async end() {
        await out.truncate(size)
        if (sync) await out.sync()
        await out.close()
      },
      abandon: () => out.close().catch(() => {}),
    }
  }
  const listed = await readBackup(o.store, manifest, o.key,
    (e) => into(e.kind === 'wal' ? inside(path.join(data, 'pg_wal'), e.path) : inside(data, e.path), false),
    (done) => o.onProgress?.('files', done, manifest.bytes))
  const kept = await restoreKept(o, manifest, new Map(listed.flatMap((e) => (e.kept ? [[e.kept, e.path] as const] : []))), (name) => into(inside(dataDir, name)))
  if (o.keyText) writeSecret(path.join(dataDir, 'secrets', 'backup-key'), o.keyText)

  let lastCommit: string | null = null
  if (manifest.kind === 'database') {
    for (const e of listed) if (e.kind === 'folder') folder(inside(data, e.path))
    let n = 0
    for (const name of [...chosen.chain, ...[...walNames(o.store)].filter((w) => HISTORY.test(w))]) {
      const sink = await into(path.join(data, 'pg_wal', name), false)
      try {
        for await (const piece of unseal(walFile(o.store, name), o.key, walPurpose(name))) await sink.write(piece)
      } catch (error) {
        await sink.abandon()
        if (!(error instanceof Broken)) throw error
        throw new Problem('broken_backup', `备份 ${manifest.id} 之后的日志 ${name} 已损坏（${error.message}），不能恢复到它之后。请用 --to-time 选一个更早的时间，或改用另一份备份。`, { params: { id: manifest.id, files: [`wal/${name}.sealed`] } })
      }
      await sink.end()
      o.onProgress?.('log', ++n, chosen.chain.length)
    }
    if (owner) await give(data, owner)
    lastCommit = await recover(dataDir, o.to, o.say)
  }
  fs.rmSync(mark)
  return { manifest, to: o.to?.toISOString() ?? null, until: chosen.until, lastCommit, files: listed.filter((e) => e.kind === 'database').length + kept, segments: chosen.chain.length }
}

/** Files of the backup's list, and those that were kept after it, in the version of the moment. */
async function restoreKept(o: RestoreOptions, m: Manifest, listed: Map<string, string>, into: (name: string) => Promise<Sink>): Promise<number> {
  const newest = new Map<string, { name: string; changed: number }>()
  const limit = o.to ? o.to.getTime() : Infinity
  for (const file of await fs.promises.readdir(path.join(o.store, 'files'))) {
    if (!file.endsWith('.sealed')) continue
    const name = file.slice(0, -'.sealed'.length)
    let head: Told | undefined
    await openKept(o.store, o.key, name, (told) => ((head = told), false), () => {})
    if (!head || (!listed.has(name) && (head.seen < m.startedAt || head.changed > limit))) continue
    const before = newest.get(head.path)
    if (!before || before.changed < head.changed) newest.set(head.path, { name, changed: head.changed })
  }
  const present = new Set([...newest.values()].map((v) => v.name))
  for (const [name, at] of listed) if (!present.has(name) && !newest.has(at)) throw new Problem('broken_backup', `备份 ${m.id} 缺少文件 ${at}（${path.basename(keptFile(o.store, name))}）。请改用另一份备份。`)
  for (const [at, { name, changed }] of newest) {
    const sink = await into(at)
    try {
      await openKept(o.store, o.key, name, () => true, (bytes) => sink.write(bytes))
    } catch (error) {
      await sink.abandon()
      throw error instanceof Broken ? new Problem('broken_backup', `文件 ${at} 的备份已损坏（${error.message}）。请改用另一份备份。`) : error
    }
    await sink.end()
    // The time of change is part of a version's name: kept again, it is the same file.
    await fs.promises.utimes(path.join(path.resolve(o.dataDir), at), new Date(), new Date(changed))
  }
  return newest.size
}

async function give(folder: string, owner: { uid: number; gid: number }): Promise<void> {
  await fs.promises.chown(folder, owner.uid, owner.gid)
  for (const item of await fs.promises.readdir(folder, { withFileTypes: true })) {
    const at = path.join(folder, item.name)
    if (item.isDirectory()) await give(at, owner)
    else await fs.promises.lchown(at, owner.uid, owner.gid)
  }
}

const MISSED = /recovery ended before configured recovery target was reached/

/** Recovers, promotes and stops; answers with the time of the last transaction. */
async function recover(dataDir: string, to: Date | undefined, say: (line: string) => void = () => {}): Promise<string | null> {
  const { data, bin, owner, env } = embeddedPlace(dataDir)
  fs.writeFileSync(path.join(data, 'recovery.signal'), '', { mode: 0o600 })
  if (owner) fs.chownSync(path.join(data, 'recovery.signal'), owner.uid, owner.gid)
  // Recovery begins where the copy of the log begins, and goes on in the same history.
  const options = ['-c', 'listen_addresses=', '-c', 'hot_standby=off', '-c', 'archive_mode=off', '-c', 'restore_command=exit 1', '-c', 'recovery_target_action=promote',
    '-c', 'recovery_target_timeline=current', '-c', 'log_timezone=UTC', '-c', 'max_connections=80', '-c', 'shared_buffers=256MB', '-c', 'autovacuum=off']
  const socket = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-restore-'))
  if (owner) fs.chownSync(socket, owner.uid, owner.gid)
  const connection = process.platform === 'win32' ? { host: '127.0.0.1', port: 54_329 } : { host: socket, port: 5432 }
  options.push(...(process.platform === 'win32' ? ['-c', 'listen_addresses=127.0.0.1', '-c', `port=${connection.port}`] : ['-c', `unix_socket_directories=${socket}`, '-c', 'port=5432']))
  const log = path.join(dataDir, 'postgres.log')
  const attempt = async (target: string[]): Promise<{ lastCommit: string | null } | 'missed'> => {
    const from = fs.existsSync(log) ? fs.statSync(log).size : 0
    const out = fs.openSync(log, 'a', 0o600)
    const child = spawn(bin('postgres'), ['-D', data, ...options, ...target], { ...(owner ?? {}), env, cwd: '/', stdio: ['ignore', out, out] })
    fs.closeSync(out)
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const said = () => fs.readFileSync(log, 'utf8').slice(from)
    try {
      for (;;) {
        if (child.exitCode !== null || child.signalCode !== null) {
          if (MISSED.test(said())) return 'missed'
          throw new Problem('not_recovered', `数据库没有恢复成功。原因见 ${log}：${said().split('\n').filter((l) => /FATAL|PANIC/.test(l)).at(-1)?.replace(/^.*?(FATAL|PANIC)/, '$1') ?? '没有说明'}`)
        }
        const lastCommit = await asked(connection, dataDir)
        if (lastCommit !== undefined) return { lastCommit: lastCommit ?? (/last completed transaction was at log time ([\d-]+ [\d:.]+\+\d\d)/.exec(said())?.[1] ?? null) }
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    } finally {
      if (child.exitCode === null) child.kill('SIGINT')
      await gone
    }
  }
  try {
    let result = await attempt(to ? ['-c', `recovery_target_time=${to.toISOString().replace('T', ' ').replace('Z', '+00')}`] : [])
    if (result === 'missed') {
      // Nothing was written between the moment and the end of the log: the end of the log is the moment.
      say('nothing was written after that moment; recovering to the end of the log')
      result = await attempt([])
    }
    if (result === 'missed') throw new Problem('not_recovered', `数据库没有恢复成功，原因见 ${log}。`)
    return result.lastCommit
  } finally {
    fs.rmSync(socket, { recursive: true, force: true })
  }
}

/** undefined while recovery goes on. */
async function asked(connection: { host: string; port: number }, dataDir: string): Promise<string | null | undefined> {
  const client = new pg.Client({ ...connection, user: 'postgres', password: readSecret(path.join(dataDir, 'secrets', 'database-password')), database: 'postgres', connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_is_in_recovery() AS still')
    return rows[0].still ? undefined : null
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}
