/** The auditor's pages: search, one record's life, one person's day, the chain. */
import { defineScreens } from '../ui/screens.web.ts'

export const auditScreens = defineScreens({
  screens: [
    { path: '/audit', label: '审计查询', area: 'system', menu: true, permission: 'audit.read', words: '审计 日志 操作记录 登录记录 拒绝 导出', load: () => import('./AuditPage.tsx') },
    { path: '/audit/chain', label: '审计链', area: 'system', menu: true, permission: 'audit.read', words: '审计 校验 封存 锚点 归档 完整性', load: () => import('./ChainPage.tsx') },
    { path: '/audit/records/$id', label: '一条记录的全过程', area: 'system', permission: 'audit.read', load: () => import('./LifePage.tsx') },
    { path: '/audit/people/$id', label: '一个人的一天', area: 'system', permission: 'audit.read', load: () => import('./DayPage.tsx') },
  ],
  desk: [{ id: 'audit-chain', permission: 'audit.read', span: 'wide', order: 10, load: () => import('./ChainCard.tsx') }],
})
