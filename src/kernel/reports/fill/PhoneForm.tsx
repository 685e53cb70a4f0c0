/** On a phone: one item a row, the numeric keyboard, what was before under the field. */
import { Button } from 'antd'
import { useEffect, type RefObject } from 'react'
import { shownText, valueOf } from '../grid/cell-text.web.ts'
import type { ReportItem } from '../report.rules.ts'
import { changeOf } from './compare.web.ts'
import { CellFindings } from './CellFindings.tsx'
import { originOf, toneOf, worthShowing, type SectionRows } from './form-rows.web.ts'
import type { Filing } from './useFiling.web.ts'

interface Props {
  filing: Filing
  sections: SectionRows[]
  attempted: boolean
  unfold: (section: string) => void
  onActive: (item: string) => void
  jump: RefObject<((item: string) => void) | null>
}

export function PhoneForm({ filing, sections, attempted, unfold, onActive, jump }: Props) {
  const { session, state } = filing
  const { opened, values } = state
  useEffect(() => {
    jump.current = (item) => {
      const field = document.getElementById(`item-${item}`)
      field?.focus()
      field?.scrollIntoView({ block: 'center' })
    }
  })
  const findings = worthShowing(filing.findings, attempted)
  const can = opened.can.includes('save')
  const row = (item: ReportItem) => {
    const value = values[item.code] ?? null
    const found = findings.filter((f) => f.item === item.code)
    const noted = opened.remarks.filter((r) => r.item === item.code && !r.settledAt)
    const origin = can ? originOf(item, value, opened.prefill) : null
    const before = shownText(opened.lastYear?.[item.code] ?? opened.previous?.[item.code], item)
    const change = changeOf(value, opened.lastYear?.[item.code])
    return (
      <li key={item.code} className={`phone-item is-${toneOf(found, noted.length > 0, origin !== null) ?? 'plain'}`}>
        <label htmlFor={`item-${item.code}`}>{item.label}{item.required && <abbr title="必填" className="required">*</abbr>}</label>
        <div className="phone-field">
          <input
            id={`item-${item.code}`} key={value} defaultValue={value ?? ''} readOnly={!can} inputMode="decimal" autoComplete="off" enterKeyHint="next" aria-invalid={found.some((f) => f.severity === 'hard') || undefined}
            onFocus={(e) => {
              e.target.select()
              onActive(item.code)
            }}
            onBlur={(e) => {
              if (e.target.value !== (value ?? '')) session.change({ [item.code]: valueOf(e.target.value, item) })
            }}
            onKeyDown={(e) => {
              if (e.key !== 'Enter') return
              const all = [...document.querySelectorAll<HTMLInputElement>('.phone-field input')]
              all[all.indexOf(e.currentTarget) + 1]?.focus()
            }}
          />
          <span className="unit">{item.unit}</span>
        </div>
        <p className="muted phone-before">
          {before ? `上年同期 ${before}` : '上年同期没有数'}{change && `，${change.text}`}{origin && `　取自${origin}`}
        </p>
        {noted.map((r) => <div key={r.id} className="finding is-remark"><p><b className="finding-mark">退回意见</b>{r.text}</p></div>)}
        <CellFindings findings={found} explain={opened.can.includes('explain') ? (f, reason) => session.explain(f.checkCode, f.item, reason) : undefined} />
      </li>
    )
  }
  return (
    <>
      {sections.map(({ section, folded, rows }) => (
        <section key={section.code} className="phone-section">
          <h2>{section.label}</h2>
          {folded ? <p className="muted">名录库登记本单位不填本节。<Button type="link" onClick={() => unfold(section.code)}>仍要填写</Button></p> : <ul>{rows.map((r) => row(r.item))}</ul>}
        </section>
      ))}
    </>
  )
}
