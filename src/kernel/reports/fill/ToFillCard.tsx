/** On the desk: what I have to fill and until when. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { Loaded } from '../../ui/states.tsx'
import { daysUntil, untilText } from '../../ui/text.web.ts'
import { myDuties } from '../filing.contract.ts'
import { inAddress } from '../forms.web.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import { StandingTag } from '../StandingTag.tsx'
import './cards.css'

const SHOWN = 6

export default function ToFillCard() {
  const duties = useCall(myDuties, {})
  // Reviewers fill for others on the sheet, and owe nothing themselves.
  if (useSession().may('report.review')) return null
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">待填报</h2><Link to="/reports">全部{duties.data && duties.data.toFill.length > SHOWN ? ` ${duties.data.toFill.length} 张` : ''}</Link></div>
      <Loaded of={duties}>
        {({ toFill }) => toFill.length === 0 ? <p className="muted">没有要填的报表。</p> : (
          <ul className="card-list">
            {toFill.slice(0, SHOWN).map((d) => (
              <li key={`${d.form} ${d.period} ${d.organizationId}`}>
                <Link to={`/reports/${inAddress(d.form)}/${d.period}/${d.organizationId}`}>{periodLabel(parsePeriod(d.period)!)} {d.formLabel.replace(/（.*）$/, '')}</Link>
                <span><StandingTag standing={d.standing} /><span className={daysUntil(d.deadline) < 0 ? 'is-late' : 'muted'}>{untilText(d.deadline)}</span></span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  )
}
