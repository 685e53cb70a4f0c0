/** The form as a grid: what is filled now, beside what was before and what others have. */
import { App, Button } from 'antd'
import { Fragment, useEffect, useMemo, type RefObject } from 'react'
import { GridCell } from '../grid/GridCell.tsx'
import { isNumberText, shownText, valueOf } from '../grid/cell-text.web.ts'
import { useGrid } from '../grid/useGrid.web.ts'
import type { Report, ReportItem } from '../report.rules.ts'
import { changeOf, peersOf } from './compare.web.ts'
import { CellFindings } from './CellFindings.tsx'
import { originOf, toneOf, worthShowing, type SectionRows } from './form-rows.web.ts'
import type { Filing } from './useFiling.web.ts'
import { byItem as groupByItem } from './by-item.web.ts'

interface Props {
  report: Report
  filing: Filing
  sections: SectionRows[]
  items: ReportItem[]
  attempted: boolean
  unfold: (section: string) => void
  onActive: (item: string) => void
  jump: RefObject<((item: string) => void) | null>
}

export function FormGrid({ report, filing, sections, items, attempted, unfold, onActive, jump }: Props) {
  const { session, state, findings, measures } = filing
  const { opened, values } = state
  const { message } = App.useApp()
  const can = opened.can.includes('save')
  const annual = report.months === 12

  const grid = useGrid({
    rows: items.length, columns: 1,
    text: (row) => values[items[row]!.code] ?? '',
    locked: () => !can,
    change: (cells) => session.change(Object.fromEntries(cells.map((c) => [items[c.row]!.code, valueOf(c.text, items[c.row]!)]))),
    pasted: ({ cells, locked, outside }) => {
      const wrong = cells.filter((c) => !isNumberText(valueOf(c.text, items[c.row]!))).length
      const text = `粘贴了 ${cells.length} 格${wrong ? `，${wrong} 格不是数字` : ''}${locked ? `，${locked} 格不能改，没有粘贴` : ''}${outside ? `，${outside} 格超出表格，没有粘贴` : ''}。`
      void (wrong || locked || outside ? message.warning(text, 6) : message.success(text))
    },
    undo: () => session.undo(), redo: () => session.redo(),
  })
  const activeItem = items[grid.active.row]?.code
  useEffect(() => {
    if (activeItem) onActive(activeItem)
  }, [activeItem, onActive])
  useEffect(() => {
    jump.current = (item) => {
      const row = items.findIndex((i) => i.code === item)
      if (row >= 0) grid.goTo({ row, column: 0 })
    }
  })

  const byItem = useMemo(() => groupByItem(worthShowing(findings, attempted)), [findings, attempted])
  const remarks = useMemo(() => groupByItem(opened.remarks.filter((r) => !r.settledAt)), [opened.remarks])
  const columns = annual ? 6 : 7
  const { ref, ...on } = grid.on
  return (
    <div className="grid-scroll fill-scroll">
      <table className="grid fill-grid" ref={ref} {...on}>
        <caption className="visually-hidden">用方向键或回车换行，直接输入即覆盖，F2 修改，Esc 取消，Ctrl+Z 撤销，有异常提示时 Ctrl+Enter 填写原因；可粘贴从 Excel 复制的一列。</caption>
        <thead>
          <tr>
            <th scope="col">指标</th><th scope="col">计量单位</th><th scope="col" className="number">本期</th>
            {!annual && <th scope="col" className="number">上期</th>}
            <th scope="col" className="number">{annual ? '上年' : '上年同期'}</th><th scope="col" className="number">增减</th>
            <th scope="col">同类中位数{opened.peerCount ? `（${opened.peerCount} 家）` : ''}</th>
          </tr>
        </thead>
        {sections.map(({ section, folded, rows }) => (
          <tbody key={section.code}>
            <tr className="grid-section">
              <th colSpan={columns} scope="colgroup">
                {section.label}
                {folded && (
                  <span className="muted">　名录库登记本单位不填本节。<Button type="link" size="small" onClick={() => unfold(section.code)}>仍要填写</Button></span>
                )}
              </th>
            </tr>
            {rows.map(({ item, row }) => {
              const value = values[item.code] ?? null
              const found = byItem.get(item.code) ?? []
              const noted = remarks.get(item.code) ?? []
              const origin = can ? originOf(item, value, opened.prefill) : null
              const change = changeOf(value, opened.lastYear?.[item.code])
              const peers = peersOf(report, item.code, measures, opened.peer)
              const note = [...noted.map((r) => `退回意见：${r.text}`), ...found.map((f) => f.message)].join(' ')
              return (
                <Fragment key={item.code}>
                  <tr className={activeItem === item.code ? 'is-here' : undefined} id={`row-${item.code}`}>
                    <th scope="row" className={item.label.startsWith('其中') ? 'is-part' : undefined}>
                      {item.label}{item.required && <abbr title="必填" className="required">*</abbr>}
                      {origin && <span className="origin">取自{origin}</span>}
                    </th>
                    <td className="unit">{item.unit ?? ''}</td>
                    <GridCell
                      row={row} column={0} shown={shownText(value, item)} text={value ?? ''} label={`${item.label}${item.unit ? `，${item.unit}` : ''}，本期`}
                      active={grid.isActive(row, 0)} chosen={grid.isChosen(row, 0)} locked={!can} tone={toneOf(found, noted.length > 0, origin !== null)} note={note || undefined}
                    />
                    {!annual && <td className="number past">{shownText(opened.previous?.[item.code], item)}</td>}
                    <td className="number past">{shownText(opened.lastYear?.[item.code], item)}</td>
                    <td className={`number${change?.large ? ' is-large' : ''}`}>{change?.text ?? ''}</td>
                    <td className="peer">
                      {peers.map((p) => (
                        <span key={p.label} title={`${p.label}：同类中位数 ${p.median} ${p.unit}${p.own ? `，本单位 ${p.own} ${p.unit}` : ''}`}>
                          {p.median} {p.unit}{p.own && <span className="muted">（本单位 {p.own}）</span>}
                        </span>
                      ))}
                    </td>
                  </tr>
                  {(found.length > 0 || noted.length > 0) && (
                    <tr className="finding-row">
                      <td colSpan={columns}>
                        {noted.map((r) => (
                          <div key={r.id} className="finding is-remark"><p><b className="finding-mark">退回意见</b>{r.text}<span className="muted">（{r.byName}）</span></p></div>
                        ))}
                        <CellFindings findings={found} explain={opened.can.includes('explain') ? (f, reason) => session.explain(f.checkCode, f.item, reason) : undefined} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              )
            })}
          </tbody>
        ))}
      </table>
    </div>
  )
}
