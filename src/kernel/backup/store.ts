/**
 * The folder of backups:
 *
 *   store.json            of which database
 *   base/<id>/            manifest.json (readable, authenticated), list.sealed, data.sealed
 *   wal/<segment>.sealed  write-ahead log between them, a minute apart
 *   files/<name>.sealed   the platform's own files, each version once
 *
 * A backup that did not end is `base/<id>.partial`; only complete ones have their name.
 */
import fs from 'node:fs'
import path from 'node:path'
import { Problem } from '../contract/problem.rules.ts'
import { macOf, peek, syncFolder, unseal, type Key, type Profile, type Sealed } from './seal.ts'
import { numberOf, segmentName, SEGMENT } from './wal.rules.ts'

export interface Manifest {
  format: 1
  id: string
  /** `files`: the database is somebody else's to back up. */
  kind: 'database' | 'files'
  reason: 'scheduled' | 'asked' | 'command'
  /** Of the platform. */
  version: string
  postgres: string | null
  system: string | null
  timeline: number
  startLsn: string
  stopLsn: string
  startSegment: string
  stopSegment: string
  segmentSize: number
  startedAt: string
  /** From here on a moment can be chosen: before it the copy is not consistent in itself. */
  stoppedAt: string
  endedAt: string
  keyId: string
  profile: Profile
  files: number
  /** Before compression. */
  bytes: number
  data: Sealed
  list: Sealed
  /** Pages of the database whose checksum was wrong when they were read. */
  damaged: number
  mac: string
}

/** One line of list.sealed. `at` counts bytes of data.sealed. */
export interface Entry {
  /** `database`: in PostgreSQL's folder; `wal`: needed to make it consistent; `kept`: of the data folder, in files/. */
  kind: 'database' | 'folder' | 'wal' | 'kept'
  path: string
  size: number
  sm3: string
  at: number
  kept?: string
}

const STORE = 'store.json'
const README = '这个文件夹是公廨平台的备份，已加密。请勿手工增删其中的文件。\n恢复：npm run -s gongxie -- restore --from 这个文件夹 --data-dir 新的数据目录 --key-file 密钥文件\n说明：docs/backup.md。没有密钥文件就不能恢复，请把密钥另处保管。\n'

export const noSpace = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')
/** What an operator can mend, as one sentence. */
export function refusal(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (noSpace(error)) return new Problem('no_space', `备份目录 ${folder} 所在的磁盘已满，这次备份没有完成，已有的备份不受影响。请清理磁盘、减少保留份数，或用 GONGXIE_BACKUP_DIR 换一个磁盘。`)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new Problem('no_access', `不能写入备份目录 ${folder}（${code}）。请检查目录的所有者和权限。`)
  if (code === 'EIO') return new Problem('disk_error', `读写备份目录 ${folder} 时磁盘出错。请检查磁盘。`)
  return error
}

/** Makes the folder, or sees that it holds the backups of this database and of no other. */
export function openStore(folder: string, system: string | null): void {
  for (const part of ['base', 'wal', 'files']) fs.mkdirSync(path.join(folder, part), { recursive: true, mode: 0o700 })
  const mark = path.join(folder, STORE)
  if (!fs.existsSync(mark)) {
    fs.writeFileSync(path.join(folder, 'README.txt'), README)
    fs.writeFileSync(mark, `${JSON.stringify({ format: 1, system })}\n`)
    return
  }
  const of = JSON.parse(fs.readFileSync(mark, 'utf8')) as { system: string | null }
  if (system && of.system && of.system !== system) throw new Problem('other_store', `${folder} 中是另一个数据库的备份。请换一个备份目录。`)
}
export function requireStore(folder: string): void {
  if (!fs.existsSync(path.join(folder, STORE))) throw new Problem('no_store', `${folder} 不是备份目录（其中没有 ${STORE}）。`)
}

const bodyOf = ({ mac: _, ...rest }: Manifest) => JSON.stringify(rest)
export async function writeManifest(folder: string, manifest: Omit<Manifest, 'mac'>, key: Key): Promise<Manifest> {
  const whole: Manifest = { ...manifest, mac: macOf(key, JSON.stringify(manifest)) }
  const file = path.join(folder, 'manifest.json')
  const handle = await fs.promises.open(file, 'w', 0o600)
  await handle.writeFile(JSON.stringify(whole, null, 2))
  await handle.sync()
  await handle.close()
  await syncFolder(file)
  return whole
}
export function authentic(manifest: Manifest, key: Key): boolean {
  return macOf(key, bodyOf(manifest)) === manifest.mac
}

