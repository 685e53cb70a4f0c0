/** Institutions that may be registered twice, and pairs that somebody looked at and found to be two. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'

const id = z.coerce.number().int().positive()
const side = z.object({ id: z.int(), name: z.string(), uscc: z.string().nullable(), address: z.string().nullable(), regionName: z.string() })
/** What a decision rests on: when one of these changes, the pair is asked about again. */
export const DESCRIBED = { name: '名称', address: '地址', uscc: '统一社会信用代码' } as const

export const findDuplicates = operation({
  id: 'organization.duplicates', method: 'GET', path: '/organizations/duplicates', label: '查找疑似重复的机构', access: 'organization.read', pace: 'long', rate: 'search',
  input: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({
    pairs: z.array(z.object({
      why: z.enum(['code', 'name', 'address']), similarity: z.number(), a: side, b: side,
      /** Found to be two before something changed; `changed` says what. */
      earlier: z.object({ reason: z.string(), byName: z.string(), at: z.string(), changed: z.array(z.string()) }).nullable(),
    })),
    /** Decisions that hold. */
    distinct: z.int(),
  }),
})
export const listDistinct = operation({
  id: 'organization.distinct', method: 'GET', path: '/organization-pairs', label: '认定不是重复的机构', access: 'organization.read',
  input: z.strictObject({ before: id.optional(), limit: z.coerce.number().int().min(1).max(100).default(50) }),
  output: z.object({
    pairs: z.array(z.object({ id: z.int(), version: z.int(), a: side, b: side, reason: z.string(), byName: z.string(), at: z.string(), undone: z.object({ byName: z.string(), at: z.string(), reason: z.string().nullable() }).nullable() })),
    next: z.int().nullable(),
  }),
})
export const keepDistinct = operation({
  id: 'organization.keep-distinct', method: 'POST', path: '/organization-pairs', label: '认定不是重复', access: 'organization.update',
  input: z.strictObject({ aId: id, bId: id, reason: z.string().trim().min(2, '请写明为什么不是重复').max(500) }),
  output: z.object({ id: z.int() }),
})
export const undoDistinct = operation({
  id: 'organization.undo-distinct', method: 'POST', path: '/organization-pairs/:id/undo', label: '撤销“不是重复”的认定', access: 'organization.update',
  input: z.strictObject({ id, version: z.int(), reason: z.string().trim().min(2, '请写明撤销原因').max(500) }),
  output: z.object({ id: z.int() }),
})
