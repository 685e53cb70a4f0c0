/** The review desk: how far the filings are, accept, return to the cell, remind, lock, exception, publish. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { filingFacts, periodText } from './filing.contract.ts'

const id = z.coerce.number().int().positive()
const form = z.string().max(40)
const remarks = z.string().trim().min(2, '请写明意见').max(1000)

export const progress = operation({
  id: 'review.progress', method: 'GET', path: '/reviews/progress', label: '填报进度', access: 'report.read', whole: { rows: 'districts, offices or kinds: never institutions' }, pace: 'long',
  input: z.strictObject({ form, period: periodText, by: z.enum(['region', 'superior', 'category']).default('region') }),
  output: z.object({
    deadline: z.string(),
    rows: z.array(z.object({
      id: z.int().nullable(), key: z.string(), name: z.string(), groupCode: z.string().nullable(),
      expected: z.int(), filled: z.int(), submitted: z.int(), onTime: z.int(), accepted1: z.int(), accepted2: z.int(), returned: z.int(), missing: z.int(), doubtful: z.int(), keptOut: z.int(),
    })),
  }),
})
export const acceptFilings = operation({
  id: 'review.accept', method: 'POST', path: '/reviews/accept', label: '审核通过', access: 'report.review', whole: { skipped: 'at most 2000 by the input' }, pace: 'long',
  input: z.strictObject({ filings: z.array(z.strictObject({ id, version: z.int() })).min(1).max(2000), remarks: z.string().trim().max(1000).optional() }),
  output: z.object({ accepted: z.int(), skipped: z.array(z.object({ id: z.int(), organizationName: z.string(), why: z.string() })) }),
})
export const returnFiling = operation({
  id: 'review.return', method: 'POST', path: '/reviews/return', label: '退回', access: 'report.review', whole: { skipped: 'at most 500 by the input' }, pace: 'long',
  input: z.strictObject({ filings: z.array(z.strictObject({ id, version: z.int() })).min(1).max(500), remarks, cells: z.array(z.strictObject({ item: z.string().max(60), text: remarks })).max(100).default([]) }),
  output: z.object({ returned: z.int(), skipped: z.array(z.object({ id: z.int(), organizationName: z.string(), why: z.string() })) }),
})
export const remind = operation({
  id: 'review.remind', method: 'POST', path: '/reviews/remind', label: '催报', access: 'report.review', pace: 'long',
  input: z.strictObject({ form, period: periodText, organizationIds: z.array(z.int()).min(1).max(5000), text: z.string().trim().min(2).max(500) }),
  output: z.object({ reminded: z.int() }),
})
export const remarkCell = operation({
  id: 'review.remark', method: 'POST', path: '/reviews/:id/remark', label: '单元格意见', access: 'report.review',
  input: z.strictObject({ id, item: z.string().max(60), text: remarks }), output: z.object({ id: z.int() }),
})
export const lockPeriod = operation({
  id: 'period.lock', method: 'POST', path: '/periods/lock', label: '锁定报告期', access: 'report.lock', pace: 'long',
  input: z.strictObject({ form, period: periodText, regionId: z.int().nullable(), reason: remarks }), output: z.object({ id: z.int() }),
})
export const unlockPeriod = operation({
  id: 'period.unlock', method: 'POST', path: '/periods/unlock', label: '解除锁定', access: 'report.lock', pace: 'long',
  input: z.strictObject({ id: z.int(), reason: remarks }), output: z.object({ ok: z.literal(true) }),
})
export const grantException = operation({
  id: 'period.exception', method: 'POST', path: '/periods/exception', label: '锁定例外', access: 'report.lock',
  input: z.strictObject({ form, period: periodText, organizationId: z.int(), reason: remarks, until: z.iso.datetime({ offset: true }) }), output: z.object({ id: z.int() }),
})
export const listLocks = operation({
  id: 'period.locks', method: 'GET', path: '/periods/locks', label: '锁定情况', access: 'report.read', whole: { locks: 'the last 500', exceptions: 'the last 200' },
  input: z.strictObject({ form: form.optional() }),
  output: z.object({
    locks: z.array(z.object({ id: z.int(), form: z.string(), period: z.string(), regionName: z.string().nullable(), reason: z.string(), byName: z.string(), at: z.string() })),
    exceptions: z.array(z.object({ id: z.int(), form: z.string(), period: z.string(), organizationName: z.string(), reason: z.string(), until: z.string(), byName: z.string(), at: z.string() })),
  }),
})
export const filingFactsList = z.array(filingFacts)
