/**
 * What is in a database, to compare and to trust: every row of every table read once (which also checks the checksum
 * of every page) into a count and a fingerprint, and every index held against its table.
 */
import pg from 'pg'

export interface TableState {
  table: string
  rows: number
  /** Of all rows in whatever order: two databases with the same are equal, row by row. */
  fingerprint: string
}
export interface Examined {
  tables: TableState[]
  /** Indexes that were held against their tables. */
  indexes: number
  faults: string[]
}

const OWN = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast_temp%'`

export async function fingerprints(client: pg.ClientBase, but: (table: string) => boolean = () => false): Promise<TableState[]> {
  const { rows } = await client.query<{ t: string }>(`SELECT format('%I.%I', n.nspname, c.relname) AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND ${OWN} ORDER BY 1`)
  const found: TableState[] = []
  for (const { t } of rows) {
    if (but(t)) continue
    const one = (await client.query(`SELECT count(*)::text AS n, coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text AS a, coalesce(sum(hashtextextended(r::text, 7)::numeric), 0)::text AS b FROM ${t} r`)).rows[0] as { n: string; a: string; b: string }
    found.push({ table: t, rows: Number(one.n), fingerprint: `${one.n}/${one.a}/${one.b}` })
  }
  return found
}

/** amcheck, brought and taken away again: nothing of it stays in the database. */
export async function checkIndexes(client: pg.ClientBase): Promise<{ indexes: number; faults: string[] }> {
  const faults: string[] = []
  await client.query('BEGIN')
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS amcheck')
    const { rows } = await client.query<{ i: string; oid: number; method: string; uniq: boolean }>(`
      SELECT format('%I.%I', n.nspname, c.relname) AS i, c.oid::int AS oid, a.amname AS method, x.indisunique AS uniq FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am a ON a.oid = c.relam
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.amname IN ('btree', 'gin') AND c.relkind = 'i' AND c.relpersistence = 'p' AND x.indisvalid AND n.nspname NOT LIKE 'pg_t%' ORDER BY 1`)
    for (const { i, oid, method, uniq } of rows) {
      await client.query('SAVEPOINT one')
      try {
        await client.query(method === 'gin' ? 'SELECT gin_index_check($1::oid::regclass)' : 'SELECT bt_index_check($1::oid::regclass, true, $2)', method === 'gin' ? [oid] : [oid, uniq])
      } catch (error) {
        faults.push(`${i}: ${(error as Error).message}`)
        await client.query('ROLLBACK TO SAVEPOINT one')
      }
      await client.query('RELEASE SAVEPOINT one')
    }
    return { indexes: rows.length, faults }
  } finally {
    await client.query('ROLLBACK')
  }
}

/** Reads everything. A page that cannot be read is a fault with the table's name. */
export async function examine(connection: pg.ClientConfig): Promise<Examined> {
  const client = new pg.Client({ ...connection, options: '-c statement_timeout=0 -c TimeZone=UTC' })
  client.on('error', () => {})
  await client.connect()
  try {
    const { indexes, faults } = await checkIndexes(client)
    return { tables: await fingerprints(client), indexes, faults }
  } finally {
    await client.end()
  }
}
