/** Contents: stored once, known by their SM3, looked at for viruses, and never handed out when they are not what came in. */
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Database } from '../db/database.ts'
import type { UploadedFile } from '../domain.ts'
import { antivirusAddress, scanFor } from './antivirus.ts'
import { newName, type FileStore } from './file-store.ts'

export interface Content {
  id: number
  sm3: string
  size: number
  place: string
  storedName: string
  scan: 'unscanned' | 'pending' | 'clean' | 'infected'
  damagedAt: string | null
  /** As text: to the microsecond. */
  keptAt: string
}
export const contentColumns = sql`c.id, c.sm3, c.size, c.place, c.stored_name AS "storedName", c.scan, c.damaged_at AS "damagedAt", c.kept_at::text AS "keptAt"`

export async function sm3Of(source: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sm3')
  for await (const chunk of source) hash.update(chunk)
  return hash.digest('hex')
}

/** For the keeper's page and for whoever reads the log. */
export async function alarm(db: Database, kind: 'damaged' | 'missing' | 'infected', storedName: string, detail: string): Promise<void> {
  process.stderr.write(`${JSON.stringify({ level: 50, time: Date.now(), alarm: `attachment ${kind}`, storedName, detail })}\n`)
  await db.asSystem('file.alarm', async (trx) => {
    await trx.run(sql`
      INSERT INTO files.incident (kind, stored_name, detail) VALUES (${kind}, ${storedName}, ${detail})
      ON CONFLICT (kind, stored_name) WHERE settled_at IS NULL DO NOTHING`)
    if (kind !== 'infected') await trx.run(sql`UPDATE files.content SET damaged_at = coalesce(damaged_at, now()) WHERE stored_name = ${storedName}`)
  })
}

const infected = (threat: string | null) => new Problem('infected', `文件中发现病毒（${threat ?? '未知'}），没有保存。请用杀毒软件清理来源电脑后，重新取得文件再上传。`)

/**
 * Stores what was received, unless the same bytes are there already. The row comes last; what is left over when this
 * process ends in between is found by the keeper.
 */
export async function keepContent(db: Database, store: FileStore, file: UploadedFile): Promise<Content> {
  const sm3 = await sm3Of(fs.createReadStream(file.path))
  const known = await db.asSystem('file.keep-content', (trx) => trx.one<Content & { threat: string | null }>(sql`
    UPDATE files.content c SET kept_at = now() WHERE sm3 = ${sm3} RETURNING ${contentColumns}, c.threat`))
  if (known?.scan === 'infected') throw infected(known.threat)
  // There, whole, and of a store that this process reaches.
  if (known && !known.damagedAt && known.place === store.place && (known.scan === 'clean' || !antivirusAddress())) return known
  let scan: Content['scan'] = 'unscanned'
  let by: string | null = null
  try {
    const verdict = await scanFor(async () => fs.createReadStream(file.path))
    if (verdict?.scan === 'infected') {
      await alarm(db, 'infected', sm3, `上传时发现：${verdict.threat}，没有保存`)
      await db.asSystem('file.scan', (trx) => trx.run(sql`UPDATE files.content SET scan = 'infected', threat = ${verdict.threat}, scanned_at = now(), scanned_by = ${verdict.by} WHERE sm3 = ${sm3}`))
      throw infected(verdict.threat)
    }
    if (verdict) [scan, by] = ['clean', verdict.by]
  } catch (error) {
    if (error instanceof Problem) throw error
    // Somebody should have looked and could not: it is kept back until somebody has.
    scan = 'pending'
  }
  const name = newName()
  await store.put(name, { path: file.path, size: file.size, sha256: file.hash })
  // Of two that come with the same bytes at once the first one's file stays; a damaged one is replaced, and so healed.
  const stays = sql`c.damaged_at IS NULL AND c.place = excluded.place`
  const row = (await db.asSystem('file.keep-content', (trx) => trx.one<Content>(sql`
    INSERT INTO files.content AS c (sm3, size, place, stored_name, scan, scanned_at, scanned_by)
    VALUES (${sm3}, ${file.size}, ${store.place}, ${name}, ${scan}, CASE WHEN ${by}::text IS NOT NULL THEN now() END, ${by})
    ON CONFLICT (sm3) DO UPDATE SET stored_name = CASE WHEN ${stays} THEN c.stored_name ELSE excluded.stored_name END, place = excluded.place, damaged_at = NULL, kept_at = now(),
      scan = CASE WHEN c.scan = 'clean' THEN 'clean' ELSE excluded.scan END, scanned_at = coalesce(excluded.scanned_at, c.scanned_at), scanned_by = coalesce(excluded.scanned_by, c.scanned_by)
    RETURNING ${contentColumns}`)))!
  if (row.storedName !== name) await store.remove(name)
  return row
}

