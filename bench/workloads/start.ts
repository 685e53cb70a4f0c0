/** How long a second start takes beside the database's own, and what lies in memory when nobody does anything. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { startEmbedded } from '../../src/kernel/db/embedded.ts'
import { gongxie, root } from '../data.ts'
import { median } from '../load.ts'
import { figure } from '../report.ts'
import { memory, startOurs } from '../servers.ts'
import type { Workload } from '../workload.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The data folder's own server is stopped by its pid, whoever started it. */
async function stopDatabase(dataDir: string): Promise<void> {
  const file = path.join(dataDir, 'postgres', 'postmaster.pid')
  if (!fs.existsSync(file)) return
  process.kill(Number(fs.readFileSync(file, 'utf8').split('\n')[0]), 'SIGINT')
  while (fs.existsSync(file)) await pause(50)
}

export const memoryAtRest: Workload = {
  name: 'memory',
  async run(bench) {
    await bench.quiet()
    const server = await startOurs(bench.data.city)
    try {
      await pause(bench.quick ? 5000 : 15_000)
      const { now } = memory(server.pid)
      return [{ workload: 'memory at rest, beside the database', ours: `${figure(now)} MB`, bound: '', ratio: '', required: '≤ 200 MB', p50p99: '', kept: now <= 200 }]
    } finally {
      await server.stop()
    }
  },
}

export const startUp: Workload = {
  name: 'start',
  async run(bench) {
    const site = bench.data.city
    await bench.quiet()
    await new Promise<void>((resolve, reject) => spawn(process.execPath, [gongxie, 'build-web'], { cwd: root, stdio: 'ignore' }).once('exit', (code) => (code ? reject(new Error('the web application does not build')) : resolve())))
    const database = async () => {
      await stopDatabase(site.dataDir)
      const since = performance.now()
      const server = await startEmbedded(site.dataDir)
      const took = performance.now() - since
      await server.stop()
      return took
    }
    const whole = async () => {
      await stopDatabase(site.dataDir)
      const since = performance.now()
      const server = await startOurs(site, { ownDatabase: true })
      const took = performance.now() - since
      await server.stop()
      return took
    }
    const starts: number[] = []
    const own: number[] = []
    for (let i = 0; i < bench.rounds; i++) {
      own.push(await database())
      starts.push(await whole())
    }
    const over = median(starts.map((t, i) => t - own[i]!))
    return [{
      workload: 'second start to ready, over the database\'s own start', ours: `${figure(median(starts) / 1000)} s`, bound: `${figure(median(own) / 1000)} s`, ratio: `+${figure(over / 1000)} s`,
      required: '≤ 2 s more', p50p99: '', kept: over <= 2000,
    }]
  },
}
