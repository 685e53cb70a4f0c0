/** The list's filters, in the address. */
import { Checkbox, Input, Select, Tag } from 'antd'
import { useMemo } from 'react'
import { CATEGORY_CHOICES } from '../../org/organization/categories.rules.ts'
import { listRegions } from '../../org/organization/organization.contract.ts'
import { useAsked } from '../../ui/address.web.ts'
import type { InputFor } from '../../ui/client.web.ts'
import { useCall } from '../../ui/queries.web.ts'
import { listFilings, STANDINGS } from '../filing.contract.ts'
import type { Period } from '../period.rules.ts'
import type { Report } from '../report.rules.ts'

export type FilingQuestion = InputFor<typeof listFilings>

export function useFilingQuestion(report: Report, period: Period): FilingQuestion {
  const [s] = useAsked()
  return useMemo(() => ({
    form: report.formName, period: period.key, q: s.q, regionId: s.regionId, superiorId: s.superiorId, category: s.category, standing: s.standing as FilingQuestion['standing'],
    doubtful: s.doubtful === '1' ? '1' as const : undefined, late: s.late === '1' ? '1' as const : undefined, sort: (s.sort as FilingQuestion['sort']) ?? 'doubt',
  }), [report, period, s])
}

export function ReviewFilters({ report }: { report: Report }) {
  const [s, ask] = useAsked()
  const regions = useCall(listRegions, {}, { staleTime: 600_000 })
  const set = (change: Record<string, string | undefined>) => ask({ ...change, offset: undefined, open: undefined })
  return (
    <div className="review-filters" role="search" aria-label={`筛选${report.label}`}>
      <Input.Search key={s.q} allowClear aria-label="按机构名称查找" placeholder="机构名称" defaultValue={s.q} style={{ width: 180 }} onSearch={(q) => set({ q })} />
      <Select aria-label="区县" allowClear showSearch={{ optionFilterProp: 'label' }} placeholder="区县" value={s.regionId} style={{ width: 140 }} onChange={(regionId) => set({ regionId })}
        options={(regions.data?.regions ?? []).filter((r) => r.reporting).map((r) => ({ value: String(r.id), label: r.name }))} />
      <Select aria-label="机构类型" allowClear placeholder="机构类型" value={s.category} style={{ width: 160 }} options={[...CATEGORY_CHOICES]} onChange={(category) => set({ category })} />
      <Select aria-label="状态" allowClear placeholder="状态" value={s.standing} style={{ width: 140 }} options={Object.entries(STANDINGS).map(([value, label]) => ({ value, label }))} onChange={(standing) => set({ standing })} />
      <Checkbox checked={s.doubtful === '1'} onChange={(e) => set({ doubtful: e.target.checked ? '1' : undefined })}>只看有疑点</Checkbox>
      <Checkbox checked={s.late === '1'} onChange={(e) => set({ late: e.target.checked ? '1' : undefined })}>只看逾期</Checkbox>
      {s.superiorId && <Tag closable onClose={() => set({ superiorId: undefined })}>已按主管部门筛选</Tag>}
      <Select aria-label="排序" value={s.sort ?? 'doubt'} style={{ width: 140 }} onChange={(sort) => set({ sort: sort === 'doubt' ? undefined : sort })}
        options={[{ value: 'doubt', label: '疑点多的在前' }, { value: 'name', label: '按机构名称' }, { value: 'submitted', label: '按提交时间' }]} />
    </div>
  )
}
