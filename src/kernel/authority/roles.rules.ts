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
      'report.review', 'import.run', 'indicator.read', 'target.update', 'person.read', 'person.update', 'attachment.read', 'attachment.write', 'personal.reveal',
    ],
  },
  city_reviewer: {
    label: '市级审核人',
    permissions: [
      'organization.read', 'organization.update', 'organization.restructure', 'report.read', 'report.file', 'report.submit',
      'report.review', 'report.lock', 'report.publish', 'import.run', 'indicator.read', 'target.update', 'setting.update', 'person.read', 'person.update',
      'attachment.read', 'attachment.write', 'personal.reveal', 'personal.export',
    ],
  },
  leader: { label: '领导', permissions: ['organization.read', 'report.read', 'indicator.read', 'attachment.read'] },
  // 三员分立 (GB/T 22239-2019 8.1.5.1–3): each keeps one thing, none of them sees business data. Where posts are placed they
  // choose from names alone; the files that the system administrator imports are lists of people and nothing else.
  system_administrator: { label: '系统管理员', permissions: ['person.read', 'person.update', 'import.run', 'personal.reveal', 'system.operate'] },
  security_administrator: { label: '安全管理员', permissions: ['person.read', 'security.decide'] },
  audit_administrator: { label: '审计管理员', permissions: ['audit.read'] },
} as const

export type Role = keyof typeof ROLES
export const permissionsOf = (role: string): readonly string[] => ROLES[role as Role]?.permissions ?? []
export const roleLabel = (role: string): string => ROLES[role as Role]?.label ?? role
/** Every permission that exists, for the matrix and for catching a misspelt one. */
export const PERMISSIONS: ReadonlySet<string> = new Set(Object.values(ROLES).flatMap((r) => r.permissions as readonly string[]))

/** What a permission lets one do, for people. A permission without words is refused by a test. */
export const PERMISSION_WORDS: Readonly<Record<string, string>> = {
  'organization.read': '查看机构名录', 'organization.update': '登记、修改机构', 'organization.restructure': '办理机构变更',
  'report.read': '查看报表', 'report.file': '填写报表', 'report.submit': '提交、撤回报表', 'report.review': '审核、退回、催报', 'report.lock': '锁定报告期、开例外', 'report.publish': '发布数据',
  'import.run': '导入数据', 'indicator.read': '查看指标', 'target.update': '下达目标', 'setting.update': '修改口径与参数',
  'person.read': '查看人员与岗位', 'person.update': '办理人员与岗位', 'personal.reveal': '查看完整的个人信息', 'personal.export': '导出完整的个人信息',
  'attachment.read': '查看附件', 'attachment.write': '上传附件', 'system.operate': '系统运行', 'security.decide': '审批授权', 'audit.read': '查看审计',
}
export const permissionWords = (permission: string): string => PERMISSION_WORDS[permission] ?? permission

export const ADMINISTRATORS = ['system_administrator', 'security_administrator', 'audit_administrator'] as const satisfies readonly Role[]
export const isAdministrator = (role: string): boolean => (ADMINISTRATORS as readonly string[]).includes(role)
export const BUSINESS_ROLES = (Object.keys(ROLES) as Role[]).filter((r) => !isAdministrator(r))
/** What may be granted to a post besides its role: business, never administration. */
export const GRANTABLE_PERMISSIONS: readonly string[] = [...new Set(BUSINESS_ROLES.flatMap((r) => permissionsOf(r)))]

/** Nobody hands out more than their own office stands for; the city's own posts are the system administrator's to propose. */
const PROPOSES: Partial<Record<Role, readonly Role[]>> = {
  district_reviewer: ['filler', 'responsible', 'district_reviewer'],
  city_reviewer: ['filler', 'responsible', 'district_reviewer', 'city_reviewer', 'leader'],
  system_administrator: Object.keys(ROLES) as Role[],
}
export const rolesToPropose = (role: string): readonly Role[] => PROPOSES[role as Role] ?? []
