/**
 * Migrations: SQL by hand, forward only, one transaction each, under one advisory lock, with a checksum that
 * refuses an applied file that was edited afterwards. A database that knows migrations which these sources do not
 * was upgraded by a newer release: an older one must not write into it.
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
/** A lock that a table is not given within this time is given up, with whoever stood behind us in its queue, and tried again. */
const LOCK_TIMEOUT = '3s'
const ATTEMPTS = 40

interface Step {
  key: string
  source: string
  file: string
  text: string
  checksum: string
}
function stepsOf(sources: readonly MigrationSource[]): Step[] {
  return sources.flatMap((source) => {
    const files = fs.existsSync(source.folder) ? fs.readdirSync(source.folder).filter((f) => f.endsWith('.sql')).sort() : []
    return files.map((file) => {
      const text = fs.readFileSync(path.join(source.folder, file), 'utf8')
      return { key: `${source.name}/${file}`, source: source.name, file, text, checksum: createHash('sha256').update(text).digest('hex') }
    })
  })
}

/** One transaction: the change and the note that it was made. */
async function apply(client: pg.Client, step: Step): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`BEGIN; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`)
      await client.query(step.text)
      await client.query('INSERT INTO public.gongxie_migration (source, file, checksum) VALUES ($1, $2, $3)', [step.source, step.file, step.checksum])
      await client.query('COMMIT')
      return
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      const { code, message } = error as { code?: string; message: string }
      // Somebody reads or writes the table for long, or it met another's locks: nothing was changed, so it is tried again.
      if ((code === '55P03' || code === '40P01') && attempt < ATTEMPTS) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(2000, 100 * attempt)))
        continue
      }
      const busy = code === '55P03' ? ' Stop the other processes that use the database and start again.' : ''
      throw new Error(`Migration ${step.key} failed and left nothing behind: ${message}${busy}`, { cause: error })
    }
  }
}

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
    const steps = stepsOf(sources)
    const known = new Set(steps.map((s) => s.key))
    const newer = [...done.keys()].filter((key) => !known.has(key)).sort()
    if (newer.length)
      throw new Error(`This database was upgraded by a newer release (it has ${newer.slice(0, 3).join(', ')}${newer.length > 3 ? ` and ${newer.length - 3} more` : ''}, which these sources do not know). Start that release, or restore the backup made before the upgrade into a new data folder.`)
    for (const step of steps) {
      const before = done.get(step.key)
      if (before === step.checksum) continue
      if (before) throw new Error(`Migration ${step.key} was changed after it had been applied. Restore it and add a new file instead.`)
      await apply(client, step)
      applied.push(step.key)
    }
  } finally {
    await client.end()
  }
  return applied
}
