/**
 * Two pools on one database: `app` for people's requests, `system` for sign-in, jobs and the operator.
 * Neither is handed out: a transaction comes from `asActor` or `asSystem` only.
 */
import pg from 'pg'
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams'
import { sql, type RawBuilder } from 'kysely'
import { isRoot } from '../authority/root.rules.ts'
import { Problem } from '../contract/problem.rules.ts'
import { build, compile, type Query } from './compile.ts'
import { watchPulse, type Pulse } from './pulse.ts'

// Exact on the wire: numeric and date stay text, bigint becomes a number (ids, far below 2^53), instants ISO text.
pg.types.setTypeParser(20, (v) => Number(v))
pg.types.setTypeParser(1082, (v) => v)
pg.types.setTypeParser(1114, (v) => v)
pg.types.setTypeParser(1184, (v) => new Date(v.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString())

export { build, type Query }

/**
 * A fragment without parameters, made to text once. Composing the names of forty columns anew takes longer than many
 * a query that they stand in.
 */
export function fixed<T>(fragment: RawBuilder<T>): RawBuilder<T> {
  const { sql: text, parameters } = fragment.compile(build)
  if (parameters.length) throw new Error('a fixed fragment has no parameters')
  return sql.raw(text)
}

/** A question that is asked again and again with other values: composed once, and planned once per connection. */
export interface Question<T, V extends unknown[]> {
  name: string
  text: string
  /** Only for the types. */
  readonly answers?: T
  readonly takes?: V
}
/**
 * For rows found by their key, where no value deserves a plan of its own. `ask` gets the placeholders:
 * `question('org.read', (id) => sql`SELECT … WHERE id = ${id}`)`.
 */
export function question<T, V extends unknown[]>(name: string, ask: (...placeholders: { [K in keyof V]: RawBuilder<unknown> }) => RawBuilder<T>): Question<T, V> {
  const places = Array.from({ length: ask.length }, (_, n) => sql.raw(`$${n + 1}`)) as unknown as { [K in keyof V]: RawBuilder<unknown> }
  return { name, text: ask(...places).compile(build).sql }
}

export interface Actor {
  personId: number
  name: string
  postId: number
  /** The hat is a grant to the post at another place; long work goes on under the hat that began it. */
  entitlementId?: number | null
  role: string
  organizationId: number
  organizationName: string
  /** Path of the organisation whose subtree the post covers, e.g. `1.5.`. */
  orgPath: string
  permissions: readonly string[]
  /** For the trail: which session (not what opens it), and from where it came. */
  session?: string | null
  address?: string | null
  /** For whom this person stands in; their name then says so, on every act. */
  deputyFor?: string | null
}

/** What the history says about the act. */
export interface Act {
  operation: string
  reason?: string | null
  basis?: string | null
  batchId?: number | null
  /** The matter in whose course it happens, and the clause that it follows. */
  matter?: string | null
  clause?: string | null
  /** Nothing is changed: the answer need not wait until the transaction has ended. */
  reads?: boolean
}

/**
 * How long the database may work for somebody (C48). `quick`: what a person waits for. `long`: files out and in, acts that
 * carry thousands of rows along. `patient`: jobs and the operator's commands, where a lock is waited for and nothing
 * else is cut off. Migrations run on a connection of their own, without any bound.
 */
export type Pace = 'quick' | 'long' | 'patient'
export const BOUNDS: Readonly<Record<Pace, Readonly<Record<'statement_timeout' | 'lock_timeout' | 'idle_in_transaction_session_timeout' | 'transaction_timeout', string>>>> = {
  quick: { statement_timeout: '10s', lock_timeout: '3s', idle_in_transaction_session_timeout: '15s', transaction_timeout: '30s' },
  long: { statement_timeout: '60s', lock_timeout: '10s', idle_in_transaction_session_timeout: '60s', transaction_timeout: '180s' },
  patient: { statement_timeout: '0', lock_timeout: '30s', idle_in_transaction_session_timeout: '10min', transaction_timeout: '0' },
}

const texts = new Map<string, { times: number; name: string }>()
const OFTEN = 20
/** A connection keeps what it has prepared: only so many texts get a name. */
const NAMED = 300
function nameOf(text: string): string | undefined {
  let known = texts.get(text)
  if (!known) {
    if (texts.size >= NAMED) return undefined
    texts.set(text, (known = { times: 0, name: `often.${texts.size}` }))
  }
  return ++known.times > OFTEN ? known.name : undefined
}

export class Transaction {
  readonly client: pg.PoolClient
  readonly actor: Actor | null
  /** Sent in one message with COMMIT, before it: no journey more, and where it fails nothing is committed. */
  lastly?: string
  constructor(client: pg.PoolClient, actor: Actor | null) {
    this.client = client
    this.actor = actor
  }
  /** Questions may be asked before the last one is answered. */
  get pipelined(): boolean {
    return pipelined(this.client)
  }
  async rows<T = Record<string, unknown>>(query: Query<T>): Promise<T[]> {
    const { sql, parameters } = compile(query)
    return (await this.client.query(sql, parameters)).rows as T[]
  }
  /** Rows of a question that was composed before. */
  async ask<T, V extends unknown[]>(asked: Question<T, V>, ...values: V): Promise<T[]> {
    return (await this.client.query({ name: asked.name, text: asked.text, values: values as unknown[] })).rows as T[]
  }
  /**
   * Rows of a query whose text comes again and again, as lists of a page do: after some times it is planned once per
   * connection, unless PostgreSQL finds that its values deserve plans of their own.
   */
  async often<T = Record<string, unknown>>(query: Query<T>): Promise<T[]> {
    const { sql: text, parameters } = compile(query)
    const name = nameOf(text)
    return (await this.client.query(name ? { name, text, values: parameters } : { text, values: parameters })).rows as T[]
  }
  async one<T = Record<string, unknown>>(query: Query<T>): Promise<T | undefined> {
    return (await this.rows(query))[0]
  }
  /** Rows touched. */
  async run(query: Query<any>): Promise<number> {
    const { sql, parameters } = compile(query)
    return (await this.client.query(sql, parameters)).rowCount ?? 0
  }
  /** COPY … FROM STDIN; refused by PostgreSQL for tables under row security unless the role's policy is open (system). */
  copyIn(statement: string): CopyStreamQuery {
    return this.client.query(copyFrom(statement))
  }
  /** Says why, for the history of what follows in this transaction. */
  async because(act: { reason?: string | null; basis?: string | null; batchId?: number | null; matter?: string | null; clause?: string | null }): Promise<void> {
    const lines: string[] = []
    if (act.reason !== undefined) lines.push(`SET LOCAL app.reason = ${pg.escapeLiteral(act.reason ?? '')}`)
    if (act.basis !== undefined) lines.push(`SET LOCAL app.basis = ${pg.escapeLiteral(act.basis ?? '')}`)
    if (act.batchId !== undefined) lines.push(`SET LOCAL app.batch = ${pg.escapeLiteral(act.batchId ? String(act.batchId) : '')}`)
    if (act.matter !== undefined) lines.push(`SET LOCAL app.matter = ${pg.escapeLiteral(act.matter ?? '')}`)
    if (act.clause !== undefined) lines.push(`SET LOCAL app.clause = ${pg.escapeLiteral(act.clause ?? '')}`)
    if (lines.length) await this.client.query(lines.join(';'))
  }
}

export interface Database {
  asActor<T>(actor: Actor, act: Act, run: (trx: Transaction) => Promise<T>): Promise<T>
  asSystem<T>(act: Act | string, run: (trx: Transaction) => Promise<T>): Promise<T>
  /** The same database at another pace; where nothing is said it is `quick`. */
  at(pace: Pace): Database
  /** Connection options with the owner's rights, for migrations and pg-boss. */
  owner: pg.ClientConfig
  close(): Promise<void>
  /** For readiness: answers or throws. */
  ping(): Promise<void>
  /** Present where the database is watched: does it answer, and to which state is it migrated. */
  pulse?: Pulse
}

const quote = (value: unknown) => pg.escapeLiteral(String(value ?? ''))

/** Who it is in the trail when nobody is signed in: the platform, or who sits at its command line. */
export const unattended: { name: string; act?: { operation: string; action: string; detail?: Record<string, unknown> } } = { name: '系统' }

/** Beyond `quick`, which the connection has: for this transaction only, and an unknown setting of an older server is none. */
const leave = (pace: Pace): string[] =>
  pace === 'quick' ? [] : [`SELECT set_config(s.name, b.value, true) FROM (VALUES ${Object.entries(BOUNDS[pace]).map(([k, v]) => `('${k}', '${v}')`).join(', ')}) AS b(name, value) JOIN pg_settings s USING (name)`]

function settings(actor: Actor | null, act: Act, pace: Pace): string {
  const lines = [`SET LOCAL app.operation = ${quote(act.operation)}`]
  if (actor) {
    // '/' is the character after '.': the subtree '1.5.' is exactly the range ['1.5.', '1.5/').
    const high = actor.orgPath.slice(0, -1) + '/'
    lines.push(
      `SET LOCAL app.actor_id = ${quote(actor.personId)}`,
      `SET LOCAL app.actor_name = ${quote(actor.name)}`,
      `SET LOCAL app.scope_low = ${quote(actor.orgPath)}`,
      `SET LOCAL app.scope_high = ${quote(high)}`,
      `SET LOCAL app.permissions = ${quote(`,${actor.permissions.join(',')},`)}`,
    )
    if (!act.reads) lines.push(`SET LOCAL app.who = ${quote([actor.postId, actor.role, actor.organizationId, actor.session ?? '', actor.address ?? ''].join('|'))}`)
    // At the root nothing is compared row by row (migration 0006).
    if (isRoot(actor.orgPath)) lines.push('SET LOCAL ROLE gongxie_city')
  } else lines.push(`SET LOCAL app.actor_name = ${quote(unattended.name)}`)
  if (act.reason) lines.push(`SET LOCAL app.reason = ${quote(act.reason)}`)
  if (act.basis) lines.push(`SET LOCAL app.basis = ${quote(act.basis)}`)
  if (act.batchId) lines.push(`SET LOCAL app.batch = ${quote(act.batchId)}`)
  if (act.matter) lines.push(`SET LOCAL app.matter = ${quote(act.matter)}`)
  if (act.clause) lines.push(`SET LOCAL app.clause = ${quote(act.clause)}`)
  return [...lines, ...leave(pace)].join(';')
}

/** Whoever would stand in a longer line is told at once to come back: a line without an end answers nobody. */
const LINE = 1000
const WAIT_MS = 6_000
const LOST = new Set(['57P01', '57P02', '57P03', '08000', '08003', '08006', '08001', '08004'])
/** The server's own words carry a severity; everything else happened on the way to it. */
const lost = (error: unknown): boolean => !(error as { severity?: string }).severity || LOST.has((error as { code?: string }).code ?? '')

const busy = () => new Problem('unavailable', '系统正忙，这次没有保存任何内容。请稍后再试一次。', { params: { retryAfter: 3 } })
const away = () => new Problem('unavailable', '数据库暂时不可用，这次没有保存任何内容。请稍后再试。', { params: { retryAfter: 5 } })
/** The one case in which nobody knows: the connection broke after COMMIT went out and before its answer came. */
const inDoubt = () => new Problem('unavailable', '保存的最后一刻与数据库的连接中断，不能确定是否已经保存。请再点一次：已保存的不会重复保存。', { params: { retryAfter: 5, inDoubt: true } })

class Pool {
  readonly pg: pg.Pool
  readonly #out = new Set<pg.PoolClient>()
  readonly #waiting = new Set<(gone: Problem) => void>()
  constructor(owner: pg.ClientConfig, role: string, max: number, more: { pipeline?: boolean } = {}) {
    const { transaction_timeout, ...bounds } = BOUNDS.quick
    const options = [`-c role=${role}`, ...Object.entries(bounds).map(([k, v]) => `-c ${k}=${v}`)].join(' ')
    this.pg = new pg.Pool({
      ...owner, options, max, idleTimeoutMillis: 30_000, connectionTimeoutMillis: WAIT_MS, application_name: role, ...more,
      // Before PostgreSQL 17 there is no such setting, and as a start-up option it would refuse the connection.
      onConnect: async (client: pg.ClientBase) =>
        void (await client.query(`SELECT set_config(name, '${transaction_timeout}', false) FROM pg_settings WHERE name = 'transaction_timeout'`)),
    } as pg.PoolConfig)
    this.pg.on('error', () => {})
    // A checked-out client whose server dies emits 'error' on itself; without a listener that ends the process.
    this.pg.on('connect', (client) => client.on('error', () => {}))
  }
  async take(): Promise<pg.PoolClient> {
    if (this.pg.waitingCount >= LINE) throw busy()
    const coming = this.pg.connect()
    let refuse!: (gone: Problem) => void
    const gone = new Promise<never>((_, reject) => (refuse = reject))
    this.#waiting.add(refuse)
    try {
      const client = await Promise.race([coming, gone])
      this.#out.add(client)
      return client
    } catch (error) {
      // Whoever went away while waiting leaves no connection behind.
      coming.then((late) => late.release(), () => {})
      // The line was too long for six seconds, which is no lost database.
      throw /timeout exceeded when trying to connect/.test((error as Error).message) ? busy() : error
    } finally {
      this.#waiting.delete(refuse)
    }
  }
  give(client: pg.PoolClient, broken?: Error): void {
    this.#out.delete(client)
    client.release(broken)
  }
  /** Nothing comes back any more: whoever waits is told so, and the connections are cut. */
  breakOff(): void {
    for (const refuse of this.#waiting) refuse(away())
    for (const client of this.#out) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  }
}

/** Serialization failures and deadlocks are retried: the whole transaction ran on nothing but its input. */
const RETRY = new Set(['40001', '40P01'])

async function transact<T>(from: Pool, pace: Pace, pulse: Pulse | undefined, actor: Actor | null, act: Act, run: (trx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    if (pulse && !pulse.answering) throw away()
    const client = await from.take()
    let broken: Error | undefined
    let ending: Promise<unknown> | undefined
    let committing = false
    let begun: Promise<unknown> | undefined
    try {
      begun = client.query(`BEGIN;${settings(actor, act, pace)}`)
      // On a pipelined connection the first question goes out right behind it, one journey less. Should this fail, there is
      // no actor, and whoever is nobody sees and changes nothing.
      if (pipelined(client)) begun.catch(() => {})
      else await begun
      const trx = new Transaction(client, actor)
      const result = await run(trx)
      await begun
      committing = !act.reads
      ending = client.query(trx.lastly ? `${trx.lastly};COMMIT` : 'COMMIT')
      if (!act.reads) await ending
      return result
    } catch (later) {
      ending = undefined
      // Where the beginning failed, what came after it says only that nobody may do anything.
      const error = (await begun?.then(() => undefined, (e: unknown) => e)) ?? later
      if (committing && lost(error)) {
        broken = error as Error
        throw inDoubt()
      }
      try {
        await client.query('ROLLBACK')
      } catch (gone) {
        broken = gone as Error
      }
      if (RETRY.has((error as { code?: string }).code ?? '') && attempt < 4) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * attempt))
        continue
      }
      throw error
    } finally {
      if (ending && act.reads) ending.then(() => from.give(client), (gone: Error) => from.give(client, gone))
      else from.give(client, broken)
    }
  }
}

const pipelined = (client: pg.PoolClient): boolean => (client as unknown as { pipeline: boolean }).pipeline

export interface Opening {
  app?: number
  system?: number
  /** Asks every second whether the database answers, so that nobody waits for one that does not. */
  watched?: boolean
}

export function openDatabase(owner: pg.ClientConfig, opening: Opening = {}): Database {
  const app = new Pool(owner, 'gongxie_app', opening.app ?? 16, { pipeline: true })
  const system = new Pool(owner, 'gongxie_system', opening.system ?? 8)
  const breakOff = () => [app, system].forEach((p) => p.breakOff())
  const pulse = opening.watched ? watchPulse(owner, breakOff) : undefined
  const at = (pace: Pace): Database => ({
    owner, at, pulse,
    asActor: (actor, act, run) => transact(app, pace, pulse, actor, act, run),
    asSystem: (act, run) => transact(system, pace, pulse, null, typeof act === 'string' ? { operation: act } : act, run),
    async ping() {
      await app.pg.query('SELECT 1')
    },
    async close() {
      pulse?.stop()
      // Two seconds for what is on its way; a job that was given up may hold its connection for ever.
      const patience = setTimeout(breakOff, 2_000)
      await Promise.all([app.pg.end(), system.pg.end()])
      clearTimeout(patience)
    },
  })
  return at('quick')
}
