/** What an edition changed against the one before. */
import { Link } from '@tanstack/react-router'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { figureText } from '../figures.web.ts'
import type { getPublication } from '../indicators.contract.ts'
import { INDICATORS, unitOf } from '../indicators.rules.ts'
import { indicatorLabel } from '../slice.web.ts'

type Difference = NonNullable<OutputOf<typeof getPublication>['difference']>

export function Moved({ difference, previousId, edition, months }: { difference: Difference; previousId: number; edition: number; months: number }) {
  return (
    <section className="panel publication-facts" aria-labelledby="moved">
      <h2 id="moved" className="panel-title">与<Link to={`/energy/publications/${previousId}`}>第 {edition - 1} 版</Link>的差异</h2>
      <p className="muted">有 {difference.filingsChanged} 张报表增加、改动或改变了计入情况；{difference.rows.length === 0 ? '各区县的指标没有变。' : `${difference.rows.length} 行指标有变化。`}</p>
      {difference.rows.length > 0 && (
        <div className="figures-scroll is-low" tabIndex={0} role="region" aria-label="差异清单">
          <table className="figures">
            <thead><tr><th scope="col">区县</th>{INDICATORS.map((i) => <th key={i.code} scope="col" className="number">{indicatorLabel(i)}<small>{unitOf(i, months)}</small></th>)}</tr></thead>
            <tbody>
              {difference.rows.map((r) => (
                <tr key={r.key} className={r.key === 'city' ? 'is-total' : undefined}>
                  <th scope="row">{r.label}</th>
                  {INDICATORS.map((i) => {
                    const [before, after] = [r.before[i.code], r.after[i.code]]
                    return <td key={i.code} className="number">{before === after ? figureText(after) : <><del className="muted">{figureText(before)}</del> → <strong>{figureText(after)}</strong></>}</td>
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
