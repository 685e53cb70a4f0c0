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
  /** The server hands its log on; where it cannot, what is written from then on cannot be restored (F08). */
  readonly archiving: boolean
  stop(): void
}

const EVERY_MS = 1_000
/**
 * Patience is counted in turns of our own loop and not by the clock: when this process was held up itself, the answer
 * may lie there unread, and a busy process would take its own haste for the database's silence.
 */
const TURN_MS = 250
const TURNS = 16
const ASK = `SELECT (SELECT count(*)::int FROM public.gongxie_migration) AS n, coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS stuck FROM pg_stat_archiver`
const told = (level: number, msg: string) => process.stderr.write(`${JSON.stringify({ level, time: Date.now(), alarm: 'log archive', msg })}\n`)

const patiently = <T>(asked: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    let turns = 0
    const turn = setInterval(() => ++turns >= TURNS && reject(new Error('no answer')), TURN_MS)
    asked.then(resolve, reject).finally(() => clearInterval(turn))
    asked.catch(() => {})
  })

export function watchPulse(owner: pg.ClientConfig, onSilence: () => void): Pulse {
  // Opened after its migrations: until it was asked, it is believed.
  const state = { answering: true, migrations: Infinity, archiving: true }
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
        const next = new pg.Client({ ...owner, application_name: 'gongxie_pulse', options: '-c statement_timeout=4s' })
        next.on('error', () => client === next && (client = undefined))
        client = next
        await patiently(next.connect())
      }
      const { n, stuck } = (await patiently(client!.query<{ n: number; stuck: boolean }>(ASK))).rows[0]!
      state.migrations = n
      // Said when it begins and when it ends.
      if (stuck === state.archiving) {
        state.archiving = !stuck
        if (stuck) told(50, 'the database cannot hand on its log: what is written from now on cannot be restored, and its disk fills up. See postgres.log and the page 备份')
        else told(30, 'the database hands on its log again')
      }
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
    get archiving() { return state.archiving },
    stop() {
      stopped = true
      clearTimeout(timer)
      drop()
    },
  }
}
