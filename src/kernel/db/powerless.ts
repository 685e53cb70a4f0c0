/** Before anything is served (C22): whoever answers requests has no powers, and is who it should be. */
import pg from 'pg'
import { sql } from 'kysely'
import { brokenLaws } from './catalogue.ts'
import type { Actor, Database } from './database.ts'

const NOBODY: Actor = { personId: 0, name: '', postId: 0, role: '', organizationId: 0, organizationName: '', orgPath: '0.0.', permissions: [] }

/** Sentences; empty is good. A pooler between us and the server may have dropped the role: that is seen on the pool itself. */
export async function powers(db: Database): Promise<string[]> {
  const found: string[] = []
  const ask = sql<{ who: string; powerful: boolean; owned: number }>`
    SELECT current_user AS who, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication AS powerful, (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid) AS owned FROM pg_roles r WHERE r.rolname = current_user`
  for (const [wanted, row] of [
    ['gongxie_app', await db.asActor(NOBODY, { operation: 'start.check', reads: true }, (trx) => trx.one(ask))],
    ['gongxie_city', await db.asActor({ ...NOBODY, orgPath: '0.' }, { operation: 'start.check', reads: true }, (trx) => trx.one(ask))],
    ['gongxie_system', await db.asSystem({ operation: 'start.check', reads: true }, (trx) => trx.one(ask))],
  ] as const) {
    if (row?.who !== wanted) found.push(`requests run as ${row?.who ?? 'nobody'} instead of ${wanted}: connect to PostgreSQL directly, without a pooler that drops the option "role"`)
    if (row?.powerful) found.push(`${row.who}: has powers`)
    if (row?.owned) found.push(`${row.who}: owns ${row.owned} tables`)
  }
  const client = new pg.Client(db.owner)
  client.on('error', () => {})
  await client.connect()
  try {
    return [...found, ...(await brokenLaws(client))]
  } finally {
    await client.end()
  }
}

export async function refusePowers(db: Database): Promise<void> {
  const found = await powers(db)
  if (found.length) throw new Error(`The database does not keep people apart, so nothing is served:\n  ${found.join('\n  ')}`)
}
