/** On the desk: the figures that the post answers for, in the working year; each opens what is behind it. */
import { Link } from '@tanstack/react-router'
import { periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { useWorkingPeriod } from '../../../../kernel/reports/working-period.web.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { Behind } from '../Behind.tsx'
import { changeFrom, changeText, figureText, unitFor } from '../figures.web.ts'
import { useHome } from '../home.web.ts'
import { readIndicators, readTargets } from '../indicators.contract.ts'
import { Signal } from '../Signal.tsx'
import { indicatorLabel, readSlice, searchOf, shownIndicators, useUsually } from '../slice.web.ts'
import '../indicators.css'

export default function FiguresCard() {
  const home = useHome()
  const slice = readSlice({ period: useWorkingPeriod().of(12).key }, undefined, useUsually())
  const figures = useCall(readIndicators, { period: slice.period.key, division: slice.division, by: 'city', compare: '1' })
  const place = home.reach === 'city' ? { scope: 'city' as const } : home.reach === 'district' ? { scope: 'region' as const, id: home.regionId ?? 0 } : { scope: 'organization' as const, id: home.organizationId }
  const targets = useCall(readTargets, { year: Number(slice.period.key), division: slice.division, ...place }, { enabled: home.ready }).data?.targets
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">{home.label}{periodLabel(slice.period)}指标</h2><span className="panel-links">{home.own && <Link to={`/energy/institutions/${home.organizationId}`}>历年指标</Link>}<Link to="/energy" search={searchOf(slice) as never}>指标总览</Link></span></div>
      <Loaded of={figures}>
        {({ total, lastYear, expected }) => (
          <>
            <ul className="desk-figures">
              {shownIndicators(slice.vehicles).map((i) => {
                const value = total?.indicators[i.code] ?? null
                const name = indicatorLabel(i)
                const colour = targets?.find((t) => t.target.indicator === i.code)?.colour
                return (
                  <li key={i.code}>
                    <h3>{name}</h3>
                    <p className="indicator-value"><Behind slice={slice} change={{ indicator: i.code }} label={`${name} ${figureText(value)} ${unitFor(i, slice)}，查看背后的机构`}><strong>{figureText(value)}</strong></Behind> <small>{unitFor(i, slice)}</small></p>
                    <p className="muted">比上年　{changeText(changeFrom(lastYear?.[0]?.indicators[i.code], value))}　<Signal colour={colour} note={colour ? undefined : ''} /></p>
                  </li>
                )
              })}
            </ul>
            {/* One's own unit is in the figures or not; how many are says something only of several. */}
            {home.reach === 'unit' && expected <= 1 ? (!total?.counted && <p className="muted">这一年的报表还没有计入，请看“填报”里的状态。</p>) : <p className="muted">计入 {decimalText(total?.counted ?? 0)} 家，未计入 {decimalText(total?.keptOut ?? 0)} 家，应报 {decimalText(expected)} 家。</p>}
          </>
        )}
      </Loaded>
    </section>
  )
}
