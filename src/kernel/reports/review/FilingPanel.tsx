/** One filing beside the list: figures, last year, peers, findings with their reasons; accept, or return to the cell. */
import { Button, Input } from 'antd'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { listAttachments } from '../../attachments/attachment.contract.ts'
import { Attachments } from '../../attachments/Attachments.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { openFiling } from '../filing.contract.ts'
import { inAddress } from '../forms.web.ts'
import type { Period } from '../period.rules.ts'
import { returnFiling } from '../review.contract.ts'
import type { Report } from '../report.rules.ts'
import { StandingTag } from '../StandingTag.tsx'
import { FilingFigures } from './FilingFigures.tsx'
import type { Filed } from './FilingsTable.tsx'
import { REVIEW_READS } from './reads.web.ts'

interface Props {
  report: Report
  period: Period
  row: Filed
  returning: boolean
  setReturning: (on: boolean) => void
  accept: () => void
  accepting: boolean
  previous?: () => void
  next?: () => void
  close: () => void
  returned: () => void
}

export function FilingPanel({ report, period, row, returning, setReturning, accept, accepting, previous, next, close, returned }: Props) {
  const query = useCall(openFiling, { form: report.formName, period: period.key, organizationId: row.organizationId }, { staleTime: 0 })
  const [cells, setCells] = useState<Record<string, string>>({})
  const [remarks, setRemarks] = useState('')
  const say = useProblem()
  const { may } = useSession()
  const words = useMemo(() => Object.fromEntries(report.items.map((i) => [i.code, i.label])), [report])
  const giveBack = useAct(returnFiling, { changes: REVIEW_READS, onDone: returned, onProblem: say })
  const written = Object.entries(cells).filter(([, text]) => text.trim().length >= 2)
  const can = row.facts?.can ?? []
  const sendBack = () => giveBack.mutate({
    filings: [{ id: row.facts!.id, version: row.facts!.version }], remarks: remarks.trim() || `请核对并改正标出的 ${written.length} 处。`,
    cells: written.map(([item, text]) => ({ item, text: text.trim() })),
  })
  return (
    <>
      <div className="panel-top">
        <div><h2>{row.organizationName}</h2><p className="muted">{row.regionName}　{row.superiorName ?? ''}　<StandingTag standing={row.standing} />{row.facts?.submittedAt && `${row.facts.submittedByName ?? ''}　${instantText(row.facts.submittedAt)} 提交`}</p></div>
        <div className="panel-acts">
          <Button size="small" disabled={!previous} onClick={previous}>上一家</Button><Button size="small" disabled={!next} onClick={next}>下一家</Button>
          <Button size="small" type="text" aria-label="关闭" onClick={close}>✕</Button>
        </div>
      </div>
      <div className="panel-decide">
        {can.includes('accept') && !returning && <Button type="primary" loading={accepting} disabled={Boolean(row.facts?.hardFindings)} onClick={accept}>通过（a）</Button>}
        {can.includes('return') && !returning && <Button onClick={() => setReturning(true)}>退回（r）</Button>}
        <Link to={`/reports/${inAddress(report.formName)}/${period.key}/${row.organizationId}`}>打开报表</Link>
        {!can.includes('accept') && !can.includes('return') && <span className="muted">{row.facts?.submittedAt ? '这张报表现在不归您审核。' : '还没有提交，可以催报。'}</span>}
      </div>
      {returning && (
        <div className="panel-return">
          <p>点击下面的数字可以写明这一格要改什么{written.length ? `，已写 ${written.length} 格` : ''}。</p>
          <Input.TextArea rows={2} autoFocus maxLength={1000} value={remarks} onChange={(e) => setRemarks(e.target.value)} aria-label="退回意见" placeholder="总的退回意见，如：电费与用电量对不上，请核对账单" />
          <div className="panel-decide">
            <Button type="primary" danger loading={giveBack.isPending} disabled={remarks.trim().length < 2 && written.length === 0} onClick={sendBack}>退回填报单位</Button>
            <Button onClick={() => setReturning(false)}>取消</Button>
          </div>
        </div>
      )}
      <Loaded of={query}>{(opened) => <FilingFigures report={report} opened={opened} returning={returning} cells={cells} setCell={(item, text) => setCells((all) => ({ ...all, [item]: text }))} />}</Loaded>
      {row.facts && may(listAttachments.access) && (
        <section className="panel-evidence" aria-labelledby="evidence">
          <h3 id="evidence">附件</h3>
          <Attachments entity="reports.filing" recordId={row.facts.id} items={words} hint="填报单位没有附凭证或说明。" />
        </section>
      )}
    </>
  )
}
