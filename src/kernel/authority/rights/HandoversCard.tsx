/** On the desk: what was handed over to me. Nothing stands here for whom nothing was. */
import { useCall } from '../../ui/queries.web.ts'
import { Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { listHandovers } from './rights.contract.ts'
import '../authority.css'

export default function HandoversCard() {
  const query = useCall(listHandovers, { mine: 'true' })
  return (
    <section className="panel" aria-labelledby="handovers-card">
      <div className="panel-head"><h2 id="handovers-card" className="panel-title">交接给我的</h2></div>
      <Loaded of={query}>
        {({ handovers }) => handovers.length === 0 ? <p className="muted">没有交接给您的事项。</p> : (
          <ul className="rights-list">{handovers.slice(0, 5).map((h) => <li key={h.id}><span>{h.personName}{h.kindLabel}（{h.organizationName}）：填报中的报表 {h.items.filings.count}、未写入的导入 {h.items.imports.count}、保存的视图 {h.items.views.count}{h.items.filings.names.length > 0 && <span className="rights-why">　{h.items.filings.names.slice(0, 3).join('、')}</span>}</span><span className="muted">{instantText(h.at)}</span></li>)}</ul>
        )}
      </Loaded>
    </section>
  )
}
