/**
 * People and their posts as an import target. A file makes people and accounts, and no rights: every post that it names is
 * a proposal that somebody else decides. No password stands in a file; first sign-in codes are handed out afterwards.
 */
import { sql } from 'kysely'
import type { Transaction } from '../../db/database.ts'
import { refused } from '../../contract/problem.rules.ts'
import { choice, day, text } from '../../entity/entity.rules.ts'
import { finding, planned, type ImportTarget, type Planner } from '../../imports/target.ts'
import type { ImportField, PlannedLine } from '../../imports/target.rules.ts'
import { isError } from '../../imports/read-line.rules.ts'
import { changePosts, todayOf, type Place } from '../rights/rights.ts'
import { isAdministrator, ROLES, roleLabel, rolesToPropose, type Role } from '../roles.rules.ts'
import { person } from './person.entity.ts'

const LOGIN = /^[a-z0-9][a-z0-9._-]{2,60}$/
const labels = Object.fromEntries(Object.entries(ROLES).map(([r, { label }]) => [r, label])) as Record<Role, string>
const fields: ImportField[] = [
  { name: 'name', label: person.fields.name.label, type: person.fields.name.type, required: true, synonyms: person.fields.name.synonyms },
  { name: 'login', label: '登录名', type: text(61), required: true, help: '3 位以上小写字母、数字、点、横线；同一登录名再次导入即为同一人。', synonyms: ['账号', '用户名', 'login'] },
  { name: 'phone', label: person.fields.phone.label, type: person.fields.phone.type, class: person.fields.phone.class, synonyms: person.fields.phone.synonyms },
  { name: 'organization', label: '任职单位', type: text(120), required: true, help: '名称或统一社会信用代码。', synonyms: ['单位', '单位名称', '机构名称', '所在单位'] },
  { name: 'role', label: '岗位', type: choice(labels), required: true, synonyms: ['角色', '职务'] },
  { name: 'from', label: '任职日期', type: day(), help: '不填即为导入当天。', synonyms: ['任职时间', '起始日期'] },
]

interface Known { personId: number; login: string; name: string; visible: boolean; posts: { organizationId: number; role: string }[]; waiting: { organizationId: number; role: string }[] }
type Values = Record<string, any>

class PeoplePlanner implements Planner {
  private readonly seen = new Map<string, { line: number; content: string }>()

  async take(trx: Transaction, lines: Parameters<Planner['take']>[1], reader: Parameters<Planner['take']>[2]): Promise<PlannedLine[]> {
    const reads = lines.map((l) => reader.read(l.line, l.cells as never, fields))
    const wanted = reads.map((r) => String(r.values.organization ?? '')).filter(Boolean)
    const places = await this.places(trx, wanted)
    const known = await this.known(trx, reads.map((r) => String(r.values.login ?? '').toLowerCase()))
    return reads.map((read) => {
      if (read.skipped) return planned(read, 'skipped')
      const v = read.values as Values
      const wrong = (field: string, code: string, message: string) => read.findings.push(finding(field, code, message))
      if (typeof v.login === 'string') {
        v.login = v.login.toLowerCase()
        if (!LOGIN.test(v.login)) wrong('login', 'bad_login', `登录名“${v.login}”要用 3 位以上小写字母、数字、点、横线。`)
      }
      const role = v.role as Role | undefined
      if (role && !rolesToPropose(trx.actor?.role ?? 'system_administrator').includes(role)) wrong('role', 'role_above', `您的岗位不能申请任命“${roleLabel(role)}”。`)
      const here = places.get(String(v.organization ?? '')) ?? []
      if (v.organization && here.length !== 1) wrong('organization', here.length ? 'ambiguous_organization' : 'unknown_organization', here.length ? `有 ${here.length} 个叫“${v.organization}”的单位，请填统一社会信用代码。` : `没有“${v.organization}”这个单位，或不在您的管理范围内。`)
      const place = here.length === 1 ? here[0]! : null
      if (place && role && (role === 'city_reviewer' || isAdministrator(role)) && place.kind !== 'city') wrong('role', 'wrong_place', `“${roleLabel(role)}”只设在市级主管部门。`)
      if (place && role === 'district_reviewer' && place.kind === 'institution') wrong('role', 'wrong_place', '审核人只设在主管单位。')
      const before = known.get(String(v.login ?? ''))
      if (before && !before.visible) wrong('login', 'taken', `登录名“${v.login}”已被使用，请换一个。`)
      else if (before && v.name && before.name !== v.name) wrong('name', 'other_person', `登录名“${v.login}”已属于别的姓名。请核对姓名，或换一个登录名。`)
      if (before && before.personId === trx.actor?.personId) wrong('login', 'oneself', '不能为自己申请岗位，请由其他有权限的人办理。')
      const key = `${v.login}|${place?.id}|${role}`
      const content = JSON.stringify(v)
      const twin = this.seen.get(key)
      if (twin?.content === content) return planned({ ...read, findings: [...read.findings, finding('', 'duplicate_line', `与第 ${twin.line} 行相同，只导入一次。`, 'note')] }, 'duplicate')
      if (twin) wrong('', 'conflicting_line', `与第 ${twin.line} 行是同一人的同一岗位，但内容不同。请保留正确的一行。`)
      const named = this.seen.get(`login ${v.login}`)
      if (named && named.content !== v.name) wrong('name', 'conflicting_line', `登录名“${v.login}”在第 ${named.line} 行是另一个姓名。`)
      this.seen.set(key, { line: read.line, content })
      if (!named && v.login) this.seen.set(`login ${v.login}`, { line: read.line, content: v.name })
      if (read.findings.some(isError)) return planned(read, 'error')
      const has = (list: readonly { organizationId: number; role: string }[]) => list.some((p) => p.organizationId === place!.id && p.role === role)
      if (before && has(before.posts)) return planned(read, 'unchanged', { recordId: before.personId })
      if (before && has(before.waiting)) return planned({ ...read, findings: [...read.findings, finding('', 'waiting', '这个岗位已在等待审批。', 'note')] }, 'unchanged', { recordId: before.personId })
      const mapped = { ...v, organizationId: place!.id }
      const note = finding('role', 'proposed', `写入后提交审批：任${place!.name}“${roleLabel(role!)}”。批准之前没有权限。`, 'note')
      return planned({ ...read, findings: [...read.findings, note] }, before ? 'update' : 'create', { mapped, recordId: before?.personId ?? null })
    })
  }
  async finish(): Promise<PlannedLine[]> {
    return []
  }

