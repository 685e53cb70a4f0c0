/** On the desk: who reminded me of what, with the way to the form. Nothing is shown where nobody did. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../../ui/queries.web.ts'
import { instantText } from '../../ui/text.web.ts'
import { myDuties } from '../filing.contract.ts'
import { inAddress } from '../forms.web.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import './cards.css'

export default function RemindersCard() {
  const reminders = useCall(myDuties, {}).data?.reminders ?? []
  if (reminders.length === 0) return null
  return (
    <section className="panel">
      <h2 className="panel-title">催报</h2>
      <ul className="card-list is-stacked">
        {reminders.slice(0, 5).map((r) => <li key={r.id}><Link to={`/reports/${inAddress(r.form)}/${r.period}/${r.organizationId}`}>{r.text}</Link><span className="muted">{r.organizationName}　{periodLabel(parsePeriod(r.period)!)}　{r.byName}　{instantText(r.at)}</span></li>)}
      </ul>
    </section>
  )
}
