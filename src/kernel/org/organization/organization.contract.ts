import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'
import { createSchema, patchSchema, rowSchema } from '../../entity/entity.rules.ts'
import { listInput, listOutput, totalsInput, totalsOutput } from '../../registers/list.rules.ts'
import { organization } from './organization.entity.ts'

const row = z.intersection(rowSchema(organization), z.object({ regionName: z.string(), superiorName: z.string().nullable(), can: z.array(z.string()) }))
const id = z.coerce.number().int().positive()
const why = { reason: z.string().trim().max(500).optional(), basis: z.string().trim().max(500).optional() }

export const listOrganizations = operation({
  id: 'organization.list', method: 'GET', path: '/organizations', label: '查询公共机构名录', access: 'organization.read',
  input: listInput, output: listOutput(row),
})
export const totalOrganizations = operation({
  id: 'organization.totals', method: 'GET', path: '/organization-totals', label: '名录合计', access: 'organization.read',
  input: totalsInput, output: totalsOutput,
})
export const getOrganization = operation({
  id: 'organization.get', method: 'GET', path: '/organizations/:id', label: '查看一个公共机构', access: 'organization.read',
  input: z.strictObject({ id }), output: row,
})
export const createOrganization = operation({
  id: 'organization.create', method: 'POST', path: '/organizations', label: '新增公共机构', access: 'organization.update',
  input: z.strictObject({ values: createSchema(organization), ...why }), output: row,
})
export const patchOrganization = operation({
  id: 'organization.update', method: 'POST', path: '/organizations/:id', label: '修改公共机构', access: 'organization.update',
  input: z.strictObject({ id, version: z.int(), patch: patchSchema(organization), ...why }), output: row,
})

/** Records of one filter or of one list of ids: what bulk edit and export act on. */
export const selection = z.strictObject({ ids: z.array(z.int()).max(5000).optional(), q: z.string().max(100).optional(), filter: z.string().max(4000).optional() })
export const previewBulk = operation({
  id: 'organization.bulk-preview', method: 'POST', path: '/organizations/bulk/preview', label: '预览批量修改', access: 'organization.update', whole: { examples: 'the first 20' }, pace: 'long',
  input: z.strictObject({ selection, patch: patchSchema(organization) }),
  output: z.object({
    matched: z.int(), changed: z.int(), unchanged: z.int(),
    examples: z.array(z.object({ id: z.int(), name: z.string(), changes: z.array(z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() })) })),
  }),
})
export const applyBulk = operation({
  id: 'organization.bulk-update', method: 'POST', path: '/organizations/bulk/apply', label: '批量修改', access: 'organization.update', pace: 'long',
  input: z.strictObject({ selection, patch: patchSchema(organization), expected: z.int(), reason: z.string().trim().min(1, '请填写修改原因').max(500), basis: z.string().trim().max(500).optional() }),
  output: z.object({ changed: z.int() }),
})

export const historyOf = operation({
  id: 'organization.history', method: 'GET', path: '/organizations/:id/history', label: '查看修改历史', access: 'organization.read', whole: { entries: 'the last 200' },
  input: z.strictObject({ id, field: z.string().max(60).optional() }),
  output: z.object({
    entries: z.array(z.object({
      id: z.int(), at: z.string(), actorName: z.string(), operation: z.string(), action: z.enum(['create', 'update', 'delete']),
      reason: z.string().nullable(), basis: z.string().nullable(), batchId: z.int().nullable(),
      changes: z.array(z.object({ field: z.string(), label: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    })),
  }),
})

export const organizationTree = operation({
  id: 'organization.tree', method: 'GET', path: '/organization-tree', label: '主管单位树', access: 'organization.read', whole: { nodes: 'offices alone, without institutions: the page shows the tree as a whole' },
  input: z.strictObject({}),
  output: z.object({ nodes: z.array(z.object({ id: z.int(), superiorId: z.int().nullable(), name: z.string(), kind: z.string(), regionId: z.int(), orgPath: z.string() })) }),
})
export const exportOrganizations = operation({
  id: 'organization.export', method: 'GET', path: '/organization-export', label: '导出名录', access: 'organization.read', binary: true,
  input: z.strictObject({ q: z.string().max(100).optional(), filter: z.string().max(4000).optional(), sort: z.string().max(40).optional(), columns: z.string().max(1000).optional(), format: z.enum(['xlsx', 'csv']).default('xlsx') }),
  output: z.any(),
})

export const listRegions = operation({
  id: 'region.list', method: 'GET', path: '/regions', label: '区划', access: 'signed-in', whole: { regions: 'the districts of one city' },
  input: z.strictObject({}),
  output: z.object({
    regions: z.array(z.object({
      id: z.int(), code: z.string(), gbCode: z.string().nullable(), name: z.string(), kind: z.string(), groupCode: z.string().nullable(),
      validFrom: z.string(), validTo: z.string().nullable(), reporting: z.boolean(), basis: z.string(),
      successors: z.array(z.object({ toId: z.int(), effective: z.string(), part: z.string() })),
    })),
  }),
})
