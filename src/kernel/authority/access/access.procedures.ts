import { PassThrough } from 'node:stream'
import { sql, type RawBuilder } from 'kysely'
import { handle, handleFreely } from '../../domain.ts'
import type { Transaction } from '../../db/database.ts'
import { invalid, notFound } from '../../contract/problem.rules.ts'
import { writeCsv, writeTable, type OutColumn } from '../../documents/workbook-out.ts'
import { permissionsOf, permissionWords, roleLabel, ROLES, type Role } from '../roles.rules.ts'
import { placesOf } from '../rights/rights.ts'
import { isSealed, sealedText } from '../rights/seal.ts'
import * as ops from './access.contract.ts'

interface Filters { by: 'person' | 'organization' | 'role'; q?: string; organizationId?: number; role?: Role; permission?: string; past: 'true' | 'false' }
const rolesWith = (permission: string) => (Object.keys(ROLES) as Role[]).filter((r) => permissionsOf(r).includes(permission))
const KEYS: Record<Filters['by'], RawBuilder<unknown>> = { person: sql`''`, organization: sql`r.org_path`, role: sql`coalesce(r.role, '~') || ' ' || r.org_path` }

async function page(trx: Transaction, f: Filters, cursor: string | undefined, limit: number) {
  const key = KEYS[f.by]
  const where: RawBuilder<unknown>[] = [sql`true`]
  if (f.past === 'false') where.push(sql`(r.valid_to IS NULL OR r.valid_to >= app.today())`)
  if (f.q) where.push(sql`n.name LIKE ${`%${f.q.replace(/[\\%_]/g, '\\$&')}%`}`)
  if (f.role) where.push(sql`r.role = ${f.role}`)
  if (f.permission) where.push(sql`(r.role = ANY (${rolesWith(f.permission)}::text[]) OR ${f.permission} = ANY (r.permissions))`)
  if (f.organizationId) {
    const place = (await placesOf(trx, [f.organizationId])).get(f.organizationId)
    if (!place) throw notFound('机构')
    where.push(sql`r.org_path >= ${place.path} AND r.org_path < ${`${place.path.slice(0, -1)}/`}`)
  }
  if (cursor) {
    let after: unknown[]
    try {
      after = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    } catch {
      throw invalid('翻页标记无效，请从第一页重新查看。')
    }
    if (!Array.isArray(after) || after.length !== 4 || typeof after[0] !== 'string' || !Number.isSafeInteger(after[1]) || typeof after[2] !== 'string' || !Number.isSafeInteger(after[3])) throw invalid('翻页标记无效，请从第一页重新查看。')
    where.push(sql`(${key} COLLATE "C", r.person_id, r.via, r.id) > (${after[0]}::text COLLATE "C", ${after[1]}::integer, ${after[2]}::text, ${after[3]}::integer)`)
  }
  const found = await trx.rows<any>(sql`
    SELECT ${key} AS key, r.via, r.id, r.post_id AS "postId", r.person_id AS "personId", n.name AS "personName", r.organization_id AS "organizationId", r.role, r.base, r.permissions, m.name AS "deputyFor", r.valid_from AS "validFrom", r.valid_to AS "validTo",
      r.valid_from <= app.today() AND (r.valid_to IS NULL OR r.valid_to >= app.today()) AS current, coalesce(r.reason, q.reason) AS reason, q.id AS "proposalId", q.proposed_by_name AS "proposedByName", q.decided_by_name AS "decidedByName", r.delegation_id IS NOT NULL AS delegated, r.text, r.mac, r.key_version AS "keyVersion"
    FROM (
      SELECT CASE WHEN p.deputy_of IS NULL THEN 'post' ELSE 'deputy' END AS via, p.id, p.id AS post_id, p.person_id, p.organization_id, p.role, p.role AS base, '{}'::text[] AS permissions, p.deputy_of, p.valid_from, p.valid_to, p.reason, p.proposal_id, p.delegation_id, p.org_path, p.mac, p.key_version, ${sealedText('post', 'p')} AS text FROM auth.post p
      UNION ALL
      SELECT 'grant', e.id, e.post_id, p.person_id, e.organization_id, e.role, p.role, e.permissions, NULL, e.valid_from, e.valid_to, e.reason, e.proposal_id, NULL, e.org_path, e.mac, e.key_version, ${sealedText('entitlement', 'e')} FROM auth.entitlement e JOIN auth.post p ON p.id = e.post_id
    ) r JOIN auth.person n ON n.id = r.person_id LEFT JOIN auth.proposal q ON q.id = r.proposal_id LEFT JOIN auth.post d ON d.id = r.deputy_of LEFT JOIN auth.person m ON m.id = d.person_id
    WHERE ${sql.join(where, sql` AND `)} ORDER BY ${key} COLLATE "C", r.person_id, r.via, r.id LIMIT ${limit + 1}`)
  const more = found.length > limit
  if (more) found.pop()
  const last = found.at(-1)
  const places = await placesOf(trx, found.map((r) => r.organizationId))
  const rows: ops.AccessRow[] = found.map((r) => ({
    ...r, organizationName: places.get(r.organizationId)?.name ?? '', roleLabel: r.role ? roleLabel(r.role) : roleLabel(r.base),
    permissions: (r.role ? permissionsOf(r.role) : r.permissions).map(permissionWords), sealed: isSealed(r.text, r.mac, r.keyVersion),
  }))
  return { rows, next: more && last ? Buffer.from(JSON.stringify([last.key, last.personId, last.via, last.id])).toString('base64url') : null }
}

