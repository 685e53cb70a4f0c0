/**
 * A transaction for building, with the owner's connection: rows arrive by COPY and ids are given, so sequences
 * must be moved afterwards, which only the owner may do.
 *
 * A superuser copies straight into the tables, and for large samples switches the triggers off (paths are written
 * by the sample itself, and a million lines of history about invented records help nobody). An owner without that
 * right works as the system role: COPY refuses tables under row security, so rows pass through a temporary table.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { compile, type Query } from '../../kernel/db/compile.ts'

export type Value = string | number | boolean | null
export interface Table {
  name: string
  columns: readonly string[]
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const cell = (v: Value): string => (v === null ? '\\N' : typeof v === 'string' ? v.replace(/[\\\t\n\r]/g, (c) => ESCAPES[c]!) : v === true ? 't' : v === false ? 'f' : String(v))

const CHUNK = 1 << 17
function* chunks(rows: Iterable<readonly Value[]>, count: () => void): Generator<string> {
  let text = ''
  for (const row of rows) {
    text += row.map(cell).join('\t') + '\n'
    count()
    if (text.length > CHUNK) {
      yield text
      text = ''
    }
  }
  if (text) yield text
}

export class OwnerTransaction {
  readonly client: pg.Client
  readonly #superuser: boolean
  constructor(client: pg.Client, superuser: boolean) {
    this.client = client
    this.#superuser = superuser
  }
  async rows<T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.client.query(text, values)).rows as T[]
  }
  /** Rows stored. */
  async copy(table: Table, rows: Iterable<readonly Value[]>): Promise<number> {
    const list = table.columns.join(', ')
    let n = 0
    const send = (target: string) =>
      pipeline(Readable.from(chunks(rows, () => n++)), this.client.query(copyFrom(`COPY ${target} (${list}) FROM STDIN`)))
    if (this.#superuser) {
      await send(table.name)
      return n
    }
    await this.client.query(`CREATE TEMP TABLE incoming AS SELECT ${list} FROM ${table.name} LIMIT 0`)
    await send('incoming')
    await this.client.query(`INSERT INTO ${table.name} (${list}) SELECT ${list} FROM incoming`)
    await this.client.query('DROP TABLE incoming')
    return n
  }
  /** Rights count only under their seal. */
  async seal(): Promise<void> {
    const run = async (query: Query<any>) => {
      const { sql, parameters } = compile(query)
      return this.client.query(sql, parameters)
    }
    const trx = { rows: async <T>(query: Query<T>) => (await run(query)).rows as T[], run: async (query: Query<any>) => (await run(query)).rowCount ?? 0 }
    for (const kind of ['post', 'delegation'] as const) await seal(trx, kind, 'all')
  }
  /** Triggers on again, where they were off: what follows from rows is somebody else's to say. */
  async withTriggers(): Promise<void> {
    if (this.#superuser) await this.client.query('SET LOCAL session_replication_role = origin')
  }
  /** Statistics of what this transaction stored, for its own next queries; the owner's right. */
  async analyze(table: string): Promise<void> {
    if (!this.#superuser) await this.client.query('RESET ROLE')
    await this.client.query(`ANALYZE ${table}`)
    if (!this.#superuser) await this.client.query('SET LOCAL ROLE gongxie_system')
  }
  /** The next identity of the table comes after those given. */
  async moveSequence(table: string): Promise<void> {
    const [{ last }] = (await this.rows<{ last: number | null }>(`SELECT max(id)::integer AS last FROM ${table}`)) as [{ last: number | null }]
    if (last === null) return
    if (!this.#superuser) await this.client.query('RESET ROLE')
    await this.client.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), $2)`, [table, last])
    if (!this.#superuser) await this.client.query('SET LOCAL ROLE gongxie_system')
  }
}

export async function ownerTransaction<T>(owner: pg.ClientConfig, options: { history: boolean }, run: (trx: OwnerTransaction) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...owner, application_name: 'gongxie_sample' })
  client.on('error', () => {})
  await client.connect()
  try {
    const superuser = (await client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).rows[0].rolsuper as boolean
    await client.query(`BEGIN; SET LOCAL app.operation = 'sample.build'; SET LOCAL app.actor_name = '系统'; SET LOCAL app.reason = '生成示例数据'`)
    await client.query('SET LOCAL synchronous_commit = off')
    if (!superuser) await client.query('SET LOCAL ROLE gongxie_system')
    else if (!options.history) await client.query('SET LOCAL session_replication_role = replica')
    const result = await run(new OwnerTransaction(client, superuser))
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    await client.end()
  }
}

/** Statistics for the planner; outside any transaction. */
export async function analyze(owner: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
}
