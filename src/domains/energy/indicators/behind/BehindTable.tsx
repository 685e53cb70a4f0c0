/** A row opens the institution's form at the cell; numerator and denominator open their own cells. */
import { Link, useNavigate } from '@tanstack/react-router'
import type { MouseEvent } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { decimalText, NONE } from '../../../../kernel/ui/text.web.ts'
import { parsePeriod, periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { cellOf, cellSearch, denominatorCell, formAddress } from '../cells.web.ts'
import { figureText } from '../figures.web.ts'
import type { readBehind } from '../indicators.contract.ts'
import { categoryLabel, type Slice } from '../slice.web.ts'
import { KEPT_OUT } from '../standing.rules.ts'

type Row = OutputOf<typeof readBehind>['rows'][number]

export function BehindTable({ rows, slice, top, bottom, unit }: { rows: readonly Row[]; slice: Slice; top: string; bottom: string; unit: string }) {
  const navigate = useNavigate()
  const { indicator } = slice
  const [asked] = useAsked()
  const to = (r: Row, item: string) => ({ to: formAddress(r), search: cellSearch(item, '/energy/behind', asked) as never })
  const follow = (event: MouseEvent, r: Row) => {
    // The links in the row go where they say; the rest of the row goes to the form.
    if (!(event.target as HTMLElement).closest('a')) void navigate(to(r, cellOf(indicator)))
  }
  const from = (r: Row) => {
    const period = parsePeriod(r.period)
    return r.origin === 'form' ? (period ? periodLabel(period) : r.period) : '各月台账合计'
  }
  return (
    <div className="figures-scroll" tabIndex={0} role="region" aria-label="机构清单">
      <table className="figures is-followed">
        <caption className="visually-hidden">背后的机构，点一行打开它的报表</caption>
        <thead>
          <tr>
            <th scope="col">机构</th><th scope="col" className="only-wide">区县</th><th scope="col" className="only-wide">机构类型</th>
            <th scope="col" className="number">{indicator.numerator.label}<small>{top}</small></th><th scope="col" className="number">{indicator.denominator.label}<small>{bottom}</small></th>
            <th scope="col" className="number">指标值<small>{unit}</small></th><th scope="col" className="only-wide">是否计入</th><th scope="col" className="only-wide">数据来自</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.organizationId} onClick={(e) => follow(e, r)}>
              <th scope="row"><Link {...to(r, cellOf(indicator))}>{r.name}</Link><small className="own-figures"><Link to={`/energy/institutions/${r.organizationId}`} search={{ indicator: indicator.code, year: slice.period.key.slice(0, 4), back: `/energy/behind?${new URLSearchParams(asked)}` } as never}>历年指标</Link></small><small className="only-narrow">{r.regionName} {categoryLabel(r.category)}{!r.counted && <span className="is-kept-out"> 未计入</span>}</small></th>
              <td className="nowrap only-wide">{r.regionName}</td>
              <td className="nowrap only-wide">{categoryLabel(r.category)}</td>
              <td className="number">{r.numerator === null ? <span className="is-missing">缺数</span> : <Link {...to(r, cellOf(indicator))}>{decimalText(r.numerator, 1)}</Link>}</td>
              <td className="number">{r.denominator === null ? <span className="is-missing">缺数</span> : <Link {...to(r, denominatorCell(indicator))}>{decimalText(r.denominator)}</Link>}</td>
              <td className="number">{figureText(r.value)}</td>
              <td className="only-wide">{r.counted ? '计入' : <span className="is-kept-out">未计入：{KEPT_OUT[r.keptOut ?? ''] ?? '原因不明'}</span>}</td>
              <td className="nowrap only-wide">{r.filingId === null && r.origin === 'form' ? NONE : from(r)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
