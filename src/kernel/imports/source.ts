/**
 * The file of an import between its upload and its check, in the database: whichever process takes the job can read it,
 * whatever folder it has, and none is lost with a process. It goes when the check has ended.
 */
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'

const PART = 1024 * 1024

export async function storeSource(trx: Transaction, batchId: number, from: string): Promise<void> {
  let part = 0
  for await (const bytes of fs.createReadStream(from, { highWaterMark: PART }) as AsyncIterable<Buffer>)
    await trx.run(sql`INSERT INTO imports.source (batch_id, part, bytes) VALUES (${batchId}, ${part++}, ${bytes})`)
}

/** Into a file of this process, removed by whoever asked for it. */
export async function fetchSource(db: Database, dataDir: string, batchId: number, size: number): Promise<string> {
  const folder = path.join(dataDir, 'imports')
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const target = path.join(folder, `${batchId}-${process.pid}`)
  const handle = await fs.promises.open(target, 'w', 0o600)
  let received = 0
  try {
    for (let part = 0; ; part++) {
      const row = await db.asSystem({ operation: 'import.source', reads: true }, (trx) => trx.one<{ bytes: Buffer }>(sql`SELECT bytes FROM imports.source WHERE batch_id = ${batchId} AND part = ${part}`))
      if (!row) break
      await handle.write(row.bytes)
      received += row.bytes.length
    }
  } finally {
    await handle.close()
  }
  if (received === size) return target
  fs.rmSync(target, { force: true })
  throw new Problem('half_upload', '上传的文件没有收到完整，请重新上传。')
}

export const dropSource = (db: Database, batchId: number): Promise<number> =>
  db.asSystem('import.source', (trx) => trx.run(sql`DELETE FROM imports.source WHERE batch_id = ${batchId}`))
