/** On the desk of whoever operates the system: what is wrong with the backups, in the words of their page. */
import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { backupState } from './backup.contract.ts'
import './backup.css'

export default function BackupAlarmsCard() {
  const query = useCall(backupState, {}, { refetchInterval: 60_000 })
  return (
    <section className="panel" aria-labelledby="backup-alarms-card">
      <div className="panel-head"><h2 id="backup-alarms-card" className="panel-title">备份告警</h2><Link to="/backups">查看备份</Link></div>
      <Loaded of={query}>
        {({ alarms }) => {
          const errors = alarms.filter((a) => a.level === 'error')
          return errors.length === 0 ? <p className="muted">备份和日志归档没有告警。</p> : <div className="backups">{errors.map((a) => <Alert key={a.message} type="error" showIcon title={a.message} role="alert" />)}</div>
        }}
      </Loaded>
    </section>
  )
}
