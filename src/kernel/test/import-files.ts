/** Files as offices send them, and the steps of an import without the wait for a job. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll } from 'vitest'
import type { Actor, Database } from '../db/database.ts'
import { applyBatch, checkBatch, createBatch, undoBatch, type Counts, type SourceFile } from '../imports/batch.ts'
import { importTarget, withinActor } from '../imports/import.procedures.ts'
import { mappingSchema } from '../imports/mapping.rules.ts'
import type { z } from 'zod'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-import-'))
let count = 0

export function sourceFile(name: string, content: string | Uint8Array): SourceFile {
  const bytes = Buffer.from(content)
  const where = path.join(folder, `${count++}-${name}`)
  fs.writeFileSync(where, bytes)
  return { path: where, name, size: bytes.length, hash: createHash('sha256').update(bytes).digest('hex') }
}

/** The trail of this month leaves the database, as archiving takes it; the next line finds a month to be written in. */
export async function takeTrailAway(connection: pg.ClientConfig): Promise<void> {
  const owner = new pg.Client(connection)
  await owner.connect()
  try {
    const { name } = (await owner.query(`SELECT 'entry_' || to_char(app.today(), 'YYYY_MM') AS name`)).rows[0]
    await owner.query(`DROP TABLE audit.${name}; CALL audit.open_months(app.today(), app.today())`)
  } finally {
    await owner.end()
  }
}

export interface Line { line: number; outcome: string; codes: string[]; raw: (string | null)[] }
export interface Checked { batchId: number; counts: Counts; lines: Line[] }

export function importer(db: Database, target: string) {
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
  const check = async (actor: Actor, content: string | Uint8Array, mapping: z.input<typeof mappingSchema>, name = 'file.csv'): Promise<Checked> => {
    const within = withinActor(db.at('patient'), actor)
    const file = sourceFile(name, content)
    const read = mappingSchema.parse(mapping)
    const batchId = await createBatch(within, importTarget(target), file, read)
    const counts = await checkBatch(within, importTarget(target), batchId, file, read)
    const lines = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT line, outcome, findings, raw FROM imports.line WHERE batch_id = ${batchId} ORDER BY line`))
    return { batchId, counts, lines: lines.map((l) => ({ line: l.line, outcome: l.outcome, raw: l.raw, codes: (l.findings ?? []).map((f: any) => f.code) })) }
  }
  return {
    check,
    apply: (actor: Actor, batchId: number, accept: 'all' | 'valid' = 'all', submit = false) => applyBatch(withinActor(db.at('patient'), actor), importTarget(target), batchId, { accept, submit }),
    undo: (actor: Actor, batchId: number) => undoBatch(withinActor(db.at('patient'), actor), importTarget(target), batchId, '传错了文件'),
  }
}
