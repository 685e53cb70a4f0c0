/** Reads a backup to its last byte and holds it against its manifest; restore reads through the same door. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Problem } from '../contract/problem.rules.ts'
import { keptFile, openKept } from './own-files.ts'
import { Broken, unseal, type Key } from './seal.ts'
import { authentic, dataPurpose, listBackups, readList, requireStore, walFile, walPurpose, windowOf, type Entry, type Manifest } from './store.ts'

const NAMED = 5

/** Takes the content of one file. */
export interface Sink {
  write(bytes: Buffer): Promise<void>
  end(): Promise<void>
  /** What was begun is given up. */
  abandon(): Promise<void>
}

const damage = (id: string, what: string, files: string[] = []) =>
  new Problem('broken_backup', `备份 ${id} 已损坏，不能使用：${what}${files.length ? `，涉及 ${files.slice(0, NAMED).join('、')}${files.length > NAMED ? ` 等 ${files.length} 个文件` : ''}` : ''}。请改用另一份备份。`, { params: { id, files } })

export function requireAuthentic(m: Manifest, key: Key): void {
  if (m.keyId !== key.id) throw new Problem('wrong_key', `备份 ${m.id} 是用另一把密钥（编号 ${m.keyId}）加密的，现在给出的密钥编号是 ${key.id}。请用 --key-file 指明当时的密钥文件。`)
  if (!authentic(m, key)) throw damage(m.id, 'manifest.json 被改动过')
}

/**
 * Hands every file of a backup to `sink` in the order in which they were packed. Nothing was believed that was not
 * checked: each piece by its tag, each file by its SM3, the whole by the manifest's.
 */
export async function readBackup(store: string, m: Manifest, key: Key, sink: (entry: Entry) => Promise<Sink | null>, onProgress: (done: number) => void = () => {}): Promise<Entry[]> {
  requireAuthentic(m, key)
  const told = async <T>(name: string, wanted: { sm3: string; size: number }, read: (onBytes: (b: Buffer) => void) => Promise<T>, filesAt: (at: number) => string[]): Promise<T> => {
    const hash = createHash('sm3')
    let size = 0
    try {
      const result = await read((b) => {
        hash.update(b)
        size += b.length
      })
      if (hash.digest('hex') !== wanted.sm3 || size !== wanted.size) throw damage(m.id, `${name} 与清单不符`)
      return result
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw damage(m.id, `缺少 ${name}`)
      if (error instanceof Broken || (error as { code?: string }).code?.startsWith('ZSTD')) throw damage(m.id, (error as Error).message, error instanceof Broken ? filesAt(error.at) : [])
      throw error
    }
  }
  const entries = await told('list.sealed', m.list, (onBytes) => readList(store, m, key, onBytes), () => [])
  const packed = entries.filter((e) => e.kind !== 'kept' && e.kind !== 'folder')
  const at = (from: number) => packed.filter((e) => e.size && e.at < from + 1024 * 1024 && e.at + e.size > from).map((e) => e.path)
  await told('data.sealed', m.data, async (onBytes) => {
    let n = -1
    let left = 0
    let open = null as Sink | null
    let hash = createHash('sm3')
    const next = async (): Promise<void> => {
      for (;;) {
        if (n >= 0) {
          const done = packed[n]!
          if (hash.digest('hex') !== done.sm3) throw damage(m.id, '内容与清单不符', [done.path])
          await open?.end()
        }
        if (++n >= packed.length) return
        hash = createHash('sm3')
        left = packed[n]!.size
        open = await sink(packed[n]!)
        if (left) return
      }
    }
    let done = 0
    try {
      await next()
      for await (const piece of unseal(path.join(store, 'base', m.id, 'data.sealed'), key, dataPurpose(m.id), onBytes)) {
        for (let from = 0; from < piece.length;) {
          if (n >= packed.length) throw damage(m.id, 'data.sealed 末尾多出了内容')
          const part = piece.subarray(from, from + left)
          hash.update(part)
          await open?.write(part)
          from += part.length
          left -= part.length
          if (!left) await next()
        }
        onProgress((done += piece.length))
      }
      if (n < packed.length) throw damage(m.id, 'data.sealed 内容不完整')
    } catch (error) {
      await open?.abandon()
      throw error
    }
  }, at)
  return entries
}