/** A content that nobody holds, nor is about to, goes: the row first, and the file when nobody can take it any more. */
export async function dropUnused(db: Database, store: FileStore, { id, keptAt }: Pick<Content, 'id' | 'keptAt'>): Promise<boolean> {
  const gone = await db.asSystem('file.drop', (trx) => trx.one<{ name: string; place: string }>(sql`
    DELETE FROM files.content c WHERE id = ${id} AND kept_at::text = ${keptAt} AND NOT EXISTS (SELECT FROM files.attachment a WHERE a.content_id = c.id) RETURNING stored_name AS name, place`))
  if (gone?.place === store.place) await store.remove(gone.name)
  return !!gone
}

const IN_MEMORY = 8 * 1024 * 1024

/**
 * The bytes, once all of them have been held against their SM3: small ones in memory, large ones through a file that has
 * no name. What is sent is what was compared.
 */
export async function readContent(db: Database, store: FileStore, dataDir: string, content: Content): Promise<Buffer | Readable> {
  if (content.place !== store.place)
    throw new Problem('unavailable', '这个附件存放在另一台服务器的文件夹里，本服务器取不到。请系统管理员让各服务器使用同一存储。')
  const source = await store.read(content.storedName)
  if (!source) {
    await alarm(db, 'missing', content.storedName, '下载时发现文件不在存储中')
    throw new Problem('file_missing', '这个附件的文件在存储中找不到了，已通知系统管理员从备份恢复。')
  }
  const hash = createHash('sm3')
  let size = 0
  let body: Buffer | Readable
  if (content.size <= IN_MEMORY) {
    const chunks: Buffer[] = []
    for await (const chunk of source as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if ((size += chunk.length) <= IN_MEMORY) chunks.push(chunk)
    }
    body = Buffer.concat(chunks)
  } else {
    const folder = path.join(dataDir, 'uploads')
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    const spool = path.join(folder, `${randomBytes(12).toString('hex')}.out`)
    const handle = await fs.promises.open(spool, 'wx+', 0o600)
    try {
      // Without a name nothing stays behind, however this process ends. Windows keeps the name until the file is closed.
      if (process.platform !== 'win32') fs.rmSync(spool)
      for await (const chunk of source as AsyncIterable<Buffer>) {
        hash.update(chunk)
        size += chunk.length
        await handle.write(chunk)
      }
    } catch (error) {
      await handle.close()
      fs.rmSync(spool, { force: true })
      throw error
    }
    body = handle.createReadStream({ start: 0 }).once('close', () => fs.rmSync(spool, { force: true }))
  }
  if (size !== content.size || hash.digest('hex') !== content.sm3) {
    if (body instanceof Readable) body.destroy()
    await alarm(db, 'damaged', content.storedName, `下载时发现内容与登记的 SM3 不符（应为 ${content.size} 字节，实为 ${size} 字节）`)
    throw new Problem('file_damaged', '这个附件的内容与上传时不一致（校验值不符），为免误用不提供下载，已通知系统管理员从备份恢复。')
  }
  if (content.damagedAt) await db.asSystem('file.whole-again', (trx) => trx.run(sql`UPDATE files.content SET damaged_at = NULL WHERE id = ${content.id}`))
  return body
}
