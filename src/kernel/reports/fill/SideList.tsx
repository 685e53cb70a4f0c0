/** Beside the form: how full it is, what is wrong where, and what the active cell means. */
import { Button, Progress } from 'antd'
import { useMemo } from 'react'
import { listAttachments } from '../../attachments/attachment.contract.ts'
import { Attachments } from '../../attachments/Attachments.tsx'
import { useSession } from '../../ui/session.tsx'
import type { Report, ReportItem } from '../report.rules.ts'
import { instantText } from '../../ui/text.web.ts'
import type { Filing } from './useFiling.web.ts'

interface Props {
  report: Report
  filing: Filing
  active: ReportItem | undefined
  jump: (item: string) => void
  showHistory: (item: string) => void
}

export function SideList({ report, filing, active, jump, showHistory }: Props) {
  const { evaluation, findings, state } = filing
  const { expected, filled, missing } = evaluation.completeness
  const label = (code: string) => report.items.find((i) => i.code === code)?.label ?? ''
  const listed = findings.filter((f) => f.kind !== 'missing')
  const groups = [
    { title: '必须改正', list: listed.filter((f) => f.severity === 'hard') },
    { title: '需要说明原因', list: listed.filter((f) => f.severity === 'soft' && !f.reason) },
    { title: '已说明', list: listed.filter((f) => f.severity === 'soft' && f.reason) },
  ].filter((g) => g.list.length)
  const { may } = useSession()
  const words = useMemo(() => Object.fromEntries(report.items.map((i) => [i.code, i.label])), [report])
  const past = state.opened.reviews.filter((r) => r.remarks)
  return (
    <aside className="fill-side no-print" aria-label="检查结果">
      <section className="panel">
        <h2>完整情况</h2>
        <Progress percent={expected ? Math.round((filled / expected) * 100) : 100} format={() => `${filled}/${expected}`} aria-label="必填项完成情况" status="normal" />
        {missing.length > 0 && (
          <details className="side-missing">
            <summary>还有 {missing.length} 项必填没有填</summary>
            <ul>{missing.map((code) => <li key={code}><Button type="link" size="small" onClick={() => jump(code)}>{label(code)}</Button></li>)}</ul>
          </details>
        )}
      </section>
      <section className="panel" aria-live="polite">
        <h2>检查结果{listed.length ? `（${listed.length}）` : ''}</h2>
        {groups.length === 0 && <p className="muted">目前没有发现问题。</p>}
        {groups.map((g) => (
          <div key={g.title} className="side-group">
            <h3>{g.title}　{g.list.length}</h3>
            <ul>
              {g.list.map((f) => (
                <li key={`${f.checkCode} ${f.item}`}>
                  <button type="button" className={`side-finding is-${f.severity === 'hard' ? 'hard' : f.reason ? 'explained' : 'soft'}`} onClick={() => jump(f.item)}>
                    <b>{label(f.item)}</b>{f.message}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </section>
      {active && (
        <section className="panel">
          <h2>{active.label}</h2>
          {active.help && <p>{active.help}</p>}
          {active.basis && <p className="muted">依据：{active.basis}</p>}
          {!active.help && !active.basis && <p className="muted">{active.required ? '必填。没有发生的填 0。' : '没有的可以留空。'}</p>}
          {state.opened.facts && <Button type="link" size="small" className="flush" onClick={() => showHistory(active.code)}>这一格的修改历史</Button>}
        </section>
      )}
      {may(listAttachments.access) && (
        <section className="panel" aria-labelledby="evidence">
          <h2 id="evidence">附件</h2>
          {state.opened.facts ? <Attachments entity="reports.filing" recordId={state.opened.facts.id} items={words} item={active?.code} hint="发票、抄表照片、情况说明等可以存在这里，随报表一起审核。" /> : <p className="muted">填写第一格并保存后，可以添加发票、抄表照片、情况说明。</p>}
        </section>
      )}
      {past.length > 0 && (
        <section className="panel">
          <h2>办理过程</h2>
          <ul className="side-past">
            {past.map((r) => <li key={r.at}>{instantText(r.at)}　{r.byName}：{r.remarks}</li>)}
          </ul>
        </section>
      )}
    </aside>
  )
}