  /** By name or by code, within the importer's scope: names and places, nothing else of the register. */
  private async places(trx: Transaction, names: string[]): Promise<Map<string, Place[]>> {
    const rows = await trx.rows<Place & { key: string }>(sql`SELECT k.key, p.* FROM (SELECT DISTINCT key FROM unnest(${names}::text[]) AS key) k, org.pick_exactly(k.key) p`)
    const found = new Map<string, Place[]>()
    for (const { key, ...place } of rows) found.set(key, [...(found.get(key) ?? []), place])
    return found
  }
  private async known(trx: Transaction, logins: string[]): Promise<Map<string, Known>> {
    const rows = await trx.rows<Known>(sql`
      SELECT a.login, a.person_id AS "personId", n.name, n.id IS NOT NULL AS visible,
        coalesce((SELECT jsonb_agg(jsonb_build_object('organizationId', p.organization_id, 'role', p.role)) FROM auth.post p WHERE p.person_id = a.person_id AND (p.valid_to IS NULL OR p.valid_to >= app.today())), '[]') AS posts,
        coalesce((SELECT jsonb_agg(jsonb_build_object('organizationId', q.organization_id, 'role', q.role)) FROM auth.proposal q WHERE q.person_id = a.person_id AND q.state = 'proposed' AND q.expires_at > now()), '[]') AS waiting
      FROM auth.logins(${[...new Set(logins)]}::text[]) a LEFT JOIN auth.person n ON n.id = a.person_id`)
    return new Map(rows.map((r) => [r.login, r]))
  }
}

export const peopleImport: ImportTarget = {
  name: 'people', label: '人员与岗位', permission: 'person.update',
  fields: () => fields,
  problems(mapping) {
    const wrong = Object.keys(mapping.columns).filter((n) => !fields.some((f) => f.name === n))
    const lacking = fields.filter((f) => f.required && mapping.columns[f.name] === undefined)
    return [...(wrong.length ? [`导入对照里有不认识的栏目：${wrong.join('、')}。`] : []), ...(lacking.length ? [`导入对照里没有指明${lacking.map((f) => `“${f.label}”`).join('、')}是哪一列。`] : [])]
  },
  planner: async () => new PeoplePlanner(),
  async apply(trx, _mapping, lines, { batchId }) {
    const records = new Map<number, number>()
    const made = new Map<string, number>()
    const today = await todayOf(trx)
    for (const l of lines) {
      const v = l.mapped as Values
      // The same new person with a second post stands in a second line.
      let id = l.recordId ?? made.get(v.login) ?? (await trx.rows<{ personId: number }>(sql`SELECT person_id AS "personId" FROM auth.logins(ARRAY[${v.login}]::text[])`))[0]?.personId
      if (!id) {
        const place = (await trx.rows<Place>(sql`SELECT * FROM org.pick('', ARRAY[${v.organizationId}]::integer[])`))[0]
        if (!place || place.ended) throw refused(`第 ${l.line} 行的单位在检查之后有变化，没有写入任何内容。请重新上传检查。`)
        id = (await trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, phone, org_path) VALUES (${v.name}, ${v.phone ?? null}, ${place.path}) RETURNING id`))!.id
        await trx.run(sql`SELECT auth.open_account(${id}, ${v.login}, NULL)`)
      }
      made.set(v.login, id)
      await changePosts(trx, {
        kind: 'appoint', personId: id, personName: v.name, ends: [], reason: `批量导入第 ${batchId} 批第 ${l.line} 行`, ask: true, batchId,
        posts: [{ organizationId: v.organizationId, role: v.role, from: v.from ?? today, to: null, deputyOf: null }],
      })
      records.set(l.line, id)
    }
    return records
  },
  async undo(trx, batchId) {
    const decided = await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM auth.proposal WHERE batch_id = ${batchId} AND state = 'approved'`)
    if (decided!.n) throw refused(`这批导入已有 ${decided!.n} 件授权申请获批，不能整批撤销。请在“人员与岗位”里逐个结束岗位。`)
    const withdrawn = await trx.run(sql`UPDATE auth.proposal SET state = 'withdrawn', decided_by_name = ${trx.actor?.name ?? '系统'}, decided_at = now(), decision = '导入已撤销' WHERE batch_id = ${batchId} AND state = 'proposed'`)
    // Who was made by it and came to nothing goes; who has signed in or holds a post stays.
    const people = (await trx.rows<{ id: number }>(sql`SELECT record_id AS id FROM imports.line WHERE batch_id = ${batchId} AND outcome = 'create' AND record_id IS NOT NULL`)).map((r) => r.id)
    const gone = await trx.one<{ n: number }>(sql`SELECT auth.drop_unused(${people}::integer[]) AS n`)
    return Math.max(withdrawn, gone!.n)
  },
}
