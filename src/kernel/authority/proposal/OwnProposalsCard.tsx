/** On the desk of whoever proposes rights and cannot decide them: what still waits, and what became of the last ones. */
import { Link } from '@tanstack/react-router'
import { Alert, Tag } from 'antd'
import { useCall } from '../../ui/queries.web.ts'
import { Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { STATE_COLOURS } from './colours.web.ts'
import { listProposals, STATES } from './proposal.contract.ts'
import '../authority.css'

const SHOWN = 6

export default function OwnProposalsCard() {
  const query = useCall(listProposals, { view: 'mine', limit: 20 })
  return (
    <section className="panel" aria-labelledby="own-proposals-card">
      <div className="panel-head"><h2 id="own-proposals-card" className="panel-title">我提出的授权申请</h2><Link to="/proposals" search={{ view: 'mine' } as never}>全部</Link></div>
      <Loaded of={query}>
        {({ proposals, deciders }) => {
          const waiting = proposals.filter((p) => p.state === 'proposed').length
          return (
            <>
              {deciders === 0 && <Alert className="rights-part" type="error" showIcon title="现在没有安全管理员，授权申请无人可以审批。请运维人员用命令行设立（user add）。" />}
              {proposals.some((p) => p.stuck) && <Alert className="rights-part" type="warning" showIcon title="有申请没有人可以审批" description={<Link to="/proposals">查看怎样办理</Link>} />}
              {proposals.length === 0 ? <p className="muted">您还没有提出过申请。任命、另外授权、恢复账号等要经安全管理员审批，提出后在这里看到结果。</p> : (
                <>
                  <p className="muted">{waiting ? `有 ${waiting} 件等待审批。` : '没有等待审批的。'}</p>
                  <ul className="rights-list">{proposals.slice(0, SHOWN).map((p) => <li key={p.id}><span><Tag color={STATE_COLOURS[p.state]} variant="filled">{STATES[p.state]}</Tag> {p.summary}</span><span className="muted">{p.decidedByName ? `${p.decidedByName}　${instantText(p.decidedAt)}` : instantText(p.at)}</span></li>)}</ul>
                </>
              )}
            </>
          )
        }}
      </Loaded>
    </section>
  )
}
