/**
 * The keeping of files: what half-done work left behind goes, what is due goes, what is lost is reported, what nobody
 * looked at for viruses is looked at. Every step may be cut off and is simply done again.
 */
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { JobKind } from '../domain.ts'
import { antivirusAddress, scanFor } from './antivirus.ts'
import { attachables } from './attachable.ts'
import { alarm, dropUnused } from './content.ts'
import { fileStore, type FileStore } from './file-store.ts'

const HOUR = 3_600_000
export const GRACE = {
  /** Being received: a request has a minute. */
  upload: HOUR,
  /** Kept for an attachment that was never written. */
  content: 24 * HOUR,
  /** No row knows it. Long, because after a restore to an earlier time these are files that the way forward still needs. */
  file: 7 * 24 * HOUR,
}

/** Files that were being received or checked when a process ended. */
export function sweep(dataDir: string, grace = GRACE.upload): number {
  let swept = 0
  for (const folder of ['uploads', 'imports']) {
    const where = path.join(dataDir, folder)
    if (!fs.existsSync(where)) continue
    for (const name of fs.readdirSync(where)) {
      const file = path.join(where, name)
      // An import's check may take long; its file goes with it.
      const old = Date.now() - (folder === 'imports' ? 2 * grace : grace)
      const found = fs.statSync(file, { throwIfNoEntry: false })
      if (!found?.isFile() || found.mtimeMs > old) continue
      fs.rmSync(file, { force: true })
      swept++
    }
  }
  return swept
}

/** Batches whose file was never received as a whole: they would be “checking” for ever. */
const failHalfImports = (db: Database): Promise<number> => db.asSystem('import.sweep', (trx) => trx.run(sql`
  UPDATE imports.batch b SET state = 'failed', problem = ${JSON.stringify({ code: 'half_upload', message: '上传中断，文件没有收到完整。请重新上传。' })}
  WHERE state = 'checking' AND at < now() - interval '10 minutes' AND NOT EXISTS (SELECT FROM imports.source s WHERE s.batch_id = b.id)`))

/** Names in the store and names in the rows, both in order, walked side by side. */
async function compare(db: Database, store: FileStore, grace: number): Promise<{ orphans: number; missing: number }> {
  let [orphans, missing] = [0, 0]
  async function* rows(): AsyncGenerator<{ name: string; recent: boolean }> {
    for (let after = ''; ;) {
      const page = await db.asSystem({ operation: 'file.compare', reads: true }, (trx) => trx.rows<{ name: string; recent: boolean }>(sql`
        SELECT stored_name AS name, kept_at > now() - interval '10 minutes' AS recent FROM files.content
        WHERE place = ${store.place} AND stored_name COLLATE "C" > ${after} ORDER BY stored_name COLLATE "C" LIMIT 1000`))
      yield* page
      if (page.length < 1000) return
      after = page.at(-1)!.name
    }
  }
  const known = rows()
  let row = (await known.next()).value as { name: string; recent: boolean } | undefined
  const lost = async () => {
    // Just written, or just removed while we walked: the next round will tell.
    const still = !row!.recent && (await db.asSystem({ operation: 'file.compare', reads: true }, (trx) => trx.one(sql`SELECT FROM files.content WHERE stored_name = ${row!.name}`)))
    const there = still ? await store.read(row!.name) : null
    if (there) there.destroy()
    else if (still) {
      missing++
      await alarm(db, 'missing', row!.name, '检查存储时发现文件不在了')
    }
    row = (await known.next()).value as typeof row
  }
  for await (const file of store.list()) {
    while (row && row.name < file.name) await lost()
    if (row?.name === file.name) row = (await known.next()).value as typeof row
    else if (Date.now() - file.at.getTime() > grace && !(await db.asSystem({ operation: 'file.compare', reads: true }, (trx) => trx.one(sql`SELECT FROM files.content WHERE stored_name = ${file.name}`)))) {
      await store.remove(file.name)
      orphans++
    }
  }
  while (row) await lost()
  return { orphans, missing }
}

