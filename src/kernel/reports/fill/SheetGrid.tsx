/** The rows of the sheet: one unit a row, its state in front, findings at the cell. */
import { Link } from '@tanstack/react-router'
import { App } from 'antd'
import { Fragment, useMemo } from 'react'
import { evaluate } from '../evaluate.rules.ts'
import { inAddress } from '../forms.web.ts'
import { GridCell } from '../grid/GridCell.tsx'
import { isNumberText, shownText, valueOf } from '../grid/cell-text.web.ts'
import { useGrid } from '../grid/useGrid.web.ts'
import type { Report, ReportItem } from '../report.rules.ts'
import { STANDINGS } from '../filing.contract.ts'
import { CellFindings } from './CellFindings.tsx'
import { isUnsaved, type SheetFinding, type SheetRow, type SheetSession } from './sheet-session.web.ts'

interface Props {
  report: Report
  items: ReportItem[]
  rows: SheetRow[]
  session: SheetSession
  /** Brings these items into the sheet. */
  showItems: (codes: string[]) => void
}

const WORK = { still: '', waiting: '待保存', saving: '保存中', saved: '已保存', offline: '等待网络', refused: '没有保存' } as const
const SEALED = new Set(['submitted', 'accepted1', 'accepted2'])

/** Before the row is saved, what can be seen from the row alone; after that, what the server found. */
function findingsOf(report: Report, row: SheetRow): SheetFinding[] {
  if (!isUnsaved(row) && row.findings) return row.findings
  return evaluate(report, row.values, { settings: {} }).findings.filter((f) => f.kind !== 'missing' && f.kind !== 'register').map((f) => ({ ...f, reason: null, reasonBy: null }))
}

export function SheetGrid({ report, items, rows, session, showItems }: Props) {
  const { message } = App.useApp()
  const sealed = (row: SheetRow) => SEALED.has(row.facts?.standing ?? 'missing')
  const found = useMemo(() => new Map(rows.map((r) => [r.listed.organizationId, findingsOf(report, r).filter((f) => !f.checkCode.startsWith('missing.'))])), [report, rows])
  const grid = useGrid({
    rows: rows.length, columns: items.length,
    text: (row, column) => rows[row]!.values[items[column]!.code] ?? '',
    locked: (row) => sealed(rows[row]!),
    change: (cells) => session.change(cells.map((c) => ({ id: rows[c.row]!.listed.organizationId, item: items[c.column]!.code, value: valueOf(c.text, items[c.column]!) }))),
    pasted: ({ cells, locked, outside }) => {
      const wrong = cells.filter((c) => !isNumberText(valueOf(c.text, items[c.column]!))).length
      const text = `粘贴了 ${cells.length} 格${wrong ? `，${wrong} 格不是数字` : ''}${locked ? `，${locked} 格已提交不能改，没有粘贴` : ''}${outside ? `，${outside} 格超出表格，没有粘贴` : ''}。`
      void (wrong || locked || outside ? message.warning(text, 6) : message.success(text))
    },
    undo: () => session.undo(), redo: () => session.redo(),
  })
  const { ref, ...on } = grid.on
  const here = rows[grid.active.row]
  const hereItem = items[grid.active.column]
  const hereFound = here && hereItem ? (found.get(here.listed.organizationId) ?? []).filter((f) => f.item === hereItem.code) : []
  // A reason belongs to the number that the server has: not while another is on its way there.
  const mayExplain = here && !isUnsaved(here) && here.work !== 'saving' && here.facts?.can.includes('explain')
  return (
    <>
      <div className="grid-scroll sheet-scroll">
        <table className="grid sheet-grid" ref={ref} {...on}>
          <caption className="visually-hidden">每行一家单位。用方向键移动，直接输入即覆盖，F2 修改，Ctrl+Z 撤销，有异常提示时 Ctrl+Enter 填写原因；可粘贴从 Excel 复制的一块。</caption>
          <thead>
            <tr>
              <th scope="col" className="sheet-unit">填报单位</th><th scope="col">状态</th>
              {items.map((i) => <th key={i.code} scope="col" className="number">{i.label}{i.required && <abbr title="必填" className="required">*</abbr>}<br /><span className="muted">{i.unit}</span></th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((r, row) => {
              const { organizationId, organizationName } = r.listed
              const mine = found.get(organizationId) ?? []
              const elsewhere = mine.filter((f) => !items.some((i) => i.code === f.item))
              return (
                <Fragment key={organizationId}>
                  <tr className={grid.active.row === row ? 'is-here' : undefined}>
                    <th scope="row" className="sheet-unit">
                      <Link to={`/reports/${inAddress(report.formName)}/${session.period}/${organizationId}`} search={{ from: 'sheet' } as never}>{organizationName}</Link>
                    </th>
                    <td className={`sheet-state is-${r.work}`} title={r.refusal ?? undefined}>
                      {r.work === 'still' ? STANDINGS[r.facts?.standing ?? 'missing'] : WORK[r.work]}
                      {r.refusal && <span className="visually-hidden">：{r.refusal}</span>}
                      {elsewhere.length > 0 && <button type="button" className="text-button" onClick={() => showItems(elsewhere.map((f) => f.item))}>其他项 {elsewhere.length} 处提示</button>}
                    </td>
                    {items.map((item, column) => {
                      const value = r.values[item.code] ?? null
                      const cell = mine.filter((f) => f.item === item.code)
                      const tone = cell.some((f) => f.severity === 'hard') || !isNumberText(value) ? 'hard' : cell.some((f) => !f.reason) ? 'soft' : cell.length ? 'explained' : (value ?? null) !== (r.base[item.code] ?? null) ? 'waiting' : undefined
                      return (
                        <GridCell
                          key={item.code} row={row} column={column} shown={shownText(value, item)} text={value ?? ''} label={`${organizationName}，${item.label}${item.unit ? `，${item.unit}` : ''}`}
                          active={grid.isActive(row, column)} chosen={grid.isChosen(row, column)} locked={sealed(r)} tone={tone} note={cell.map((f) => f.message).join(' ') || undefined}
                        />
                      )
                    })}
                  </tr>
                  {row === grid.active.row && hereFound.length > 0 && (
                    <tr className="finding-row">
                      <th scope="row" className="sheet-unit">{hereItem!.label}</th>
                      <td colSpan={items.length + 1}>
                        <CellFindings
                          key={`${organizationId} ${hereItem!.code}`} findings={hereFound} waiting={isUnsaved(r) || r.work === 'saving'} done={() => grid.goTo(grid.active)}
                          explain={mayExplain ? (f, reason) => session.explain(organizationId, f, reason) : undefined}
                        />
                      </td>
                    </tr>
                  )}
                </Fragment>
              )
            })}
          </tbody>
        </table>
      </div>
      <div className="sheet-foot" role="status">
        {here?.refusal ? <p className="is-late">{here.listed.organizationName}：{here.refusal}</p> : <p className="muted">{here && hereItem ? `${here.listed.organizationName} · ${hereItem.label}${hereItem.help ? `：${hereItem.help}` : ''}` : ''}</p>}
      </div>
    </>
  )
}
