/** Personal data whole: one value with a reason, or a list with a reason and a fresh proof of who asks. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'

const id = z.coerce.number().int().positive()
const reason = z.string().trim().min(2, '请写明为什么要查看').max(300)

export const reveal = operation({
  id: 'record.reveal', method: 'POST', path: '/reveal', label: '查看完整的个人信息', access: 'personal.reveal', shownOnce: true,
  input: z.strictObject({ entity: z.string().max(60), id, field: z.string().max(60), reason }), output: z.object({ value: z.string().nullable() }),
})
export const exportWhole = operation({
  id: 'organization.export-personal', method: 'POST', path: '/organization-export/personal', label: '导出含完整个人信息的名录', access: 'personal.export', binary: true, stepUp: true,
  input: z.strictObject({ q: z.string().max(100).optional(), filter: z.string().max(4000).optional(), columns: z.string().max(1000).optional(), format: z.enum(['xlsx', 'csv']).default('xlsx'), reason }),
  output: z.any(),
})
