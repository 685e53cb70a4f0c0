/** Brings back what a release left behind (scripts/release-sample.ts): its tables by its own migrations, then its rows. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { migrate, type MigrationSource } from '../../kernel/db/migrate.ts'

export interface Release {
  release: string
  migrations: { source: string; file: string; checksum: string }[]
  sequences: [string, string][]
  rows: Record<string, number>
  signIn: { login: string; password: string }
  figures: { counted: number; keptOut: number; tce: string | null; water: string | null; people: string | null }
}

export const releases = (): string[] => fs.readdirSync(import.meta.dirname).filter((f) => f.endsWith('.zst')).map((f) => f.slice(0, -'.zst'.length)).sort()

/** `scratch` gets the release's own migration files, as they lie in the sources today: they may not have changed. */
export async function loadRelease(name: string, owner: pg.ClientConfig, sources: readonly MigrationSource[], scratch: string): Promise<Release> {
  const text = zlib.zstdDecompressSync(fs.readFileSync(path.join(import.meta.dirname, `${name}.zst`))).toString('utf8')
  const end = text.indexOf('\n')
  const release = JSON.parse(text.slice(0, end)) as Release
  for (const { source, file, checksum } of release.migrations) {
    const from = path.join(sources.find((s) => s.name === source)!.folder, file)
    const found = createHash('sha256').update(fs.readFileSync(from)).digest('hex')
    if (found !== checksum) throw new Error(`${source}/${file} was changed after release ${name}`)
    fs.mkdirSync(path.join(scratch, source), { recursive: true })
    fs.copyFileSync(from, path.join(scratch, source, file))
  }
  await migrate(owner, sources.map((s) => ({ name: s.name, folder: path.join(scratch, s.name) })))
  const client = new pg.Client(owner)
  await client.connect()
  try {
    // As rows lie there, without the triggers that once wrote them.
    await client.query(`SET session_replication_role = replica`)
    const tables = text.slice(end + 1).split('\\.\n').filter(Boolean).map((part) => ({ head: part.slice(0, part.indexOf('\n')), rows: part.slice(part.indexOf('\n') + 1) }))
    await client.query(`TRUNCATE ${tables.map((t) => t.head.split(' ')[1]).join(', ')}`)
    for (const { head, rows } of tables) if (rows) await pipeline(Readable.from([rows]), client.query(copyFrom(`${head} FROM STDIN`)))
    for (const [sequence, last] of release.sequences) await client.query('SELECT setval($1, $2)', [sequence, last])
  } finally {
    await client.end()
  }
  return release
}
