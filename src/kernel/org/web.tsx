/** Pages of the organisations: register, possible duplicates, changes, regions. */
import { call } from '../ui/client.web.ts'
import { defineScreens } from '../ui/screens.web.ts'
import { listOrganizations } from './organization/organization.contract.ts'

export const organizationScreens = defineScreens({
  screens: [
    { path: '/organizations', label: '公共机构名录', area: 'foundation', menu: true, permission: 'organization.read', words: '名录库 机构 单位', load: () => import('./organization/OrganizationsPage.tsx') },
  ],
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
