/**
 * An import, step by step: read → judge every line → show → write what was accepted → take back.
 * Every line of the file is stored with its outcome; the file itself is not needed again after the check.
 */
import { sql, type RawBuilder } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { Problem, notFound, refused } from '../contract/problem.rules.ts'
import { problemOf } from '../server/failure.ts'
import { openTable } from '../documents/intake/open-table.ts'
import { detectHeader } from '../documents/header.rules.ts'
import type { SheetRow } from '../documents/intake/sheet.rules.ts'
import type { Mapping } from './mapping.rules.ts'
import { LineReader, type Heading } from './read-line.rules.ts'
import type { ApplyOptions, ImportTarget } from './target.ts'
import type { LineOutcome, PlannedLine } from './target.rules.ts'

/** Opens transactions in the name of whoever imports: a person's request, or the operator's command. */
export type Within = <T>(act: { operation: string; batchId?: number | null; reason?: string }, run: (trx: Transaction) => Promise<T>) => Promise<T>

export interface SourceFile {
  path: string
  name: string
  size: number
  hash: string
}

export type Counts = Record<LineOutcome | 'lines', number>
/** Lines at a time: two such parts are in work at once, and this is what memory depends on. */
const CHUNK = 250

/** The table's headings and the rows after them. */
export async function* linesOf(file: SourceFile, mapping: Mapping, wanted: readonly string[], signal?: AbortSignal):
  AsyncGenerator<{ reader: LineReader } | { rows: SheetRow[] }> {
  const table = await openTable(file.path, { fileName: file.name, sheet: mapping.sheet, encoding: mapping.encoding, signal })
  try {
    let reader: LineReader | undefined
    let waiting: SheetRow[] = []
    for await (const batch of table.rows()) {
      if (reader) {
        yield { rows: batch }
        continue
      }
      waiting = waiting.concat(batch)
      if (waiting.length < 40 && mapping.headerRow === undefined) continue
      if (mapping.headerRow !== undefined && waiting.at(-1)!.line < mapping.headerRow) continue
      const found = headingsOf(waiting, mapping, wanted)
      reader = new LineReader(found.headings, mapping, table.date1904)
      yield { reader }
      yield { rows: waiting.filter((r) => r.line > found.line) }
      waiting = []
    }
    if (!reader) {
      if (!waiting.length) throw new Problem('empty_file', '文件里没有内容，请检查是否选错了文件或工作表。')
      const found = headingsOf(waiting, mapping, wanted)
      yield { reader: new LineReader(found.headings, mapping, table.date1904) }
      yield { rows: waiting.filter((r) => r.line > found.line) }
    }
  } finally {
    await table.close()
  }
}

export function headingsOf(rows: SheetRow[], mapping: Pick<Mapping, 'headerRow'>, wanted: readonly string[]): { line: number; headings: Heading[] } {
  const candidates = mapping.headerRow === undefined ? rows : rows.filter((r) => r.line === mapping.headerRow)
  const found = detectHeader(candidates, wanted.map((name) => ({ key: name, names: [name] }))) ?? detectHeader(candidates)
  if (!found) throw new Problem('no_header', mapping.headerRow ? `第 ${mapping.headerRow} 行没有表头，请核对表头所在的行。` : '没有找到表头，请在导入设置中指明表头在第几行。')
  return { line: found.line, headings: found.headings.map((h) => ({ index: h.index, name: h.label, bare: h.name, unit: h.unit, odd: h.odd })) }
}

const headingsNamed = (mapping: Mapping): string[] =>
  [...Object.values(mapping.columns), mapping.period, mapping.institution, mapping.long?.item, mapping.long?.quantity]
    .flatMap((c) => (typeof c === 'string' ? [c] : c && 'from' in c && c.from ? [c.from].flat() : []))

/** Of a form `f`: the batch filled it, last of all. By way of the lines: forms have no index of batches, and a city has a million and a half of them. */
export const filledBy = (batchId: number): RawBuilder<unknown> => sql`f.batch_id = ${batchId} AND f.id IN (SELECT l.record_id FROM imports.line l WHERE l.batch_id = ${batchId} AND l.outcome IN ('create', 'update'))`