export interface Listed {
  id: string
  /** Null where it cannot be read. */
  manifest: Manifest | null
}
/** The complete backups, the latest first. */
export function listBackups(folder: string): Listed[] {
  const base = path.join(folder, 'base')
  if (!fs.existsSync(base)) return []
  return fs.readdirSync(base).filter((n) => !n.endsWith('.partial')).sort().reverse().map((id) => {
    try {
      const manifest = JSON.parse(fs.readFileSync(path.join(base, id, 'manifest.json'), 'utf8')) as Manifest
      return { id, manifest: manifest.format === 1 && manifest.id === id ? manifest : null }
    } catch {
      return { id, manifest: null }
    }
  })
}
export const readable = (folder: string): Manifest[] => listBackups(folder).flatMap((b) => b.manifest ?? [])
export const running = (folder: string): boolean => fs.existsSync(path.join(folder, 'base')) && fs.readdirSync(path.join(folder, 'base')).some((n) => n.endsWith('.partial'))

export const dataPurpose = (id: string) => `base/${id}/data`
export const listPurpose = (id: string) => `base/${id}/list`
export const walPurpose = (name: string) => `wal/${name}`
export const walFile = (folder: string, name: string) => path.join(folder, 'wal', `${name}.sealed`)

export async function readList(folder: string, manifest: Manifest, key: Key, onBytes?: (bytes: Buffer) => void): Promise<Entry[]> {
  const parts: Buffer[] = []
  for await (const piece of unseal(path.join(folder, 'base', manifest.id, 'list.sealed'), key, listPurpose(manifest.id), onBytes)) parts.push(piece)
  return Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Entry)
}

export function walNames(folder: string): Set<string> {
  const at = path.join(folder, 'wal')
  return new Set(fs.existsSync(at) ? fs.readdirSync(at).filter((n) => n.endsWith('.sealed')).map((n) => n.slice(0, -'.sealed'.length)) : [])
}

export interface Window {
  /** Any moment from here … */
  from: string
  /** … to here can be restored. */
  until: string
  /** Segments kept behind the backup, without a gap. */
  chain: string[]
}
/** What can be restored from a backup: its own end, and as far as the log behind it goes without a gap. */
export async function windowOf(folder: string, m: Manifest, names = walNames(folder)): Promise<Window> {
  const chain: string[] = []
  if (m.kind === 'database')
    for (let n = numberOf(m.stopSegment, m.segmentSize) + 1; ; n++) {
      const name = segmentName(m.timeline, n, m.segmentSize)
      if (!names.has(name)) break
      chain.push(name)
    }
  // A segment says up to when everything is in it or before it; where it does not, the one before does.
  for (let i = chain.length - 1; i >= 0; i--) {
    const { meta } = await peek(walFile(folder, chain[i]!))
    if (typeof meta.until === 'string' && meta.until > m.stoppedAt) return { from: m.stoppedAt, until: meta.until, chain }
  }
  return { from: m.stoppedAt, until: m.stoppedAt, chain }
}

/**
 * Keeps the last `keep` backups that are whole, and what lies between them. The log is cut where the oldest of these
 * begins: whatever it needs stays.
 */
export async function prune(folder: string, keep: number, key: Key): Promise<string[]> {
  const listed = listBackups(folder)
  const whole = listed.filter((b) => b.manifest && !b.manifest.damaged)
  const oldest = whole[Math.min(keep, whole.length) - 1]
  if (!oldest) return []
  const gone = listed.filter((b) => b.id < oldest.id)
  for (const { id } of gone) await fs.promises.rm(path.join(folder, 'base', id), { recursive: true, force: true })
  const kept = listed.filter((b) => b.id >= oldest.id).flatMap((b) => b.manifest ?? [])
  const first = Math.min(...kept.filter((m) => m.kind === 'database').map((m) => numberOf(m.startSegment, m.segmentSize)))
  const size = kept.find((m) => m.kind === 'database')?.segmentSize
  // A manifest that cannot be read may need anything: then nothing of the log is removed.
  if (size && Number.isFinite(first) && listed.every((b) => b.manifest))
    for (const name of walNames(folder)) if (SEGMENT.test(name) && numberOf(name, size) < first) await fs.promises.rm(walFile(folder, name))
  if (gone.length && kept.every((m) => m.keyId === key.id)) {
    const needed = new Set<string>()
    for (const m of kept) for (const e of await readList(folder, m, key)) if (e.kept) needed.add(e.kept)
    const since = Date.parse(kept.at(-1)!.startedAt)
    for (const file of await fs.promises.readdir(path.join(folder, 'files'))) {
      const at = path.join(folder, 'files', file)
      if (!needed.has(file.replace(/\.sealed$/, '')) && (await fs.promises.stat(at)).mtimeMs < since) await fs.promises.rm(at)
    }
  }
  return gone.map((b) => b.id)
}
