/** Our server, started as users start it, and the bare one beside it; real sessions through the sign-in page's own call. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { root, urlOf, type Data, type Site } from './data.ts'

export interface Running {
  url: string
  pid: number
  stop(): Promise<void>
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })

/** Resolves when the process has printed `sign`. */
function until(running: ChildProcess, sign: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    running.stdout!.on('data', (chunk: Buffer) => {
      text += chunk
      if (text.includes(sign)) resolve()
    })
    running.once('error', reject)
    running.once('exit', (code) => reject(new Error(`it ended with ${code} before it was ready:\n${text}`)))
  })
}

function handle(running: ChildProcess, url: string): Running {
  return {
    url, pid: running.pid!,
    stop: () =>
      new Promise((resolve) => {
        if (running.exitCode !== null) return resolve()
        running.once('exit', () => resolve())
        running.kill('SIGTERM')
      }),
  }
}

const BEYOND = ['read', 'search', 'write', 'upload', 'export', 'sign-in', 'anonymous'].map((name) => `${name}=1000000000/10`).join(',')

/** What `npm start` runs, without npm between us and the process. */
const [, ...start] = (JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { scripts: { start: string } }).scripts.start.split(' ')

/** `site.connection` says which database; without `url` the server starts its own in the data folder. */
export async function startOurs(site: Site, options: { ownDatabase?: boolean } = {}): Promise<Running> {
  const port = await freePort()
  // Everything is counted as in operation; only the limits are out of reach, because one person stands for many here.
  const env = { ...process.env, GONGXIE_LIMITS: BEYOND, DATABASE_URL: options.ownDatabase ? undefined : urlOf(site.connection) }
  const running = spawn(process.execPath, [...start, '--data-dir', site.dataDir, '--port', String(port)], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  await until(running, 'is ready at')
  return handle(running, `http://127.0.0.1:${port}`)
}

export async function startBound(data: Data): Promise<Running> {
  const port = await freePort()
  const script = fileURLToPath(new URL('./bound.ts', import.meta.url))
  const running = spawn(process.execPath, [script], {
    env: { ...process.env, BOUND: JSON.stringify({ port, city: data.city.connection, register: data.register.connection }) }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  await until(running, 'listening')
  return handle(running, `http://127.0.0.1:${port}`)
}

export interface Session {
  /** What every request carries. */
  headers: Record<string, string>
  orgPath: string
  organizationId: number
}

export async function signIn(server: Running, site: Site, login: string): Promise<Session> {
  const account = site.accounts.find((a) => a.login === login)
  if (!account) throw new Error(`the sample has no account ${login}`)
  const answer = await fetch(`${server.url}/api/session/sign-in`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login, password: account.password }),
  })
  if (!answer.ok) throw new Error(`${login} cannot sign in: ${await answer.text()}`)
  const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!
  const user = (await answer.json()) as { token: string; hat: { orgPath: string; organizationId: number } }
  return { headers: { cookie, 'x-gongxie-token': user.token }, orgPath: user.hat.orgPath, organizationId: user.hat.organizationId }
}

/** Resident memory in megabytes: now, and the highest it ever was. */
export function memory(pid: number): { now: number; peak: number } {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024
  return { now: of('VmRSS'), peak: of('VmHWM') }
}
/** The highest so far is forgotten, so that the next piece of work is measured alone. */
export function forgetPeak(pid: number): void {
  fs.writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
