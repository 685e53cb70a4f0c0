/** Processes that die, stop, hang or are asked too much: F01–F06, F12, F13. */
import fs from 'node:fs'
import net from 'node:net'
import pg from 'pg'
import type { Fault, Result } from './fault.ts'
import { examine, openSite, pause, send, until, write, type Site } from './site.ts'

const CLIENTS = 500
const seconds = (since: number) => (Date.now() - since) / 1000
const random = (seed: number) => () => ((seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff)

/** Writes, hurts, waits until it is ready again, lets the clients come to an end, examines. */
async function under(site: Site, prefix: string, clients: number, hurt: () => Promise<void>, more: { after?: number; retry?: boolean } = {}): Promise<Result & { slowest: number; refusals: number; broke: number }> {
  const who = await site.session(site.city.yuzhong, 'district_reviewer')
  const writing = write(site, who, prefix, clients, { retry: more.retry })
  await until(() => writing.ledger.ok.size > Math.min(50, clients), 60_000, 'fifty answers')
  const since = Date.now()
  await hurt()
  await until(() => site.process.ready(), 120_000, 'readiness').catch(async (e: Error) => {
    throw new Error(`${e.message}: ${await fetch(`${site.process.url}/ready`).then((r) => r.text(), String)}; ${site.process.output().slice(-300)}`)
  })
  const recovery = seconds(since)
  await pause(more.after ?? 2_000)
  await writing.finish()
  const held = await examine(site, writing, prefix)
  const { ledger } = writing
  return { ...held, recovery, against: ledger.mute ? [`${ledger.mute} refusals without a sentence or Retry-After`] : [], slowest: ledger.slowest, refusals: ledger.refusals, broke: ledger.broken }
}

const killApp: Fault = {
  id: 'F01', what: `server process killed while ${CLIENTS} clients write; they repeat with the same key`, rto: 10,
  async run() {
    const site = await openSite()
    try {
      return await under(site, '零一', CLIENTS, async () => {
        await site.process.kill()
        await site.start()
      })
    } finally {
      await site.close()
    }
  },
}
const killDatabase: Fault = {
  id: 'F02', what: `database process killed while ${CLIENTS} clients write`, rto: 30,
  async run() {
    const site = await openSite()
    try {
      const pid = site.process.pid
      const before = site.postmaster()
      const r = await under(site, '零二', CLIENTS, async () => {
        process.kill(before, 'SIGKILL')
        await until(() => site.process.ready().then((r) => !r), 10_000, 'a readiness that tells the truth')
      })
      if (!site.process.alive() || site.process.pid !== pid) r.against!.push('the server process did not survive')
      if (!r.refusals) r.against!.push('nobody was told 503')
      if (site.postmaster() === before) r.against!.push('the database was not killed')
      return { ...r, notes: [`${r.refusals} answers of 503, each with Retry-After`] }
    } finally {
      await site.close()
    }
  },
}
const killBackends: Fault = {
  id: 'F03', what: 'single database connections ended by the dozen, then one killed hard', rto: 30,
  async run(seed) {
    const site = await openSite()
    const next = random(seed)
    try {
      const r = await under(site, '零三', 60, async () => {
        for (let i = 0; i < 20; i++) {
          await site.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('gongxie_app', 'gongxie_system', 'gongxie_jobs') ORDER BY random() LIMIT ${1 + Math.floor(next() * 3)}`)
          await pause(100)
        }
        const [one] = await site.sql<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'gongxie_app' LIMIT 1`)
        if (one) process.kill(one.pid, 'SIGKILL')
        await pause(300)
      })
      if (!site.process.alive()) r.against!.push('the server process did not survive')
      return r
    } finally {
      await site.close()
    }
  },
}
const killBoth: Fault = {
  id: 'F04', what: 'server and database killed together, again and again', rto: 30,
  async run() {
    const site = await openSite()
    const times = Number(process.env.FAULTS_CYCLES ?? 5)
    try {
      let worst = 0
      const r = await under(site, '零四', 80, async () => {
        for (let i = 0; i < times; i++) {
          const since = Date.now()
          process.kill(site.postmaster(), 'SIGKILL')
          await site.process.kill()
          await site.start()
          worst = Math.max(worst, seconds(since))
          await pause(700)
        }
      })
      return { ...r, recovery: worst, notes: [`${times} times`] }
    } finally {
      await site.close()
    }
  },
}
const drain: Fault = {
  id: 'F05', what: 'SIGTERM under load: accepted requests are answered, exit 0 within 25 s',
  async run() {
    const site = await openSite({ env: { GONGXIE_DRAIN_SECONDS: '4' } })
    try {
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      // As a proxy does: /ready is asked all the time, and who says that he is going is sent nothing new.
      let ready = true
      const asking = setInterval(() => void site.process.ready().then((r) => (ready = r)), 100)
      const writing = write(site, who, '零五', 100, { retry: false, gate: () => ready })
      await until(() => writing.ledger.ok.size > 50)
      const { code, ms } = await site.process.stop('SIGTERM')
      clearInterval(asking)
      await writing.finish(0)
      const against: string[] = []
      if (code !== 0) against.push(`it ended with ${code}`)
      if (ms > 25_000) against.push(`it took ${ms} ms`)
      if (writing.ledger.broken) against.push(`${writing.ledger.broken} accepted requests were not answered`)
      await site.start()
      return { ...(await examine(site, writing, '零五')), against, notes: [`ended after ${(ms / 1000).toFixed(1)} s`] }
    } finally {
      await site.close()
    }
  },
}
const children = (pid: number) => fs.readdirSync('/proc').filter((p) => /^\d+$/.test(p)).map(Number).filter((p) => {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${p}/status`, 'utf8'))![1]) === pid
  } catch {
    return false
  }
})
const hang: Fault = {
  id: 'F06', what: 'database stopped with SIGSTOP for 30 s, then let go on', rto: 15,
  async run() {
    const site = await openSite()
    try {
      const against: string[] = []
      const who = await site.session(site.city.school, 'filler')
      const r = await under(site, '零六', 200, async () => {
        // Every one of its processes has a group of its own.
        const family = [site.postmaster(), ...children(site.postmaster())]
        for (const pid of family) process.kill(pid, 'SIGSTOP')
        const since = Date.now()
        let first503 = Infinity
        const heard = new Map<number, number>()
        while (Date.now() - since < 30_000) {
          const asked = Date.now()
          const reply = await send(site.process.url, who, 'GET', '/organizations', undefined, { ms: 15_000 })
          heard.set(reply.status, (heard.get(reply.status) ?? 0) + 1)
          if (reply.status === 503) first503 = Math.min(first503, Date.now() - since)
          if (Date.now() - asked > 10_000) against.push(`a request hung for ${Date.now() - asked} ms`)
          await pause(300)
        }
        if (first503 > 8_000) against.push(`the first 503 came after ${first503} ms; heard ${JSON.stringify([...heard])}`)
        for (const pid of family) process.kill(pid, 'SIGCONT')
      }, { after: 3_000 })
      if (r.slowest > 12_000) against.push(`a writer waited ${Math.round(r.slowest)} ms`)
      return { ...r, recovery: r.recovery! - 30, against: [...r.against!, ...against], notes: [`slowest answer ${(r.slowest / 1000).toFixed(1)} s, ${r.refusals} answers of 503`] }
    } finally {
      await site.close()
    }
  },
}

/** Connections that give nothing or take nothing. */
function slow(port: number, kind: 'headers' | 'body' | 'read', cookie: string): { closed: Promise<number> } {
  let since = Date.now()
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let drip: NodeJS.Timeout | undefined
  socket.once('connect', () => {
    since = Date.now()
    if (kind === 'read') return void socket.pause().write(`GET /openapi.json HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`.repeat(40))
    socket.write(kind === 'headers' ? 'GET / HTTP/1.1\r\nhost: x\r\n' : 'POST /api/session/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n')
    drip = setInterval(() => socket.write(kind === 'headers' ? 'x-a: b\r\n' : ' '), 2_000)
  })
  // One that does not read is not told; the test looks at the server's side then.
  return { closed: new Promise((resolve) => socket.once('close', () => (clearInterval(drip), resolve(Date.now() - since)))) }
}
const connectionsOf = (pid: number) => fs.readdirSync(`/proc/${pid}/fd`).length
const slowClients: Fault = {
  id: 'F12', what: '1,500 clients that drip headers, drip bodies or do not read',
  async run() {
    const site = await openSite()
    try {
      const before = connectionsOf(site.process.pid)
      const lines = (['headers', 'body'] as const).flatMap((kind) => Array.from({ length: 700 }, () => slow(site.process.port, kind, '')))
      Array.from({ length: 100 }, () => slow(site.process.port, 'read', ''))
      const health: number[] = []
      const since = Date.now()
      while (Date.now() - since < 22_000) {
        const asked = performance.now()
        await fetch(`${site.process.url}/health`).then((r) => r.text())
        health.push(performance.now() - asked)
        await pause(50)
      }
      const closed = await Promise.race([Promise.all(lines.map((l) => l.closed)), pause(5_000).then(() => null)])
      const p99 = health.toSorted((a, b) => a - b)[Math.floor(health.length * 0.99)]!
      const after = await until(() => { const n = connectionsOf(site.process.pid); return n <= before + 20 && n }, 60_000, 'the baseline of file descriptors').catch(() => connectionsOf(site.process.pid))
      return {
        against: [
          ...(closed === null ? ['some were still open after 27 s'] : Math.max(...closed) > 20_000 ? [`the last was closed after ${Math.max(...closed)} ms`] : []),
          ...(p99 > 500 ? [`/health p99 ${p99.toFixed(0)} ms`] : []), ...(after > before + 20 ? [`${after} descriptors, ${before} before`] : []),
        ],
        notes: [`/health p99 ${p99.toFixed(0)} ms; last closed after ${closed ? (Math.max(...closed) / 1000).toFixed(1) : '?'} s`],
      }
    } finally {
      await site.close()
    }
  },
}
const storm: Fault = {
  id: 'F13', what: 'a storm of connections, then every database connection held by a long transaction',
  async run() {
    const site = await openSite()
    try {
      const against: string[] = []
      const before = connectionsOf(site.process.pid)
      let opened = 0
      const since = Date.now()
      while (Date.now() - since < 15_000) {
        await Promise.all(Array.from({ length: 250 }, () => new Promise<void>((resolve) => {
          const s = net.connect(site.process.port, '127.0.0.1', () => {
            opened++
            s.destroy()
            resolve()
          })
          s.on('error', () => resolve())
        })))
      }
      const rate = opened / seconds(since)
      if (!(await fetch(`${site.process.url}/health`)).ok) against.push('no health after the storm')
      // Everything waits for one row.
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      const one = (await send(site.process.url, who, 'GET', `/organizations/${site.city.hospital}`)).body as { version: number }
      const holder = new pg.Client(site.connection)
      await holder.connect()
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM org.organization WHERE id = $1 FOR UPDATE', [site.city.hospital])
      const asked = Date.now()
      const answers = await Promise.all(Array.from({ length: 400 }, async (_, i) => {
        const sent = Date.now()
        const r = await send(site.process.url, who, 'POST', `/organizations/${site.city.hospital}`, { version: one.version, patch: { people: 100 + i } }, { ms: 40_000 })
        return { status: r.status, ms: Date.now() - sent, again: r.headers['retry-after'] }
      }))
      await holder.query('ROLLBACK')
      await holder.end()
      const longest = Math.max(...answers.map((a) => a.ms))
      if (answers.some((a) => a.status !== 503 || !a.again)) against.push(`answers: ${JSON.stringify(Object.groupBy(answers, (a) => `${a.status}${a.again ? '' : ' without Retry-After'}`), (k, v) => (Array.isArray(v) && k ? v.length : v))}`)
      if (longest > 12_000) against.push(`one hung for ${longest} ms`)
      await until(async () => (await send(site.process.url, who, 'POST', `/organizations/${site.city.hospital}`, { version: one.version, patch: { people: 5 } })).status === 200, 15_000, 'a free row')
      await until(() => connectionsOf(site.process.pid) <= before + 40, 30_000, 'the baseline of file descriptors').catch((e: Error) => against.push(e.message))
      return { against, notes: [`${Math.round(rate)} connections/s; 400 requests for a held row: 503 after at most ${(longest / 1000).toFixed(1)} s, all within ${seconds(asked).toFixed(1)} s`] }
    } finally {
      await site.close()
    }
  },
}

export const processes: readonly Fault[] = [killApp, killDatabase, killBackends, killBoth, drain, hang, slowClients, storm]
