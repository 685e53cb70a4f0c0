/** The thread in which backups are kept. It has its own connection, and yields to requests. */
import os from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { keepBackups, type KeeperOptions } from './keeper.ts'

// On Linux a priority belongs to a thread.
if (process.platform === 'linux') os.setPriority(10)
let wake: () => void = () => {}
const ended = new Promise<void>((resolve) => (wake = resolve))
const stop = {
  stopped: false,
  wait: (ms: number) => {
    let timer: NodeJS.Timeout | undefined
    return Promise.race([ended, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]).finally(() => clearTimeout(timer))
  },
}
parentPort!.on('message', () => {
  stop.stopped = true
  wake()
})
await keepBackups(workerData as KeeperOptions, stop)
parentPort!.close()