export async function createBatch(within: Within, target: ImportTarget, file: SourceFile, mapping: Mapping): Promise<number> {
  const missing = target.problems(mapping)
  if (missing.length) throw new Problem('invalid_input', missing.join(' '))
  return within({ operation: 'import.create' }, async (trx) => {
    const row = await trx.one<{ id: number }>(sql`
      INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, org_path, by_id, by_name)
      VALUES (${target.name}, ${file.name}, ${file.hash}, ${file.size}, ${JSON.stringify(mapping)}, ${trx.actor?.orgPath ?? '1.'}, ${trx.actor?.personId ?? null}, ${trx.actor?.name ?? '系统'})
      RETURNING id`)
    return row!.id
  })
}

/** Judges every line and keeps the judgement; changes nothing else. */
export async function checkBatch(within: Within, target: ImportTarget, batchId: number, file: SourceFile, mapping: Mapping, onProgress: (done: number) => void = () => {}): Promise<Counts> {
  const counts: Counts = { lines: 0, create: 0, update: 0, unchanged: 0, duplicate: 0, skipped: 0, error: 0 }
  const named = headingsNamed(mapping)
  try {
    await within({ operation: 'import.check' }, async (trx) => {
      const planner = await target.planner(trx, mapping)
      let reader: LineReader | undefined
      // Where the connection allows it, lines are stored while the next ones are read.
      let storing: Promise<unknown> = Promise.resolve()
      const store = async (lines: PlannedLine[]) => {
        for (const l of lines) counts[l.outcome]++
        await storing
        storing = storeLines(trx, batchId, lines)
        if (trx.pipelined) storing.catch(() => {})
        else await storing
      }
      for await (const part of linesOf(file, mapping, named)) {
        if ('reader' in part) {
          reader = part.reader
          const absent = reader.missingHeadings()
          if (absent.length) throw new Problem('missing_headings', `文件里没有这些列：${absent.map((n) => `“${n}”`).join('、')}。请核对表头，或修改导入对照。`)
          continue
        }
        for (let i = 0; i < part.rows.length; i += CHUNK) {
          const rows = part.rows.slice(i, i + CHUNK)
          counts.lines += rows.length
          await store(await planner.take(trx, rows, reader!))
          onProgress(counts.lines)
        }
      }
      await store(await planner.finish(trx))
      await storing
      if (!counts.lines) throw new Problem('no_rows', '文件里只有表头，没有数据行。请检查是否选错了文件或工作表，填好后再上传。')
      // Only now: until the end the batch's row stays free for whoever writes how far the check is.
      await trx.run(sql`UPDATE imports.batch SET state = 'checked', progress = 100, headings = ${JSON.stringify(reader!.names())}, counts = ${JSON.stringify(counts)} WHERE id = ${batchId} AND state = 'checking'`)
    })
  } catch (error) {
    const problem = problemOf(error, new Map())?.body ?? { code: 'internal', message: '读取文件时出错，没有导入任何内容。请检查文件后再试。' }
    await within({ operation: 'import.check' }, (trx) => trx.run(sql`UPDATE imports.batch SET state = 'failed', problem = ${JSON.stringify(problem)} WHERE id = ${batchId}`))
    throw error
  }
  return counts
}

async function storeLines(trx: Transaction, batchId: number, lines: PlannedLine[]): Promise<void> {
  if (!lines.length) return
  const rows = JSON.stringify(lines.map((l) => ({ line: l.line, raw: l.raw, mapped: l.mapped, outcome: l.outcome, findings: l.findings.length ? l.findings : null, record: l.recordId })))
  await trx.run(sql`
    INSERT INTO imports.line (batch_id, line, org_path, raw, mapped, outcome, findings, record_id)
    SELECT ${batchId}, line, ${trx.actor?.orgPath ?? '1.'}, raw, mapped, outcome, findings, record
    FROM jsonb_to_recordset(${rows}::jsonb) AS l(line int, raw jsonb, mapped jsonb, outcome text, findings jsonb, record bigint)`)
}

interface BatchRow {
  id: number
  target: string
  state: string
  counts: Counts
  mapping: Mapping
}

export async function readBatch(trx: Transaction, id: number): Promise<BatchRow> {
  const row = await trx.one<BatchRow>(sql`SELECT id, target, state, counts, mapping FROM imports.batch WHERE id = ${id} FOR UPDATE`)
  if (!row) throw notFound('导入')
  return row
}

async function* acceptedLines(trx: Transaction, batchId: number): AsyncGenerator<PlannedLine[]> {
  for (let last = 0; ;) {
    const lines = await trx.rows<PlannedLine>(sql`
      SELECT line, mapped, outcome, record_id AS "recordId" FROM imports.line
      WHERE batch_id = ${batchId} AND line > ${last} AND outcome IN ('create', 'update') AND mapped IS NOT NULL ORDER BY line LIMIT ${CHUNK}`)
    if (!lines.length) return
    last = lines.at(-1)!.line
    yield lines
  }
}

