import { sql } from 'kysely'
import { handle } from '../../domain.ts'
import type { Transaction } from '../../db/database.ts'
import { forbidden, invalid, notFound, refused } from '../../contract/problem.rules.ts'
import { readPerson } from '../people/people.procedures.ts'
import { isAdministrator, roleLabel } from '../roles.rules.ts'
import { forgetSessions } from '../session.procedures.ts'
import * as ops from './rights.contract.ts'
import { changePosts, dayAfter, dayBefore, itemsOf, leave, placesOf, postOf, proposeDelegation, proposeEntitlement, refuseRole, todayOf, type HandoverWanted } from './rights.ts'
import { seal } from './seal.ts'

interface Colleague { id: number; name: string; post: string }
const said = (c: Colleague): Colleague => {
  const [place, role] = c.post.split('|')
  return { ...c, post: `${place} · ${roleLabel(role ?? '')}` }
}
const colleague = async (trx: Transaction, id: number): Promise<Colleague> => {
  const [found] = await trx.rows<Colleague>(sql`SELECT * FROM auth.colleagues('', ARRAY[${id}]::integer[])`)
  if (!found) throw notFound('人员')
  return found
}

export const rightsHandlers = [
  handle(ops.listColleagues, async (trx, { q }) => ({
    colleagues: (await trx.rows<Colleague>(sql`SELECT * FROM auth.colleagues(${q ?? ''}, NULL)`)).filter((c) => c.id !== trx.actor!.personId).map(said),
  })),
  handle(ops.entitle, async (trx, { id, organizationId, role, permissions, from, to, reason }) =>
    proposeEntitlement(trx, { postId: id, organizationId, role: role ?? null, permissions, from: from ?? (await todayOf(trx)), to }, reason)),
  handle(ops.endEntitlement, async (trx, { id }) => {
    const yesterday = dayBefore(await todayOf(trx))
    const [row] = await trx.rows<{ id: number }>(sql`UPDATE auth.entitlement SET valid_to = greatest(valid_from - 1, ${yesterday}::date) WHERE id = ${id} AND valid_to >= app.today() RETURNING id`)
    if (!row) throw notFound('另外授权')
    await seal(trx, 'entitlement', [id])
    forgetSessions()
    return { ok: true as const }
  }),
  handle(ops.deputise, async (trx, { id, personId, from, to, reason }) => {
    const actor = trx.actor!
    // One's own post needs no right to manage people, and is worn: whoever stands in for somebody hands nothing on.
    const own = id === actor.postId
    if (actor.deputyFor && own) throw refused('您是代理人，不能再委托别人代理。')
    if (!own && !actor.permissions.includes('person.update')) throw forbidden()
    const post = own ? { id, personId: actor.personId, role: actor.role as never, organizationId: actor.organizationId, deputyOf: null, current: true } : await postOf(trx, id)
    if (!own) refuseRole(trx, post.role, '安排代理')
    if (isAdministrator(post.role)) throw refused('管理员岗位不设代理。请申请任命另一位管理员。', { basis: 'GB/T 22239-2019 8.1.5' })
    if (!post.current) throw refused('这个岗位已经结束，不能安排代理。')
    if (post.deputyOf !== null) throw refused('代理的岗位不能再安排代理。')
    const start = from ?? (await todayOf(trx))
    if (to < start) throw invalid('结束日期不能早于开始日期。', [{ path: 'to', message: '请选择开始日期之后的日期' }])
    const deputy = await colleague(trx, personId)
    if (personId === post.personId) throw refused('不能由本人代理本人。')
    const principal = own ? actor.name : (await colleague(trx, post.personId)).name
    const outcome = await changePosts(trx, { kind: 'deputy', personId, personName: deputy.name, deputyFor: principal, ends: [], reason, posts: [{ organizationId: post.organizationId, role: post.role, from: start, to, deputyOf: id }] })
    forgetSessions()
    return outcome
  }),
  handle(ops.delegate, async (trx, { organizationId, holderRole, roles, from, to, reason }) => {
    if (trx.actor!.role !== 'system_administrator') throw refused('委托任命由系统管理员提出，安全管理员审批。')
    return proposeDelegation(trx, { organizationId, holderRole, roles, from: from ?? (await todayOf(trx)), to: to ?? null }, reason)
  }),
  handle(ops.endDelegation, async (trx, { id }) => {
    const [row] = await trx.rows(sql`UPDATE auth.delegation SET valid_to = greatest(valid_from - 1, app.today() - 1) WHERE id = ${id} AND (valid_to IS NULL OR valid_to >= app.today()) RETURNING id`)
    if (!row) throw notFound('委托任命')
    await seal(trx, 'delegation', [id])
    return { ok: true as const }
  }),
  handle(ops.listDelegations, async (trx) => {
    const rows = await trx.rows<any>(sql`
      SELECT d.id, d.organization_id AS "organizationId", d.holder_role AS "holderRole", d.roles, d.valid_from AS "validFrom", d.valid_to AS "validTo", d.reason, q.proposed_by_name AS "proposedByName", q.decided_by_name AS "decidedByName",
        d.valid_from <= app.today() AND (d.valid_to IS NULL OR d.valid_to >= app.today()) AS current
      FROM auth.delegation d LEFT JOIN auth.proposal q ON q.id = d.proposal_id ORDER BY d.id DESC LIMIT 500`)
    const places = await placesOf(trx, rows.map((r) => r.organizationId))
    return { delegations: rows.map((r) => ({ ...r, organizationName: places.get(r.organizationId)?.name ?? '上级单位', holderLabel: roleLabel(r.holderRole), roleLabels: r.roles.map(roleLabel) })) }
  }),
  handle(ops.previewHandover, async (trx, { id }) => {
    const post = await postOf(trx, id)
    const colleagues = (await trx.rows<Colleague>(sql`SELECT * FROM auth.colleagues('', NULL)`)).filter((c) => c.id !== post.personId).map(said)
    return { items: await itemsOf(trx, id), colleagues }
  }),
  handle(ops.handOver, async (trx, { id, kind, successorId, organizationId, role, from, until, reason }, { db }) => {
    const post = await postOf(trx, id)
    if (!post.current) throw refused('这个岗位已经结束。')
    refuseRole(trx, post.role, '变动')
    if (post.deputyOf !== null) throw refused('代理的岗位到期自行结束，或由您直接结束，不办理交接。')
    if (isAdministrator(post.role) && kind === 'leave') throw refused('管理员离任请用“结束岗位”提出申请，由安全管理员审批。')
    if (successorId === post.personId) throw refused('不能交接给本人。')
    const heir = successorId ? await colleague(trx, successorId) : null
    const first = from ?? (await todayOf(trx))
    const wanted: HandoverWanted = { kind, postId: id, successorId: heir?.id ?? null, lastDay: dayBefore(first) }
    const items = await itemsOf(trx, id)
    const person = await readPerson(trx, post.personId, db)
    let proposed: number | null = null
    if (kind === 'leave') {
      if (post.personId === trx.actor!.personId) throw refused('不能为自己办理离任，请由其他有权限的人办理。')
      await leave(trx, post.personId, wanted, reason)
    } else {
      if (!organizationId) throw invalid('请选择调入的单位。', [{ path: 'organizationId', message: '请选择单位' }])
      const next = role ?? post.role
      if (organizationId === post.organizationId && next === post.role) throw refused('调入的机构和岗位与原来相同。')
      refuseRole(trx, next, '任命')
      if (kind === 'secondment' && !until) throw invalid('借调要有结束日期。', [{ path: 'until', message: '请选择借调到哪一天' }])
      const posts = [{ organizationId, role: next, from: first, to: kind === 'secondment' ? until! : null, deputyOf: null }]
      // Whoever is lent comes back to the old post by itself.
      if (kind === 'secondment') posts.push({ organizationId: post.organizationId, role: post.role, from: dayAfter(until!), to: post.validTo as never, deputyOf: null })
      if (kind === 'secondment' && post.validTo && post.validTo <= until!) posts.pop()
      proposed = (await changePosts(trx, { kind, personId: post.personId, personName: person.name, posts, ends: [{ postId: id, lastDay: wanted.lastDay }], handover: wanted, reason })).proposed
    }
    forgetSessions()
    return { person: await readPerson(trx, post.personId, db), proposed, items }
  }),
  handle(ops.listHandovers, async (trx, { personId, mine }) => {
    const rows = await trx.rows<any>(sql`
      SELECT h.id, h.kind, h.person_id AS "personId", h.successor_id AS "successorId", h.organization_id AS "organizationId", h.last_day AS "lastDay", h.items, h.reason, h.by_name AS "byName", h.at
      FROM auth.handover h WHERE (${personId ?? null}::integer IS NULL OR h.person_id = ${personId ?? null} OR h.successor_id = ${personId ?? null}) AND (NOT ${mine} OR h.successor_id = ${trx.actor!.personId}) ORDER BY h.id DESC LIMIT 100`)
    const people = new Map((await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM auth.person WHERE id = ANY (${rows.flatMap((r) => [r.personId, r.successorId])}::integer[])`)).map((n) => [n.id, n.name]))
    const places = await placesOf(trx, rows.map((r) => r.organizationId))
    return {
      handovers: rows.map((r) => ({
        ...r, kindLabel: ops.KINDS[r.kind as 'leave'], personName: people.get(r.personId) ?? '原任', successorName: r.successorId ? (people.get(r.successorId) ?? (r.successorId === trx.actor!.personId ? trx.actor!.name : '同事')) : null,
        organizationName: places.get(r.organizationId)?.name ?? '',
      })),
    }
  }),
]
