/**
 * The platform as an operator runs it: real processes on ports of their own, started, stopped and killed; a proxy that
 * hands requests round as one in front of them does; and callers over the network.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import type pg from 'pg'
import { csrfToken } from '../authority/session.procedures.ts'

const root = path.resolve(import.meta.dirname, '../../..')
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
export const urlOf = (c: pg.ClientConfig): string =>
  `postgres://${c.user}:${encodeURIComponent(String(c.password))}@localhost/${c.database}?host=${encodeURIComponent(String(c.host))}&port=${c.port}`

export const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })

/** Until `what` answers with something; what throws or is empty is asked again. */
export async function until<T>(what: () => Promise<T | false | undefined | null> | T | false | undefined | null, ms = 60_000, name = 'it'): Promise<T> {
  const since = Date.now()
  let last: unknown
  for (;;) {
    const got = await Promise.resolve().then(what).catch((e: unknown) => ((last = e), false as const))
    if (got) return got
    if (Date.now() - since > ms) throw new Error(`${name} did not come to be within ${ms} ms${last ? `: ${String(last)}` : ''}`)
    await pause(50)
  }
}

export interface Running {
  url: string
  port: number
  pid: number
  /** Everything it printed. */
  output(): string
  /** Its end: exit code, or the name of the signal. */
  ended: Promise<number | string>
  alive(): boolean
  ready(): Promise<boolean>
  /** In order; resolves with the exit code and how long it took. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | string; ms: number }>
  kill(): Promise<void>
}

export interface StartOptions {
  dataDir: string
  /** Without it the process brings its own PostgreSQL. */
  databaseUrl?: string
  env?: Record<string, string>
  port?: number
  web?: boolean
  /** In front of node, as faketime is. */
  through?: string[]
}

export async function startProcess(o: StartOptions): Promise<Running> {
  const port = o.port ?? (await freePort())
  const command = [...(o.through ?? []), process.execPath, path.join(root, 'bin', 'gongxie.mjs'), 'start', '--empty', '--data-dir', o.dataDir, '--port', String(port)]
  const env = { ...process.env, NODE_ENV: 'production', VITEST: undefined, GONGXIE_WEB: o.web ? undefined : 'none', DATABASE_URL: o.databaseUrl, GONGXIE_DRAIN_SECONDS: '1', ...o.env }
  const child: ChildProcess = spawn(command[0]!, command.slice(1), { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (text += chunk))
  const ended = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)))
  const url = `http://127.0.0.1:${port}`
  const alive = () => child.exitCode === null && child.signalCode === null
  const ready = () => fetch(`${url}/ready`, { signal: AbortSignal.timeout(3_000) }).then((r) => r.ok, () => false)
  await until(async () => {
    if (!alive()) throw new Error(`ended with ${await ended}: ${text}`)
    return text.includes('is ready at') && (await ready())
  }, 120_000, `the platform (${text})`)
  return {
    url, port, pid: child.pid!, output: () => text, ended, alive, ready,
    async stop(signal = 'SIGTERM') {
      const since = Date.now()
      child.kill(signal)
      const code = await ended
      return { code, ms: Date.now() - since }
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export interface Caller {
  headers: Record<string, string>
}
export const caller = (token: string): Caller => ({ headers: { cookie: `gongxie=${token}`, 'x-gongxie-token': csrfToken(token) } })

export interface Reply {
  /** 0: no answer came, and nobody knows what became of it. */
  status: number
  body: any
  headers: http.IncomingHttpHeaders
  error?: string
}
/** One connection for each request unless an agent says otherwise; never throws. */
export function send(url: string, who: Caller, method: 'GET' | 'POST', at: string, body?: unknown, more: { key?: string; agent?: http.Agent; ms?: number } = {}): Promise<Reply> {
  const text = method === 'POST' ? JSON.stringify(body ?? {}) : undefined
  return new Promise((resolve) => {
    const nothing = (error: Error) => resolve({ status: 0, body: null, headers: {}, error: error.message })
    const request = http.request(`${url}/api${at}`, {
      method, agent: more.agent ?? false, timeout: more.ms ?? 30_000,
      headers: { ...who.headers, ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...(more.key ? { 'idempotency-key': more.key } : {}) },
    }, (answer) => {
      let got = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (got += chunk)).on('error', nothing).on('end', () => {
        try {
          resolve({ status: answer.statusCode!, headers: answer.headers, body: got ? JSON.parse(got) : null })
        } catch {
          nothing(new Error(`half an answer: ${got.slice(0, 80)}`))
        }
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', nothing)
    request.end(text)
  })
}

export interface Proxy {
  url: string
  /** Requests that went to each. */
  counts: Map<string, number>
  close(): Promise<void>
}
/** Round robin over whoever says that he is ready; a request is sent once and never again. */
export async function roundRobin(behind: readonly Running[]): Promise<Proxy> {
  let usable = [...behind]
  const counts = new Map(behind.map((b) => [b.url, 0]))
  const look = setInterval(() => {
    void Promise.all(behind.map((b) => b.ready())).then((ready) => (usable = behind.filter((_, i) => ready[i])))
  }, 150)
  let n = 0
  const agent = new http.Agent({ keepAlive: true })
  const server = http.createServer((request, response) => {
    const to = usable[n++ % Math.max(1, usable.length)]
    if (!to) return void response.writeHead(503, { 'retry-after': '1' }).end('{"code":"unavailable","message":"没有可用的服务器。"}')
    counts.set(to.url, counts.get(to.url)! + 1)
    const onward = http.request(`${to.url}${request.url}`, { method: request.method, headers: request.headers, agent }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end('{"code":"unavailable","message":"服务器没有应答。"}')))
    request.pipe(onward)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`, counts,
    async close() {
      clearInterval(look)
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
