/** Year, quarter or month; one period, or whichever ended last. */
import { Segmented, Select } from 'antd'
import { useState } from 'react'
import { useProblem } from '../ui/problems.tsx'
import { periodsToChoose } from './forms.web.ts'
import { lastEnded, parsePeriod, periodLabel } from './period.rules.ts'
import { workingText, type Months, type Working } from './working-period.rules.ts'
import { useWorkingPeriod } from './working-period.web.ts'

const SPANS: { value: Months; label: string; latest: string }[] = [{ value: 12, label: '年', latest: '最近结束的一年' }, { value: 3, label: '季', latest: '最近结束的一季' }, { value: 1, label: '月', latest: '最近结束的一月' }]

export default function WorkingPeriodChoice({ onDone }: { onDone: () => void }) {
  const working = useWorkingPeriod()
  const [months, setMonths] = useState(working.months)
  const [busy, setBusy] = useState(false)
  const say = useProblem()
  const periods = periodsToChoose(months)
  const latest = `latest-${months}`
  const fixed = 'fixed' in working.chosen ? working.chosen.fixed : undefined
  if (fixed?.months === months && !periods.some((p) => p.key === fixed.key)) periods.push(fixed)
  const take = async (text: string) => {
    const next: Working = text === latest ? { follows: months } : { fixed: parsePeriod(text)! }
    setBusy(true)
    try {
      await working.choose(next)
      onDone()
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Segmented<Months> block aria-label="工作期长度" value={months} options={SPANS.map(({ value, label }) => ({ value, label }))} onChange={setMonths} />
      <Select aria-label="工作期" loading={busy} value={working.months === months ? workingText(working.chosen) : undefined} placeholder="选择一期" listHeight={320}
        options={[{ value: latest, label: `${SPANS.find((s) => s.value === months)!.latest}（现为${periodLabel(lastEnded(months))}）` }, ...periods.map((p) => ({ value: p.key, label: periodLabel(p) }))]} onChange={(text) => void take(text)} />
      <p className="muted">填报、代填、审核、指标和发布都先打开这一期；页面上仍可临时看别的期。</p>
    </>
  )
}
