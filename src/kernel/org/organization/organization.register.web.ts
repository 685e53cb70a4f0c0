/** How the register of institutions is shown; everything else comes from the entity. */
import { useMemo } from 'react'
import type { Register } from '../../registers/register.web.ts'
import { useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { KINDS, organization } from './organization.entity.ts'
import * as ops from './organization.contract.ts'

const HOUR = 3_600_000

/** Regions that still exist first; ended ones say until when. */
export function useRegionOptions() {
  const { data, isPending } = useCall(ops.listRegions, {}, { staleTime: HOUR })
  const options = useMemo(() => (data?.regions ?? []).toSorted((a, b) => Number(Boolean(a.validTo)) - Number(Boolean(b.validTo)))
    .map((r) => ({ value: r.id, label: r.name, detail: r.validTo ? `已于 ${r.validTo} 撤销` : undefined })), [data])
  return { options, loading: isPending }
}

/** Departments and districts that can be somebody's superior. */
export function useSuperiorOptions() {
  const { may } = useSession()
  const { data, isPending } = useCall(ops.organizationTree, {}, { staleTime: HOUR, enabled: may(ops.organizationTree.access) })
  const options = useMemo(() => (data?.nodes ?? []).map((n) => ({ value: n.id, label: n.name, detail: KINDS[n.kind as keyof typeof KINDS] })), [data])
  return { options, loading: isPending }
}

export const organizationRegister: Register = {
  entity: organization,
  path: '/organizations', subject: 'organization', title: '公共机构名录', counted: '个', nameField: 'name',
  operations: {
    list: ops.listOrganizations, totals: ops.totalOrganizations, get: ops.getOrganization, create: ops.createOrganization, update: ops.patchOrganization, history: ops.historyOf,
    export: ops.exportOrganizations, bulkPreview: ops.previewBulk, bulkUpdate: ops.applyBulk,
  },
  references: { regionId: { useOptions: useRegionOptions }, superiorId: { useOptions: useSuperiorOptions } },
  presets: [
    { name: '现存机构', query: { filter: JSON.stringify({ kind: ['institution'], validTo: [null] }) } },
    { name: '缺少建筑面积', query: { filter: JSON.stringify({ kind: ['institution'], validTo: [null], buildingArea: [null] }) } },
    { name: '主管单位', query: { filter: JSON.stringify({ kind: ['city', 'district', 'department'], validTo: [null] }) } },
    { name: '已撤销或合并', query: { filter: JSON.stringify({ validTo: { min: '1949-10-01' } }) } },
    { name: '全部', query: { filter: '{}' } },
  ],
  searchHint: '名称的一部分，或完整的代码',
  bulkFields: ['category', 'governmentLevel', 'regionId', 'superiorId', 'hasDataCenter', 'hasHeating', 'directoryFrom', 'directoryTo', 'contactPerson', 'remarks'],
  groups: [
    { title: '基本情况', fields: ['name', 'uscc', 'code', 'shortName', 'category', 'governmentLevel', 'regionId', 'superiorId'] },
    { title: '用能与规模', fields: ['buildingArea', 'people', 'hasDataCenter', 'hasHeating', 'directoryFrom', 'directoryTo'] },
    { title: '地址与联系', fields: ['address', 'longitude', 'latitude', 'contactPerson', 'contactPhone'] },
  ],
}

/** Living institutions by a part of their name, asked from the server. */
export function useInstitutionOptions(search: string) {
  const { data, isFetching } = useCall(ops.listOrganizations, { q: search.trim() || undefined, filter: JSON.stringify({ kind: ['institution'], validTo: [null] }), limit: 20 }, { placeholderData: (before) => before })
  const options = useMemo(() => (data?.rows ?? []).map((r) => ({ value: r.id, label: r.name, detail: r.regionName })), [data])
  return { options, loading: isFetching }
}

/** Any living organisation, departments and districts included: where people hold posts. */
export function useOrganizationOptions(search: string) {
  const { data, isFetching } = useCall(ops.listOrganizations, { q: search.trim() || undefined, filter: JSON.stringify({ validTo: [null] }), limit: 20 }, { placeholderData: (before) => before })
  const options = useMemo(() => (data?.rows ?? []).map((r) => ({ value: r.id, label: r.name, detail: r.kind === 'institution' ? r.regionName : KINDS[r.kind as keyof typeof KINDS] })), [data])
  return { options, loading: isFetching }
}
