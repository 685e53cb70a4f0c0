/** On the desk: what waits for my review. */
import { Link } from '@tanstack/react-router'
import { isRoot } from '../../authority/root.rules.ts'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { Loaded } from '../../ui/states.tsx'
import { myDuties } from '../filing.contract.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import '../fill/cards.css'

type Waiting = OutputOf<typeof myDuties>['toReview'][number]
const SHOWN = 6

export default function ToReviewCard() {
  const duties = useCall(myDuties, {})
  const { user } = useSession()
  // What waits at one's own level, as the counts do: the city comes after the districts.
  const standing = user.hat && isRoot(user.hat.orgPath) ? 'accepted1' : 'submitted'
  const line = (d: Waiting) => (
    <li key={`${d.form} ${d.period}`}>
      <Link to="/reviews" search={{ form: d.form, period: d.period, standing } as never}>{periodLabel(parsePeriod(d.period)!)} {d.formLabel.replace(/（.*）$/, '')}</Link>
      <span><b>{d.waiting}</b> 家{d.doubtful > 0 && <span className="is-late">，{d.doubtful} 家有疑点</span>}</span>
    </li>
  )
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">待审核</h2><Link to="/reviews">审核台</Link></div>
      <Loaded of={duties}>
        {({ toReview }) => {
          if (toReview.length === 0) return <p className="muted">没有等待您审核的报表。</p>
          const rest = toReview.slice(SHOWN)
          return (
            <>
              <ul className="card-list">{toReview.slice(0, SHOWN).map(line)}</ul>
              {rest.length > 0 && <details><summary className="muted">更早的 {rest.length} 期，共 {rest.reduce((n, d) => n + d.waiting, 0)} 家</summary><ul className="card-list">{rest.map(line)}</ul></details>}
            </>
          )
        }}
      </Loaded>
    </section>
  )
}