const COLUMNS: readonly OutColumn[] = [
  { key: 'personName', heading: '姓名', width: 12, kind: 'text' }, { key: 'organizationName', heading: '单位（管理范围）', width: 36, kind: 'text' }, { key: 'roleLabel', heading: '岗位', width: 22, kind: 'text' },
  { key: 'via', heading: '来由', width: 16, kind: 'text' }, { key: 'permissions', heading: '权限', width: 60, kind: 'text' }, { key: 'validFrom', heading: '起', width: 12, kind: 'text' }, { key: 'validTo', heading: '止', width: 12, kind: 'text' },
  { key: 'reason', heading: '依据', width: 30, kind: 'text' }, { key: 'proposedByName', heading: '申请人', width: 12, kind: 'text' }, { key: 'decidedByName', heading: '审批人', width: 12, kind: 'text' },
]

/** Where a record lies in the tree, and what it is called. */
const SUBJECT_ROWS: Record<ops.Subject, (id: number) => RawBuilder<{ path: string; title: string }>> = {
  organization: (id) => sql`SELECT org_path AS path, name AS title FROM org.organization WHERE id = ${id}`,
  filing: (id) => sql`SELECT f.org_path AS path, f.form || ' ' || to_char(f.period_start, 'YYYY-MM') AS title FROM reports.filing f WHERE f.id = ${id}`,
  person: (id) => sql`SELECT org_path AS path, name AS title FROM auth.person WHERE id = ${id}`,
  import: (id) => sql`SELECT org_path AS path, file_name AS title FROM imports.batch WHERE id = ${id}`,
}
/** All chains of ids from the root down to the record. */
const prefixes = (path: string): string[] => path.split('.').slice(0, -1).map((_, i, ids) => `${ids.slice(0, i + 1).join('.')}.`)
const SHOWN = 500

