/** Period by period: both sides of the indicator with the way to their cells, and what they are held against. */
import { Link } from '@tanstack/react-router'
import { parsePeriod, periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { decimalText, NONE } from '../../../../kernel/ui/text.web.ts'
import { cellOf, cellSearch, denominatorCell, formAddress } from '../cells.web.ts'
import { changeFrom, changeText, figureText } from '../figures.web.ts'
import { denominatorOf, numeratorOf, unitOf, type Indicator } from '../indicators.rules.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { Signal } from '../Signal.tsx'
import { stateText } from '../standing.rules.ts'
import { aboveText, type Row } from './InstitutionCard.tsx'

interface Props {
  id: number
  indicator: Indicator
  months: 1 | 3 | 12
  rows: readonly Row[]
  baseYear: number
  progress: Progress | undefined
  from: string
  search: Record<string, string>
}
export function InstitutionTable({ id, indicator, months, rows, baseYear, progress, from, search }: Props) {
  const unit = unitOf(indicator, months)
  const to = (r: Row, item: string) => ({ to: formAddress({ form: r.form, period: r.formPeriod, organizationId: id }), search: cellSearch(item, from, search) as never })
  const missing = <span className="is-missing">{figureText(null)}</span>
  return (
    <div className="figures-scroll" tabIndex={0} role="region" aria-label="各期指标">
      <table className="figures">
        <caption className="visually-hidden">各期{indicator.label}，点数字打开报表</caption>
        <thead>
          <tr>
            <th scope="col">统计期</th><th scope="col" className="number only-wide">{indicator.numerator.label}<small>{indicator.unit.split('/')[0]}</small></th><th scope="col" className="number only-wide">{indicator.denominator.label}<small>{indicator.denominator.of === 'people' ? '人' : '㎡'}</small></th>
            <th scope="col" className="number">指标值<small>{unit}</small></th><th scope="col" className="number">比上年同期</th><th scope="col" className="number">比 {baseYear} 年{months === 12 ? '' : '同期'}</th>
            {months === 12 && <><th scope="col" className="number">目标<small>{unit}</small></th><th scope="col">对照</th></>}
            <th scope="col" className="number">同类中位数<small>{unit}</small></th><th scope="col">是否计入</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => {
            const value = r.indicators[indicator.code] ?? null
            const [top, below] = [numeratorOf(indicator, r.sums), denominatorOf(indicator, r.sums) ?? null]
            const peers = r.peers[indicator.code]
            const point = progress?.points.find((p) => String(p.year) === r.period)
            const label = periodLabel(parsePeriod(r.period)!)
            return (
              <tr key={r.period}>
                <th scope="row" className="nowrap">{r.state === 'outside' ? label : <Link {...to(r, cellOf(indicator))}>{label}</Link>}</th>
                <td className="number only-wide">{top === null ? missing : <Link {...to(r, cellOf(indicator))}>{decimalText(top, 1)}</Link>}</td>
                <td className="number only-wide">{below === null ? missing : <Link {...to(r, denominatorCell(indicator))}>{decimalText(below)}</Link>}</td>
                <td className="number">{value === null ? missing : <Link {...to(r, cellOf(indicator))}>{figureText(value)}</Link>}</td>
                <td className="number">{changeText(changeFrom(r.lastYear[indicator.code], value))}</td>
                <td className="number">{r.period.startsWith(String(baseYear)) ? '基期' : r.base[indicator.code] ? changeText(changeFrom(r.base[indicator.code], value)) : missing}</td>
                {months === 12 && <><td className="number">{point?.target ? figureText(point.target) : NONE}</td><td>{value !== null && point?.colour ? <Signal colour={point.colour} /> : NONE}</td></>}
                <td className="number">{peers ? <>{figureText(peers.median)}{value !== null && <small className="peer-of">{aboveText(changeFrom(peers.median, value))}（{decimalText(peers.count)} 家）</small>}</> : NONE}</td>
                <td><span className={r.state === 'counted' ? undefined : 'is-kept-out'}>{stateText(r)}</span>{r.origin === 'months' && <small className="peer-of">各月台账合计</small>}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
