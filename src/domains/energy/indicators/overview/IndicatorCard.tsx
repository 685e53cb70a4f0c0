/** One indicator: value, change, target, forecast, and how many institutions are in it and are not. */
import { decimalText, NONE } from '../../../../kernel/ui/text.web.ts'
import type { Apart } from '../base.rules.ts'
import { Behind } from '../Behind.tsx'
import { changeFrom, changeText, figureText, unitFor } from '../figures.web.ts'
import type { FigureRow } from '../indicators.contract.ts'
import type { Indicator } from '../indicators.rules.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { Signal } from '../Signal.tsx'
import { indicatorLabel, type Slice } from '../slice.web.ts'
import { Sparkline } from './Sparkline.tsx'

interface Props {
  indicator: Indicator
  slice: Slice
  total: FigureRow | null
  lastYear: FigureRow | undefined
  base: FigureRow | undefined
  baseYear: number
  apart: Apart | null
  expected: number
  progress: Progress | undefined
  /** Whether there is a target is not known yet. */
  unread: boolean
  trend: readonly { label: string; value: string | null }[]
  chosen: boolean
  onChoose: () => void
}

export function IndicatorCard({ indicator, slice, total, lastYear, base, baseYear, apart, expected, progress, unread, trend, chosen, onChoose }: Props) {
  const { code } = indicator
  const value = total?.indicators[code] ?? null
  const unit = unitFor(indicator, slice)
  const year = slice.period.start.slice(0, 4)
  const whole = slice.span === 'year'
  const open = { indicator: code }
  const missing = Math.max(0, expected - (total?.counted ?? 0) - (total?.keptOut ?? 0))
  const forecast = progress?.forecast
  const name = indicatorLabel(indicator)
  return (
    <section className={chosen ? 'panel indicator-card is-chosen' : 'panel indicator-card'} aria-label={name}>
      <h2><button type="button" aria-pressed={chosen} onClick={onChoose} title="下面的图表改看这一项">{name}</button></h2>
      <div className="indicator-main">
        <p className="indicator-value">
          <Behind slice={slice} change={open} label={`${name} ${figureText(value)} ${unit}，查看背后的机构`}><strong>{figureText(value)}</strong></Behind> <small>{unit}</small>
        </p>
        {whole && <Signal colour={progress?.colour} note={progress ? (progress.colour ? undefined : value === null ? '不能对照' : '本年没有目标') : unread ? '' : undefined} />}
      </div>
      <Sparkline values={trend.map((t) => t.value)} label={`走势：${trend.map((t) => `${t.label} ${figureText(t.value)}`).join('，')}`} />
      <dl>
        <div><dt>比上年同期</dt><dd>{changeText(changeFrom(lastYear?.indicators[code], value))}</dd></div>
        <div><dt>比 {baseYear} 年{whole || slice.span === 'rolling' ? '' : '同期'}</dt><dd>{base ? changeText(changeFrom(base.indicators[code], value)) : NONE}{apart && <small className="is-apart"> 基期 {decimalText(apart.base)} 家，本期 {decimalText(apart.now)} 家</small>}</dd></div>
        <div><dt>{year} 年目标</dt><dd>{progress?.allowed ? `≤ ${figureText(progress.allowed)}` : NONE}</dd></div>
        <div><dt>{year} 全年预计</dt><dd>{forecast && forecast.months < 12 ? <>{figureText(forecast.value)} <small>（{forecast.months} 个月）</small> <Signal colour={progress.forecastColour} note={progress.forecastColour ? undefined : ''} /></> : NONE}</dd></div>
      </dl>
      <p className="indicator-counts">
        <Behind slice={slice} change={{ ...open, only: 'counted' }}>计入 {decimalText(total?.counted ?? 0)}</Behind>
        <Behind slice={slice} change={{ ...open, only: 'keptOut' }} className={total?.keptOut ? 'behind-link is-kept-out' : 'behind-link'}>未计入 {decimalText(total?.keptOut ?? 0)}</Behind>
        <span>应报 {decimalText(expected)}{missing > 0 && `，${decimalText(missing)} 家没有数`}</span>
      </p>
    </section>
  )
}
