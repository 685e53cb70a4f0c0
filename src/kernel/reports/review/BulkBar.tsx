/** What can be done with the chosen ones: accept, return, remind; each says first what it will do. */
import { App, Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { call } from '../../ui/client.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { listFilings } from '../filing.contract.ts'
import type { Period } from '../period.rules.ts'
import type { Report } from '../report.rules.ts'
import type { Filed } from './FilingsTable.tsx'
import type { FilingQuestion } from './ReviewFilters.tsx'

const BulkDialog = lazy(() => import('./BulkDialog.tsx'))
const RemindDialog = lazy(() => import('./RemindDialog.tsx'))
const MOST = 2000
const STEP = 200

/** Every filing of the question, page by page. */
async function readAll(question: FilingQuestion): Promise<Filed[]> {
  const all: Filed[] = []
  for (let offset = 0; offset < MOST; offset += STEP) {
    const { rows } = await call(listFilings, { ...question, offset, limit: STEP })
    all.push(...rows)
    if (rows.length < STEP) break
  }
  return all
}

interface Props {
  report: Report
  period: Period
  question: FilingQuestion
  total: number
  chosen: ReadonlyMap<number, Filed>
  clear: () => void
  choose: (rows: Filed[]) => void
}

export function BulkBar({ report, period, question, total, chosen, clear, choose }: Props) {
  const [dialog, setDialog] = useState<'accept' | 'return' | 'remind' | null>(null)
  const [unsent, setUnsent] = useState<Filed[]>([])
  const [busy, setBusy] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const rows = [...chosen.values()]
  const everything = async () => {
    setBusy(true)
    try {
      choose(await readAll(question))
      if (total > MOST) message.info(`一次最多选 ${MOST} 家，已选前 ${MOST} 家。`)
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  const remind = async () => {
    setBusy(true)
    try {
      const all = rows.length ? rows : await readAll(question)
      const owing = all.filter((r) => ['missing', 'draft', 'returned'].includes(r.standing))
      if (!owing.length) return void message.info('这些机构都已提交，不需要催报。')
      setUnsent(owing)
      setDialog('remind')
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  const close = () => setDialog(null)
  return (
    <div className="review-bulk">
      {rows.length === 0 ? (
        <>
          <Button loading={busy} disabled={!total} onClick={() => void everything()}>全选符合条件的 {total} 家</Button>
          <Button disabled={!total} onClick={() => void remind()}>催报未提交的</Button>
        </>
      ) : (
        <>
          <b>已选 {rows.length} 家</b>
          <Button type="primary" onClick={() => setDialog('accept')}>通过所选</Button>
          <Button onClick={() => setDialog('return')}>退回所选</Button>
          <Button loading={busy} onClick={() => void remind()}>催报所选</Button>
          <Button type="link" onClick={clear}>取消选择</Button>
        </>
      )}
      <Suspense>
        {(dialog === 'accept' || dialog === 'return') && <BulkDialog decision={dialog} rows={rows} onClose={close} onDone={clear} />}
        {dialog === 'remind' && <RemindDialog report={report} period={period} rows={unsent} onClose={close} />}
      </Suspense>
    </div>
  )
}
