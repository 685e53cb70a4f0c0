/** On the desk of whoever decides: what waits, oldest last; and rights whose seal was found broken. */
import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { listAlarms } from '../access/access.contract.ts'
import { listProposals } from './proposal.contract.ts'
import '../authority.css'

export default function ProposalsCard() {
  const { may } = useSession()
  const query = useCall(listProposals, { view: 'waiting', limit: 20 })
  const alarms = useCall(listAlarms, {}, { enabled: may(listAlarms.access) })
  return (
    <section className="panel" aria-labelledby="proposals-card">
      <div className="panel-head"><h2 id="proposals-card" className="panel-title">待审批的授权</h2><Link to="/proposals">全部</Link></div>
      {(alarms.data?.alarms.length ?? 0) > 0 && <Alert className="rights-part" type="error" showIcon title={`有 ${alarms.data!.alarms.length} 项授权被绕过平台改动，已停用`} description={<Link to="/access">查看告警</Link>} />}
      <Loaded of={query}>
        {({ proposals }) => proposals.length === 0 ? <p className="muted">没有等您审批的申请。</p> : (
          <ul className="rights-list">{proposals.slice(0, 6).map((p) => <li key={p.id}><Link to="/proposals">{p.summary}</Link><span className="muted">{p.proposedByName}　{instantText(p.at)}</span></li>)}</ul>
        )}
      </Loaded>
    </section>
  )
}
