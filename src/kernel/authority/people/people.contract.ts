/** People and their posts: who may do what where, from when until when. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'
import { isMasked } from '../../entity/mask.rules.ts'
import { ROLES } from '../roles.rules.ts'

const id = z.coerce.number().int().positive()
const role = z.enum(Object.keys(ROLES) as [keyof typeof ROLES, ...(keyof typeof ROLES)[]])
const day = z.iso.date('请填日期，如 2026-11-23')
const reason = z.string().trim().min(2, '请写明原因或依据').max(300)

export const postRow = z.object({
  id: z.int(), version: z.int(), role: z.string(), roleLabel: z.string(), organizationId: z.int(), organizationName: z.string(), validFrom: z.string(), validTo: z.string().nullable(), current: z.boolean(),
  deputyOf: z.int().nullable(), deputyFor: z.string().nullable(), reason: z.string().nullable(),
  /** What was granted to the post besides its role. */
  entitlements: z.array(z.object({ id: z.int(), label: z.string(), organizationName: z.string(), validFrom: z.string(), validTo: z.string(), reason: z.string(), current: z.boolean() })),
})
export const personRow = z.object({
  /** Shown in part; the whole of it is a reveal of its own. */
  id: z.int(), version: z.int(), name: z.string(), phone: z.string().nullable(), login: z.string().nullable(), status: z.string().nullable(), lastSignIn: z.string().nullable(), posts: z.array(postRow),
})
/** Done, or waiting for a decision: the number of the proposal. */
const outcome = z.object({ person: personRow, proposed: z.int().nullable() })
export const listPeople = operation({
  id: 'person.list', method: 'GET', path: '/people', label: '查询人员', access: 'person.read',
  input: z.strictObject({ q: z.string().trim().max(60).optional(), organizationId: id.optional(), role: role.optional(), after: z.coerce.number().int().default(0), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({ people: z.array(personRow), next: z.int().nullable(), grantable: z.array(z.object({ role: z.string(), label: z.string() })) }),
})
export const addPerson = operation({
  id: 'person.create', method: 'POST', path: '/people', label: '新增人员', access: 'person.update', stepUp: true, shownOnce: true,
  input: z.strictObject({
    name: z.string().trim().min(2, '请填写姓名').max(40), phone: z.string().trim().max(40).nullish(),
    login: z.string().trim().toLowerCase().regex(/^[a-z0-9][a-z0-9._-]{2,60}$/, '登录名用 3 位以上小写字母、数字、点、横线'),
    organizationId: id, role, validFrom: day.optional(), reason,
  }),
  /** The password is shown this once. It opens nothing until the post is decided. */
  output: outcome.extend({ password: z.string() }),
})
export const appoint = operation({
  id: 'post.appoint', method: 'POST', path: '/people/:id/posts', label: '任命岗位', access: 'person.update', stepUp: true,
  input: z.strictObject({ id, organizationId: id, role, validFrom: day.optional(), validTo: day.nullish(), reason }), output: outcome,
})
export const endPost = operation({
  id: 'post.end', method: 'POST', path: '/posts/:id/end', label: '结束岗位', access: 'person.update', stepUp: true,
  input: z.strictObject({ id, lastDay: day.optional(), reason }), output: outcome,
})
export const resetPassword = operation({
  id: 'person.reset-password', method: 'POST', path: '/people/:id/reset-password', label: '重置密码', access: 'person.update', stepUp: true, shownOnce: true,
  input: z.strictObject({ id, reason }), output: z.object({ login: z.string(), password: z.string() }),
})
export const setStatus = operation({
  id: 'person.set-status', method: 'POST', path: '/people/:id/status', label: '停用或恢复账号', access: 'person.update', stepUp: true,
  input: z.strictObject({ id, status: z.enum(['active', 'suspended']), reason }), output: outcome,
})
/** First sign-in codes of an office, as a list to print: for accounts that nobody has signed in with yet. */
export const firstCodes = operation({
  id: 'person.first-codes', method: 'POST', path: '/people/first-codes', label: '发放首次登录码', access: 'person.update', whole: { codes: 'at most 500: a list to be printed' }, stepUp: true, shownOnce: true,
  input: z.strictObject({ organizationId: id, reason }),
  output: z.object({ organizationName: z.string(), codes: z.array(z.object({ name: z.string(), login: z.string(), organizationName: z.string(), roleLabel: z.string(), code: z.string() })) }),
})
/** Names of organisations for placing posts: all that administrators get to see of the register. */
export const pickOrganization = operation({
  id: 'organization.pick', method: 'GET', path: '/organization-names', label: '选择任职单位', access: 'person.read', whole: { organizations: 'the first 30' },
  input: z.strictObject({ q: z.string().trim().max(60).optional() }),
  output: z.object({ organizations: z.array(z.object({ id: z.int(), name: z.string(), kind: z.string(), region: z.string() })) }),
})
/** A lost telephone: the code is asked for no more, until a new one is enrolled. All sessions end. */
export const resetSecondFactor = operation({
  id: 'person.reset-second-factor', method: 'POST', path: '/people/:id/reset-second-factor', label: '重置双因素', access: 'person.update', whole: { posts: 'the posts of one person' }, stepUp: true,
  input: z.strictObject({ id, reason }), output: personRow,
})
/** Says who somebody is at the provider of single sign-on: its subject, never an address of mail. */
export const linkIdentity = operation({
  id: 'person.link-identity', method: 'POST', path: '/people/:id/link-identity', label: '关联单点登录账号', access: 'person.update', whole: { posts: 'the posts of one person' }, stepUp: true,
  input: z.strictObject({ id, issuer: z.url('请填认证中心的地址，如 https://sso.example.gov.cn').max(300), subject: z.string().trim().min(1, '请填写认证中心里的用户标识（sub）').max(255), reason }), output: personRow,
})
/** Corrected on demand of whose it is (PIPL article 46). What is left out stays; null takes a telephone away. */
export const correctPerson = operation({
  id: 'person.correct', method: 'POST', path: '/people/:id/correct', label: '更正姓名、电话', access: 'person.update', whole: { posts: 'the posts of one person' }, stepUp: true,
  input: z.strictObject({
    id, version: z.int(), name: z.string().trim().min(2, '请填写姓名').max(40).optional(),
    phone: z.string().trim().min(5, '请填写完整的电话').max(40).refine((v) => !isMasked(v), '电话隐去了一部分，请填写完整的电话，或不改').nullish(), reason,
  }),
  output: personRow,
})
/** What somebody who holds nothing any more is known by goes (PIPL article 47); what they did stays. */
export const erasePerson = operation({
  id: 'person.erase', method: 'POST', path: '/people/:id/erase', label: '删除个人信息', access: 'person.update', whole: { posts: 'the posts of one person' }, stepUp: true,
  input: z.strictObject({ id, reason }), output: personRow,
})
