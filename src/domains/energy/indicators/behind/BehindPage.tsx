/** 背后的机构: numerator, denominator and value of every institution in a figure, and why others are not in it. */
import { Link } from '@tanstack/react-router'
import { Pagination, Segmented } from 'antd'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { listRegions } from '../../../../kernel/org/organization/organization.contract.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { figureText, unitFor } from '../figures.web.ts'
import { useHome } from '../home.web.ts'
import { readBehind, readIndicators } from '../indicators.contract.ts'
import { denominatorOf, numeratorOf } from '../indicators.rules.ts'
import { SliceBar } from '../SliceBar.tsx'
import { ExportFigures } from '../ExportFigures.tsx'
import { categoryLabel, divisionLabel, indicatorLabel, inputOf, scopeLabel, searchOf, spanLabel, useSlice, type Regions } from '../slice.web.ts'
import { BehindTable } from './BehindTable.tsx'
import '../indicators.css'

const LIMIT = 50
const FORMS = { year: 'energy.annual', quarter: 'energy.quarterly', month: 'energy.monthly', rolling: 'energy.monthly' }
type Only = '' | 'counted' | 'keptOut'

function BehindFigures({ regions }: { regions: Regions }) {
  const [slice] = useSlice()
  const [asked, ask] = useAsked()
  const home = useHome()
  const { may } = useSession()
  const { indicator } = slice
  const only = (['counted', 'keptOut'].includes(asked.only ?? '') ? asked.only : '') as Only
  const offset = Number(asked.offset ?? 0) || 0
  const input = inputOf(slice, regions)
  const total = useCall(readIndicators, { ...input, by: 'city' })
  const rows = useCall(readBehind, { ...input, indicator: indicator.code, only: only || undefined, offset, limit: LIMIT }, { placeholderData: (before) => before })
  const unit = unitFor(indicator, slice)
  const [top, bottom] = [unit.split('/')[0]!, indicator.denominator.of === 'people' ? '人' : '㎡']
  const name = indicatorLabel(indicator)
  return (
    <>
      <PageHeader title={`${name}：背后的机构`} back={{ to: '/energy', label: '指标总览', search: searchOf(slice) }}
        note={`${scopeLabel(slice, regions, home.label)}${slice.category ? ` ${categoryLabel(slice.category)}` : ''}，${spanLabel(slice)}，${divisionLabel(slice)}。`}
        actions={<ExportFigures label="导出各机构 xlsx" input={{ ...input, by: 'institution' }} />} />
      <SliceBar regions={regions} />
      <Loaded of={total}>
        {({ total: all, expected }) => {
          const missing = Math.max(0, expected - (all?.counted ?? 0) - (all?.keptOut ?? 0))
          return (
            <section className="panel behind">
              <p className="behind-sum">
                <span>{indicator.numerator.label}<strong>{figureText(all ? numeratorOf(indicator, all.sums) : null, 0)}</strong>{top}</span><i aria-hidden>÷</i>
                <span>{indicator.denominator.label}<strong>{figureText(all ? denominatorOf(indicator, all.sums) : null, 0)}</strong>{bottom}</span><i aria-hidden>=</i>
                <span>{name}<strong>{figureText(all?.indicators[indicator.code])}</strong>{unit}</span>
              </p>
              <p className="muted">{indicator.basis}。只合计分子、分母都有的机构。{all?.factorSets.length ? <>因子版本 {all.factorSets.map((c) => <Link key={c} to="/energy/factors" search={{ sets: c } as never} className="code">{c.slice(0, 8)}</Link>)}。</> : null}</p>
              <div className="behind-tabs">
                <Segmented<Only> aria-label="计入情况" value={only} onChange={(v) => ask({ only: v || undefined, offset: undefined }, { replace: true })} options={[
                  { value: '', label: '全部' }, { value: 'counted', label: `计入 ${decimalText(all?.counted ?? 0)}` }, { value: 'keptOut', label: `未计入 ${decimalText(all?.keptOut ?? 0)}` }]} />
                <span className="muted">应报 {decimalText(expected)} 家{missing > 0 && <>，其中 {decimalText(missing)} 家没有这一期的数据{may('report.review') && <>，见<Link to="/reviews" search={{ form: FORMS[slice.span], period: slice.period.key, standing: 'missing' } as never}>填报进度</Link></>}</>}</span>
              </div>
              <Loaded of={rows}>
                {(found) => found.rows.length === 0 ? <EmptyState title={only === 'keptOut' ? '没有未计入的机构' : '没有机构'} hint={only === 'keptOut' ? '报送了的都计入了。' : '这一期、这个范围里没有数据。'} /> : (
                  <>
                    <BehindTable rows={found.rows} slice={slice} top={top} bottom={bottom} unit={unit} />
                    <Pagination size="small" current={offset / LIMIT + 1} pageSize={LIMIT} total={found.total} showSizeChanger={false} showTotal={(n) => `共 ${decimalText(n)} 家`} onChange={(p) => ask({ offset: p > 1 ? String((p - 1) * LIMIT) : undefined })} />
                  </>
                )}
              </Loaded>
            </section>
          )
        }}
      </Loaded>
    </>
  )
}

export default function BehindPage() {
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  return <Loaded of={regions}>{({ regions: all }) => <BehindFigures regions={all} />}</Loaded>
}
