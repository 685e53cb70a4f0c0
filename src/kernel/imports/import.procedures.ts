import fs from 'node:fs'
import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import { handle, handleFreely, type Context, type JobKind } from '../domain.ts'
import type { Actor, Database, Transaction } from '../db/database.ts'
import { Problem, forbidden, notFound, refused } from '../contract/problem.rules.ts'
import { actorWith, hatsOf } from '../authority/rights/hats.ts'
import { masked } from '../entity/mask.rules.ts'
import { problemOf } from '../server/failure.ts'
import { openTable } from '../documents/intake/open-table.ts'
import { detectHeader } from '../documents/header.rules.ts'
import { writeErrorTable } from '../documents/workbook-out.ts'
import { writeTemplate } from '../documents/template.ts'
import type { SheetRow } from '../documents/intake/sheet.rules.ts'
import { applyBatch, checkBatch, createBatch, undoBatch, type Within } from './batch.ts'
import * as ops from './import.contract.ts'
import { dropSource, fetchSource, storeSource } from './source.ts'
import { specOf, type Mapping } from './mapping.rules.ts'
import { isMeasured, oddOf, oddUnit } from './read-line.rules.ts'
import type { ImportTarget } from './target.ts'
import type { Finding, ImportField } from './target.rules.ts'

/** Kept by one place, whatever they are for: each may be a megabyte. */
const MOST_MAPPINGS = 100

const targets = new Map<string, ImportTarget>()
export function registerImportTarget(target: ImportTarget): void {
  targets.set(target.name, target)
}
export function importTarget(name: string): ImportTarget {
  const found = targets.get(name)
  if (!found) throw new Problem('invalid_input', '没有这种导入。')
  return found
}
const permitted = (name: string, actor: Actor): ImportTarget => {
  const target = importTarget(name)
  if (!actor.permissions.includes(target.permission)) throw forbidden()
  return target
}

const columns = sql`b.id, b.target, b.file_name AS "fileName", b.state, b.progress, b.counts, b.problem, b.by_name AS "byName", b.at, b.applied_at AS "appliedAt", b.undone_at AS "undoneAt", b.mapping`
async function show(trx: Transaction, id: number) {
  const row = await trx.one<ops.ImportBatch>(sql`SELECT ${columns} FROM imports.batch b WHERE b.id = ${id}`)
  if (!row) throw notFound('导入')
  return row
}
export const withinActor = (db: Database, actor: Actor): Within => (act, run) => db.asActor(actor, act, run)
export const withinSystem = (db: Database): Within => (act, run) => db.asSystem(act, run)

/** Columns of a file that hold personal data. */
function personalColumns(target: string, mapping: Mapping, headings: readonly string[]): number[] {
  const names = (targets.get(target)?.fields(mapping) ?? []).filter((f) => f.class).map((f) => f.name)
  const from = names.flatMap((n) => (mapping.columns[n] === undefined ? [] : [specOf(mapping.columns[n]).from ?? []].flat()))
  return headings.flatMap((h, i) => (from.includes(h) ? [i] : []))
}

/** Heading → field, by label and synonyms: what the person then corrects. */
function suggest(fields: readonly ImportField[], row: { headings: { label: string; key?: string }[] }): Mapping {
  return { columns: Object.fromEntries(row.headings.filter((h) => h.key && fields.some((f) => f.name === h.key)).map((h) => [h.key!, h.label])) }
}

/** Under the hat that began it, and no other one of the same person; with the rights that it has by now. */
interface Begun { personId: number; postId: number; entitlementId: number | null; target: string }
const begunBy = (actor: Actor, target: ImportTarget): Begun => ({ personId: actor.personId, postId: actor.postId, entitlementId: actor.entitlementId ?? null, target: target.name })
async function actorOf(db: Database, { personId, postId, entitlementId, target }: Begun): Promise<Actor> {
  return db.asSystem('import.actor', async (trx) => {
    const person = await trx.one<{ name: string }>(sql`SELECT name FROM auth.person WHERE id = ${personId}`)
    const hat = (await hatsOf(trx, personId)).find((h) => h.postId === postId && h.entitlementId === (entitlementId ?? null))
    if (!person || !hat || !hat.permissions.includes('import.run')) throw forbidden()
    const actor = actorWith({ id: personId, name: person.name }, hat)
    permitted(target, actor)
    return actor
  })
}

