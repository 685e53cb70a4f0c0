/** The figures of one filing as a reviewer reads them: doubtful cells first in the eye, reasons under them. */
import { Input } from 'antd'
import { Fragment, useMemo, useState } from 'react'
import { measuresOf } from '../evaluate.rules.ts'
import { changeOf, peersOf } from '../fill/compare.web.ts'
import type { Opened } from '../fill/filing-session.web.ts'
import { contextOf } from '../fill/useFiling.web.ts'
import { shownText } from '../grid/cell-text.web.ts'
import type { Report } from '../report.rules.ts'
import { byItem as groupByItem } from '../fill/by-item.web.ts'

interface Props {
  report: Report
  opened: Opened
  /** Cells take remarks. */
  returning: boolean
  cells: Record<string, string>
  setCell: (item: string, text: string) => void
}

export function FilingFigures({ report, opened, returning, cells, setCell }: Props) {
  const [at, setAt] = useState<string>()
  const measures = useMemo(() => measuresOf(report, opened.values, contextOf(opened)), [report, opened])
  const found = useMemo(() => groupByItem(opened.findings), [opened])
  const remarks = groupByItem(opened.remarks)
  return (
    <table className="figures">
      <thead><tr><th scope="col">指标</th><th scope="col" className="number">本期</th><th scope="col" className="number">上年同期</th><th scope="col" className="number">增减</th><th scope="col">同类中位数{opened.peerCount ? `（${opened.peerCount} 家）` : ''}</th></tr></thead>
      {report.sections.map((section) => {
        // What neither period knows says nothing to a reviewer.
        const items = section.items.filter((i) => opened.values[i.code] !== null || opened.lastYear?.[i.code] || found.has(i.code) || i.required && !section.appliesWhen)
        if (!items.length) return null
        return (
          <tbody key={section.code}>
            <tr><th colSpan={5} scope="colgroup" className="figures-section">{section.label}</th></tr>
            {items.map((item) => {
              const findings = found.get(item.code) ?? []
              const change = changeOf(opened.values[item.code], opened.lastYear?.[item.code])
              const tone = findings.some((f) => f.severity === 'hard') ? 'is-hard' : findings.length ? 'is-soft' : ''
              const open = returning && (at === item.code || Boolean(cells[item.code]))
              const value = shownText(opened.values[item.code], item) || '—'
              return (
                <Fragment key={item.code}>
                  <tr className={tone}>
                    <th scope="row">{item.label}<span className="muted">　{item.unit}</span></th>
                    <td className="number">{returning ? <button type="button" className="text-button" aria-label={`给${item.label}写意见`} onClick={() => setAt(item.code)}>{value}</button> : value}</td>
                    <td className="number muted">{shownText(opened.lastYear?.[item.code], item)}</td>
                    <td className={`number${change?.large ? ' is-large' : ''}`}>{change?.text ?? ''}</td>
                    <td className="peer">{peersOf(report, item.code, measures, opened.peer).map((p) => <span key={p.label} title={p.label}>{p.median} {p.unit}{p.own && <span className="muted">（本单位 {p.own}）</span>}</span>)}</td>
                  </tr>
                  {findings.map((f) => (
                    <tr key={f.checkCode} className="figures-note"><td colSpan={5}><p className={f.severity === 'hard' ? 'is-hard' : 'is-soft'}>{f.message}</p>{f.severity === 'soft' && <p>{f.reason ? <>填报人说明：<b>{f.reason}</b>{f.reasonBy && <span className="muted">（{f.reasonBy}）</span>}</> : '填报人没有说明。'}</p>}</td></tr>
                  ))}
                  {(remarks.get(item.code) ?? []).map((r) => <tr key={r.id} className="figures-note"><td colSpan={5}><p className="muted">以前的意见：{r.text}（{r.byName}{r.settledAt ? '，已处理' : ''}）</p></td></tr>)}
                  {open && <tr className="figures-note"><td colSpan={5}><Input autoFocus={at === item.code} maxLength={1000} value={cells[item.code] ?? ''} aria-label={`对${item.label}的意见`} placeholder={`${item.label}要改什么`} onChange={(e) => setCell(item.code, e.target.value)} /></td></tr>}
                </Fragment>
              )
            })}
          </tbody>
        )
      })}
    </table>
  )
}
