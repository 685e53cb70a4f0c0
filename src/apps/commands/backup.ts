/** `backup`, `backup verify`, `backup list`: beside the running platform or while it is stopped. Nothing is migrated. */
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { backUp, isEmbedded } from '../../kernel/backup/base.ts'
import { backupPlace, notInBackups, sealingKey } from '../../kernel/backup/place.ts'
import { localText } from '../../kernel/backup/restore.ts'
import { readKey } from '../../kernel/backup/seal.ts'
import { listBackups, prune, requireStore, walNames, windowOf } from '../../kernel/backup/store.ts'
import { verifyStore } from '../../kernel/backup/verify.ts'
import { recordApart } from '../../kernel/audit/record.ts'
import { openDatabase, unattended } from '../../kernel/db/database.ts'
import { common, placeOf } from '../place.ts'
import { connectDatabase, version } from '../platform.ts'
import { progressTo } from '../progress.ts'

const USAGE = 'Usage: backup [--to DIR] [--keep N] [--files-only] | backup verify [DIR] [--backup ID] | backup list [DIR]'
const MB = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`

/** A copy of everything was taken away: that is in the trail, where the database has one yet. */
async function note(connection: pg.ClientConfig, detail: Record<string, unknown>): Promise<void> {
  const db = openDatabase(connection, { app: 1, system: 1 })
  try {
    await recordApart(db, { operation: 'command.backup', action: 'command', detail }, { actorName: unattended.name })
  } catch (error) {
    if (!['3F000', '42883', '42P01'].includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await db.close()
  }
}

/** The embedded server of this data folder, also where an address names it. */
async function isOurs(connection: pg.ClientConfig, dataDir: string): Promise<boolean> {
  const client = new pg.Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return await isEmbedded(client, dataDir)
  } finally {
    await client.end()
  }
}

export async function backup(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true,
    options: {
      ...common, to: { type: 'string' }, keep: { type: 'string' }, backup: { type: 'string' }, 'key-file': { type: 'string' }, cipher: { type: 'string' }, 'files-only': { type: 'boolean', default: false }, json: { type: 'boolean', default: false },
    },
  })
  const [verb, folder] = positionals
  if (positionals.length > 2 || (verb !== undefined && verb !== 'verify' && verb !== 'list')) throw new Problem('invalid_input', USAGE)
  const { dataDir, databaseUrl } = placeOf(values)
  const place = backupPlace(dataDir, { store: folder ?? values.to, keyFile: values['key-file'], cipher: values.cipher })
  const out = (line: string) => void process.stdout.write(`${line}\n`)
  const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`)
  const progress = progressTo(values.json ? process.stderr : process.stdout)

  if (verb === 'list') {
    requireStore(place.store)
    const names = walNames(place.store)
    const found = await Promise.all(listBackups(place.store).map(async ({ id, manifest: m }) => {
      if (!m) return { id, readable: false }
      const { from, until } = await windowOf(place.store, m, names)
      return { id, readable: true, kind: m.kind, reason: m.reason, version: m.version, startedAt: m.startedAt, seconds: (Date.parse(m.endedAt) - Date.parse(m.startedAt)) / 1000, files: m.files, bytes: m.bytes, stored: m.data.size + m.list.size, from, until, damaged: m.damaged, keyId: m.keyId, profile: m.profile }
    }))
    if (values.json) out(JSON.stringify(found, null, 2))
    else if (!found.length) out(`No backups in ${place.store}.`)
    else for (const b of found)
      out('from' in b ? `${b.id}  ${b.kind}  ${MB(b.stored!)} of ${MB(b.bytes!)}  ${b.seconds!.toFixed(0)} s  restores ${localText(b.from!)} … ${localText(b.until!)} (Asia/Shanghai)${b.damaged ? `  ${b.damaged} DAMAGED PAGES` : ''}  key ${b.keyId}` : `${b.id}  manifest cannot be read`)
    return 0
  }

  if (verb === 'verify') {
    const found = await verifyStore(place.store, readKey(place.keyFile), { id: values.backup, onProgress: progress })
    if (values.json) out(JSON.stringify(found, null, 2))
    else for (const b of found) out(b.ok ? `${b.id}  ok: ${b.files} files, ${MB(b.bytes)}, ${b.segments} segments of log, until ${localText(b.until)}` : `${b.id}  BROKEN: ${b.problem}`)
    return found.every((b) => b.ok) ? 0 : 1
  }

  if (values.keep !== undefined && !/^[1-9]\d{0,2}$/.test(values.keep)) throw new Problem('invalid_input', '--keep is how many backups stay in the folder, at least 1.')
  if (!databaseUrl && !fs.existsSync(path.join(dataDir, 'postgres'))) throw new Problem('invalid_input', `There is no database in ${dataDir}. Name the data folder with --data-dir.`)
  const server = await connectDatabase({ dataDir, databaseUrl, say })
  try {
    // Whoever asks for a backup and gets one without the data would learn of it on the worst of days.
    if (!values['files-only'] && !(await isOurs(server.connection, dataDir)))
      throw new Problem('files_only', 'NOTHING was backed up. The database is the PostgreSQL of DATABASE_URL, and this command would save the platform\'s own files alone (keys, attachments, anchors). Back the database up with pgBackRest, pg_basebackup or pg_dump (docs/backup.md, "A PostgreSQL of your own"), and give --files-only here to save the files beside it.')
    const key = sealingKey(place, say)
    const m = await backUp({ connection: server.connection, dataDir, store: place.store, key, reason: 'command', version, onProgress: (done, total) => progress('backup', done, total) })
    await note(server.connection, { backup: m.id, folder: place.store })
    const gone = values.keep ? await prune(place.store, Number(values.keep), key) : []
    if (values.json) out(JSON.stringify({ ...m, removed: gone }))
    else {
      out(`Backup ${m.id}: ${m.files} files, ${MB(m.bytes)}, stored ${MB(m.data.size + m.list.size)} in ${((Date.parse(m.endedAt) - Date.parse(m.startedAt)) / 1000).toFixed(1)} s, in ${place.store} (key ${m.keyId}, ${m.profile})`)
      if (m.kind === 'files') out('WARNING: FILES ONLY. The database of DATABASE_URL is NOT in it and cannot be restored from it: back it up with pgBackRest, pg_basebackup or pg_dump (docs/backup.md).')
      if (m.damaged) out(`WARNING: ${m.damaged} pages of the database have wrong checksums. Older backups are kept. Check the disk.`)
      for (const what of notInBackups(dataDir)) out(`Not in it, keep it yourself: ${what}`)
      if (gone.length) out(`Removed: ${gone.join(', ')}`)
    }
    return m.damaged ? 1 : 0
  } finally {
    await server.stop()
  }
}
