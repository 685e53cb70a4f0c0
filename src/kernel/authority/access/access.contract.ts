/** Who may do what where, and why; and the reverse: who can see this record. */
import { z } from 'zod'
import { operation } from '../../contract/contract.rules.ts'
import { ROLES } from '../roles.rules.ts'

const id = z.coerce.number().int().positive()
const role = z.enum(Object.keys(ROLES) as [keyof typeof ROLES, ...(keyof typeof ROLES)[]])
export const VIAS = { post: '岗位', deputy: '代理', grant: '另外授权' } as const
const via = z.enum(['post', 'deputy', 'grant'])

export const accessRow = z.object({
  via, id: z.int(), postId: z.int(), personId: z.int(), personName: z.string(), organizationId: z.int(), organizationName: z.string(), role: z.string().nullable(), roleLabel: z.string(),
  permissions: z.array(z.string()), deputyFor: z.string().nullable(), validFrom: z.string(), validTo: z.string().nullable(), current: z.boolean(),
  reason: z.string().nullable(), proposalId: z.int().nullable(), proposedByName: z.string().nullable(), decidedByName: z.string().nullable(), delegated: z.boolean(),
  /** The seal is whole; a right without it is not given. */
  sealed: z.boolean(),
})
export type AccessRow = z.output<typeof accessRow>
const filters = {
  by: z.enum(['person', 'organization', 'role']).default('person'), q: z.string().trim().max(40).optional(), organizationId: id.optional(), role: role.optional(), permission: z.string().max(60).optional(),
  past: z.enum(['true', 'false']).default('false'),
}
export const listAccess = operation({
  id: 'access.list', method: 'GET', path: '/access', label: '谁能做什么', access: 'person.read',
  input: z.strictObject({ ...filters, cursor: z.string().max(400).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({ rows: z.array(accessRow), next: z.string().nullable() }),
})
export const exportAccess = operation({
  id: 'access.export', method: 'GET', path: '/access-export', label: '导出授权一览', access: 'person.read', binary: true, stepUp: true,
  input: z.strictObject({ ...filters, format: z.enum(['xlsx', 'csv']).default('xlsx') }), output: z.any(),
})

export const SUBJECTS = {
  organization: { label: '机构', see: 'organization.read', change: ['organization.update', 'organization.restructure'] },
  filing: { label: '报表', see: 'report.read', change: ['report.file', 'report.submit', 'report.review'] },
  person: { label: '人员', see: 'person.read', change: ['person.update'] },
  import: { label: '导入', see: 'import.run', change: ['import.run'] },
} as const
export type Subject = keyof typeof SUBJECTS
export const whoSees = operation({
  id: 'access.who', method: 'GET', path: '/access/who', label: '谁能看到这条记录', access: 'person.read', whole: { people: 'at most 500, and says when there are more: the answer to one question about one record' },
  input: z.strictObject({ subject: z.enum(['organization', 'filing', 'person', 'import']), id }),
  output: z.object({
    subjectLabel: z.string(), title: z.string(), organizationName: z.string(),
    people: z.array(z.object({
      personName: z.string(), roleLabel: z.string(), organizationName: z.string(), via, deputyFor: z.string().nullable(), validTo: z.string().nullable(), reason: z.string().nullable(),
      /** Own place, or above by so many levels. */
      above: z.int(), can: z.array(z.string()),
    })),
    more: z.boolean(),
  }),
})
export const listAlarms = operation({
  id: 'access.alarms', method: 'GET', path: '/access/alarms', label: '授权告警', access: 'security.decide', whole: { alarms: 'the last 100' }, input: z.strictObject({}),
  output: z.object({ alarms: z.array(z.object({ id: z.int(), at: z.string(), subject: z.string(), recordId: z.int(), personName: z.string().nullable(), sealed: z.boolean() })) }),
})