async function scanBacklog(db: Database, store: FileStore): Promise<{ scanned: number; infected: number; unreached: number }> {
  const done = { scanned: 0, infected: 0, unreached: 0 }
  if (!antivirusAddress()) return done
  for (let after = 0; ;) {
    const page = await db.asSystem({ operation: 'file.scan', reads: true }, (trx) => trx.rows<{ id: number; name: string }>(sql`
      SELECT id, stored_name AS name FROM files.content WHERE scan IN ('unscanned', 'pending') AND damaged_at IS NULL AND place = ${store.place} AND id > ${after} ORDER BY id LIMIT 50`))
    if (!page.length) return done
    for (const { id, name } of page) {
      after = id
      const content = await store.read(name)
      if (!content) continue
      const verdict = await scanFor(async () => content).catch((error: Error) => error)
      if (verdict instanceof Error) {
        process.stderr.write(`${JSON.stringify({ level: 40, time: Date.now(), msg: 'anti-virus was not reached', detail: verdict.message })}\n`)
        done.unreached++
        // It is down, not this file's fault: the rest waits for the next round.
        if (done.unreached > 3) return done
        continue
      }
      done.scanned++
      await db.asSystem('file.scan', (trx) => trx.run(sql`UPDATE files.content SET scan = ${verdict!.scan}, threat = ${verdict!.threat}, scanned_at = now(), scanned_by = ${verdict!.by} WHERE id = ${id}`))
      if (verdict!.scan !== 'infected') continue
      done.infected++
      await alarm(db, 'infected', name, `检查已存文件时发现：${verdict!.threat}，已隔离`)
    }
  }
}

export async function keep(db: Database, dataDir: string, grace: Partial<typeof GRACE> = {}): Promise<Record<string, number>> {
  const wait = { ...GRACE, ...grace }
  const store = fileStore(dataDir)
  const began = Date.now()
  const swept = sweep(dataDir, wait.upload)
  const halfImports = await failHalfImports(db)
  let lostRecords = 0
  for (const { entity } of attachables()) {
    const [schema, table] = entity.split('.') as [string, string]
    lostRecords += await db.asSystem({ operation: 'file.lost-record', reason: '所属记录已删除' }, (trx) => trx.run(sql`
      UPDATE files.attachment a SET removed_at = now(), removed_by_name = '系统', removed_reason = '所属记录已删除',
        keep_until = app.today() + (SELECT (value #>> '{}')::int FROM app.setting WHERE key = 'attachment.keep-removed' AND valid_to IS NULL)
      WHERE entity = ${entity} AND removed_at IS NULL AND NOT EXISTS (SELECT FROM ${sql.table(`${schema}.${table}`)} r WHERE r.id = a.record_id)`))
  }
  const expired = await db.asSystem({ operation: 'file.expire', reason: '保管期限届满' }, (trx) => trx.run(sql`
    UPDATE files.attachment SET content_id = NULL WHERE removed_at IS NOT NULL AND keep_until < app.today() AND content_id IS NOT NULL`))
  const unused = await db.asSystem({ operation: 'file.unused', reads: true }, (trx) => trx.rows<{ id: number; keptAt: string }>(sql`
    SELECT id, kept_at::text AS "keptAt" FROM files.content c WHERE kept_at < now() - ${`${wait.content} milliseconds`}::interval AND NOT EXISTS (SELECT FROM files.attachment a WHERE a.content_id = c.id)`))
  let dropped = 0
  for (const content of unused) if (await dropUnused(db, store, content)) dropped++
  const { orphans, missing } = await compare(db, store, wait.file)
  const scans = await scanBacklog(db, store)
  const result = { swept, halfImports, lostRecords, expired, dropped, orphans, missing, ...scans }
  await db.asSystem('file.round', async (trx) => {
    await trx.run(sql`INSERT INTO files.round (took_ms, result) VALUES (${Date.now() - began}, ${JSON.stringify(result)})`)
    await trx.run(sql`DELETE FROM files.round WHERE at < now() - interval '90 days'`)
  })
  return result
}

export const keepingJobs: JobKind[] = [{ name: 'file-keeping', cron: '17 * * * *', run: async ({ db, dataDir }) => void (await keep(db, dataDir)) }]
