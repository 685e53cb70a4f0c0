/**
 * Two pools on one database: `app` for people's requests, `system` for sign-in, jobs and the operator.
 * Neither is handed out: a transaction comes from `asActor` or `asSystem` only.
 */
import pg from 'pg'
import { from as copyFrom, type CopyStreamQuery } from 'pg-copy-streams'
import { sql, type RawBuilder } from 'kysely'
import { build, compile, type Query } from './compile.ts'

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
  role: string
  organizationId: number
  organizationName: string
  /** Path of the organisation whose subtree the post covers, e.g. `1.5.`. */
  orgPath: string
  permissions: readonly string[]
}

/** What the history says about the act. */
export interface Act {
  operation: string
  reason?: string | null
  basis?: string | null
  batchId?: number | null
  /** Nothing is changed: the answer need not wait until the transaction has ended. */
  reads?: boolean
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
  async because(act: { reason?: string | null; basis?: string | null; batchId?: number | null }): Promise<void> {
    const lines: string[] = []
    if (act.reason !== undefined) lines.push(`SET LOCAL app.reason = ${pg.escapeLiteral(act.reason ?? '')}`)
    if (act.basis !== undefined) lines.push(`SET LOCAL app.basis = ${pg.escapeLiteral(act.basis ?? '')}`)
    if (act.batchId !== undefined) lines.push(`SET LOCAL app.batch = ${pg.escapeLiteral(act.batchId ? String(act.batchId) : '')}`)
    if (lines.length) await this.client.query(lines.join(';'))
  }
}

export interface Database {
  asActor<T>(actor: Actor, act: Act, run: (trx: Transaction) => Promise<T>): Promise<T>
  asSystem<T>(act: Act | string, run: (trx: Transaction) => Promise<T>): Promise<T>
  /** Connection options with the owner's rights, for migrations and pg-boss. */
  owner: pg.ClientConfig
  close(): Promise<void>
  /** For readiness: answers or throws. */
  ping(): Promise<void>
}

const quote = (value: unknown) => pg.escapeLiteral(String(value ?? ''))

function settings(actor: Actor | null, act: Act): string {
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
    // At the root nothing is compared row by row (migration 0006).
    if (/^\d+\.$/.test(actor.orgPath)) lines.push('SET LOCAL ROLE gongxie_city')
  } else lines.push(`SET LOCAL app.actor_name = '系统'`)
  if (act.reason) lines.push(`SET LOCAL app.reason = ${quote(act.reason)}`)
  if (act.basis) lines.push(`SET LOCAL app.basis = ${quote(act.basis)}`)
  if (act.batchId) lines.push(`SET LOCAL app.batch = ${quote(act.batchId)}`)
  return lines.join(';')
}

function pool(owner: pg.ClientConfig, role: string, max: number, timeouts: Record<string, string>, more: { pipeline?: boolean } = {}): pg.Pool {
  const options = [`-c role=${role}`, ...Object.entries(timeouts).map(([k, v]) => `-c ${k}=${v}`)].join(' ')
  const made = new pg.Pool({ ...owner, options, max, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 10_000, application_name: role, ...more } as pg.PoolConfig)
  made.on('error', () => {})
  // A checked-out client whose server dies emits 'error' on itself; without a listener that ends the process.
  made.on('connect', (client) => client.on('error', () => {}))
  return made
}

/** Serialization failures and deadlocks are retried: the whole transaction ran on nothing but its input. */
const RETRY = new Set(['40001', '40P01'])

async function transact<T>(from: pg.Pool, actor: Actor | null, act: Act, run: (trx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await from.connect()
    let broken: Error | undefined
    let ending: Promise<unknown> | undefined
    try {
      const begun = client.query(`BEGIN;${settings(actor, act)}`)
      // On a pipelined connection the first question goes out right behind it, one journey less. Should this fail, there is
      // no actor, and whoever is nobody sees and changes nothing.
      if (pipelined(client)) begun.catch(() => {})
      else await begun
      const result = await run(new Transaction(client, actor))
      await begun
      ending = client.query('COMMIT')
      if (!act.reads) await ending
      return result
    } catch (error) {
      ending = undefined
      try {
        await client.query('ROLLBACK')
      } catch (lost) {
        broken = lost as Error
      }
      if (RETRY.has((error as { code?: string }).code ?? '') && attempt < 4) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * attempt))
        continue
      }
      throw error
    } finally {
      if (ending && act.reads) ending.then(() => client.release(), (lost: Error) => client.release(lost))
      else client.release(broken)
    }
  }
}

const pipelined = (client: pg.PoolClient): boolean => (client as unknown as { pipeline: boolean }).pipeline

export function openDatabase(owner: pg.ClientConfig, sizes: { app?: number; system?: number } = {}): Database {
  const app = pool(owner, 'gongxie_app', sizes.app ?? 16, {
    statement_timeout: '30s', lock_timeout: '5s', idle_in_transaction_session_timeout: '60s',
  }, { pipeline: true })
  const system = pool(owner, 'gongxie_system', sizes.system ?? 8, { lock_timeout: '30s' })
  return {
    owner,
    asActor: (actor, act, run) => transact(app, actor, act, run),
    asSystem: (act, run) => transact(system, null, typeof act === 'string' ? { operation: act } : act, run),
    async ping() {
      await app.query('SELECT 1')
    },
    async close() {
      await Promise.all([app.end(), system.end()])
    },
  }
}
