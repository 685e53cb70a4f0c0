/** One target: how much less by when, what this year allows, what it is, who confirmed. */
import { Button } from 'antd'
import { useAct } from '../../../../kernel/ui/queries.web.ts'
import { useProblem } from '../../../../kernel/ui/problems.tsx'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { instantText, NONE, rounded } from '../../../../kernel/ui/text.web.ts'
import { apartSentence } from '../base.rules.ts'
import { Behind } from '../Behind.tsx'
import { figureText } from '../figures.web.ts'
import { indicatorNamed } from '../indicators.rules.ts'
import { confirmTarget } from '../indicators.contract.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { Signal } from '../Signal.tsx'
import { indicatorLabel, type Slice } from '../slice.web.ts'

export const reductionText = (rate: string | null): string => (rate === null ? NONE : rate.startsWith('-') ? `上升 ${rounded(rate.slice(1), 1)}%` : `下降 ${rounded(rate, 1)}%`)

export function TargetCard({ progress, slice, year, chosen, onChoose }: { progress: Progress; slice: Slice; year: number; chosen: boolean; onChoose: () => void }) {
  const { target: t, actual, allowed, reduction, colour, apart, forecast, forecastColour, unit } = progress
  const say = useProblem()
  const { may } = useSession()
  const confirm = useAct(confirmTarget, { changes: ['target.progress', 'target.below'], onProblem: say })
  const indicator = indicatorNamed(t.indicator)
  const name = indicator ? indicatorLabel(indicator) : progress.label
  const wanted = t.reductionPercent !== null ? `到 ${t.targetYear} 年比 ${t.baseYear} 年下降 ${rounded(t.reductionPercent, 1)}%` : `到 ${t.targetYear} 年不超过 ${figureText(t.total, 0)} ${unit}`
  return (
    <section className={chosen ? 'panel indicator-card is-chosen' : 'panel indicator-card'} aria-label={name}>
      <h2><button type="button" aria-pressed={chosen} onClick={onChoose}>{name}</button></h2>
      <p>{wanted}</p>
      <div className="indicator-main">
        <p className="indicator-value"><Behind slice={slice} change={{ indicator: t.indicator }} label={`${name} ${figureText(actual)} ${unit}，查看背后的机构`}><strong>{figureText(actual)}</strong></Behind> <small>{unit}</small></p>
        <Signal colour={colour} note={colour ? undefined : actual === null ? '缺数' : '本年没有目标'} />
      </div>
      <dl>
        <div><dt>{year} 年允许</dt><dd>{allowed === null ? NONE : figureText(allowed)}</dd></div>
        <div><dt>{t.baseYear} 年基期{t.baseFrom === 'computed' && '（汇总算出）'}</dt><dd>{figureText(t.baseValue)}</dd></div>
        <div><dt>比基期</dt><dd>{reductionText(reduction)}</dd></div>
        <div><dt>全年预计</dt><dd>{forecast && forecast.months < 12 ? <>{figureText(forecast.value)} <small>（{forecast.months} 个月）</small> <Signal colour={forecastColour} note={forecastColour ? undefined : ''} /></> : NONE}</dd></div>
      </dl>
      {apart && <p className="is-apart" role="note">{apartSentence(apart, t.baseYear)}</p>}
      <p className="indicator-counts">
        <span>依据：{t.source}{t.unsure && <span className="unsure">待核</span>}</span>
        {t.confirmedAt ? <span>已确认（{t.confirmedByName} {instantText(t.confirmedAt).slice(0, 10)}）</span> : may('target.update') ? <Button size="small" loading={confirm.isPending} onClick={() => confirm.mutate({ id: t.id, version: t.version })}>确认</Button> : <span>未确认</span>}
      </p>
    </section>
  )
}
