/** Hands a target down: the same reduction for all, or one of one's own for each. */
import { Alert, App, Button, Input, Modal, Segmented } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { useFocusBack } from '../../../../kernel/ui/focus-back.web.ts'
import { useAct } from '../../../../kernel/ui/queries.web.ts'
import { useProblem } from '../../../../kernel/ui/problems.tsx'
import { rounded } from '../../../../kernel/ui/text.web.ts'
import { handDownTarget } from '../indicators.contract.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import type { targetsBelow } from '../targets-below.contract.ts'

const PERCENT = /^-?\d{1,2}(\.\d{1,4})?$/
interface Props {
  above: Progress
  to: 'regions' | 'organizations'
  rows: OutputOf<typeof targetsBelow>['rows']
  onClose: () => void
}

export default function HandDownDialog({ above, to, rows, onClose }: Props) {
  useFocusBack()
  const start = above.target.reductionPercent === null ? '' : rounded(above.target.reductionPercent, 1)
  const [mode, setMode] = useState<'same' | 'each'>('same')
  const [same, setSame] = useState(start)
  const [each, setEach] = useState<Record<number, string>>(() => Object.fromEntries(rows.map((r) => [r.id, r.target?.reductionPercent ? rounded(r.target.reductionPercent, 2) : start])))
  const [source, setSource] = useState('')
  const [tried, setTried] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const word = to === 'regions' ? '区县' : '机构'
  const act = useAct(handDownTarget, {
    changes: ['target.progress', 'target.below'], onProblem: say,
    onDone: ({ handedDown }) => {
      message.success(`已下达给 ${handedDown} 个${word}`)
      onClose()
    },
  })
  const entries = rows.map((r) => ({ id: r.id, reductionPercent: (mode === 'same' ? same : (each[r.id] ?? '')).trim() })).filter((e) => mode === 'same' || e.reductionPercent !== '')
  const wrong = entries.filter((e) => !PERCENT.test(e.reductionPercent))
  const confirmed = rows.filter((r) => r.target?.confirmedAt && entries.some((e) => e.id === r.id)).length
  const problem = wrong.length ? '请填百分比，最多两位整数、四位小数。' : !entries.length ? `请至少填一个${word}。` : source.trim().length < 2 ? '请填写依据（文号或会议）。' : null
  const go = () => {
    setTried(true)
    if (!problem) act.mutate({ id: above.target.id, to, entries, source: source.trim() })
  }
  return (
    <Modal open title={`分解下达：${above.label}`} onCancel={onClose} width={640} footer={<><Button onClick={onClose}>取消</Button><Button type="primary" loading={act.isPending} onClick={go}>下达给 {entries.length} 个{word}</Button></>}>
      <p className="muted">{above.target.placeName}：到 {above.target.targetYear} 年比 {above.target.baseYear} 年下降 {start || '—'}%。各{word}的基期值由其 {above.target.baseYear} 年汇总数算出。</p>
      <div className="hand-down">
        <Segmented aria-label="分解方式" value={mode} onChange={setMode} options={[{ value: 'same' as const, label: '都一样' }, { value: 'each' as const, label: '逐个填写' }]} />
        {mode === 'same' ? (
          <label>下降 <Input aria-label="下降百分比" value={same} onChange={(e) => setSame(e.target.value)} suffix="%" style={{ width: 120 }} inputMode="decimal" status={tried && wrong.length ? 'error' : undefined} /></label>
        ) : (
          <div className="hand-down-list" tabIndex={0} role="region" aria-label={`逐个${word}`}>
            {rows.map((r) => (
              <label key={r.id}><span>{r.name}</span>
                <Input size="small" aria-label={`${r.name}下降百分比`} value={each[r.id] ?? ''} placeholder="不下达" suffix="%" inputMode="decimal" style={{ width: 120 }} status={tried && each[r.id]?.trim() && !PERCENT.test(each[r.id]!.trim()) ? 'error' : undefined}
                  onChange={(e) => setEach((all) => ({ ...all, [r.id]: e.target.value }))} />
              </label>
            ))}
          </div>
        )}
        <label>依据<Input aria-label="依据" required value={source} onChange={(e) => setSource(e.target.value)} maxLength={300} placeholder="如：渝机管发〔2026〕12号" status={tried && source.trim().length < 2 ? 'error' : undefined} /></label>
      </div>
      {confirmed > 0 && <Alert type="warning" showIcon title={`其中 ${confirmed} 个${word}已经确认过，重新下达后要再确认。`} />}
      {tried && problem && <p role="alert" className="form-problem">{problem}</p>}
    </Modal>
  )
}
