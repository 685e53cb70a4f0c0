/** What a database holds, table by table, as one figure each: for tests that say "nothing was changed". */
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'

/** Caches that say nothing new, sessions that are touched by looking, and what counts requests. */
const QUIET = ['auth.session', 'reports.peer_median', 'energy.cube', 'energy.cube_dirty', 'app.rate_use', 'app.export_place']

export async function stateOf(db: Database, schemas: readonly string[] = ['app', 'auth', 'org', 'reports', 'imports', 'energy']): Promise<() => Promise<Record<string, string>>> {
  const tables = (await db.asSystem('test', (trx) => trx.rows<{ t: string }>(sql`
    SELECT n.nspname || '.' || c.relname AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = ANY (${[...schemas]}::text[]) AND n.nspname || '.' || c.relname <> ALL (${QUIET}::text[])
      AND has_table_privilege('gongxie_system', c.oid, 'SELECT')`))).map((r) => r.t).sort()
  // The log of refusals is not among them: it is there to grow.
  const ask = sql<{ t: string; h: string }>`${sql.raw(['audit.change', ...tables].map((t) => `SELECT '${t}' AS t, count(*) || ':' || coalesce(sum(hashtext(x::text)::bigint), 0) AS h FROM ${t} x`).join(' UNION ALL '))}`
  return async () => Object.fromEntries((await db.asSystem('test', (trx) => trx.often(ask))).map((r) => [r.t, r.h]))
}
