/** On the desk: what waits for my review. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../../ui/queries.web.ts'
import { Loaded } from '../../ui/states.tsx'
import { myDuties } from '../filing.contract.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import '../fill/cards.css'

export default function ToReviewCard() {
  const duties = useCall(myDuties, {})
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">待审核</h2><Link to="/reviews">审核台</Link></div>
      <Loaded of={duties}>
        {({ toReview }) => toReview.length === 0 ? <p className="muted">没有等待您审核的报表。</p> : (
          <ul className="card-list">
            {toReview.map((d) => (
              <li key={`${d.form} ${d.period}`}>
                <Link to="/reviews" search={{ form: d.form, period: d.period } as never}>{periodLabel(parsePeriod(d.period)!)} {d.formLabel.replace(/（.*）$/, '')}</Link>
                <span><b>{d.waiting}</b> 家{d.doubtful > 0 && <span className="is-late">，{d.doubtful} 家有疑点</span>}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  )
}