const progressWriter = (db: Database, id: number, total: number) => {
  let shown = 0
  let writing = false
  return (done: number, of = total) => {
    // One at a time: a slow database must not collect waiting connections.
    if (writing || Date.now() - shown < 700) return
    writing = true
    shown = Date.now()
    const percent = of ? Math.min(99, (done / of) * 100).toFixed(1) : '0'
    // Beside the import's own transaction, so that it can be seen before that ends; the batch row is not locked by the check.
    void db.asSystem('import.progress', (trx) => trx.run(sql`UPDATE imports.batch SET progress = ${percent} WHERE id = ${id} AND state = 'checking'`)).catch(() => {}).finally(() => (writing = false))
  }
}

interface CheckJob extends Begun { batchId: number; file: { name: string; size: number; hash: string }; mapping: Mapping }
interface ApplyJob extends Begun { batchId: number; accept: 'all' | 'valid'; submit: boolean; reason?: string }

export const importJobs: JobKind[] = [
  {
    name: 'import-check',
    run: async ({ db, dataDir }, job: CheckJob) => {
      let path: string | undefined
      try {
        path = await fetchSource(db, dataDir, job.batchId, job.file.size)
        const file = { path, ...job.file }
        const actor = await actorOf(db, job)
        const lines = Math.max(1, job.file.size / 150)
        await checkBatch(withinActor(db, actor), importTarget(job.target), job.batchId, file, job.mapping, progressWriter(db, job.batchId, lines))
      } catch (error) {
        const problem = problemOf(error, new Map())?.body ?? { code: 'internal', message: '读取文件时出错，没有导入任何内容。请检查文件后再试。' }
        // The check itself has said so already, unless it never began: the post was lost meanwhile.
        await db.asSystem('import.check', (trx) => trx.run(sql`UPDATE imports.batch SET state = 'failed', problem = ${JSON.stringify({ code: problem.code, message: problem.message })} WHERE id = ${job.batchId} AND state = 'checking'`))
      } finally {
        if (path) fs.rmSync(path, { force: true })
        await dropSource(db, job.batchId)
      }
    },
  },
  {
    name: 'import-apply',
    run: async ({ db, jobs }, job: ApplyJob) => {
      try {
        const actor = await actorOf(db, job)
        const target = importTarget(job.target)
        await applyBatch(withinActor(db, actor), target, job.batchId, { ...job, written: async (trx) => void (target.follows && (await jobs.send(trx, target.follows, {}))) })
      } catch (error) {
        const problem = problemOf(error, new Map())?.body ?? { code: 'internal', message: '写入时出错，没有写入任何内容。请稍后再试。' }
        await db.asSystem('import.apply', (trx) => trx.run(sql`UPDATE imports.batch SET state = 'checked', problem = ${JSON.stringify({ code: problem.code, message: problem.message })} WHERE id = ${job.batchId} AND state = 'applying'`))
      }
    },
  },
]

