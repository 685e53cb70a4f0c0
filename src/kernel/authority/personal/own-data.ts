/** What the platform keeps about a person, for that person (PIPL article 45): one table that whoever it is about can read. */
import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { FileAnswer } from '../../domain.ts'
import { writeTable, type OutColumn } from '../../documents/workbook-out.ts'
import { browserOf, EVENTS } from '../account/words.rules.ts'
import { roleLabel } from '../roles.rules.ts'
import type { Session } from '../session.procedures.ts'

const COLUMNS: readonly OutColumn[] = [
  { key: 'kind', heading: '类别', width: 18, kind: 'text' }, { key: 'what', heading: '项目', width: 30, kind: 'text' }, { key: 'value', heading: '内容', width: 60, kind: 'text' }, { key: 'at', heading: '时间', width: 20, kind: 'text' },
]
const EVENTS_SHOWN = 2000
interface Line { kind: string; what: string; value: string | null; at?: string | null }

export async function ownData(db: Database, session: Session): Promise<FileAnswer> {
  const { personId, accountId } = session
  const lines = await db.asSystem('account.personal-data', async (trx): Promise<Line[]> => {
    const when = (column: string) => sql`to_char(${sql.ref(column)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')`
    const me = (await trx.one<any>(sql`
      SELECT n.name, n.phone, a.login, ${when('a.password_changed_at')} AS "passwordAt", ${when('f.confirmed_at')} AS "factorAt" FROM auth.account a JOIN auth.person n ON n.id = a.person_id LEFT JOIN auth.second_factor f ON f.account_id = a.id WHERE a.id = ${accountId}`))!
    const posts = await trx.rows<any>(sql`SELECT p.role, o.name, p.valid_from AS "from", p.valid_to AS "to", p.reason FROM auth.post p JOIN org.organization o ON o.id = p.organization_id WHERE p.person_id = ${personId} ORDER BY p.id`)
    const identities = await trx.rows<any>(sql`SELECT issuer, subject, ${when('linked_at')} AS at FROM auth.identity WHERE account_id = ${accountId} ORDER BY id`)
    const sessions = await trx.rows<any>(sql`SELECT address, agent, ${when('created_at')} AS at FROM auth.session WHERE account_id = ${accountId} ORDER BY id`)
    const views = await trx.rows<any>(sql`SELECT name, page FROM auth.saved_view WHERE person_id = ${personId} ORDER BY id`)
    const reveals = await trx.rows<any>(sql`SELECT by_name AS by, reason, ${when('at')} AS at FROM auth.reveal WHERE entity = 'auth.person' AND record_id = ${personId} ORDER BY id`)
    const events = await trx.rows<any>(sql`SELECT kind, address, agent, ${when('at')} AS at FROM auth.event WHERE account_id = ${accountId} ORDER BY id DESC LIMIT ${EVENTS_SHOWN}`)
    const from = (address: string | null, agent: string | null) => `${address ?? '未知地址'}，${browserOf(agent)}`
    return [
      { kind: '本人', what: '姓名', value: me.name }, { kind: '本人', what: '电话', value: me.phone },
      { kind: '账号', what: '登录名', value: me.login }, { kind: '账号', what: '密码上次修改', value: null, at: me.passwordAt }, ...(me.factorAt ? [{ kind: '账号', what: '双因素启用', value: null, at: me.factorAt }] : []),
      ...identities.map((i): Line => ({ kind: '单点登录', what: i.issuer, value: i.subject, at: i.at })),
      ...posts.map((p): Line => ({ kind: '岗位', what: `${p.name} · ${roleLabel(p.role)}`, value: `${p.from} 至 ${p.to ?? '今'}${p.reason ? `；${p.reason}` : ''}` })),
      ...reveals.map((r): Line => ({ kind: '谁看过您的完整电话', what: r.by, value: r.reason, at: r.at })),
      ...sessions.map((s): Line => ({ kind: '正在登录', what: '', value: from(s.address, s.agent), at: s.at })),
      ...views.map((v): Line => ({ kind: '保存的视图', what: v.name, value: v.page })),
      ...events.map((e): Line => ({ kind: '登录与账号变动', what: EVENTS[e.kind] ?? e.kind, value: from(e.address, e.agent), at: e.at })),
      { kind: '说明', what: '办事记录', value: '您办理事项的审计记录和您在报表上的署名依法保存，请向审计管理员或本单位查询；数据有误或不再需要的，请向本单位或上级单位负责人员管理的同志申请更正或删除。' },
    ]
  })
  const body = new PassThrough()
  writeTable(body, { sheetName: '我的个人信息', columns: COLUMNS, rows: lines as unknown as Record<string, unknown>[] }).catch((e: Error) => body.destroy(e))
  return { body, fileName: '我的个人信息.xlsx', contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
}
