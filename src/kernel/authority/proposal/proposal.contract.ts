/** Somebody proposes, somebody else decides: one mechanism for everything that widens a right. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'

const id = z.coerce.number().int().positive()
export const STATES = { proposed: '待审批', approved: '已同意', rejected: '未同意', withdrawn: '已撤回', expired: '已过期' } as const
export type ProposalState = keyof typeof STATES
const state = z.enum(Object.keys(STATES) as [ProposalState, ...ProposalState[]])
const reason = z.string().trim().min(2, '请写明理由').max(300)

export const proposalRow = z.object({
  id: z.int(), version: z.int(), kind: z.string(), kindLabel: z.string(), state, summary: z.string(), reason: z.string(),
  shown: z.array(z.object({ label: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  personName: z.string().nullable(), organizationName: z.string(), proposedByName: z.string(), at: z.string(), expiresAt: z.string(),
  decidedByName: z.string().nullable(), decidedAt: z.string().nullable(), decision: z.string().nullable(), batchId: z.int().nullable(),
  /** decide, withdraw: what the reader may do with it now. */
  can: z.array(z.enum(['decide', 'withdraw'])),
  /** Waits, and nobody who holds an office now could decide it: the only security administrator asked for it or gains by it. */
  stuck: z.boolean(),
})
export type ProposalRow = z.output<typeof proposalRow>

export const listProposals = operation({
  id: 'proposal.list', method: 'GET', path: '/proposals', label: '查询授权申请', access: 'signed-in',
  input: z.strictObject({ view: z.enum(['waiting', 'mine', 'all']).default('waiting'), kind: z.string().max(40).optional(), state: state.optional(), before: id.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({ proposals: z.array(proposalRow), next: z.int().nullable(), kinds: z.array(z.object({ kind: z.string(), label: z.string() })),
    /** How many security administrators there are, for who looks after that; null for others. */
    deciders: z.int().nullable() }),
})
export const countProposals = operation({
  id: 'proposal.waiting', method: 'GET', path: '/proposals/waiting', label: '待我审批的授权申请数', access: 'signed-in',
  input: z.strictObject({}), output: z.object({ count: z.int() }),
})
export const getProposal = operation({
  id: 'proposal.get', method: 'GET', path: '/proposals/:id', label: '查看一件授权申请', access: 'signed-in', whole: { shown: 'the lines of one proposal' }, input: z.strictObject({ id }), output: proposalRow,
})
export const approveProposal = operation({
  id: 'proposal.approve', method: 'POST', path: '/proposals/:id/approve', label: '同意授权申请', access: 'signed-in', whole: { shown: 'the lines of one proposal' }, stepUp: true,
  input: z.strictObject({ id, version: z.int(), decision: z.string().trim().max(300).default('同意') }), output: proposalRow,
})
export const rejectProposal = operation({
  id: 'proposal.reject', method: 'POST', path: '/proposals/:id/reject', label: '不同意授权申请', access: 'signed-in', whole: { shown: 'the lines of one proposal' },
  input: z.strictObject({ id, version: z.int(), decision: reason }), output: proposalRow,
})
export const withdrawProposal = operation({
  id: 'proposal.withdraw', method: 'POST', path: '/proposals/:id/withdraw', label: '撤回授权申请', access: 'signed-in', whole: { shown: 'the lines of one proposal' },
  input: z.strictObject({ id, version: z.int() }), output: proposalRow,
})
const chosen = z.array(z.strictObject({ id: z.int().positive(), version: z.int() })).min(1, '请先选择申请').max(500)
/** What would happen with each of the chosen: those that cannot be decided say why. */
export const previewApproval = operation({
  id: 'proposal.preview', method: 'POST', path: '/proposals/preview', label: '预览批量审批', access: 'signed-in', whole: { fit: 'at most 500 by the input', unfit: 'at most 500 by the input' },
  input: z.strictObject({ chosen }),
  output: z.object({ fit: z.array(proposalRow), unfit: z.array(z.object({ id: z.int(), summary: z.string(), why: z.string() })) }),
})
export const approveMany = operation({
  id: 'proposal.approve-many', method: 'POST', path: '/proposals/approve-many', label: '批量同意授权申请', access: 'signed-in', stepUp: true,
  /** `expected` is how many the preview said; another number means that something moved meanwhile. */
  input: z.strictObject({ chosen, expected: z.int().positive(), decision: z.string().trim().max(300).default('同意') }),
  output: z.object({ approved: z.int() }),
})
