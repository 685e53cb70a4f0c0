/** Pages of the organisations: register, possible duplicates, changes, regions. */
import { call } from '../ui/client.web.ts'
import { defineScreens } from '../ui/screens.web.ts'
import { listOrganizations } from './organization/organization.contract.ts'

export const organizationScreens = defineScreens({
  screens: [
    { path: '/organizations', label: '公共机构名录', area: 'foundation', menu: true, permission: 'organization.read', words: '名录库 机构 单位', load: () => import('./organization/OrganizationsPage.tsx') },
    { path: '/organizations/duplicates', label: '疑似重复', area: 'foundation', menu: true, permission: 'organization.update', words: '查重 合并', load: () => import('./organization/DuplicatesPage.tsx') },
    { path: '/organizations/$id', label: '公共机构', area: 'foundation', permission: 'organization.read', load: () => import('./organization/OrganizationPage.tsx') },
    { path: '/organization-changes', label: '机构变更记录', area: 'foundation', menu: true, permission: 'organization.read', words: '合并 拆分 更名 划转 撤销', load: () => import('./change/ChangesPage.tsx') },
    { path: '/regions', label: '区划', area: 'foundation', menu: true, words: '区县 一区两群 地图', load: () => import('./region/RegionsPage.tsx') },
    { path: '/people', label: '人员与岗位', area: 'system', menu: true, permission: 'person.read', words: '账号 用户 调动 密码', load: () => import('../authority/people/PeoplePage.tsx') },
  ],
  desk: [{ id: 'directory', permission: 'organization.update', span: 'wide', order: 80, load: () => import('./organization/DirectoryCard.tsx') }],
  finders: [
    {
      id: 'organizations', label: '公共机构', permission: 'organization.read',
      find: async (text, signal) => {
        const { rows } = await call(listOrganizations, { q: text, limit: 8 }, { signal })
        return rows.map((r) => ({ key: `organization-${r.id}`, label: r.name, detail: r.validTo ? `${r.regionName} · 已终止` : r.regionName, to: `/organizations/${r.id}` }))
      },
    },
  ],
})
