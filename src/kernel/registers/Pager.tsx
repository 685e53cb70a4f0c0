import { Button, Select } from 'antd'
import { decimalText } from '../ui/text.web.ts'
import { PAGE_SIZES, type Asked } from './asked.web.ts'

interface Props {
  asked: Asked
  total: number
  totalKind: 'exact' | 'estimated'
  counted: string
  /** The page shown is still the one before. */
  busy: boolean
  pages: { page?: number; previous?: () => void; next?: () => void }
}

/** Pages by key: forwards and back, no jump to a number that the server would have to count. */
export function Pager({ asked, total, totalKind, counted, busy, pages }: Props) {
  return (
    <nav className="pager" aria-label="翻页">
      <span role="status">{totalKind === 'estimated' ? '约' : '共'} {decimalText(total)} {counted}{pages.page && total > asked.limit ? `，第 ${pages.page} 页` : ''}</span>
      <span className="pager-space" />
      <Select size="small" aria-label="每页条数" value={asked.limit} options={PAGE_SIZES.map((n) => ({ value: n, label: `${n} 条/页` }))} onChange={(n) => asked.ask({ limit: String(n) })} />
      {asked.cursor && pages.page !== 2 && <Button size="small" onClick={() => asked.goTo(undefined)}>第一页</Button>}
      <Button size="small" disabled={busy || !pages.previous} onClick={pages.previous}>上一页</Button>
      <Button size="small" disabled={busy || !pages.next} onClick={pages.next}>下一页</Button>
    </nav>
  )
}
