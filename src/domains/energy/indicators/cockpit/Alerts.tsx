/** What needs a leader's eye: indicators and districts above their targets, figures kept out, months nobody sent. */
import { Link } from '@tanstack/react-router'
import { todayInChongqing } from '../../../../kernel/reports/period.rules.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded, together } from '../../../../kernel/ui/states.tsx'
import { Behind } from '../Behind.tsx'
import { figureText } from '../figures.web.ts'
import { readCompleteness, type FigureRow } from '../indicators.contract.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { Signal } from '../Signal.tsx'
import { indicatorLabel, regionsIn, type Regions, type Slice } from '../slice.web.ts'
import { targetsBelow } from '../targets-below.contract.ts'

interface Props {
  slice: Slice
  targets: readonly Progress[] | undefined
  districts: readonly FigureRow[]
  regions: Regions
  /** The targets and districts: before they are there nobody may say that all is well. */
  read: ReturnType<typeof together>
}
const SHOWN = 6

export function Alerts({ slice, targets, districts, regions, read }: Props) {
  const chosen = targets?.find((t) => t.target.indicator === slice.indicator.code)
  const city = !slice.scope
  const year = Number(slice.period.start.slice(0, 4))
  const below = useCall(targetsBelow, { id: chosen?.target.id ?? 0, year, division: slice.division }, { enabled: city && chosen?.target.scope === 'region' })
  const month = todayInChongqing().slice(0, 7)
  const completeness = useCall(readCompleteness, { from: `${Number(month.slice(0, 4)) - 1}-${month.slice(5)}-01`, before: `${month}-01`, regions: regionsIn(slice.scope, regions) })
  const over = (targets ?? []).filter((t) => t.colour === 'red' || t.colour === 'amber')
  const places = (below.data?.rows ?? []).filter((r) => r.colour === 'red' || r.colour === 'amber').toSorted((a, b) => (a.colour === b.colour ? 0 : a.colour === 'red' ? -1 : 1))
  const keptOut = districts.filter((r) => r.keptOut > 0).toSorted((a, b) => b.keptOut - a.keptOut)
  const poor = (completeness.data?.months ?? []).filter((m) => m.expected > 0 && m.counted < m.expected * 0.9)
  const handedDown = below.data?.rows.some((r) => r.target)
  return (
    <section className="panel alerts" aria-label="预警">
      <h2 className="panel-title">预警</h2>
      <Loaded of={together(read, completeness, ...(city && chosen?.target.scope === 'region' ? [below] : []))}>{() => over.length + places.length + keptOut.length + poor.length === 0 && <EmptyState title="没有预警" hint="没有超出目标的，数据也都计入了。" />}</Loaded>
      <ul>
        {over.map((t) => <li key={t.target.id}><Signal colour={t.colour} /><Behind slice={slice} change={{ indicator: t.target.indicator, period: String(year), rolling: undefined }}>{t.label} {figureText(t.actual)}，允许 {figureText(t.allowed)}</Behind></li>)}
        {places.slice(0, SHOWN).map((r) => <li key={`place-${r.id}`}><Signal colour={r.colour} /><Behind slice={slice} change={{ scope: String(r.id), period: String(year), rolling: undefined }}>{r.name} {figureText(r.actual)}，允许 {figureText(r.allowed)}</Behind></li>)}
        {keptOut.slice(0, SHOWN).map((r) => <li key={`out-${r.key}`}><Signal colour="amber" note="未计入" /><Behind slice={slice} change={{ scope: r.key, only: 'keptOut' }}>{r.label} {r.keptOut} 家的数据没有计入</Behind></li>)}
        {poor.slice(-SHOWN).toReversed().map((m) => <li key={m.start}><Signal colour={m.counted === 0 ? 'red' : 'amber'} note="缺数" /><Behind slice={slice} change={{ period: m.start.slice(0, 7), rolling: undefined }}>{m.start.slice(0, 7)} 计入 {m.counted} 家，应报 {m.expected} 家</Behind></li>)}
      </ul>
      <p className="muted">
        {places.length > SHOWN && <>还有 {places.length - SHOWN} 个区县超出目标。</>}{keptOut.length > SHOWN && <>还有 {keptOut.length - SHOWN} 个区县有未计入的。</>}
        {city && chosen && handedDown === false && <>{indicatorLabel(slice.indicator)}还没有<Link to="/energy/targets">分解到区县</Link>。</>}
      </p>
    </section>
  )
}
