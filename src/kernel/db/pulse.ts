/**
 * Does the database answer? Asked once a second on a connection of its own. A database that is gone refuses at once; one
 * that hangs (a stopped process, a broken cable) says nothing for ever, and no time limit of the server's own comes to
 * an end there. So whoever asks here is not kept waiting, and whoever is already waiting is let go.
 */
import pg from 'pg'

export interface Pulse {
  readonly answering: boolean
  /** Migrations that the database has; another version of the program may add some while this one runs. */
  readonly migrations: number
  stop(): void
}

const EVERY_MS = 1_000
const PATIENCE_MS = 3_000
const ASK = 'SELECT count(*)::int AS n FROM public.gongxie_migration'

const within = <T>(ms: number, asked: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error('no answer')), ms)
    asked.then(resolve, reject).finally(() => clearTimeout(patience))
  })

export function watchPulse(owner: pg.ClientConfig, onSilence: () => void): Pulse {
  // Opened after its migrations: until it was asked, it is believed.
  const state = { answering: true, migrations: Infinity }
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const drop = () => {
    const old = client as unknown as { connection: { stream: { destroy(): void } } } | undefined
    client = undefined
    old?.connection.stream.destroy()
  }
  async function beat(): Promise<void> {
    try {
      if (!client) {
        const next = new pg.Client({ ...owner, application_name: 'gongxie_pulse', options: '-c statement_timeout=3s' })
        next.on('error', () => client === next && (client = undefined))
        client = next
        await within(PATIENCE_MS, next.connect())
      }
      state.migrations = (await within(PATIENCE_MS, client!.query<{ n: number }>(ASK))).rows[0]!.n
      state.answering = true
    } catch {
      drop()
      if (stopped) return
      // Said once: what is cut off then has been cut off.
      if (state.answering) {
        state.answering = false
        onSilence()
      }
    }
    if (!stopped) timer = setTimeout(() => void beat(), state.answering ? EVERY_MS : EVERY_MS / 4)
  }
  void beat()
  return {
    get answering() { return state.answering },
    get migrations() { return state.migrations },
    stop() {
      stopped = true
      clearTimeout(timer)
      drop()
    },
  }
}
