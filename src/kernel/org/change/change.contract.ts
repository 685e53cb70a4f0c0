/** Merge, split, rename, move, abolish: dated acts with a basis; people and area before and after must agree. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'
import { CATEGORIES } from '../organization/organization.entity.ts'

const id = z.int().positive()
const name = z.string().trim().min(2, '机构名称至少 2 个字').max(120)
const area = z.string().regex(/^\d{1,16}(\.\d{1,2})?$/, '请填面积，最多 2 位小数').nullish()
const fresh = z.strictObject({
  name, uscc: z.string().trim().max(18).nullish(), category: z.enum(Object.keys(CATEGORIES) as [string, ...string[]]),
  regionId: id, superiorId: id, people: z.int().min(0).nullish(), buildingArea: area, address: z.string().trim().max(200).nullish(),
})
export type FreshOrganization = z.output<typeof fresh>
const dated = {
  effective: z.iso.date('请填生效日期，如 2025-11-06'),
  basis: z.string().trim().min(2, '请填写依据文件，如“渝委编〔2025〕12 号”').max(300),
  note: z.string().trim().max(1000).nullish(),
}

export const restructuring = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('merge'), fromIds: z.array(id).min(1).max(200), intoId: id.nullish(), into: fresh.nullish(), ...dated }),
  z.strictObject({ kind: z.literal('split'), fromId: id, parts: z.array(fresh).min(2, '至少拆分为两个机构').max(50), ...dated }),
  z.strictObject({ kind: z.literal('rename'), id, name, uscc: z.string().trim().max(18).nullish(), ...dated }),
  z.strictObject({ kind: z.literal('move'), ids: z.array(id).min(1).max(5000), superiorId: id, regionId: id.nullish(), ...dated }),
  z.strictObject({ kind: z.literal('abolish'), ids: z.array(id).min(1).max(500), reason: z.string().trim().min(2, '请填写撤销原因').max(200), successorId: id.nullish(), ...dated }),
])
export type Restructuring = z.output<typeof restructuring>

/** Live organisations among those touched: how many, their people and their area. */
export const totals = z.object({ organizations: z.int(), people: z.int(), buildingArea: z.string() })
const outcome = z.object({
  totalsBefore: totals, totalsAfter: totals,
  created: z.array(z.object({ id: z.int(), name: z.string() })), ended: z.array(z.object({ id: z.int(), name: z.string() })), changed: z.int(),
  /** Posts of people in organisations that end: they lose their scope on the effective day. */
  postsAffected: z.int(),
  /** Filed before the act was recorded: moved to where their organisation stood in their period, or of a time after the organisation's end. */
  forms: z.object({ moved: z.int(), counted: z.int(), published: z.int(), afterEnd: z.int() }),
})

export const previewRestructuring = operation({
  id: 'organization.restructure-preview', method: 'POST', path: '/organization-changes/preview', label: '预演机构变更', access: 'organization.restructure', whole: { created: 'at most 50 by the input', ended: 'at most 500 by the input' }, pace: 'long',
  input: z.strictObject({ change: restructuring }), output: outcome,
})
export const restructure = operation({
  id: 'organization.restructure', method: 'POST', path: '/organization-changes', label: '办理机构变更', access: 'organization.restructure', whole: { created: 'at most 50 by the input', ended: 'at most 500 by the input' }, pace: 'long',
  input: z.strictObject({ change: restructuring }), output: outcome.extend({ id: z.int() }),
})
export const listRestructurings = operation({
  id: 'organization.restructurings', method: 'GET', path: '/organization-changes', label: '机构变更记录', access: 'organization.read',
  input: z.strictObject({ organizationId: z.coerce.number().int().optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({
    changes: z.array(z.object({
      id: z.int(), kind: z.string(), effective: z.string(), basis: z.string(), note: z.string().nullable(), byName: z.string(), at: z.string(),
      totalsBefore: totals, totalsAfter: totals,
      successions: z.array(z.object({ fromId: z.int(), fromName: z.string(), toId: z.int(), toName: z.string() })),
    })),
  }),
})
