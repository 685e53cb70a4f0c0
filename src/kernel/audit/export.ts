/** The trail as a table with a signature beside it: who gets it can have it checked by whoever holds the key. */
import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import { refused } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'
import type { Context, FileAnswer } from '../domain.ts'
import { writeCsv, writeTable, type OutColumn } from '../documents/workbook-out.ts'
import { ZipOut } from '../documents/zip-out.ts'
import type { EntryRow, Searched } from './audit.contract.ts'
import { keyOf, sign, type KeyRing } from './key.ts'
import { openKeys } from './seal.ts'
import { cursorOf, page, questionOf, type Found } from './search.ts'
import { rowsOf } from './tell.ts'
import { RESULTS } from './words.rules.ts'

const MOST = 100_000
const BATCH = 1000

const COLUMNS: OutColumn[] = [
  { key: 'seq', heading: '链上编号', width: 12, kind: 'number' }, { key: 'at', heading: '时间（UTC）', width: 28, kind: 'text' }, { key: 'personName', heading: '人员', width: 14, kind: 'text' },
  { key: 'roleLabel', heading: '岗位', width: 18, kind: 'text' }, { key: 'organizationName', heading: '单位', width: 28, kind: 'text' }, { key: 'address', heading: '地址', width: 16, kind: 'text' },
  { key: 'actionLabel', heading: '动作', width: 10, kind: 'text' }, { key: 'operationLabel', heading: '操作', width: 22, kind: 'text' }, { key: 'entityLabel', heading: '对象', width: 18, kind: 'text' },
  { key: 'recordId', heading: '对象编号', width: 12, kind: 'number' }, { key: 'recordName', heading: '对象名称', width: 28, kind: 'text' }, { key: 'fields', heading: '改动的栏目', width: 30, kind: 'text' },
  { key: 'result', heading: '结果', width: 10, kind: 'text' }, { key: 'codeLabel', heading: '拒绝原因', width: 20, kind: 'text' }, { key: 'reason', heading: '事由', width: 36, kind: 'text' },
]
const cells = (r: EntryRow): Record<string, unknown> => ({ ...r, fields: r.fields.join('、'), result: RESULTS[r.result] })

export interface SignedFile {
  file: string
  sm3: string
  entries: number
  asked: Searched
  by: string
  at: string
  chain: string
  head: { seq: number; hash: string } | null
  key: number
}

/** The table itself and what is signed of it. `read` says as whom. */
export async function signedTable(db: Database, ring: KeyRing, read: <T>(run: (trx: Transaction) => Promise<T>) => Promise<T>, wanted: { asked: Searched; format: 'xlsx' | 'csv'; by: string; file?: string }): Promise<{ bytes: Buffer; signed: SignedFile; signature: string }> {
  const question = await questionOf(db, wanted.asked)
  let entries = 0
  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    let cursor: string | undefined
    for (;;) {
      const found: Found[] = await read((trx) => page(trx, question, BATCH, cursor))
      for (const row of await rowsOf(db, found)) yield cells(row)
      entries += found.length
      if (entries > MOST) throw refused(`一次最多导出 ${MOST} 条，请缩小时间范围或加上筛选条件。`)
      if (found.length < BATCH) return
      cursor = cursorOf(found.at(-1)!)
    }
  }
  const chain = (await db.asSystem({ operation: 'audit.export', reads: true }, (trx) => trx.one<{ id: string; seq: number | null; hash: string | null; at: string }>(sql`
    SELECT c.id, s.seq, encode(s.hash, 'hex') AS hash, clock_timestamp() AS at FROM audit.chain c LEFT JOIN LATERAL (SELECT seq, hash FROM audit.seal ORDER BY seq DESC LIMIT 1) s ON true`)))!
  const body = new PassThrough()
  const writing = wanted.format === 'csv' ? writeCsv(body, { columns: COLUMNS, rows: rows() }) : writeTable(body, { sheetName: '审计记录', columns: COLUMNS, rows: rows() })
  writing.catch((error: Error) => body.destroy(error))
  const parts: Buffer[] = []
  for await (const part of body as AsyncIterable<Buffer>) parts.push(part)
  await writing
  const bytes = Buffer.concat(parts)
  const signed: SignedFile = {
    file: wanted.file ?? `审计记录-${new Date(Date.parse(chain.at) + 8 * 3_600_000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}.${wanted.format}`,
    sm3: createHash('sm3').update(bytes).digest('hex'), entries, asked: wanted.asked, by: wanted.by, at: chain.at, chain: chain.id,
    head: chain.seq === null ? null : { seq: chain.seq, hash: chain.hash! }, key: ring.current,
  }
  return { bytes, signed, signature: sign(ring.keys.get(ring.current)!, 'export', JSON.stringify(signed)) }
}

export const signatureFile = (signed: SignedFile, signature: string): string => `${JSON.stringify({ signed, signature }, null, 1)}\n`

/** Why a file is not what was signed; null: it is. */
export function exportProblem(ring: KeyRing, bytes: Buffer, text: string): string | null {
  let given: { signed: SignedFile; signature: string }
  try {
    given = JSON.parse(text) as typeof given
  } catch {
    return 'the signature is not a file of ours'
  }
  const key = keyOf(ring, given.signed?.key)
  if (!key) return `the file was signed with key ${String(given.signed?.key)}, which is not in ${ring.file}`
  if (sign(key, 'export', JSON.stringify(given.signed)) !== given.signature) return 'the signature does not hold: what it says was changed'
  if (createHash('sm3').update(bytes).digest('hex') !== given.signed.sm3) return 'the table was changed after it had been signed'
  return null
}

export async function exportTrail(context: Context, asked: Searched, format: 'xlsx' | 'csv'): Promise<FileAnswer> {
  const ring = await openKeys(context.db, context.dataDir)
  const { bytes, signed, signature } = await signedTable(context.db, ring, (run) => context.db.asActor(context.actor, { operation: 'audit.export', reads: true }, run), { asked, format, by: context.actor.name })
  const body = new PassThrough()
  const zip = new ZipOut(body)
  const packing = (async () => {
    await zip.add(signed.file, [bytes] as never)
    await zip.add(`${signed.file}.sig`, [signatureFile(signed, signature)])
    await zip.end()
  })()
  packing.catch((error: Error) => body.destroy(error))
  return { body, fileName: signed.file.replace(/\.\w+$/, '.zip'), contentType: 'application/zip' }
}
