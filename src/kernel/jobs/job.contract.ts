/** Long work: how far it is, what came of it, and the wish to end it. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'

const id = z.coerce.number().int().positive()
export const JOB_STATES = { queued: '等待开始', running: '正在进行', cancelling: '正在撤回', done: '已完成', cancelled: '已取消', failed: '没有完成' } as const
export const job = z.object({
  id: z.int(), kind: z.string(), label: z.string(), state: z.enum(Object.keys(JOB_STATES) as [keyof typeof JOB_STATES, ...(keyof typeof JOB_STATES)[]]),
  /** Of `total` steps; 0 of 0 while nobody knows how many. */
  done: z.int(), total: z.int(), step: z.string().nullable(),
  /** What came of it, in words. */
  result: z.object({ words: z.string() }).nullable(), problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  byName: z.string(), at: z.string(), startedAt: z.string().nullable(), updatedAt: z.string(), finishedAt: z.string().nullable(),
  cancelAsked: z.object({ at: z.string(), byName: z.string() }).nullable(), can: z.array(z.enum(['cancel'])),
})
export type Job = z.output<typeof job>
export const isOpen = (j: Pick<Job, 'state'>): boolean => j.state === 'queued' || j.state === 'running' || j.state === 'cancelling'

/** Newest first. */
export const listJobs = operation({
  id: 'job.list', method: 'GET', path: '/jobs', label: '查看后台任务', access: 'signed-in',
  input: z.strictObject({ kind: z.string().max(60).optional(), id: id.optional(), limit: z.coerce.number().int().min(1).max(50).default(5) }),
  output: z.object({ jobs: z.array(job) }),
})
export const cancelJob = operation({
  id: 'job.cancel', method: 'POST', path: '/jobs/:id/cancel', label: '取消后台任务', access: 'signed-in',
  input: z.strictObject({ id }), output: job,
})
