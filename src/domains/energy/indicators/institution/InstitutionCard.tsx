/** One indicator of one institution in the chosen year: against last year, the base year, its target, its kind. */
import { Link } from '@tanstack/react-router'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { decimalText, NONE } from '../../../../kernel/ui/text.web.ts'
import { cellOf, cellSearch, formAddress } from '../cells.web.ts'
import { changeFrom, changeText, figureText, type Change } from '../figures.web.ts'
import { unitOf, type Indicator } from '../indicators.rules.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { Signal } from '../Signal.tsx'
import { indicatorLabel } from '../slice.web.ts'
import { stateText } from '../standing.rules.ts'
import type { readInstitution } from './institution.contract.ts'

export type Figures = OutputOf<typeof readInstitution>
export type Row = Figures['rows'][number]

/** A median is no earlier figure: what lies above it is higher, not risen. */
export const aboveText = (c: Change | null): string => (c === null ? '' : c.direction === 'same' ? '持平' : `${c.direction === 'down' ? '低' : '高'} ${c.percent}%`)

interface Props {
  indicator: Indicator
  id: number
  row: Row
  baseYear: number
  peersLeast: number
  progress: Progress | undefined
  chosen: boolean
  onChoose: () => void
  /** Where the form leads back to. */
  from: string
  search: Record<string, string>
}
export function InstitutionCard({ indicator, id, row, baseYear, peersLeast, progress, chosen, onChoose, from, search }: Props) {
  const { code } = indicator
  const value = row.indicators[code] ?? null
  const name = indicatorLabel(indicator)
  const unit = unitOf(indicator, 12)
  const peers = row.peers[code]
  const point = progress?.points.find((p) => String(p.year) === row.period)
  const forecast = progress?.forecast && progress.forecast.months < 12 ? progress.forecast : null
  const form = { to: formAddress({ form: row.form, period: row.formPeriod, organizationId: id }), search: cellSearch(cellOf(indicator), from, search) as never }
  return (
    <section className={chosen ? 'panel indicator-card is-chosen' : 'panel indicator-card'} aria-label={name}>
      <h2><button type="button" aria-pressed={chosen} onClick={onChoose} title="下面的图表改看这一项">{name}</button></h2>
      <div className="indicator-main">
        <p className="indicator-value">{value === null ? <strong className="is-missing">{figureText(null)}</strong> : <Link {...form} className="behind-link" aria-label={`${name} ${figureText(value)} ${unit}，打开报表`}><strong>{figureText(value)}</strong></Link>} <small>{unit}</small></p>
        <Signal colour={value === null ? null : point?.colour} note={value !== null && point?.colour ? undefined : progress ? '不能对照' : '没有下达目标'} />
      </div>
      <dl>
        <div><dt>比上年</dt><dd>{changeText(changeFrom(row.lastYear[code], value))}</dd></div>
        <div><dt>比 {baseYear} 年{row.base[code] ? `（${figureText(row.base[code])}）` : ''}</dt><dd>{row.period === String(baseYear) ? '基期' : row.base[code] ? changeText(changeFrom(row.base[code], value)) : `${baseYear} 年缺数`}</dd></div>
        <div><dt>{row.period} 年目标</dt><dd>{point?.target ? `≤ ${figureText(point.target)}` : NONE}</dd></div>
        {forecast && <div><dt>{row.period} 全年预计</dt><dd>{figureText(forecast.value)} <small>（{forecast.months} 个月）</small></dd></div>}
        <div><dt>同类中位数</dt><dd>{peers ? <>{figureText(peers.median)} <small>（{decimalText(peers.count)} 家{value !== null && `，本机构${aboveText(changeFrom(peers.median, value))}`}）</small></> : `同类不足 ${peersLeast} 家`}</dd></div>
      </dl>
      <p className="indicator-counts">
        <span className={row.state === 'counted' ? undefined : 'is-kept-out'}>{stateText(row)}</span>
        {row.state !== 'outside' && <Link {...form}>{row.origin === 'months' ? '看月度台账' : '打开报表'}</Link>}
      </p>
    </section>
  )
}
