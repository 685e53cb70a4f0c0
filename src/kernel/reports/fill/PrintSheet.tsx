/** The form on A4 as it is signed and filed: form number, legal basis, figures, signature lines. Only printed. */
import { Fragment } from 'react'
import { createPortal } from 'react-dom'
import { formMarks } from '../form-marks.rules.ts'
import { periodLabel, type Period } from '../period.rules.ts'
import type { Report } from '../report.rules.ts'
import { shownText, type Cells } from '../grid/cell-text.web.ts'
import { instantText } from '../../ui/text.web.ts'
import type { Opened } from './filing-session.web.ts'

/** Labels of two to four characters end in one line. */
const spread = (label: string): string => (label.length === 2 ? `${label[0]}　　${label[1]}` : label)

interface Props {
  report: Report
  period: Period
  opened: Opened
  values: Cells
}

export function PrintSheet({ report, period, opened, values }: Props) {
  const { facts } = opened
  const reasons = opened.findings.filter((f) => f.reason)
  return createPortal(
    <article className="print-sheet">
      <h1>{report.label.replace(/（\d{4}\s*版）$/, '')}</h1>
      <dl className="print-number">{formMarks(report, opened.settings).map((m) => <Fragment key={m.label}><dt>{spread(m.label)}：</dt><dd>{m.value ?? '　　　　'}</dd></Fragment>)}<dt>制定依据：</dt><dd>{report.basis}</dd></dl>
      <p className="print-place"><span>填报单位（盖章）：{opened.organization.name}</span><span>{periodLabel(period)}</span></p>
      <table>
        <thead><tr><th>指标名称</th><th>计量单位</th><th>本期</th><th>{report.months === 12 ? '上年' : '上年同期'}</th></tr></thead>
        {report.sections.map((s) => (
          <tbody key={s.code}>
            <tr><th colSpan={4} className="print-section">{s.label}</th></tr>
            {s.items.map((i) => (
              <tr key={i.code}><td>{i.label}</td><td>{i.unit}</td><td className="number">{shownText(values[i.code], i)}</td><td className="number">{shownText(opened.lastYear?.[i.code], i)}</td></tr>
            ))}
          </tbody>
        ))}
      </table>
      {reasons.length > 0 && (
        <section>
          <h2>异常说明</h2>
          <ol>{reasons.map((f) => <li key={`${f.checkCode} ${f.item}`}>{f.message}说明：{f.reason}</li>)}</ol>
        </section>
      )}
      <p className="print-signs">
        <span>单位负责人：{facts?.responsibleName ?? '　　　　　　'}</span><span>填报人：{facts?.filledByName ?? '　　　　　　'}</span><span>填报日期：{facts?.submittedAt ? instantText(facts.submittedAt).slice(0, 10) : '　　　　年　　月　　日'}</span>
      </p>
    </article>,
    document.body,
  )
}
