/** Who stands out, with the way to the form. */
import { Link } from '@tanstack/react-router'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { cellOf, cellSearch, formAddress } from '../cells.web.ts'
import { figureText } from '../figures.web.ts'
import type { readDistribution } from '../indicators.contract.ts'
import { searchOf, type Slice } from '../slice.web.ts'

const FORMS = { year: 'energy.annual', quarter: 'energy.quarterly', month: 'energy.monthly', rolling: 'energy.monthly' } as const

export function Outliers({ groups, slice, unit }: { groups: OutputOf<typeof readDistribution>['groups']; slice: Slice; unit: string }) {
  const found = groups.filter((g) => g.outliers.length)
  if (!found.length) return <p className="muted">没有离群的机构。</p>
  return (
    <details className="outliers">
      <summary>离群的机构 {found.reduce((n, g) => n + g.outlierCount, 0)} 家</summary>
      {found.map((g) => (
        <div key={g.category}>
          <h3>{g.label}{g.outlierCount > g.outliers.length && <span className="muted">（{g.outlierCount} 家，列出最高的 {g.outliers.length} 家）</span>}</h3>
          <ul>
            {g.outliers.map((o) => (
              <li key={o.organizationId}>
                <Link to={formAddress({ form: FORMS[slice.span], period: slice.period.key, organizationId: o.organizationId })} search={cellSearch(cellOf(slice.indicator), '/energy/analysis', searchOf(slice)) as never}>{o.name}</Link>
                <span className="muted">{o.regionName}</span>
                <span className="number">{figureText(o.value)} {unit}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  )
}
