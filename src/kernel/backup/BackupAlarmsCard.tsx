/** On the desk of whoever operates the system: what is wrong with the backups, in the words of their page; and how far they reach. */
import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { instantText, NONE } from '../ui/text.web.ts'
import { backupState } from './backup.contract.ts'
import { agoText } from './backup-words.web.ts'
import './backup.css'

export default function BackupAlarmsCard() {
  const query = useCall(backupState, {}, { refetchInterval: 60_000 })
  return (
    <section className="panel" aria-labelledby="backup-alarms-card">
      <div className="panel-head"><h2 id="backup-alarms-card" className="panel-title">备份告警</h2><Link to="/backups">查看备份</Link></div>
      <Loaded of={query}>
        {({ alarms, backups, next }) => {
          const errors = alarms.filter((a) => a.level === 'error')
          const warnings = alarms.length - errors.length
          const last = backups.find((b) => b.readable)
          return (
            <>
              {errors.length === 0 ? <p className="muted">备份和日志归档没有告警。</p> : <div className="backups">{errors.map((a) => <Alert key={a.message} type="error" showIcon title={a.message} role="alert" />)}</div>}
              <dl className="backup-facts" style={{ marginBlockStart: 12 }}>
                <div><dt>最近一次备份</dt><dd>{last ? `${instantText(last.startedAt)}（${agoText(last.startedAt!)}）` : NONE}</dd></div>
                <div><dt>最晚可以恢复到</dt><dd>{instantText(backups.find((b) => b.until)?.until)}</dd></div>
                <div><dt>下一次备份</dt><dd>{instantText(next)}</dd></div>
                <div><dt>需要您决定的提示</dt><dd>{warnings ? <Link to="/backups">{warnings} 项</Link> : '没有'}</dd></div>
              </dl>
            </>
          )
        }}
      </Loaded>
    </section>
  )
}