export const accessHandlers = [
  handle(ops.listAccess, (trx, { cursor, limit, ...f }) => page(trx, f, cursor, limit)),
  handleFreely(ops.exportAccess, async ({ db, actor }, { format, ...f }) => {
    async function* rows() {
      for (let cursor: string | undefined; ;) {
        const found = await db.asActor(actor, { operation: 'access.export', reads: true }, (trx) => page(trx, f, cursor, 500))
        for (const r of found.rows) yield { ...r, permissions: r.permissions.join('、'), via: `${ops.VIAS[r.via]}${r.deputyFor ? `（代${r.deputyFor}）` : ''}${r.delegated ? '（委托任命）' : ''}` }
        if (!found.next) return
        cursor = found.next
      }
    }
    const body = new PassThrough()
    const writing = format === 'csv' ? writeCsv(body, { columns: COLUMNS, rows: rows() }) : writeTable(body, { sheetName: '授权一览', columns: COLUMNS, rows: rows() })
    writing.catch((e: Error) => body.destroy(e))
    return { body, fileName: `授权一览.${format}`, contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
  }),
  handle(ops.whoSees, async (trx, { subject, id }, { db }) => {
    const { label, see, change } = ops.SUBJECTS[subject]
    // Who asks must see the record; who decides about rights asks about a record without seeing it, and gets no title of it.
    const own = await trx.one(SUBJECT_ROWS[subject](id))
    const blind = !own && trx.actor!.permissions.includes('security.decide')
    const record = own ?? (blind ? await db.asSystem('access.who', (t) => t.one(SUBJECT_ROWS[subject](id))) : undefined)
    if (!record) throw notFound(label)
    // Those above lie outside of the asker's scope: that they can look is told, nothing else about them.
    const found = await db.asSystem('access.who', (t) => t.rows<any>(sql`
      SELECT n.name AS "personName", r.role, r.base, r.permissions, r.org_path AS path, o.name AS "organizationName", r.via, m.name AS "deputyFor", r.valid_to AS "validTo", r.reason, r.post_id AS "postId", r.own, r.text, r.mac, r.key_version AS "keyVersion"
      FROM (
        SELECT CASE WHEN p.deputy_of IS NULL THEN 'post' ELSE 'deputy' END AS via, p.id AS post_id, true AS own, p.person_id, p.organization_id, p.role, p.role AS base, '{}'::text[] AS permissions, p.deputy_of, p.valid_to, p.reason, o.org_path, p.mac, p.key_version, ${sealedText('post', 'p')} AS text
          FROM auth.post p JOIN org.organization o ON o.id = p.organization_id WHERE p.org_path = ANY (${prefixes(record.path)}::text[]) AND p.valid_from <= app.today() AND (p.valid_to IS NULL OR p.valid_to >= app.today())
        UNION ALL
        SELECT 'grant', e.post_id, e.organization_id = p.organization_id, p.person_id, e.organization_id, e.role, p.role, e.permissions, NULL, e.valid_to, e.reason, o.org_path, e.mac, e.key_version, ${sealedText('entitlement', 'e')}
          FROM auth.entitlement e JOIN auth.post p ON p.id = e.post_id JOIN org.organization o ON o.id = e.organization_id
          WHERE e.org_path = ANY (${prefixes(record.path)}::text[]) AND e.valid_from <= app.today() AND e.valid_to >= app.today() AND p.valid_from <= app.today() AND (p.valid_to IS NULL OR p.valid_to >= app.today())
      ) r JOIN auth.person n ON n.id = r.person_id JOIN org.organization o ON o.id = r.organization_id LEFT JOIN auth.post d ON d.id = r.deputy_of LEFT JOIN auth.person m ON m.id = d.person_id
      ORDER BY length(r.org_path) DESC, n.name, r.post_id`))
    const place = await db.asSystem('access.who', (t) => t.one<{ name: string }>(sql`SELECT name FROM org.organization WHERE org_path = ${record.path}`))
    const whole = found.filter((r) => isSealed(r.text, r.mac, r.keyVersion))
    const people = whole.flatMap((r) => {
      const given: readonly string[] = r.role ? permissionsOf(r.role) : r.permissions
      // A grant at the post's own place adds to the post, which may be what lets one see at all.
      const base = r.via === 'grant' && r.own ? permissionsOf(r.base) : given
      const sees = given.includes(see) || base.includes(see)
      const can = [...(given.includes(see) ? [see] : []), ...change.filter((c) => c !== see && given.includes(c))]
      return sees && can.length ? [{
        personName: r.personName, roleLabel: r.role ? roleLabel(r.role) : roleLabel(r.base), organizationName: r.organizationName, via: r.via, deputyFor: r.deputyFor, validTo: r.validTo, reason: r.reason,
        above: record.path.split('.').length - String(r.path).split('.').length, can: can.map(permissionWords),
      }] : []
    })
    return { subjectLabel: label, title: blind ? `${label} ${id}` : record.title, organizationName: place?.name ?? '', people: people.slice(0, SHOWN), more: people.length > SHOWN }
  }),
  handle(ops.listAlarms, async (trx) => ({
    alarms: (await trx.rows<any>(sql`
      SELECT a.id, a.at, a.subject, a.record_id AS "recordId", n.name AS "personName", (a.detail ->> 'sealed')::boolean AS sealed FROM auth.alarm a LEFT JOIN auth.person n ON n.id = a.person_id ORDER BY a.id DESC LIMIT 100`)),
  })),
]
