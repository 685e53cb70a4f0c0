/**
 * The platform's own files in the data folder: attachments, anchors, secrets. Whatever lies there belongs to a backup
 * unless it is named here, so that what is added tomorrow is in it too. Each version of a file is kept once, when it
 * appears and before the log that may speak of it: a key made an hour ago is as needed as the rows sealed with it.
 */
import { createHmac } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { seal, unseal, type Key } from './seal.ts'
import type { Entry } from './store.ts'

/** The database has its own way; the others are on their way through, or belong to this machine. */
const LEFT_OUT = new Set(['postgres', 'wal-ready', 'backups', 'uploads', 'imports', 'restoring', 'restore-report.json', 'secrets/database-port', 'secrets/backup-key'])
const leftOut = (name: string) => LEFT_OUT.has(name) || /^[^/]+\.log(\.\d+|\.gz)?$/.test(name) || /^initdb-/.test(name) || /\.new$/.test(name)

export interface OwnFile {
  /** With slashes, under the data folder. */
  path: string
  size: number
  changed: number
}

interface Seen {
  changed: number
  at: number
}
/** A few files that are also written anew in their place. */
const SMALL = new Set(['', 'secrets'])
/** Walks the data folder. With `seen`, folders in which nothing was added since the last walk are passed over. */
export async function* ownFiles(dataDir: string, store: string, seen?: Map<string, Seen>, under = ''): AsyncGenerator<OwnFile> {
  const folder = path.join(dataDir, under)
  if (path.resolve(folder) === path.resolve(store)) return
  const before = await fs.promises.stat(folder).catch(() => null)
  if (!before) return
  const known = seen?.get(folder)
  // A folder that changed just now may change again within the same tick of its clock.
  const same = !SMALL.has(under) && known !== undefined && known.changed === before.mtimeMs && known.at - known.changed > 2000
  seen?.set(folder, { changed: before.mtimeMs, at: Date.now() })
  for (const item of await fs.promises.readdir(folder, { withFileTypes: true })) {
    const name = under ? `${under}/${item.name}` : item.name
    if (leftOut(name)) continue
    if (item.isDirectory()) yield* ownFiles(dataDir, store, seen, name)
    else if (item.isFile() && !same) {
      const s = await fs.promises.stat(path.join(dataDir, name)).catch(() => null)
      if (s) yield { path: name, size: s.size, changed: Math.round(s.mtimeMs) }
    }
  }
}

const nameOf = (key: Key, f: OwnFile) => createHmac('sm3', key.secret).update(`gongxie.kept|${f.path}|${f.size}|${f.changed}`).digest('hex').slice(0, 40)
export const keptFile = (store: string, name: string) => path.join(store, 'files', `${name}.sealed`)
export const keptPurpose = (name: string) => `files/${name}`

export interface Told extends OwnFile {
  seen: string
}
async function* withHead(file: string, told: Told): AsyncGenerator<Buffer> {
  const head = Buffer.from(JSON.stringify(told))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  yield Buffer.concat([length, head])
  yield* fs.createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>
}

/** Seals this version of a file unless it is there. Answers with its name, or null when the file went away meanwhile. */
export async function keep(dataDir: string, store: string, key: Key, f: OwnFile): Promise<string | null> {
  const name = nameOf(key, f)
  if (fs.existsSync(keptFile(store, name))) return name
  try {
    await seal(keptFile(store, name), key, keptPurpose(name), {}, withHead(path.join(dataDir, f.path), { ...f, seen: new Date().toISOString() }))
    return name
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !fs.existsSync(path.join(dataDir, f.path))) return null
    throw error
  }
}

/** Head and content of a kept file. */
export async function openKept(store: string, key: Key, name: string, onHead: (told: Told) => boolean, onContent: (bytes: Buffer) => Promise<void> | void): Promise<void> {
  let head: Told | undefined
  for await (const piece of unseal(keptFile(store, name), key, keptPurpose(name))) {
    let rest = piece
    if (!head) {
      const n = piece.readUInt32BE(0)
      head = JSON.parse(piece.toString('utf8', 4, 4 + n)) as Told
      if (!onHead(head)) return
      rest = piece.subarray(4 + n)
    }
    if (rest.length) await onContent(rest)
  }
}

/** Every kept file as entries of a backup's list. */
export async function keepAll(dataDir: string, store: string, key: Key): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const f of ownFiles(dataDir, store)) {
    const name = await keep(dataDir, store, key, f)
    if (name) entries.push({ kind: 'kept', path: f.path, size: f.size, sm3: '', at: 0, kept: name })
  }
  return entries
}