export const importHandlers = [
  handle(ops.importTargets, async (trx) => ({
    targets: [...targets.values()].filter((t) => trx.actor?.permissions.includes(t.permission)).map((t) => ({
      name: t.name, label: t.label,
      fields: t.fields({}).map((f) => ({ name: f.name, label: f.label, unit: f.unit ?? null, measured: isMeasured(f.unit), required: !!f.required, kind: f.type.kind, choices: f.type.choices ?? null })),
      forms: (t.forms?.() ?? []).map((f) => ({ ...f, fields: t.fields({ form: f.name }).map((x) => x.name) })),
    })),
  })),
  handleFreely(ops.inspectFile, async (context, input) => {
    const target = permitted(input.target, context.actor)
    if (!context.file) throw new Problem('invalid_input', '请选择要导入的文件。')
    const table = await openTable(context.file.path, { fileName: context.file.name, sheet: input.sheet, encoding: input.encoding })
    try {
      const rows: SheetRow[] = []
      for await (const batch of table.rows()) {
        rows.push(...batch)
        if (rows.length > 60) break
      }
      if (!rows.length) throw new Problem('empty_file', '文件里没有内容，请检查是否选错了文件或工作表。')
      const fields = target.fields({ form: input.form })
      const known = fields.map((f) => ({ key: f.name, names: [f.label, f.name, ...(f.synonyms ?? [])], measured: isMeasured(f.unit) }))
      const candidates = input.headerRow ? rows.filter((r) => r.line === input.headerRow) : rows
      const found = detectHeader(candidates, known) ?? detectHeader(candidates)
      if (!found) throw new Problem('no_header', '没有找到表头，请指明表头在第几行。')
      const after = rows.filter((r) => r.line > found.line).slice(0, 5)
      const ours = new Set(fields.flatMap(oddOf))
      return {
        format: table.format, sheets: table.sheetNames, sheet: table.sheet ?? null, encoding: table.encoding ?? null, headerRow: found.line,
        headings: found.headings.map((h) => ({ name: h.label, unit: h.unit ?? null, odd: h.odd === undefined || ours.has(h.odd) ? null : oddUnit(h.label, h.odd).message, examples: after.map((r) => r.cells[h.index]?.text ?? '') })),
        suggestion: { ...suggest(fields, found), headerRow: found.line },
      }
    } finally {
      await table.close()
    }
  }),
  handleFreely(ops.startImport, async (context, input) => {
    const target = permitted(input.target, context.actor)
    if (!context.file) throw new Problem('invalid_input', '请选择要导入的文件。')
    const { file, db, actor } = context
    const id = await createBatch(withinActor(db, actor), target, file, input.mapping)
    const job: CheckJob = { batchId: id, ...begunBy(actor, target), file: { name: file.name, size: file.size, hash: file.hash }, mapping: input.mapping }
    await db.asSystem('import.check', async (trx) => {
      await storeSource(trx, id, file.path)
      await context.jobs.send(trx, 'import-check', job)
    })
    return db.asActor(actor, { operation: 'import.get' }, (trx) => show(trx, id))
  }),
  handle(ops.getImport, async (trx, { id }) => {
    const batch = await show(trx, id)
    return { ...batch, standing: (batch.state === 'applied' && (await importTarget(batch.target).standing?.(trx, id))) || null }
  }),
  handle(ops.listImports, async (trx, { target, before, limit }) => ({
    batches: await trx.rows<any>(sql`
      SELECT ${columns} FROM imports.batch b WHERE (${target ?? null}::text IS NULL OR b.target = ${target ?? null}) AND (${before ?? null}::bigint IS NULL OR b.id < ${before ?? null}) ORDER BY b.id DESC LIMIT ${limit}`),
  })),
  handle(ops.importLines, async (trx, { id, outcome, after, limit }) => {
    const head = await trx.one<{ headings: string[] | null; state: string; target: string; mapping: Mapping }>(sql`SELECT headings, state, target, mapping FROM imports.batch WHERE id = ${id}`)
    if (!head) throw notFound('导入')
    const personal = personalColumns(head.target, head.mapping, head.headings ?? [])
    // The id that a new record is going to have leads nowhere before it is written.
    const record = head.state === 'applied' ? sql`record_id` : sql`CASE WHEN outcome <> 'create' THEN record_id END`
    const lines = await trx.rows<any>(sql`
      SELECT line, outcome, raw, ${record} AS "recordId", findings FROM imports.line
      WHERE batch_id = ${id} AND line > ${after} AND (${outcome ?? null}::text IS NULL OR outcome = ${outcome ?? null}) ORDER BY line LIMIT ${limit + 1}`)
    const more = lines.length > limit
    if (more) lines.pop()
    for (const l of lines) for (const i of personal) l.raw[i] = masked(l.raw[i])
    const places = await importTarget(head.target).places?.(trx, lines.flatMap((l) => l.recordId ?? []))
    for (const l of lines) l.place = (l.recordId && places?.get(l.recordId)) ?? null
    return { headings: head.headings ?? [], lines, next: more ? lines.at(-1).line : null }
  }),
  handleFreely(ops.applyImport, async (context: Context, input) => {
    const { db, actor } = context
    return db.asActor(actor, { operation: 'import.apply' }, async (trx) => {
      const batch = await show(trx, input.id)
      const target = permitted(batch.target, actor)
      if (batch.state !== 'checked') throw refused(batch.state === 'applied' ? '这次导入已经写入。' : '这次导入现在不能写入，请重新上传检查。')
      if (input.accept === 'all' && (batch.counts.error ?? 0) > 0) throw refused(`还有 ${batch.counts.error} 行有错误。请改正后重新上传，或选择“只导入正确的行”。`)
      if (!(await trx.run(sql`UPDATE imports.batch SET state = 'applying', problem = NULL WHERE id = ${input.id} AND state = 'checked'`))) throw refused('这次导入正在写入。')
      const job: ApplyJob = { batchId: input.id, ...begunBy(actor, target), accept: input.accept, submit: input.submit && actor.permissions.includes('report.submit'), reason: input.reason }
      await context.jobs.send(trx, 'import-apply', job)
      return show(trx, input.id)
    })
  }),
  handleFreely(ops.undoImport, async (context, { id, reason }) => {
    const batch = await context.db.asActor(context.actor, { operation: 'import.get' }, (trx) => show(trx, id))
    await undoBatch(withinActor(context.db, context.actor), permitted(batch.target, context.actor), id, reason)
    return context.db.asActor(context.actor, { operation: 'import.get' }, (trx) => show(trx, id))
  }),
  handle(ops.cancelImport, async (trx, { id }) => {
    await trx.run(sql`UPDATE imports.batch SET state = 'cancelled' WHERE id = ${id} AND state IN ('checked', 'checking', 'failed')`)
    return show(trx, id)
  }),
  handleFreely(ops.importErrors, async ({ db, actor }, { id }) => {
    const { batch, headings, own } = await db.asActor(actor, { operation: 'import.errors' }, async (trx) => ({
      batch: await show(trx, id), ...(await trx.one<{ headings: string[]; own: boolean }>(sql`SELECT coalesce(headings, '[]') AS headings, by_id IS NOT DISTINCT FROM ${actor.personId} AS own FROM imports.batch WHERE id = ${id}`))!,
    }))
    // Whoever uploaded the file gets their own lines back to mend them; others see personal data in part.
    const personal = new Set(own ? [] : personalColumns(batch.target, batch.mapping as Mapping, headings))
    const at = new Map<string, number>()
    for (const [name, spec] of Object.entries((batch.mapping as Mapping).columns)) for (const n of [specOf(spec as string).from ?? []].flat()) at.set(name, headings.indexOf(n))
    async function* faulty() {
      for (let after = 0; ;) {
        const lines = await db.asActor(actor, { operation: 'import.errors' }, (trx) => trx.rows<{ line: number; raw: (string | null)[]; findings: Finding[] | null }>(sql`
          SELECT line, raw, findings FROM imports.line WHERE batch_id = ${id} AND line > ${after} AND outcome = 'error' ORDER BY line LIMIT 500`))
        for (const l of lines) yield {
          line: l.line,
          cells: l.raw.map((given, i) => (personal.has(i) ? masked(given) : given)).map((t) => (t === null ? null : { kind: /^-?(0|[1-9]\d{0,13})(\.\d+)?$/.test(t) && t.length < 15 ? ('number' as const) : ('text' as const), text: t })),
          problems: (l.findings ?? []).filter((f) => f.severity !== 'note').map((f) => ({ column: at.has(f.field) && at.get(f.field)! >= 0 ? at.get(f.field) : undefined, problem: f.message })),
        }
        if (lines.length < 500) return
        after = lines.at(-1)!.line
      }
    }
    const body = new PassThrough()
    writeErrorTable(body, { sheetName: '待改正', headings, rows: faulty() }).catch((e: Error) => body.destroy(e))
    return { body, fileName: `待改正-${batch.fileName.replace(/\.\w+$/, '')}.xlsx`, contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
  }),
  handleFreely(ops.importTemplate, async (context, { target: name, form }) => {
    const target = permitted(name, context.actor)
    const body = new PassThrough()
    writeTemplate(body, {
      sheetName: target.label,
      columns: target.fields({ form }).map((f) => ({
        key: f.name, heading: f.label, unit: f.unit, required: f.required, help: f.help,
        kind: f.type.kind === 'decimal' || f.type.kind === 'integer' ? 'number' : f.type.kind === 'day' ? 'date' : f.type.kind === 'choice' ? 'choice' : f.type.kind === 'yesNo' ? 'yesNo' : 'text',
        choices: f.type.choices ? Object.values(f.type.choices) : undefined,
      })),
    }).catch((e: Error) => body.destroy(e))
    return { body, fileName: `${target.label}-导入模板.xlsx`, contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
  }),
  handle(ops.saveMapping, async (trx, { target, name, mapping, replace }) => {
    const same = replace ? null : await trx.one<{ byName: string }>(sql`SELECT by_name AS "byName" FROM imports.mapping WHERE target = ${target} AND name = ${name} AND org_path = ${trx.actor!.orgPath}`)
    if (same) throw new Problem('conflict', `已有名为“${name}”的对照（${same.byName}保存）。请换一个名字，或确认覆盖。`, { fields: [{ path: 'name', message: '已有同名的对照' }] })
    const others = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM imports.mapping WHERE org_path = ${trx.actor!.orgPath} AND NOT (target = ${target} AND name = ${name})`))!
    if (others.n >= MOST_MAPPINGS) throw refused(`一个单位最多保存 ${MOST_MAPPINGS} 个导入对照，请先删除不用的。`)
    return (await trx.one<{ id: number }>(sql`
    INSERT INTO imports.mapping (target, name, mapping, org_path, by_name) VALUES (${target}, ${name}, ${JSON.stringify(mapping)}, ${trx.actor!.orgPath}, ${trx.actor!.name})
    ON CONFLICT (target, name, org_path) DO UPDATE SET mapping = excluded.mapping, by_name = excluded.by_name, at = now() RETURNING id`))!
  }),
  handle(ops.removeMapping, async (trx, { id }) => {
    const found = await trx.one<{ name: string; own: boolean }>(sql`SELECT name, org_path = ${trx.actor!.orgPath} AS own FROM imports.mapping WHERE id = ${id}`)
    if (!found) throw notFound('导入对照')
    if (!found.own) throw refused(`“${found.name}”是下属单位保存的对照，由该单位自行删除。`)
    await trx.run(sql`DELETE FROM imports.mapping WHERE id = ${id}`)
    return { name: found.name }
  }),
  handle(ops.listMappings, async (trx, { target }) => ({
    mappings: await trx.rows<any>(sql`SELECT id, name, mapping, by_name AS "byName", at, org_path = ${trx.actor!.orgPath} AS own FROM imports.mapping WHERE target = ${target} ORDER BY org_path <> ${trx.actor!.orgPath}, name, id LIMIT 200`),
  })),
]
