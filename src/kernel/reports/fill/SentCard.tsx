/** On the desk: what my unit handed in last and where it stands. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../../ui/queries.web.ts'
import { Loaded } from '../../ui/states.tsx'
import { useSession } from '../../ui/session.tsx'
import { instantText } from '../../ui/text.web.ts'
import { myDuties } from '../filing.contract.ts'
import { inAddress } from '../forms.web.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import { StandingTag } from '../StandingTag.tsx'
import './cards.css'

export default function SentCard() {
  const duties = useCall(myDuties, {})
  // Reviewers hand nothing in: their desk says what waits for them.
  if (useSession().may('report.review')) return null
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">已报送</h2><Link to="/reports">全部</Link></div>
      <Loaded of={duties}>
        {({ sent }) => sent.length === 0 ? <p className="muted">还没有提交过报表。</p> : (
          <ul className="card-list">
            {sent.slice(0, 5).map((d) => (
              <li key={`${d.form} ${d.period} ${d.organizationId}`}>
                <Link to={`/reports/${inAddress(d.form)}/${d.period}/${d.organizationId}`}>{periodLabel(parsePeriod(d.period)!)} {d.formLabel.replace(/（.*）$/, '')}</Link>
                <span><StandingTag standing={d.standing} /><span className="muted">{instantText(d.submittedAt).slice(0, 10)}</span></span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  )
}
