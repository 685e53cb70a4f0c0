/** Before publishing: what would be frozen, what is kept out of it, and why it is published. */
import { Link, useNavigate } from '@tanstack/react-router'
import { Alert, Button, Form, Input, Modal, Segmented, Select } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { periodsToChoose } from '../../../../kernel/reports/forms.web.ts'
import { parsePeriod, periodLabel, type Period } from '../../../../kernel/reports/period.rules.ts'
import { useWorkingPeriod } from '../../../../kernel/reports/working-period.web.ts'
import { useFocusBack } from '../../../../kernel/ui/focus-back.web.ts'
import { useAct, useCall } from '../../../../kernel/ui/queries.web.ts'
import { useProblem } from '../../../../kernel/ui/problems.tsx'
import { LoadingState } from '../../../../kernel/ui/states.tsx'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { figureText } from '../figures.web.ts'
import { publish, readIndicators, type listPublications } from '../indicators.contract.ts'
import { INDICATORS, unitOf } from '../indicators.rules.ts'
import { indicatorLabel } from '../slice.web.ts'

interface Props {
  known: OutputOf<typeof listPublications>['publications']
  asked: Record<string, string>
  onClose: () => void
}
const titleOf = (p: Period) => `${periodLabel(p)}公共机构能源资源消费数据`

export default function PublishDialog({ known, asked, onClose }: Props) {
  useFocusBack()
  const navigate = useNavigate()
  const say = useProblem()
  const working = useWorkingPeriod()
  const [period, setPeriod] = useState(() => parsePeriod(asked.period ?? '') ?? working.period)
  const [division, setDivision] = useState<'then' | 'now'>(asked.division === 'now' ? 'now' : 'then')
  const [title, setTitle] = useState(titleOf(period))
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const preview = useCall(readIndicators, { period: period.key, division, by: 'city' })
  const act = useAct(publish, { changes: ['publication.list', 'publication.get'], onProblem: say, onDone: (p) => void navigate({ to: `/energy/publications/${p.id}` }) })
  const periods = periodsToChoose(period.months).slice(1)
  if (!periods.some((p) => p.key === period.key)) periods.unshift(period)
  const before = known.filter((p) => p.period === period.key && p.division === division).toSorted((a, b) => b.edition - a.edition)[0]
  const total = preview.data?.total
  const choose = (p: Period) => {
    if (title === titleOf(period)) setTitle(titleOf(p))
    setPeriod(p)
  }
  const bad = { title: title.trim().length < 4, reason: reason.trim().length < 2 }
  const go = () => {
    setTried(true)
    if (!bad.title && !bad.reason) act.mutate({ period: period.key, division, title: title.trim(), reason: reason.trim() })
  }
  const missing = preview.data ? Math.max(0, preview.data.expected - (total?.counted ?? 0) - (total?.keptOut ?? 0)) : 0
  return (
    <Modal open title="发布数据" width={680} onCancel={onClose} footer={<><Button onClick={onClose}>取消</Button><Button type="primary" disabled={!total?.counted} loading={act.isPending} onClick={go}>{before ? `发布第 ${before.edition + 1} 版` : '发布'}</Button></>}>
      <Form layout="vertical" component="div">
        <div className="slice-bar">
          <Segmented aria-label="统计期长度" value={period.months} onChange={(m) => choose(working.of(m as 1 | 3 | 12))} options={[{ value: 12, label: '年' }, { value: 3, label: '季' }, { value: 1, label: '月' }]} />
          <Select aria-label="统计期" value={period.key} style={{ width: 140 }} onChange={(key) => choose(parsePeriod(key)!)} options={periods.map((p) => ({ value: p.key, label: periodLabel(p) }))} />
          <Segmented aria-label="区划口径" value={division} onChange={setDivision} options={[{ value: 'then' as const, label: '按当时区划' }, { value: 'now' as const, label: '按现行区划' }]} />
        </div>
        {!preview.data ? <LoadingState /> : !total?.counted ? <Alert type="warning" showIcon title={`${periodLabel(period)}还没有计入的数据，不能发布。`} /> : (
          <table className="figures" aria-label="将要冻结的总数">
            <tbody>
              {INDICATORS.map((i) => <tr key={i.code}><th scope="row">{indicatorLabel(i)}</th><td className="number">{figureText(total.indicators[i.code])} {unitOf(i, period.months)}</td></tr>)}
              <tr><th scope="row">综合能耗</th><td className="number">{figureText(total.sums.tce, 2)} tce</td></tr>
              <tr><th scope="row">计入机构</th><td className="number">{decimalText(total.counted)} 家，应报 {decimalText(preview.data.expected)} 家</td></tr>
              <tr><th scope="row">没有进总数的</th><td className="number"><Link to="/energy/behind" search={{ period: period.key, division, only: 'keptOut' } as never} target="_blank">未计入 {decimalText(total.keptOut)} 家</Link>，没有数据 {decimalText(missing)} 家</td></tr>
            </tbody>
          </table>
        )}
        {(total?.keptOut ?? 0) + missing > 0 && total?.counted ? <Alert className="publish-warning" type="warning" showIcon title={`有 ${(total?.keptOut ?? 0) + missing} 家不在总数里，发布的数据会注明。`} /> : null}
        {before && <p className="muted">已有第 {before.edition} 版（{before.byName}），这次是更正，旧版原样保留并列出差异。</p>}
        <Form.Item label="标题" required validateStatus={tried && bad.title ? 'error' : undefined} help={tried && bad.title ? '请填写标题，至少 4 个字。' : undefined} htmlFor="publish-title"><Input id="publish-title" value={title} maxLength={120} onChange={(e) => setTitle(e.target.value)} /></Form.Item>
        <Form.Item label={before ? '更正原因' : '发布依据'} required validateStatus={tried && bad.reason ? 'error' : undefined} help={tried && bad.reason ? '请写明发布依据或更正原因。' : undefined} htmlFor="publish-reason"><Input.TextArea id="publish-reason" value={reason} rows={2} maxLength={500} onChange={(e) => setReason(e.target.value)} /></Form.Item>
      </Form>
    </Modal>
  )
}
