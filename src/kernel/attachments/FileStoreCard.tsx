/** On the desk of whoever operates the system: what happened to stored files that nobody has settled, and whether they are looked at. */
import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { decimalText, instantText } from '../ui/text.web.ts'
import { fileStoreState, INCIDENTS } from './attachment.contract.ts'
import { sizeText } from './kinds.rules.ts'
import './attachments.css'

export default function FileStoreCard() {
  const query = useCall(fileStoreState, {}, { refetchInterval: 60_000 })
  return (
    <section className="panel" aria-labelledby="file-store-card">
      <div className="panel-head"><h2 id="file-store-card" className="panel-title">附件存储</h2><Link to="/file-store">查看存储</Link></div>
      <Loaded of={query}>
        {(s) => {
          const open = s.incidents.filter((i) => !i.settledAt)
          return (
            <>
              {open.length > 0 && <Alert className="store-part" type="error" showIcon role="alert" title={`有 ${open.length} 件事件没有处理`} description={[...new Set(open.map((i) => INCIDENTS[i.kind]))].join('、')} />}
              {s.antivirus.problem && <Alert className="store-part" type="error" showIcon role="alert" title="查毒程序没有应答，新上传的附件在查毒之前不能下载。" />}
              {open.length === 0 && !s.antivirus.problem && <p className="muted">附件完好，没有待处理的事件。</p>}
              <dl className="store-facts" style={{ marginBlockStart: 12 }}>
                <div><dt>附件</dt><dd>{decimalText(s.attachments)} 个，{sizeText(s.bytes)}</dd></div>
                <div><dt>查毒程序</dt><dd>{s.antivirus.version ?? (s.antivirus.address ? '没有应答' : '没有接入')}</dd></div>
                <div><dt>上次检查</dt><dd>{s.round ? instantText(s.round.at) : '还没有检查过（每小时一次）'}</dd></div>
              </dl>
            </>
          )
        }}
      </Loaded>
    </section>
  )
}
