/** The auditor's reading of the trail. Nothing here changes it; asking for a check is the only act. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'

const id = z.coerce.number().int().positive()
const seq = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)
const instant = z.iso.datetime({ offset: true, error: '时间应是 2026-11-23T09:00:00+08:00 的样子' })
const day = z.iso.date({ error: '日期应是 2026-11-23 的样子' })

const asked = {
  /** Half open: from, included, until before `to`. */
  from: instant.optional(),
  to: instant.optional(),
  personId: id.optional(),
  operation: z.string().max(80).optional(),
  entity: z.string().max(80).optional(),
  recordId: id.optional(),
  /** With everything below it. */
  organizationId: id.optional(),
  action: z.string().max(40).optional(),
  result: z.enum(['done', 'refused', 'failed']).optional(),
  /** Part of the reason. */
  words: z.string().trim().max(60).optional(),
}
export const searched = z.strictObject(asked)
export type Searched = z.output<typeof searched>

export const entryRow = z.object({
  id: z.int(),
  /** Place in the chain; null while it is not sealed. */
  seq: z.int().nullable(),
  at: z.string(),
  kind: z.enum(['change', 'act']),
  personId: z.int().nullable(),
  personName: z.string(),
  roleLabel: z.string().nullable(),
  organizationName: z.string().nullable(),
  address: z.string().nullable(),
  operation: z.string(),
  operationLabel: z.string(),
  action: z.string(),
  actionLabel: z.string(),
  entity: z.string().nullable(),
  entityLabel: z.string().nullable(),
  recordId: z.int().nullable(),
  /** What the record is called today, where it still is. */
  recordName: z.string().nullable(),
  result: z.enum(['done', 'refused', 'failed']),
  codeLabel: z.string().nullable(),
  reason: z.string().nullable(),
  /** Labels of the fields that were changed. */
  fields: z.array(z.string()),
})
export type EntryRow = z.output<typeof entryRow>

const change = z.object({ field: z.string(), label: z.string(), before: z.string().nullable(), after: z.string().nullable() })
export const fullEntry = entryRow.extend({
  changes: z.array(change),
  detail: z.array(z.object({ label: z.string(), value: z.string() })),
  session: z.string().nullable(),
  postId: z.int().nullable(),
  basis: z.string().nullable(),
  batchId: z.int().nullable(),
  matter: z.string().nullable(),
  clause: z.string().nullable(),
  hash: z.string().nullable(),
  key: z.int().nullable(),
})
export type FullEntry = z.output<typeof fullEntry>

export const searchEntries = operation({
  id: 'audit.search', method: 'GET', path: '/audit/entries', label: '查询审计记录', access: 'audit.read',
  input: z.strictObject({ ...asked, cursor: z.string().max(80).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({ rows: z.array(entryRow), next: z.string().nullable(), total: z.int(), totalKind: z.enum(['exact', 'estimated']) }),
})
export const readEntry = operation({
  id: 'audit.entry', method: 'GET', path: '/audit/entries/:id', label: '查看一条审计记录', access: 'audit.read', whole: { changes: 'the fields of one record', detail: 'the fields of one act' }, input: z.strictObject({ id }), output: fullEntry,
})
export const recordLife = operation({
  id: 'audit.record', method: 'GET', path: '/audit/records', label: '查看一条记录的全过程', access: 'audit.read', whole: { entries: 'up to 500: the life of one record is read on one page' },
  input: z.strictObject({ entity: z.string().max(80), recordId: id, after: z.coerce.number().int().min(0).default(0), limit: z.coerce.number().int().min(1).max(500).default(200) }),
  output: z.object({ entityLabel: z.string(), recordName: z.string().nullable(), entries: z.array(fullEntry), next: z.int().nullable() }),
})
export const personDay = operation({
  id: 'audit.person-day', method: 'GET', path: '/audit/people/:personId/day', label: '查看一个人一天的操作', access: 'audit.read', whole: { entries: 'up to 1000: a day of one person is read on one page, and says when there is more' },
  input: z.strictObject({ personId: id, day: day.optional(), limit: z.coerce.number().int().min(1).max(1000).default(500) }),
  output: z.object({
    personName: z.string().nullable(), day: z.string(),
    /** The days next to this one on which there is something. */
    before: z.string().nullable(), after: z.string().nullable(),
    addresses: z.array(z.string()), entries: z.array(entryRow), more: z.boolean(),
  }),
})
const verification = z.object({
  id: z.int(), askedAt: z.string(), askedBy: z.string(), fromSeq: z.int().nullable(), toSeq: z.int().nullable(),
  state: z.enum(['waiting', 'running', 'intact', 'broken', 'failed']), checked: z.int(), firstBad: z.int().nullable(),
  findings: z.array(z.object({ seq: z.int(), why: z.string(), message: z.string() })), endedAt: z.string().nullable(),
})
export type Verification = z.output<typeof verification>
export const chainState = operation({
  id: 'audit.chain', method: 'GET', path: '/audit/chain', label: '查看审计链状态', access: 'audit.read', whole: { archives: 'one a month', verifications: 'the last 10' }, input: z.strictObject({}),
  output: z.object({
    chain: z.string(), head: z.object({ seq: z.int(), hash: z.string(), key: z.int(), at: z.string() }).nullable(),
    entries: z.int(), waiting: z.int(), oldestWaiting: z.string().nullable(),
    anchored: z.object({ seq: z.int(), at: z.string(), to: z.string() }).nullable(),
    archives: z.array(z.object({ month: z.string(), firstSeq: z.int(), lastSeq: z.int(), entries: z.int(), file: z.string(), at: z.string() })),
    verifications: z.array(verification),
  }),
})
export const verifyChain = operation({
  id: 'audit.verify', method: 'POST', path: '/audit/verify', label: '校验审计链', access: 'audit.read',
  input: z.strictObject({ from: seq.nullish(), to: seq.nullish() }).refine((r) => !r.from || !r.to || r.from <= r.to, { error: '起始编号不能大于终止编号。', path: ['to'] }),
  output: z.object({ id: z.int() }),
})
export const exportEntries = operation({
  id: 'audit.export', method: 'GET', path: '/audit/export', label: '导出审计记录', access: 'audit.read', binary: true, stepUp: true,
  input: z.strictObject({ ...asked, format: z.enum(['xlsx', 'csv']).default('xlsx') }), output: z.any(),
})
export const findInTrail = operation({
  id: 'audit.find', method: 'GET', path: '/audit/find', label: '按名称查找人员和单位', access: 'audit.read', whole: { found: 'the first 20' },
  input: z.strictObject({ what: z.enum(['person', 'organization']), q: z.string().trim().min(1).max(60) }),
  output: z.object({ found: z.array(z.object({ id: z.int(), name: z.string(), detail: z.string().nullable() })) }),
})
export const trailWords = operation({
  id: 'audit.words', method: 'GET', path: '/audit/words', label: '审计记录的用语', access: 'audit.read', whole: { operations: 'declared in the code', entities: 'declared in the code' }, input: z.strictObject({}),
  output: z.object({ operations: z.array(z.object({ value: z.string(), label: z.string() })), entities: z.array(z.object({ value: z.string(), label: z.string() })) }),
})
