/** One institution's own indicators: on its record, and on a page of its own. */
import { useLocation } from '@tanstack/react-router'
import { Checkbox, Segmented, Select } from 'antd'
import { useWorkingPeriod } from '../../../../kernel/reports/working-period.web.ts'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { today } from '../../../../kernel/ui/text.web.ts'
import { ExportFigures } from '../ExportFigures.tsx'
import { readTargets } from '../indicators.contract.ts'
import { BASE_YEAR } from '../indicators.rules.ts'
import { readSlice, shownIndicators, useUsually } from '../slice.web.ts'
import { vehiclesAsked } from '../vehicles.rules.ts'
import { exportInstitution, readInstitution } from './institution.contract.ts'
import { InstitutionCard } from './InstitutionCard.tsx'
import { InstitutionPicture } from './InstitutionPicture.tsx'
import { InstitutionTable } from './InstitutionTable.tsx'
import '../indicators.css'

const SPANS = [{ value: '12' as const, label: '年' }, { value: '3' as const, label: '季' }, { value: '1' as const, label: '月' }]

export default function InstitutionFigures({ id }: { id: number }) {
  const [asked, ask] = useAsked()
  const { pathname } = useLocation()
  const working = useWorkingPeriod()
  const usually = useUsually()
  const last = Number(today().slice(0, 4))
  const wanted = Number(asked.year) || Number(working.of(12).key)
  const year = Math.min(Math.max(wanted, BASE_YEAR), last)
  const months = (SPANS.find((s) => s.value === asked.months) ?? SPANS[0]!).value
  const slice = readSlice({ period: String(year), indicator: asked.indicator ?? '', vehicles: asked.vehicles ?? '' }, working, usually)
  const keep = { placeholderData: <T,>(before: T) => before }
  const years = useCall(readInstitution, { id, months: '12', year }, keep)
  const within = useCall(readInstitution, { id, months, year }, { ...keep, enabled: months !== '12' })
  const targets = useCall(readTargets, { year, division: 'then', scope: 'organization', id }).data?.targets
  const progress = (code: string) => targets?.find((t) => t.target.indicator === code)
  const way = { from: pathname, search: asked }
  const { indicator } = slice
  return (
    <>
      <div className="slice-bar no-print">
        <Segmented aria-label="统计期长度" value={months} options={SPANS} onChange={(v) => ask({ months: v === '12' ? undefined : v }, { replace: true })} />
        <Select aria-label="年份" value={year} style={{ width: 112 }} onChange={(v) => ask({ year: String(v) }, { replace: true })} options={Array.from({ length: last - BASE_YEAR + 1 }, (_, n) => ({ value: last - n, label: `${last - n}年` }))} />
        <Checkbox checked={slice.vehicles} onChange={(e) => ask({ vehicles: vehiclesAsked(slice.usually, e.target.checked), indicator: indicator.code.startsWith('energyPerArea') ? 'energyPerArea' : asked.indicator }, { replace: true })}>单位建筑面积能耗含公务用车用油</Checkbox>
        <ExportFigures operation={exportInstitution} input={{ id, months, year }} />
      </div>
      <Loaded of={years}>
        {({ rows, baseYear, peersLeast, organization }) => {
          const row = rows.find((r) => r.period === String(year))
          return (
            <>
              <div className="indicator-cards">
                {row && shownIndicators(slice.vehicles).map((i) => (
                  <InstitutionCard key={i.code} indicator={i} id={id} row={row} baseYear={baseYear} peersLeast={peersLeast} progress={progress(i.code)} chosen={i.code === indicator.code} onChoose={() => ask({ indicator: i.code }, { replace: true })} {...way} />
                ))}
              </div>
              <Loaded of={months === '12' ? years : within}>
                {({ rows: shown }) => (
                  <div className="pictures is-after">
                    <div className="is-wide"><InstitutionPicture id={id} slice={slice} months={Number(months) as 1 | 3 | 12} rows={shown} progress={months === '12' ? progress(indicator.code) : undefined} place={organization.name} exportData={<ExportFigures small operation={exportInstitution} input={{ id, months, year }} />} {...way} /></div>
                    <section className="panel is-wide" aria-label="各期数据">
                      <h2 className="panel-title">{months === '12' ? '历年' : `${year}年各${months === '1' ? '月' : '季'}`}数据</h2>
                      <p className="muted">{indicator.basis}。点数字看报表里的那一格；缺数不按零计算。</p>
                      <InstitutionTable id={id} indicator={indicator} months={Number(months) as 1 | 3 | 12} rows={shown} baseYear={baseYear} progress={progress(indicator.code)} {...way} />
                    </section>
                  </div>
                )}
              </Loaded>
            </>
          )
        }}
      </Loaded>
    </>
  )
}
