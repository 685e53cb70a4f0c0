/** How the file is read: sheet, encoding, row of the headings; and its first rows, to see whether that is right. */
import { InputNumber, Select } from 'antd'
import type { Inspected } from './mapping-edit.web.ts'

interface Props {
  seen: Inspected
  again: (change: { sheet?: string; headerRow?: number; encoding?: string }) => void
}

export function Recognised({ seen, again }: Props) {
  const rows = Math.max(0, ...seen.headings.map((h) => h.examples.length))
  return (
    <section className="panel import-part">
      <h2>文件是这样识别的</h2>
      <div className="import-tools">
        {seen.sheets.length > 1 && <label>工作表　<Select value={seen.sheet} style={{ minWidth: 160 }} options={seen.sheets.map((s) => ({ value: s, label: s }))} onChange={(sheet) => again({ sheet })} /></label>}
        {seen.encoding && <label>文字编码　<Select value={seen.encoding} style={{ width: 120 }} options={[...new Set([seen.encoding, 'utf-8', 'gb18030'])].map((e) => ({ value: e, label: { 'utf-8': 'UTF-8', utf8: 'UTF-8', gb18030: 'GBK', gbk: 'GBK' }[e.toLowerCase()] ?? e }))} onChange={(encoding) => again({ encoding })} /></label>}
        <label>表头在第　<InputNumber min={1} max={1000} value={seen.headerRow} style={{ width: 72 }} onPressEnter={(e) => again({ headerRow: Number(e.currentTarget.value) })} onBlur={(e) => Number(e.target.value) > 0 && Number(e.target.value) !== seen.headerRow && again({ headerRow: Number(e.target.value) })} />　行</label>
      </div>
      <div className="grid-scroll" tabIndex={0} role="region" aria-label="文件的前几行">
        <table className="first-rows">
          <thead><tr>{seen.headings.map((h, i) => <th key={i} scope="col">{h.name}</th>)}</tr></thead>
          <tbody>{Array.from({ length: rows }, (_, r) => <tr key={r}>{seen.headings.map((h, i) => <td key={i}>{h.examples[r]}</td>)}</tr>)}</tbody>
        </table>
      </div>
    </section>
  )
}
