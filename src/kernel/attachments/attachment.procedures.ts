import { sql } from 'kysely'
import { handle, handleFreely, type Context } from '../domain.ts'
import type { Transaction } from '../db/database.ts'
import { Problem, forbidden, invalid, notFound, refused, versionConflict } from '../contract/problem.rules.ts'
import { antivirusAddress, antivirusState } from './antivirus.ts'
import { hostOf, type Host } from './attachable.ts'
import * as ops from './attachment.contract.ts'
import type { AttachmentRow } from './attachment.contract.ts'
import { contentColumns, dropUnused, keepContent, readContent, type Content } from './content.ts'
import { contentKind } from './content-kind.ts'
import { fileStore } from './file-store.ts'
import { KINDS, plainName } from './kinds.rules.ts'

const MB = 1024 * 1024
/** Of one record, editions and removed ones included: a list of them is read as a whole. */
const MOST_OF_A_RECORD = 500

interface Limits { 'file-size': number; 'person-daily': number; 'organization-total': number; 'keep-removed': number }
async function limitsOf(trx: Transaction): Promise<Limits> {
  const rows = await trx.rows<{ key: string; value: number }>(sql`SELECT substr(key, 12) AS key, (value #>> '{}')::int AS value FROM app.setting WHERE key LIKE 'attachment.%' AND valid_to IS NULL`)
  return Object.fromEntries(rows.map((r) => [r.key, r.value])) as unknown as Limits
}
const mostBytes = (limits: Limits): number => Math.min(ops.MOST_BYTES, limits['file-size'] * MB)

const columns = sql`
  a.id, a.version, a.entity, a.record_id AS "recordId", a.item, coalesce(a.document_id, a.id) AS "documentId", a.edition, a.name, a.kind, a.size, a.sm3, a.note, a.by_name AS "byName", a.at,
  coalesce(c.scan, 'gone') AS scan, c.damaged_at IS NOT NULL AS damaged, a.removed_at AS "removedAt", a.removed_by_name AS "removedByName", a.removed_reason AS "removedReason", a.keep_until AS "keepUntil",
  a.by_organization AS "byOrganization", EXISTS (SELECT FROM org.organization b WHERE b.id = a.by_organization) AS "fromBelow"`
type Row = Omit<AttachmentRow, 'can'> & { byOrganization: number; /** Attached from within the actor's own part of the tree. */ fromBelow: boolean }

function shown({ byOrganization, fromBelow, ...row }: Row, host: Host, trx: Transaction): AttachmentRow {
  const can: AttachmentRow['can'] = []
  if (!row.removedAt && (row.scan === 'clean' || row.scan === 'unscanned') && !row.damaged) can.push('download')
  // What somebody above attached is not taken away from below; evidence only by who brought it.
  const mine = host.evidence ? byOrganization === trx.actor!.organizationId : fromBelow
  if (host.may && mine && !row.removedAt) can.push('remove', 'replace')
  if (host.may && mine && row.removedAt && row.scan !== 'gone') can.push('restore')
  return { ...row, can }
}

async function rowOf(trx: Transaction, id: number): Promise<Row> {
  const row = await trx.one<Row>(sql`SELECT ${columns} FROM files.attachment a LEFT JOIN files.content c ON c.id = a.content_id WHERE a.id = ${id}`)
  if (!row) throw notFound('附件')
  return row
}

/** Locks the row, compares what the person saw, and says whether now is the time to change it. */
async function toChange(trx: Transaction, id: number, version: number, what: 'remove' | 'restore'): Promise<Host> {
  const seen = await rowOf(trx, id)
  const host = await hostOf(trx, seen.entity, seen.recordId)
  // Who may not change it may not lock it either.
  const locked = await trx.one<{ version: number }>(sql`SELECT version FROM files.attachment WHERE id = ${id} FOR UPDATE`)
  if (!locked) throw forbidden()
  if (locked.version !== version) throw versionConflict()
  if (!shown(await rowOf(trx, id), host, trx).can.includes(what))
    throw refused(!host.may ? (host.whyNot ?? '这条记录现在不能改动附件。') : what === 'remove' ? '只有上传这个附件的单位才能移除它；已经移除的不必再移除。' : '这个附件没有移除，或内容已按期销毁，不能恢复。')
  return host
}