/**
 * Part after part; where `apart` allows it, the next one begins while one is still being written: the process reckons
 * while the database stores. Nothing runs any more when this ends, also when a part fails: the transaction is about to.
 */
async function inTurn<T>(parts: AsyncIterable<T>, write: (part: T) => Promise<void>, apart: (one: T, other: T) => boolean): Promise<void> {
  const running: { part: T; ended: Promise<unknown> }[] = []
  const errors: unknown[] = []
  const rest = async (left: number) => {
    while (running.length > left) await running.shift()!.ended
    if (errors.length) throw errors[0]
  }
  try {
    for await (const part of parts) {
      await rest(running.every((r) => apart(r.part, part)) ? 2 : 0)
      running.push({ part, ended: write(part).catch((e: unknown) => errors.push(e)) })
    }
    await rest(0)
  } catch (error) {
    await Promise.all(running.map((r) => r.ended))
    // Whoever found the transaction broken tells less than who broke it.
    throw errors.find((e) => (e as { code?: string }).code !== '25P02') ?? error
  }
}

/** All or nothing of what was accepted: one transaction. `valid` leaves faulty lines out, `all` refuses when there are any. */
export async function applyBatch(within: Within, target: ImportTarget, batchId: number, options: { accept: 'all' | 'valid'; submit: boolean; reason?: string; written?: (trx: Transaction) => Promise<void> }, onProgress: (done: number, of: number) => void = () => {}): Promise<Counts> {
  return within({ operation: 'import.apply', batchId, reason: options.reason }, async (trx) => {
    const batch = await readBatch(trx, batchId)
    if (batch.state === 'applied') return batch.counts
    if (batch.state !== 'checked' && batch.state !== 'applying') throw refused('这次导入不在可以写入的状态，请重新上传检查。')
    if (options.accept === 'all' && batch.counts.error > 0)
      throw refused(`还有 ${batch.counts.error} 行有错误。请改正后重新上传，或选择“只导入正确的行”。`)
    const todo = batch.counts.create + batch.counts.update
    const apply: ApplyOptions = { batchId, submit: options.submit }
    let done = 0
    const write = async (lines: PlannedLine[]) => {
      const planned = new Map(lines.map((l) => [l.line, l.recordId]))
      const records = [...(await target.apply(trx, batch.mapping, lines, apply))].filter(([line, record]) => planned.get(line) !== record)
      // The lines are named once more as a list: without statistics of what was just stored, PostgreSQL would hold every
      // line of the batch against every record of this part (measured: 80 s of 20,000 lines instead of 10).
      const [at, ids] = [records.map(([line]) => line), records.map(([, record]) => record)]
      if (records.length) await trx.run(sql`
        UPDATE imports.line l SET record_id = r.record FROM unnest(${at}::integer[], ${ids}::bigint[]) AS r(line, record)
        WHERE l.batch_id = ${batchId} AND l.line = ANY (${at}::integer[]) AND l.line = r.line`)
      onProgress((done += lines.length), todo)
    }
    await inTurn(acceptedLines(trx, batchId), write, (one, other) => trx.pipelined && !!target.apart?.(one, other))
    await options.written?.(trx)
    await trx.run(sql`UPDATE imports.batch SET state = 'applied', progress = 100, applied_at = now() WHERE id = ${batchId}`)
    return batch.counts
  })
}

export async function undoBatch(within: Within, target: ImportTarget, batchId: number, reason: string): Promise<number> {
  return within({ operation: 'import.undo', reason }, async (trx) => {
    const batch = await readBatch(trx, batchId)
    if (batch.state !== 'applied') throw refused('只有已写入的导入才能撤销。')
    // Without the trail nothing would be found to take back, and nothing done: that must not look like a success.
    if (target.undoReadsTrail && batch.counts.create + batch.counts.update > 0 && !(await trx.one(sql`SELECT 1 FROM audit.change WHERE batch_id = ${batchId} LIMIT 1`)))
      throw refused('写入这批数据的那个月，修改历史已经归档，导入之前的内容不再在线，不能整批撤销。请逐条更正，或用正确的文件再导入一次。')
    const n = await target.undo(trx, batchId)
    await trx.run(sql`UPDATE imports.batch SET state = 'undone', undone_at = now() WHERE id = ${batchId}`)
    return n
  })
}
