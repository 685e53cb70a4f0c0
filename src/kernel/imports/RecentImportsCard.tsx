/** On the desk: imports that wait for a decision, and the last ones. */
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { instantText } from '../ui/text.web.ts'
import { STATE_COLOURS, STATES } from './batch-words.web.ts'
import { listImports } from './import.contract.ts'
import './imports.css'

export default function RecentImportsCard() {
  const query = useCall(listImports, { limit: 5 })
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">最近的导入</h2><Link to="/imports">全部</Link></div>
      <Loaded of={query}>
        {({ batches }) => batches.length === 0 ? <p className="muted">还没有导入过文件。</p> : (
          <ul className="import-list">
            {batches.map((b) => <li key={b.id}><Link to={`/imports/${b.id}`}>{b.fileName}</Link><span><Tag color={STATE_COLOURS[b.state]}>{STATES[b.state]}</Tag><span className="muted">{instantText(b.at)}</span></span></li>)}
          </ul>
        )}
      </Loaded>
    </section>
  )
}
