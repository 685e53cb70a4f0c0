/** The list, the form beside it, and the keys: j k to go, a to accept, r to return, x to choose. */
import { App, Button, Drawer } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { useAsked } from '../../ui/address.web.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { useAct, useCall } from '../../ui/queries.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { listFilings } from '../filing.contract.ts'
import type { Period } from '../period.rules.ts'
import { acceptFilings } from '../review.contract.ts'
import type { Report } from '../report.rules.ts'
import { BulkBar } from './BulkBar.tsx'
import { FilingPanel } from './FilingPanel.tsx'
import { FilingsTable, type Filed } from './FilingsTable.tsx'
import { ReviewFilters, useFilingQuestion } from './ReviewFilters.tsx'
import { REVIEW_READS } from './reads.web.ts'

const PAGE = 50

export function FilingsToReview({ report, period }: { report: Report; period: Period }) {
  const [search, ask] = useAsked()
  const narrow = useNarrow()
  const question = useFilingQuestion(report, period)
  const offset = Number(search.offset ?? 0)
  const query = useCall(listFilings, { ...question, offset, limit: PAGE }, { placeholderData: (before) => before })
  const rows = useMemo(() => query.data?.rows ?? [], [query.data])
  const [chosen, setChosen] = useState<ReadonlyMap<number, Filed>>(new Map())
  const open = search.open ? Number(search.open) : undefined
  const at = rows.findIndex((r) => r.organizationId === open)
  const here = at >= 0 ? rows[at] : undefined
  const [returning, setReturning] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const show = (id: number | undefined) => {
    setReturning(false)
    ask({ open: id === undefined ? undefined : String(id) }, { replace: true })
  }
  const step = (by: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
    if (next) show(next.organizationId)
  }
  const accept = useAct(acceptFilings, {
    changes: REVIEW_READS,
    onDone: ({ accepted, skipped }) => {
      if (accepted) message.success('已审核通过。')
      else message.warning(`没有通过：${skipped[0]?.why ?? ''}`)
      step(1)
    },
    onProblem: say,
  })
  const acceptHere = () => {
    if (!here?.facts) return
    if (here.facts.can.includes('accept')) accept.mutate({ filings: [{ id: here.facts.id, version: here.facts.version }] })
    else message.info('这张报表现在不能审核：还没有提交，或不在您这一级。')
  }
  const toggle = (row: Filed) =>
    setChosen((before) => {
      const next = new Map(before)
      if (!next.delete(row.organizationId)) next.set(row.organizationId, row)
      return next
    })

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement
      if (e.ctrlKey || e.metaKey || e.altKey || target.closest('input, textarea, select, [contenteditable], .ant-modal, .ant-select')) return
      const act = { j: () => step(1), k: () => step(-1), a: acceptHere, r: () => here?.facts?.can.includes('return') && setReturning(true), x: () => here && toggle(here) }[e.key.toLowerCase()]
      if (!act) return
      e.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })

  const panel = here && (
    <FilingPanel
      key={here.organizationId} report={report} period={period} row={here} returning={returning} setReturning={setReturning} accept={acceptHere} accepting={accept.isPending}
      previous={at > 0 ? () => step(-1) : undefined} next={at < rows.length - 1 ? () => step(1) : undefined} close={() => show(undefined)} returned={() => step(1)}
    />
  )
  return (
    <section className="review" aria-label="报表清单">
      <ReviewFilters report={report} />
      <BulkBar report={report} period={period} question={question} total={query.data?.total ?? 0} chosen={chosen} clear={() => setChosen(new Map())} choose={(all) => setChosen(new Map(all.map((r) => [r.organizationId, r])))} />
      <div className={here && !narrow ? 'review-split' : undefined}>
        <Loaded of={query}>
          {({ total }) => total === 0 ? <EmptyState title="没有符合条件的报表" hint="请放宽筛选条件，或另选报告期。" action={<Button onClick={() => ask({ q: undefined, regionId: undefined, superiorId: undefined, category: undefined, standing: undefined, doubtful: undefined, late: undefined, offset: undefined })}>清除筛选</Button>} /> : (
            <FilingsTable rows={rows} total={total} page={PAGE} offset={offset} open={open} chosen={chosen} toggle={toggle} setChosen={setChosen} show={show} goTo={(n) => ask({ offset: n ? String(n) : undefined, open: undefined })} split={narrow || Boolean(here)} />
          )}
        </Loaded>
        {!narrow && panel && <aside className="review-panel panel" aria-label="报表内容">{panel}</aside>}
      </div>
      {!narrow && <p className="muted review-keys">快捷键：j 下一家，k 上一家，a 通过，r 退回，x 勾选</p>}
      {narrow && <Drawer open={Boolean(panel)} placement="bottom" size="92%" title={here?.organizationName} onClose={() => show(undefined)} styles={{ body: { padding: 12 } }}>{panel}</Drawer>}
    </section>
  )
}
