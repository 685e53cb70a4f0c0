/**
 * Keeps a PostgreSQL running while the platform runs: one that dies is started again, also one that somebody else had
 * started. Who may open the data is decided by PostgreSQL's own lock and never by us: `postmaster.pid` is only read.
 */
import type { ChildProcess } from 'node:child_process'
import fs from 'node:fs'

export interface Supervised {
  /** `fast` ends sessions and writes everything down; `immediate` leaves it to the next start's recovery. */
  stop(how?: 'fast' | 'immediate'): Promise<void>
  /** This process started the one that runs now. */
  readonly own: boolean
}
export interface Charge {
  launch(): ChildProcess
  /** true, or why not. */
  answers(): Promise<true | string>
  pidFile: string
  say(line: string): void
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const FIRST_START_MS = 60_000
/** Recovery after a crash reads the log of everything since the last checkpoint: as long as it says so, it is waited for. */
const RECOVERY_MS = 15 * 60_000
const WATCH_MS = 500
const PATIENCE_MS = 18_000

function holder(pidFile: string): number | undefined {
  try {
    const pid = Number(fs.readFileSync(pidFile, 'utf8').split('\n')[0])
    if (!(pid > 0)) return undefined
    process.kill(pid, 0)
    return pid
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? Number(fs.readFileSync(pidFile, 'utf8').split('\n')[0]) : undefined
  }
}

export async function supervise(charge: Charge): Promise<Supervised> {
  let own: ChildProcess | undefined
  let stopping = false
  let watch: NodeJS.Timeout | undefined
  const alive = () => own !== undefined && own.exitCode === null && own.signalCode === null

  /** Until it answers. A start is refused while processes of a killed server are still leaving: they go by themselves. */
  async function bring(deadline: number): Promise<void> {
    const since = Date.now()
    let pause = 300
    for (;;) {
      const state = await charge.answers()
      if (state === true) return
      if (stopping) return
      const waited = Date.now() - since
      if (waited > (/starting up|recover/.test(state) ? Math.max(deadline, RECOVERY_MS) : deadline)) throw new Error(state)
      if (!alive()) {
        if (own) {
          await delay(pause)
          pause = Math.min(pause * 1.5, 3_000)
        }
        if (stopping) return
        if ((await charge.answers()) === true) return
        own = charge.launch()
        own.once('error', () => {})
      }
      await delay(40)
    }
  }

  /** Our own tells us when it ends; another's is looked after. */
  function guard(): void {
    clearTimeout(watch)
    if (stopping) return
    if (alive()) own!.once('exit', () => void again())
    else {
      own = undefined
      watch = setTimeout(() => (holder(charge.pidFile) === undefined ? void again() : guard()), WATCH_MS)
      watch.unref()
    }
  }
  async function again(): Promise<void> {
    if (stopping) return
    const since = Date.now()
    charge.say('PostgreSQL ended; starting it again')
    await bring(Infinity)
    if (stopping) return
    charge.say(`PostgreSQL answers again after ${((Date.now() - since) / 1000).toFixed(1)} s`)
    guard()
  }

  await bring(FIRST_START_MS)
  guard()
  return {
    get own() {
      return own !== undefined
    },
    async stop(how = 'fast') {
      stopping = true
      clearTimeout(watch)
      if (!alive()) return
      const running = own!
      const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()))
      running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      // The patience must not outlive the server: an armed timer would hold the process for its whole length.
      const patience = () => new Promise<'late'>((resolve) => void setTimeout(() => resolve('late'), PATIENCE_MS).unref())
      if ((await Promise.race([gone, patience()])) !== 'late' || how !== 'fast') return
      running.kill('SIGQUIT')
      await Promise.race([gone, patience()])
    },
  }
}
