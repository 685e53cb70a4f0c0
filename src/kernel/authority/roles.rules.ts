/** Roles as sets of permissions. A post grants one role over one organisation and everything below it. */
export const ROLES = {
  filler: {
    label: '填报人',
    permissions: ['organization.read', 'report.read', 'report.file', 'import.run', 'indicator.read', 'attachment.read', 'attachment.write'],
  },
  responsible: {
    label: '单位负责人',
    permissions: ['organization.read', 'report.read', 'report.file', 'report.submit', 'indicator.read', 'person.read', 'attachment.read', 'attachment.write'],
  },
  district_reviewer: {
    label: '区县（主管部门）审核人',
    permissions: [
      'organization.read', 'organization.update', 'organization.restructure', 'report.read', 'report.file', 'report.submit',
      'report.review', 'import.run', 'indicator.read', 'target.update', 'person.read', 'person.update', 'attachment.read', 'attachment.write',
    ],
  },
  city_reviewer: {
    label: '市级审核人',
    permissions: [
      'organization.read', 'organization.update', 'organization.restructure', 'report.read', 'report.file', 'report.submit',
      'report.review', 'report.lock', 'report.publish', 'import.run', 'indicator.read', 'target.update', 'setting.update', 'person.read', 'person.update', 'attachment.read', 'attachment.write',
    ],
  },
  leader: { label: '领导', permissions: ['organization.read', 'report.read', 'indicator.read', 'attachment.read'] },
  // 三员分立 (GB/T 22239-2019 8.1.5.1–3): each keeps one thing, none of them sees business data.
  system_administrator: { label: '系统管理员', permissions: ['person.read', 'person.update', 'organization.read', 'system.operate'] },
  security_administrator: { label: '安全管理员', permissions: ['person.read', 'organization.read', 'security.decide'] },
  audit_administrator: { label: '审计管理员', permissions: ['audit.read'] },
} as const

export type Role = keyof typeof ROLES
export const permissionsOf = (role: string): readonly string[] => ROLES[role as Role]?.permissions ?? []
export const roleLabel = (role: string): string => ROLES[role as Role]?.label ?? role
/** Every permission that exists, for the matrix and for catching a misspelt one. */
export const PERMISSIONS: ReadonlySet<string> = new Set(Object.values(ROLES).flatMap((r) => r.permissions as readonly string[]))
