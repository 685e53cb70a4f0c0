/** Starts the thread that keeps backups, and again when it should fall over. */
import { Worker } from 'node:worker_threads'
import { readKey } from './seal.ts'
import type { KeeperOptions } from './keeper.ts'
import { Shipper } from './ship.ts'

export interface Keeper {
  /** Ends what it is doing, cleanly: a backup under way is given up and leaves nothing. */
  stop(): Promise<void>
  /** The last of the log, which the server handed out when it was stopped. */
  shipRest(): Promise<void>
}

export function startKeeper(o: KeeperOptions): Keeper {
  let stopped = false
  let worker: Worker
  let gone: Promise<void>
  const launch = () => {
    worker = new Worker(new URL('./keeper.worker.ts', import.meta.url), { workerData: o, execArgv: ['--disable-warning=ExperimentalWarning'], resourceLimits: { maxYoungGenerationSizeMb: 6 } })
    worker.unref()
    worker.on('error', (error) => process.stderr.write(`${JSON.stringify({ level: 50, time: Date.now(), msg: 'backup', err: error.stack })}\n`))
    gone = new Promise((resolve) => worker.once('exit', () => {
      resolve()
      if (!stopped) setTimeout(() => !stopped && launch(), 10_000).unref()
    }))
  }
  launch()
  return {
    async stop() {
      stopped = true
      worker.ref()
      worker.postMessage('stop')
      const patience = new Promise<void>((resolve) => void setTimeout(resolve, 15_000).unref())
      await Promise.race([gone, patience])
      await worker.terminate()
    },
    async shipRest() {
      if (!o.spool) return
      const shipper = new Shipper({ spool: o.spool, dataDir: o.dataDir, store: o.store, key: readKey(o.keyFile, { profile: o.profile }), system: null, segmentSize: 16 * 1024 * 1024 })
      await shipper.ship(new Date().toISOString())
    },
  }
}
