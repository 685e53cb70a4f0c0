/** Pages of imports: past ones, a new one, one batch. What can be imported comes from the server. */
import { defineScreens } from '../ui/screens.web.ts'

export const importScreens = defineScreens({
  screens: [
    { path: '/imports', label: '数据导入', area: 'foundation', menu: true, permission: 'import.run', words: '导入 Excel xlsx csv 模板 上传 撤销', load: () => import('./ImportsPage.tsx') },
    { path: '/imports/new', label: '新的导入', area: 'foundation', permission: 'import.run', words: '导入 上传', load: () => import('./NewImportPage.tsx') },
    { path: '/imports/$id', label: '一次导入', area: 'foundation', permission: 'import.run', load: () => import('./BatchPage.tsx') },
  ],
  desk: [{ id: 'recent-imports', permission: 'import.run', span: 'half', order: 40, load: () => import('./RecentImportsCard.tsx') }],
})
