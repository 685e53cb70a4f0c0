/** Period, division, place, kind: one bar above every page of figures. */
import { Link } from '@tanstack/react-router'
import { Segmented, Select } from 'antd'
import { CATEGORY_CHOICES } from '../../../kernel/org/organization/categories.rules.ts'
import { GROUPS, stoodOn } from '../../../kernel/org/region/region.words.rules.ts'
import { periodsToChoose } from '../../../kernel/reports/forms.web.ts'
import { periodLabel } from '../../../kernel/reports/period.rules.ts'
import { useWorkingPeriod } from '../../../kernel/reports/working-period.web.ts'
import { today } from '../../../kernel/ui/text.web.ts'
import { useJobs } from '../../../kernel/jobs/JobProgress.tsx'
import { isOpen } from '../../../kernel/jobs/job.contract.ts'
import { RECOMPUTE } from '../consumption/recompute.rules.ts'
import { useHome } from './home.web.ts'
import { MONTHS, useSlice, type Regions, type Slice, type Span } from './slice.web.ts'

const SPANS: { value: Span; label: string }[] = [{ value: 'year', label: '年' }, { value: 'quarter', label: '季' }, { value: 'month', label: '月' }, { value: 'rolling', label: '滚动 12 个月' }]
const FIGURES = ['indicator.read', 'indicator.series', 'indicator.distribution', 'indicator.behind', 'target.progress']
const DIVISIONS = [{ value: 'then' as const, label: '按当时区划' }, { value: 'now' as const, label: '按现行区划' }]

const dayBefore = (day: string): string => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
/** Regions to choose from: as they stood at the end of the period, or as they stand. */
function stood(regions: Regions, s: Slice, division: 'then' | 'now'): Regions {
  // A filing belongs to the region it had at the end of its period.
  const end = dayBefore(s.period.end)
  return regions.filter((r) => r.reporting && stoodOn(r, division === 'now' ? today() : end))
}

export function SliceBar({ regions, noCategory, noScope }: { regions: Regions; noCategory?: boolean; noScope?: boolean }) {
  const [s, ask] = useSlice()
  const home = useHome()
  const working = useWorkingPeriod()
  const recomputing = useJobs(RECOMPUTE, FIGURES).find(isOpen)
  const months = s.span === 'rolling' ? 1 : MONTHS[s.span]
  const periods = periodsToChoose(months).slice(s.span === 'year' ? 1 : 0)
  if (!periods.some((p) => p.key === s.period.key)) periods.push(s.period)
  const choose = (division: 'then' | 'now') => {
    const lost = /^\d+$/.test(s.scope) && !stood(regions, s, division).some((r) => String(r.id) === s.scope)
    ask({ division: division === 'now' ? 'now' : undefined, scope: lost ? undefined : s.scope, offset: undefined })
  }
  const places = stood(regions, s, s.division)
  return (
    <>
      {recomputing && <p className="notice" role="status">{recomputing.label}，已完成 {recomputing.total ? Math.floor((recomputing.done / recomputing.total) * 100) : 0}%：各年的数字会先后改变。<Link to="/energy/factors" search={{ view: 'settings' } as never}>看进度</Link></p>}
      <div className="slice-bar no-print">
        <Segmented<Span> aria-label="统计期长度" value={s.span} options={SPANS}
          onChange={(span) => ask({ period: working.of(span === 'rolling' ? 1 : MONTHS[span]).key, rolling: span === 'rolling' ? '1' : undefined, offset: undefined })} />
        <Select aria-label="统计期" value={s.period.key} style={{ width: s.span === 'rolling' ? 176 : 148 }} showSearch={{ optionFilterProp: 'label' }} onChange={(period) => ask({ period, offset: undefined })}
          options={periods.map((p) => ({ value: p.key, label: s.span === 'rolling' ? `截至${periodLabel(p)}` : periodLabel(p) }))} popupMatchSelectWidth={false} />
        <Segmented aria-label="区划口径" value={s.division} options={DIVISIONS} onChange={choose} />
        {!noScope && home.reach === 'city' && (
          <Select aria-label="范围" value={s.scope} style={{ width: 200 }} showSearch={{ optionFilterProp: 'label' }} onChange={(scope) => ask({ scope: scope || undefined, offset: undefined })}
            options={[{ value: '', label: '全市' }, { label: '区域', options: Object.entries(GROUPS).map(([value, label]) => ({ value, label })) },
              { label: '区县', options: places.map((r) => ({ value: String(r.id), label: r.name })) }]} />
        )}
        {!noCategory && (
          <Select aria-label="机构类型" value={s.category} style={{ width: 160 }} onChange={(category) => ask({ category: category || undefined, offset: undefined })}
            options={[{ value: '', label: '全部类型' }, ...CATEGORY_CHOICES]} />
        )}
      </div>
    </>
  )
}
