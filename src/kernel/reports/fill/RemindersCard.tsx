/** On the desk: who reminded me of what. Nothing is shown where nobody did. */
import { useCall } from '../../ui/queries.web.ts'
import { instantText } from '../../ui/text.web.ts'
import { myDuties } from '../filing.contract.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import './cards.css'

export default function RemindersCard() {
  const reminders = useCall(myDuties, {}).data?.reminders ?? []
  return (
    <section className="panel">
      <h2 className="panel-title">催报</h2>
      {reminders.length === 0 ? <p className="muted">没有催报。</p> : (
        <ul className="card-list is-stacked">
          {reminders.slice(0, 5).map((r) => <li key={r.id}>{r.text}<span className="muted">{r.organizationName}　{periodLabel(parsePeriod(r.period)!)}　{r.byName}　{instantText(r.at)}</span></li>)}
        </ul>
      )}
    </section>
  )
}
