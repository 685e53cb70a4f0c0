/** Pages of the organisations: register, possible duplicates, changes, regions. */
import { call } from '../ui/client.web.ts'
import { defineScreens } from '../ui/screens.web.ts'
import { countProposals } from '../authority/proposal/proposal.contract.ts'
import { listOrganizations } from './organization/organization.contract.ts'

export const organizationScreens = defineScreens({
  screens: [
    { path: '/organizations', label: '公共机构名录', area: 'foundation', menu: true, permission: 'organization.read', words: '名录库 机构 单位', load: () => import('./organization/OrganizationsPage.tsx') },
    { path: '/organizations/duplicates', label: '疑似重复', area: 'foundation', menu: true, permission: 'organization.update', words: '查重 合并', load: () => import('./organization/DuplicatesPage.tsx') },
    { path: '/organizations/$id', label: '公共机构', area: 'foundation', permission: 'organization.read', load: () => import('./organization/OrganizationPage.tsx') },
    { path: '/organization-changes', label: '机构变更记录', area: 'foundation', menu: true, permission: 'organization.read', words: '合并 拆分 更名 划转 撤销', load: () => import('./change/ChangesPage.tsx') },
    { path: '/regions', label: '区划', area: 'foundation', menu: true, words: '区县 一区两群 地图', load: () => import('./region/RegionsPage.tsx') },
    { path: '/people', label: '人员与岗位', area: 'system', menu: true, permission: 'person.read', words: '账号 用户 调动 密码', load: () => import('../authority/people/PeoplePage.tsx') },
    { path: '/proposals', label: '授权申请', area: 'system', menu: true, words: '审批 任命 代理 授权 撤回', load: () => import('../authority/proposal/ProposalsPage.tsx') },
    { path: '/access', label: '授权一览', area: 'system', menu: true, permission: 'person.read', words: '权限 谁能做什么 委托 告警 矩阵', load: () => import('../authority/access/AccessPage.tsx') },
    { path: '/access/who', label: '谁能看到', area: 'system', permission: 'person.read', load: () => import('../authority/access/WhoPage.tsx') },
    { path: '/roles', label: '角色与权限', area: 'system', menu: true, permission: 'person.read', words: '三员 管理员 权限', load: () => import('../authority/access/RolesPage.tsx') },
  ],
  desk: [
    { id: 'proposals', permission: 'security.decide', span: 'wide', order: 5, load: () => import('../authority/proposal/ProposalsCard.tsx') },
    { id: 'own-proposals', permission: 'system.operate', span: 'half', order: 17, load: () => import('../authority/proposal/OwnProposalsCard.tsx') },
    { id: 'proposals-office', permission: 'organization.restructure', span: 'half', order: 45, load: () => import('../authority/proposal/ProposalsCard.tsx') },
    { id: 'handovers', permission: 'report.file', span: 'half', order: 46, load: () => import('../authority/rights/HandoversCard.tsx') },
    { id: 'directory', permission: 'organization.update', span: 'wide', order: 80, load: () => import('./organization/DirectoryCard.tsx') },
  ],
  counters: [{ id: 'proposals', label: '待审批的授权', permission: 'person.read', to: '/proposals', count: async () => (await call(countProposals, {})).count }],
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
