/** The one query behind the auditor's search: newest first, by keys, each filter in the order of its own index. */
import { sql, type RawBuilder } from 'kysely'
import { isRoot } from '../authority/root.rules.ts'
import { invalid } from '../contract/problem.rules.ts'
import { build, type Database, type Transaction } from '../db/database.ts'
import { exactly } from './chain.ts'
import type { Searched } from './audit.contract.ts'

export interface Found {
  id: number
  exact: string
  kind: 'change' | 'act'
  at: string
  personId: number | null
  personName: string
  postId: number | null
  role: string | null
  organizationId: number | null
  session: string | null
  address: string | null
  operation: string
  entity: string | null
  recordId: number | null
  orgPath: string
  action: string
  changes: Record<string, unknown> | null
  detail: Record<string, unknown> | null
  result: 'done' | 'refused' | 'failed'
  code: string | null
  reason: string | null
  basis: string | null
  batchId: number | null
  matter: string | null
  clause: string | null
}

/** What stands in full for an import's undo is masked for whoever reads the trail. */
export const COLUMNS = sql.raw<Found>(`
  e.id, ${exactly.compile(build).sql} AS exact, e.kind, e.at, e.actor_id AS "personId", e.actor_name AS "personName", e.post_id AS "postId", e.role, e.actor_organization_id AS "organizationId",
  e.session, e.address, e.operation, e.entity, e.record_id AS "recordId", e.org_path AS "orgPath", e.action,
  audit.masked(e.changes, (SELECT jsonb_object_agg(h.field, h.class) FROM audit.sensitive h WHERE h.entity = e.entity)) AS changes,
  e.detail, e.result, e.code, e.reason, e.basis, e.batch_id AS "batchId", e.matter, e.clause`)

type Part = RawBuilder<unknown>

/** Reasons that contain these words. Many, but far fewer than lines. */
const REASONS = 1000
async function reasonsWith(db: Database, words: string): Promise<string[]> {
  const like = `%${words.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  const keys = await db.asSystem({ operation: 'audit.search', reads: true }, (trx) =>
    trx.rows<{ key: string }>(sql`SELECT key FROM audit.reason WHERE grams @> app.grams(${words}) AND lower(reason) LIKE ${like} ORDER BY since DESC LIMIT ${REASONS + 1}`))
  if (keys.length > REASONS) throw invalid('符合这几个字的原因太多，请多输入几个字。', [{ path: 'words', message: '请多输入几个字' }])
  return keys.map((k) => k.key)
}

export interface Question {
  conditions: Part[]
  /** Null: not asked for. Several: each is read by its own index, and the newest of all are taken. */
  reasons: string[] | null
}

export async function questionOf(db: Database, asked: Searched): Promise<Question> {
  const { from, to, personId, operation, entity, recordId, organizationId, action, result, words } = asked
  const conditions: Part[] = []
  if (from) conditions.push(sql`e.at >= ${from}::timestamptz`)
  if (to) conditions.push(sql`e.at < ${to}::timestamptz`)
  if (personId) conditions.push(sql`e.actor_id = ${personId}`)
  if (operation) conditions.push(sql`e.operation = ${operation}`)
  if (entity) conditions.push(sql`e.entity = ${entity}`)
  if (recordId) conditions.push(sql`e.record_id = ${recordId}`)
  if (action) conditions.push(sql`e.action = ${action}`)
  if (result) conditions.push(result === 'done' ? sql`e.result = 'done'` : sql`e.result = ${result} AND e.result <> 'done'`)
  if (organizationId) {
    const place = await db.asSystem({ operation: 'audit.search', reads: true }, (trx) =>
      trx.one<{ path: string; leaf: boolean }>(sql`SELECT org_path AS path, kind = 'institution' AS leaf FROM org.organization WHERE id = ${organizationId}`))
    if (!place) throw invalid('没有这个单位。', [{ path: 'organizationId', message: '请重新选择单位' }])
    // An institution has nothing below it: one value keeps the order of the index.
    if (place.leaf) conditions.push(sql`e.org_path = ${place.path}`)
    else if (!isRoot(place.path)) conditions.push(sql`e.org_path >= ${place.path} AND e.org_path < ${`${place.path.slice(0, -1)}/`}`)
    else conditions.push(sql`e.org_path <> ''`)
  }
  return { conditions, reasons: words ? await reasonsWith(db, words) : null }
}

const where = (parts: Part[]): Part => (parts.length ? sql`WHERE ${sql.join(parts, sql` AND `)}` : sql``)

function after(cursor: string | undefined): Part[] {
  if (!cursor) return []
  const [at, id] = cursor.split('_')
  if (!at || !id || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at) || !/^\d{1,18}$/.test(id)) throw invalid('翻页的位置不正确，请从第一页重新查询。')
  return [sql`(e.at, e.id) < (${at}::timestamptz, ${id}::bigint)`]
}
export const cursorOf = (row: Found): string => `${row.exact}_${row.id}`

export async function page(trx: Transaction, { conditions, reasons }: Question, limit: number, cursor?: string): Promise<Found[]> {
  const all = [...conditions, ...after(cursor)]
  if (!reasons) return trx.rows<Found>(sql`SELECT ${COLUMNS} FROM audit.entry e ${where(all)} ORDER BY e.at DESC, e.id DESC LIMIT ${limit}`)
  if (!reasons.length) return []
  return trx.rows<Found>(sql`
    SELECT ${COLUMNS} FROM unnest(${reasons}::uuid[]) AS r (key) CROSS JOIN LATERAL (
      SELECT * FROM audit.entry e ${where([sql`e.reason_key = r.key`, ...all])} ORDER BY e.at DESC, e.id DESC LIMIT ${limit}) e
    ORDER BY e.at DESC, e.id DESC LIMIT ${limit}`)
}

/** Counted as far as that is quick, estimated by the planner beyond. */
const COUNTED = 1000
export async function total(trx: Transaction, question: Question): Promise<{ total: number; totalKind: 'exact' | 'estimated' }> {
  const conditions = question.reasons ? [...question.conditions, sql`e.reason_key = ANY (${question.reasons}::uuid[])`] : question.conditions
  const counted = await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM (SELECT FROM audit.entry e ${where(conditions)} LIMIT ${COUNTED + 1}) c`)
  if (counted!.n <= COUNTED) return { total: counted!.n, totalKind: 'exact' }
  const plan = await trx.one<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(sql`EXPLAIN (FORMAT JSON) SELECT FROM audit.entry e ${where(conditions)}`)
  const estimate = Math.max(plan!['QUERY PLAN'][0]!.Plan['Plan Rows'], COUNTED)
  return { total: Number(estimate.toPrecision(2)), totalKind: 'estimated' }
}