export interface Verified {
  id: string
  ok: boolean
  files: number
  bytes: number
  segments: number
  from: string
  until: string
  damaged: number
  problem: string | null
}

/** The files that a backup lists, and those that were kept after it. */
async function checkKept(store: string, key: Key, m: Manifest, entries: Entry[], checked: Map<string, string | null>): Promise<void> {
  const faultIn = async (name: string): Promise<string | null> => {
    if (!checked.has(name)) checked.set(name, await faultOf(async () => {
      let size = 0
      let wanted = -1
      await openKept(store, key, name, (head) => ((wanted = head.size), true), (b) => void (size += b.length))
      if (size !== wanted) throw new Broken('大小与登记不符', 0)
    }, path.basename(keptFile(store, name))))
    return checked.get(name)!
  }
  const listed = new Set<string>()
  for (const e of entries) {
    if (!e.kept) continue
    listed.add(e.kept)
    const fault = await faultIn(e.kept)
    if (fault) throw damage(m.id, fault, [e.path])
  }
  for (const file of fs.readdirSync(path.join(store, 'files'))) {
    const name = file.replace(/\.sealed$/, '')
    if (name === file || listed.has(name) || fs.statSync(path.join(store, 'files', file)).mtimeMs < Date.parse(m.startedAt)) continue
    const fault = await faultIn(name)
    if (fault) throw new Problem('broken_backup', `备份 ${m.id} 之后存入的文件 files/${file} 已损坏（${fault}）。请删除它再备份一次，仍在平台上的文件会重新存入。`, { params: { id: m.id, files: [`files/${file}`] } })
  }
}
async function faultOf(read: () => Promise<void>, name: string): Promise<string | null> {
  try {
    await read()
    return null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `缺少 ${name}`
    if (error instanceof Broken || error instanceof Problem || (error as { code?: string }).code?.startsWith('ZSTD')) return (error as Error).message
    throw error
  }
}

/** Every byte of every backup in the folder, or of one, and of the log that follows it. */
export async function verifyStore(store: string, key: Key, options: { id?: string; onProgress?: (step: string, done: number, total: number) => void } = {}): Promise<Verified[]> {
  requireStore(store)
  const listed = listBackups(store).filter((b) => !options.id || b.id === options.id)
  if (!listed.length) throw new Problem('no_backup', options.id ? `${store} 中没有备份 ${options.id}。` : `${store} 中还没有备份。`)
  const kept = new Map<string, string | null>()
  const logs = new Map<string, string | null>()
  const found: Verified[] = []
  for (const { id, manifest: m } of listed) {
    const result: Verified = { id, ok: false, files: m?.files ?? 0, bytes: m?.bytes ?? 0, segments: 0, from: m?.stoppedAt ?? '', until: m?.stoppedAt ?? '', damaged: m?.damaged ?? 0, problem: null }
    found.push(result)
    if (!m) {
      result.problem = `备份 ${id} 已损坏，不能使用：manifest.json 读不出来。`
      continue
    }
    try {
      const entries = await readBackup(store, m, key, async () => null, (done) => options.onProgress?.(id, done, m.bytes))
      await checkKept(store, key, m, entries, kept)
      const window = await windowOf(store, m)
      for (const name of window.chain) {
        if (!logs.has(name)) logs.set(name, await faultOf(async () => {
          let size = 0
          for await (const b of unseal(walFile(store, name), key, walPurpose(name))) size += b.length
          if (size !== m.segmentSize) throw new Broken(`日志 ${name} 不完整`, 0)
        }, `日志 ${name}`))
        const fault = logs.get(name)
        if (fault) throw new Problem('broken_backup', `备份 ${id} 之后的日志 ${name} 已损坏（${fault}）：只能恢复到它之前。`, { params: { id, files: [`wal/${name}.sealed`] } })
        result.segments++
      }
      Object.assign(result, { ok: true, until: window.until })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.body.code === 'wrong_key') throw error
      result.problem = error.message
    }
  }
  return found
}