/** Whether the person may add to the record now; the same question before and after the bytes were stored. */
async function hostToAdd(trx: Transaction, input: { entity: string; recordId: number; item: string }): Promise<Host> {
  const host = await hostOf(trx, input.entity, input.recordId)
  if (!host.may) throw host.whyNot ? refused(host.whyNot) : forbidden()
  if (input.item && !host.items?.includes(input.item)) throw invalid('没有这一格，请刷新后再传。', [{ path: 'item', message: '没有这一格' }])
  return host
}

async function refuseOverQuota(trx: Transaction, host: Host, size: number, limits: Limits): Promise<void> {
  const today = await trx.one<{ n: number }>(sql`
    SELECT coalesce(sum(size), 0)::bigint AS n FROM files.attachment WHERE by_id = ${trx.actor!.personId} AND at >= (app.today()::timestamp AT TIME ZONE 'Asia/Shanghai')`)
  if (today!.n + size > limits['person-daily'] * MB) throw refused(`您今天上传的附件超过了每人每天 ${limits['person-daily']} MB 的限额。请明天再传，或压缩扫描件后上传；确需提高限额，请联系系统管理员。`)
  if (host.organizationId === null) return
  const total = await trx.one<{ n: number }>(sql`SELECT coalesce(sum(size), 0)::bigint AS n FROM files.attachment WHERE organization_id = ${host.organizationId} AND content_id IS NOT NULL`)
  if (total!.n + size > limits['organization-total'] * MB) throw refused(`这个机构的附件总量超过了 ${limits['organization-total']} MB 的限额。请移除不需要的附件，或联系系统管理员提高限额。`)
}

