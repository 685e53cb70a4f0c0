/** Rights besides the post: further grants, deputies, delegations; and the one act when somebody leaves, moves or is lent. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'
import { personRow } from '../people/people.contract.ts'
import { ROLES } from '../roles.rules.ts'

const id = z.coerce.number().int().positive()
const role = z.enum(Object.keys(ROLES) as [keyof typeof ROLES, ...(keyof typeof ROLES)[]])
const day = z.iso.date('请填日期，如 2026-11-23')
const reason = z.string().trim().min(2, '请写明原因或依据').max(300)
const outcome = z.object({ proposed: z.int().nullable() })

export const entitle = operation({
  id: 'entitlement.propose', method: 'POST', path: '/posts/:id/entitlements', label: '申请另外授权', access: 'person.update',
  input: z.strictObject({ id, organizationId: id, role: role.nullish(), permissions: z.array(z.string().max(60)).max(40).default([]), from: day.optional(), to: day, reason }), output: outcome,
})
export const endEntitlement = operation({
  id: 'entitlement.end', method: 'POST', path: '/entitlements/:id/end', label: '收回另外授权', access: 'person.update', stepUp: true,
  input: z.strictObject({ id, reason }), output: z.object({ ok: z.literal(true) }),
})
export const deputise = operation({
  id: 'post.deputise', method: 'POST', path: '/posts/:id/deputies', label: '指定代理人', access: 'signed-in', stepUp: true,
  input: z.strictObject({ id, personId: id, from: day.optional(), to: day, reason }), output: outcome,
})
export const delegate = operation({
  id: 'delegation.propose', method: 'POST', path: '/delegations', label: '申请委托任命', access: 'person.update',
  input: z.strictObject({ organizationId: id, holderRole: z.enum(['district_reviewer', 'city_reviewer']), roles: z.array(z.enum(['filler', 'responsible', 'leader', 'district_reviewer'])).min(1, '请选择可以任命的岗位').max(4), from: day.optional(), to: day.nullish(), reason }),
  output: outcome,
})
export const endDelegation = operation({
  id: 'delegation.end', method: 'POST', path: '/delegations/:id/end', label: '收回委托任命', access: 'security.decide', stepUp: true,
  input: z.strictObject({ id, reason }), output: z.object({ ok: z.literal(true) }),
})
export const listDelegations = operation({
  id: 'delegation.list', method: 'GET', path: '/delegations', label: '查看委托任命', access: 'person.read', whole: { delegations: 'the last 500: an office has a handful' }, input: z.strictObject({}),
  output: z.object({ delegations: z.array(z.object({ id: z.int(), organizationName: z.string(), holderLabel: z.string(), roleLabels: z.array(z.string()), validFrom: z.string(), validTo: z.string().nullable(), reason: z.string(), proposedByName: z.string().nullable(), decidedByName: z.string().nullable(), current: z.boolean() })) }),
})

const item = z.object({ count: z.int(), names: z.array(z.string()) })
const items = z.object({ filings: item, imports: item, proposals: item, views: item, reminders: item })
export const KINDS = { leave: '离任', transfer: '调动', secondment: '借调' } as const
/** What hangs on the person in this post, before anything is done. */
export const previewHandover = operation({
  id: 'post.handover-preview', method: 'GET', path: '/posts/:id/handover', label: '预览交接', access: 'person.update', whole: { colleagues: 'the first 30' }, input: z.strictObject({ id }),
  output: z.object({ items, colleagues: z.array(z.object({ id: z.int(), name: z.string(), post: z.string() })) }),
})
export const handOver = operation({
  id: 'post.handover', method: 'POST', path: '/posts/:id/handover', label: '办理离任、调动、借调', access: 'person.update', stepUp: true,
  input: z.strictObject({
    id, kind: z.enum(['leave', 'transfer', 'secondment']), successorId: id.nullish(), organizationId: id.optional(), role: role.optional(),
    /** First day at the new place, or the first day away. */
    from: day.optional(), until: day.nullish(), reason,
  }),
  output: z.object({ person: personRow, proposed: z.int().nullable(), items }),
})
export const listHandovers = operation({
  id: 'handover.list', method: 'GET', path: '/handovers', label: '查看交接记录', access: 'signed-in', whole: { handovers: 'the last 100' },
  input: z.strictObject({ personId: id.optional(), mine: z.enum(['true', 'false']).default('false').transform((v) => v === 'true') }),
  output: z.object({ handovers: z.array(z.object({ id: z.int(), kind: z.string(), kindLabel: z.string(), personName: z.string(), successorName: z.string().nullable(), organizationName: z.string(), lastDay: z.string(), items, reason: z.string(), byName: z.string(), at: z.string() })) }),
})
export const listColleagues = operation({
  id: 'person.colleagues', method: 'GET', path: '/colleagues', label: '选择同事', access: 'signed-in', whole: { colleagues: 'the first 30' }, input: z.strictObject({ q: z.string().trim().max(40).optional() }),
  output: z.object({ colleagues: z.array(z.object({ id: z.int(), name: z.string(), post: z.string() })) }),
})
