/** Pages of the statutory reports, for a domain that has some to declare in its business area. */
import { call } from '../ui/client.web.ts'
import type { AreaId } from '../ui/areas.rules.ts'
import type { Counter, DeskCard, RecordTab, Screen } from '../ui/screens.web.ts'
import { myDuties } from './filing.contract.ts'

export const reportScreens = (area: AreaId): Screen[] => [
  { path: '/reports', label: '填报', area, menu: true, permission: 'report.file', words: '统计 报表 月报 季报 年报 台账 待填', load: () => import('./fill/DutiesPage.tsx') },
  { path: '/reports/sheet', label: '代填', area, menu: true, permission: 'report.review', words: '批量 填报 汇总', load: () => import('./fill/SheetPage.tsx') },
  { path: '/reports/$form/$period/$organizationId', label: '报表', area, permission: 'report.read', load: () => import('./fill/FillPage.tsx') },
  { path: '/reviews', label: '审核', area, menu: true, permission: 'report.review', words: '进度 上报率 退回 催报', load: () => import('./review/ReviewPage.tsx') },
  { path: '/reviews/locks', label: '报告期锁定', area, menu: true, permission: 'report.lock', words: '锁定 解锁 例外', load: () => import('./review/LocksPage.tsx') },
]

export const reportCards: DeskCard[] = [
  { id: 'reports-to-fill', permission: 'report.file', span: 'half', order: 10, load: () => import('./fill/ToFillCard.tsx') },
  { id: 'reports-to-review', permission: 'report.review', span: 'half', order: 11, load: () => import('./review/ToReviewCard.tsx') },
  { id: 'report-reminders', permission: 'report.file', span: 'half', order: 12, load: () => import('./fill/RemindersCard.tsx') },
  { id: 'reports-sent', permission: 'report.file', span: 'half', order: 13, load: () => import('./fill/SentCard.tsx') },
]

export const reportCounters: Counter[] = [
  { id: 'reports-to-fill', label: '待填报的报表', permission: 'report.file', to: '/reports', count: async () => (await call(myDuties, {})).toFill.length },
  { id: 'reports-to-review', label: '待审核的报表', permission: 'report.review', to: '/reviews', count: async () => (await call(myDuties, {})).toReview.reduce((n, d) => n + d.waiting, 0) },
]

/** On the page of an institution: what it filed. Offices above it file nothing themselves. */
export const reportTabs: RecordTab[] = [
  { entity: 'org.organization', key: 'reports', label: '报表', permission: 'report.read', only: (row) => row.kind === 'institution', load: () => import('./fill/OrganizationForms.tsx') },
]