async function add(context: Context, input: { entity: string; recordId: number; item: string; note?: string | null; replaces?: number }): Promise<AttachmentRow> {
  const { db, actor, file, dataDir } = context
  if (!file) throw invalid('请选择要上传的文件。')
  const name = plainName(file.name)
  if (!name) throw invalid('文件没有名字，请改名后再上传。')
  // Whoever may not add is told so before anything is stored.
  const limits = await db.asActor(actor, { operation: 'attachment.add', reads: true }, async (trx) => {
    const limits = await limitsOf(trx)
    await refuseOverQuota(trx, await hostToAdd(trx, input), file.size, limits)
    return limits
  })
  if (file.size > mostBytes(limits)) throw new Problem('too_large', `单个附件不超过 ${mostBytes(limits) / MB} MB。请压缩扫描件或拆分后再上传。`)
  const kind = await contentKind(file.path, name)
  const store = fileStore(dataDir)
  const content = await keepContent(db, store, file)
  try {
    return await db.asActor(actor, { operation: 'attachment.add', reason: input.note }, async (trx) => {
      const host = await hostToAdd(trx, input)
      await trx.run(sql`SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(${[`attachment person ${actor.personId}`, `attachment organization ${host.organizationId ?? 0}`]}::text[]) k ORDER BY k`)
      // Sent twice, because an answer was lost: the first one is the answer.
      const there = await trx.one<{ id: number }>(sql`
        SELECT id FROM files.attachment WHERE entity = ${input.entity} AND record_id = ${input.recordId} AND item = ${input.item} AND name = ${name} AND sm3 = ${content.sm3} AND removed_at IS NULL
          AND content_id IS NOT NULL`)
      if (there) return shown(await rowOf(trx, there.id), host, trx)
      await refuseOverQuota(trx, host, file.size, limits)
      const held = await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM files.attachment WHERE entity = ${input.entity} AND record_id = ${input.recordId}`)
      if (held!.n >= MOST_OF_A_RECORD) throw refused(`一条记录最多带 ${MOST_OF_A_RECORD} 个附件（含历次版本和已移除的）。请把材料合并成一个文件后再传。`)
      let edition = { document: null as number | null, next: 1 }
      if (input.replaces) {
        const former = await rowOf(trx, input.replaces)
        if (former.entity !== input.entity || former.recordId !== input.recordId || !shown(former, host, trx).can.includes('replace')) throw refused('这个附件不能用新版替换，请刷新后再试。')
        const last = await trx.one<{ n: number }>(sql`SELECT max(edition) AS n FROM files.attachment WHERE id = ${former.documentId} OR document_id = ${former.documentId}`)
        edition = { document: former.documentId, next: last!.n + 1 }
      }
      const made = await trx.one<{ id: number }>(sql`
        INSERT INTO files.attachment (entity, record_id, item, organization_id, org_path, document_id, edition, name, kind, size, sm3, note, content_id, by_id, by_name, by_organization)
        VALUES (${input.entity}, ${input.recordId}, ${input.item}, ${host.organizationId}, ${host.orgPath}, ${edition.document}, ${edition.next}, ${name}, ${kind}, ${file.size}, ${content.sm3}, ${input.note || null},
          ${content.id}, ${actor.personId}, ${actor.name}, ${actor.organizationId}) RETURNING id`)
      return shown(await rowOf(trx, made!.id), host, trx)
    })
  } catch (error) {
    await dropUnused(db, store, content)
    throw error
  }
}

export const attachmentHandlers = [
  handle(ops.listAttachments, async (trx, { entity, recordId }) => {
    const host = await hostOf(trx, entity, recordId)
    const rows = await trx.rows<Row>(sql`
      SELECT ${columns} FROM files.attachment a LEFT JOIN files.content c ON c.id = a.content_id WHERE a.entity = ${entity} AND a.record_id = ${recordId} ORDER BY a.id`)
    return {
      attachments: rows.map((r) => shown(r, host, trx)), mayAdd: host.may, whyNot: host.may ? null : (host.whyNot ?? null),
      maxBytes: mostBytes(await limitsOf(trx)), antivirus: antivirusAddress() !== null,
    }
  }),
  handleFreely(ops.addAttachment, add),
  handleFreely(ops.downloadAttachment, async (context, { id }) => {
    const { db, dataDir, actor } = context
    const { row, content } = await db.asActor(actor, { operation: 'attachment.download', reads: true }, async (trx) => ({
      row: await rowOf(trx, id),
      content: await trx.one<Content>(sql`SELECT ${contentColumns} FROM files.attachment a JOIN files.content c ON c.id = a.content_id WHERE a.id = ${id}`),
    }))
    if (row.removedAt || !content) throw refused(content ? '这个附件已被移除；需要时请有权的人先恢复。' : '这个附件的内容已按保管期限销毁。')
    if (content.scan === 'infected') throw new Problem('infected', '这个附件查出病毒，已隔离，不能下载。')
    if (content.scan === 'pending') throw refused('这个附件还没有查毒，查毒通过后才能下载，请稍后再试。')
    const body = await readContent(db, fileStore(dataDir), dataDir, content)
    return { body, fileName: row.name, contentType: KINDS[row.kind].type, size: row.size }
  }),
  handle(ops.removeAttachment, async (trx, { id, version, reason }) => {
    const host = await toChange(trx, id, version, 'remove')
    const { 'keep-removed': days } = await limitsOf(trx)
    await trx.run(sql`
      UPDATE files.attachment SET removed_at = now(), removed_by_name = ${trx.actor!.name}, removed_reason = ${reason}, keep_until = app.today() + ${days}::int WHERE id = ${id}`)
    return shown(await rowOf(trx, id), host, trx)
  }),
  handle(ops.restoreAttachment, async (trx, { id, version }) => {
    const host = await toChange(trx, id, version, 'restore')
    await trx.run(sql`UPDATE files.attachment SET removed_at = NULL, removed_by_name = NULL, removed_reason = NULL, keep_until = NULL WHERE id = ${id}`)
    return shown(await rowOf(trx, id), host, trx)
  }),

  handleFreely(ops.fileStoreState, async ({ db, dataDir }) => {
    const store = fileStore(dataDir)
    const antivirus = await antivirusState()
    return db.asSystem({ operation: 'file.store', reads: true }, async (trx) => {
      const totals = await trx.one<any>(sql`
        SELECT (SELECT count(*) FROM files.attachment WHERE removed_at IS NULL) AS attachments, (SELECT count(*) FROM files.attachment WHERE removed_at IS NOT NULL) AS removed,
          count(*) AS contents, coalesce(sum(size), 0)::bigint AS bytes, count(*) FILTER (WHERE place <> ${store.place}) AS elsewhere,
          jsonb_build_object('unscanned', count(*) FILTER (WHERE scan = 'unscanned'), 'pending', count(*) FILTER (WHERE scan = 'pending'), 'clean', count(*) FILTER (WHERE scan = 'clean'), 'infected', count(*) FILTER (WHERE scan = 'infected')) AS scans
        FROM files.content`)
      return {
        place: store.place, ...totals, antivirus,
        limits: await trx.rows<any>(sql`SELECT id, version, key, label, value #>> '{}' AS value, unit, source, unsure FROM app.setting WHERE key LIKE 'attachment.%' AND valid_to IS NULL ORDER BY id`),
        incidents: await trx.rows<any>(sql`
          SELECT id, version, kind, stored_name AS "storedName", detail, at, settled_at AS "settledAt", settled_by_name AS "settledByName", settled_note AS "settledNote"
          FROM files.incident ORDER BY settled_at IS NOT NULL, id DESC LIMIT 100`),
        round: (await trx.one<any>(sql`SELECT at, took_ms AS "tookMs", result FROM files.round ORDER BY id DESC LIMIT 1`)) ?? null,
      }
    })
  }),
  handle(ops.keepFiles, async (trx, _input, { jobs }) => {
    await jobs.send(trx, 'file-keeping', {}, { once: 'by hand' })
    return { queued: true }
  }),
  handle(ops.settleIncident, async (trx, { id, version, note }) => {
    const row = await trx.one<{ version: number; settledAt: string | null }>(sql`SELECT version, settled_at AS "settledAt" FROM files.incident WHERE id = ${id} FOR UPDATE`)
    if (!row) throw notFound('事件')
    if (row.settledAt) throw refused('这个事件已经处理过了。')
    if (row.version !== version) throw versionConflict()
    await trx.because({ reason: note })
    await trx.run(sql`UPDATE files.incident SET settled_at = now(), settled_by_name = ${trx.actor!.name}, settled_note = ${note} WHERE id = ${id}`)
    return { ok: true }
  }),
  handle(ops.setFileLimit, async (trx, { id, version, value }) => {
    const row = await trx.one<{ version: number; key: string }>(sql`SELECT version, key FROM app.setting WHERE id = ${id} AND key LIKE 'attachment.%'`)
    if (!row) throw notFound('限额')
    if (row.version !== version) throw versionConflict()
    if (row.key === 'attachment.file-size' && Number(value) * MB > ops.MOST_BYTES) throw invalid(`单个附件最大 ${ops.MOST_BYTES / MB} MB。`, [{ path: 'value', message: `不超过 ${ops.MOST_BYTES / MB}` }])
    if (!(await trx.run(sql`UPDATE app.setting SET value = to_jsonb(${value}::text) WHERE id = ${id}`))) throw forbidden()
    return { ok: true }
  }),
]
