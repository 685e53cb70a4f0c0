/**
 * Where contents lie, under names of our own choice: a folder below the data folder, or a bucket that speaks S3. A file
 * is there as a whole or not at all, and is durable when `put` has answered; whoever calls writes the row afterwards.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { AwsClient } from 'aws4fetch'
import { refused } from '../contract/problem.rules.ts'

export interface StoredFile {
  name: string
  size: number
  at: Date
}

export interface FileStore {
  /** Kept beside the row: who has another store must not take a file for lost. */
  place: string
  /** From a file on this machine, which may be gone afterwards. */
  put(name: string, from: { path: string; size: number; sha256: string }): Promise<void>
  /** null: there is none. */
  read(name: string): Promise<Readable | null>
  remove(name: string): Promise<void>
  list(): AsyncIterable<StoredFile>
}

export const newName = (): string => {
  const name = randomBytes(16).toString('hex')
  return `${name.slice(0, 2)}/${name}`
}
const NAME = /^[0-9a-f]{2}\/[0-9a-f]{32}$/

const known = new Map<string, FileStore>()
/** By GONGXIE_FILES: `s3://bucket/prefix?endpoint=https://…&region=…`, else the folder `files` in the data folder. */
export function fileStore(dataDir: string): FileStore {
  const wanted = process.env.GONGXIE_FILES ?? ''
  const key = `${dataDir} ${wanted}`
  let store = known.get(key)
  if (!store) known.set(key, (store = wanted ? bucket(wanted, process.env.GONGXIE_FILES_KEY || path.join(dataDir, 'secrets', 'files-key')) : folder(path.join(dataDir, 'files'))))
  return store
}

async function sync(where: string): Promise<void> {
  const handle = await open(where, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
/** Windows cannot sync a folder, and need not. */
const syncFolder = async (where: string): Promise<void> => (process.platform === 'win32' ? undefined : sync(where))

export function folder(root: string): FileStore {
  const at = (name: string): string => {
    if (!NAME.test(name)) throw new Error(`no name of a stored file: ${name}`)
    return path.join(root, name)
  }
  const own = path.join(root, '.place')
  const readPlace = (): string => {
    fs.mkdirSync(root, { recursive: true, mode: 0o700 })
    try {
      fs.writeFileSync(own, randomBytes(6).toString('hex'), { flag: 'wx', mode: 0o600 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    return `folder:${fs.readFileSync(own, 'utf8').trim()}`
  }
  let place: string | undefined
  return {
    get place() {
      return (place ??= readPlace())
    },
    async put(name, from) {
      const target = at(name)
      const made = !fs.existsSync(path.dirname(target))
      fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 })
      await sync(from.path)
      try {
        await fs.promises.rename(from.path, target)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
        // Received on another file system: the name appears only when all of it is there.
        const part = `${target}.part`
        try {
          await fs.promises.copyFile(from.path, part)
          await sync(part)
          await fs.promises.rename(part, target)
        } catch (broken) {
          fs.rmSync(part, { force: true })
          throw broken
        }
      }
      await syncFolder(path.dirname(target))
      if (made) await syncFolder(root)
    },
    async read(name) {
      const handle = await open(at(name), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      return handle && handle.createReadStream()
    },
    async remove(name) {
      await fs.promises.rm(at(name), { force: true })
    },
    async *list() {
      if (!fs.existsSync(root)) return
      for (const shelf of (await fs.promises.readdir(root)).sort()) {
        if (!/^[0-9a-f]{2}$/.test(shelf)) continue
        for (const file of (await fs.promises.readdir(path.join(root, shelf))).sort()) {
          const found = await fs.promises.stat(path.join(root, shelf, file)).catch(() => null)
          if (!found?.isFile()) continue
          // What a killed process left half copied has no name of ours.
          if (NAME.test(`${shelf}/${file}`)) yield { name: `${shelf}/${file}`, size: found.size, at: found.mtime }
          else if (file.endsWith('.part') && Date.now() - found.mtimeMs > 3_600_000) await fs.promises.rm(path.join(root, shelf, file), { force: true })
        }
      }
    },
  }
}

const WAIT = 60_000
const unescape = (xml: string): string => xml.replace(/&(amp|lt|gt|quot|apos|#x?[0-9a-f]+);/gi, (_, e: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })[e] ?? '')

function bucket(address: string, keyFile: string): FileStore {
  const asked = new URL(address)
  const endpoint = asked.searchParams.get('endpoint')
  const region = asked.searchParams.get('region') ?? 'us-east-1'
  if (asked.protocol !== 's3:' || !asked.hostname || !endpoint || !URL.canParse(endpoint)) throw refused('GONGXIE_FILES must look like s3://bucket/prefix?endpoint=https://host&region=name')
  const prefix = asked.pathname.replace(/^\/+|\/+$/g, '')
  const base = `${endpoint.replace(/\/+$/, '')}/${asked.hostname}`
  let client: AwsClient | undefined
  const aws = (): AwsClient => {
    if (client) return client
    if (!fs.existsSync(keyFile)) throw refused(`The key of the file store is missing: ${keyFile} must have two lines, access key and secret.`)
    const [accessKeyId = '', secretAccessKey = ''] = fs.readFileSync(keyFile, 'utf8').split(/\r?\n/).map((l) => l.trim())
    return (client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 }))
  }
  // Whoever answers with another address is not followed: nothing leaves for a host that nobody named (C49).
  const call = (url: string, init: RequestInit = {}): Promise<Response> => aws().fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(WAIT) })
  const at = (name: string): string => {
    if (!NAME.test(name)) throw new Error(`no name of a stored file: ${name}`)
    return `${base}/${prefix ? `${prefix}/` : ''}${name}`
  }
  const failed = async (doing: string, response: Response): Promise<Error> =>
    new Error(`file store: ${doing} answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
  return {
    place: `s3:${asked.hostname}/${prefix}`,
    async put(name, from) {
      // The store itself refuses bytes that are not these: their SHA-256 is part of the signature.
      const response = await call(at(name), {
        method: 'PUT', body: await fs.openAsBlob(from.path),
        headers: { 'x-amz-content-sha256': from.sha256, 'content-type': 'application/octet-stream' },
      })
      if (!response.ok) throw await failed('PUT', response)
      await response.arrayBuffer()
    },
    async read(name) {
      const response = await call(at(name))
      if (response.status === 404) return null
      if (!response.ok || !response.body) throw await failed('GET', response)
      return Readable.fromWeb(response.body as never)
    },
    async remove(name) {
      const response = await call(at(name), { method: 'DELETE' })
      if (!response.ok && response.status !== 404) throw await failed('DELETE', response)
      await response.arrayBuffer()
    },
    async *list() {
      for (let token = ''; ;) {
        const query = new URLSearchParams({ 'list-type': '2', prefix: prefix ? `${prefix}/` : '', ...(token ? { 'continuation-token': token } : {}) })
        const response = await call(`${base}?${query}`)
        if (!response.ok) throw await failed('LIST', response)
        const xml = await response.text()
        const tag = (within: string, name: string): string => unescape(new RegExp(`<${name}>([^<]*)</${name}>`).exec(within)?.[1] ?? '')
        for (const [, entry] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
          const name = tag(entry!, 'Key').slice(prefix ? prefix.length + 1 : 0)
          if (NAME.test(name)) yield { name, size: Number(tag(entry!, 'Size')), at: new Date(tag(entry!, 'LastModified')) }
        }
        token = tag(xml, 'NextContinuationToken')
        if (tag(xml, 'IsTruncated') !== 'true' || !token) return
      }
    },
  }
}
