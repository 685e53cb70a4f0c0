/**
 * Migrations: SQL by hand, forward only, one transaction each, under one advisory lock, with a checksum that
 * refuses an applied file that was edited afterwards.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'

export interface MigrationSource {
  /** `kernel`, `energy`, … */
  name: string
  folder: string
}

const LOCK = 735_201_001

export async function migrate(owner: pg.ClientConfig, sources: MigrationSource[]): Promise<string[]> {
  const client = new pg.Client(owner)
  client.on('error', () => {})
  await client.connect()
  const applied: string[] = []
  try {
    const version = Number((await client.query('SHOW server_version_num')).rows[0].server_version_num)
    if (version < 150000) throw new Error(`PostgreSQL 15 or newer is needed, this server is ${version}.`)
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
    await client.query(`CREATE TABLE IF NOT EXISTS public.gongxie_migration (
      source text, file text, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, file))`)
    const done = new Map<string, string>(
      (await client.query('SELECT source, file, checksum FROM public.gongxie_migration')).rows.map((r) => [`${r.source}/${r.file}`, r.checksum]),
    )
    for (const source of sources) {
      const files = fs.existsSync(source.folder) ? fs.readdirSync(source.folder).filter((f) => f.endsWith('.sql')).sort() : []
      for (const file of files) {
        const text = fs.readFileSync(path.join(source.folder, file), 'utf8')
        const checksum = createHash('sha256').update(text).digest('hex')
        const key = `${source.name}/${file}`
        const before = done.get(key)
        if (before === checksum) continue
        if (before) throw new Error(`Migration ${key} was changed after it had been applied. Restore it and add a new file instead.`)
        await client.query('BEGIN')
        try {
          await client.query(text)
          await client.query('INSERT INTO public.gongxie_migration (source, file, checksum) VALUES ($1, $2, $3)', [source.name, file, checksum])
          await client.query('COMMIT')
        } catch (error) {
          await client.query('ROLLBACK')
          throw new Error(`Migration ${key} failed and left nothing behind: ${(error as Error).message}`, { cause: error })
        }
        applied.push(key)
      }
    }
  } finally {
    await client.end()
  }
  return applied
}
