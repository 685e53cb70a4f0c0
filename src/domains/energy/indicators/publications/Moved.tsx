/** What an edition changed against the one before. */
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { figureText, REPORTER_STATES, UNRECORDED } from '../figures.web.ts'
import type { getPublication } from '../indicators.contract.ts'
import { INDICATORS, unitOf } from '../indicators.rules.ts'
import { indicatorLabel } from '../slice.web.ts'

const COUNTS = { expected: '应报', counted: '计入', keptOut: '未计入', missing: '缺报' } as const
const stateText = (s: keyof typeof REPORTER_STATES | null) => (s === null ? '不在名单' : REPORTER_STATES[s])
type Difference = NonNullable<OutputOf<typeof getPublication>['difference']>

const listing = (rows: Difference['rows']): string => {
  const [fresh, gone] = [rows.filter((r) => r.before === null).length, rows.filter((r) => r.after === null).length]
  return fresh + gone === 0 ? '' : `，其中${[fresh && `新列出 ${fresh} 个`, gone && `不再列出 ${gone} 个`].filter(Boolean).join('、')}`
}
/** Of a place that only one of the two editions lists, that one's figure. */
function Change({ before, after }: { before: string | null; after: string | null }) {
  return (
    <td className="number">
      {before === after ? after : before === null ? <strong>{after}</strong> : after === null ? <del className="muted">{before}</del> : <><del className="muted">{before}</del> → <strong>{after}</strong></>}
    </td>
  )
}

export function Moved({ difference, previousId, edition, months }: { difference: Difference; previousId: number; edition: number; months: number }) {
  return (
    <section className="panel publication-facts" aria-labelledby="moved">
      <h2 id="moved" className="panel-title">与<Link to={`/energy/publications/${previousId}`}>第 {edition - 1} 版</Link>的差异</h2>
      <p className="muted">有 {difference.filingsChanged} 张报表增加、改动或改变了计入情况；{difference.rows.length === 0 ? '各区县的指标没有变。' : `${difference.rows.length} 行有变化${listing(difference.rows)}。`}</p>
      {difference.rows.length > 0 && (
        <div className="figures-scroll is-low" tabIndex={0} role="region" aria-label="差异清单">
          <table className="figures">
            <thead><tr><th scope="col">区县</th>{INDICATORS.map((i) => <th key={i.code} scope="col" className="number">{indicatorLabel(i)}<small>{unitOf(i, months)}</small></th>)}<th scope="col" className="number">计入<small>家</small></th></tr></thead>
            <tbody>
              {difference.rows.map((r) => (
                <tr key={r.key} className={r.key === 'city' ? 'is-total' : undefined}>
                  <th scope="row">{r.label}{r.before === null && <> <Tag color="blue">新列出</Tag></>}{r.after === null && <> <Tag>不再列出</Tag></>}</th>
                  {INDICATORS.map((i) => <Change key={i.code} before={r.before && figureText(r.before.indicators[i.code])} after={r.after && figureText(r.after.indicators[i.code])} />)}
                  <Change before={r.before && decimalText(r.before.counted)} after={r.after && decimalText(r.after.counted)} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Expected difference={difference} edition={edition} />
    </section>
  )
}

/** How many were expected then and now, and which institutions stand otherwise. */
function Expected({ difference: { coverage, reporters }, edition }: { difference: Difference; edition: number }) {
  const text = (c: Difference['coverage']['before'], of: keyof typeof COUNTS) => (c ? `${decimalText(c[of])} 家` : UNRECORDED)
  return (
    <>
      <h3 className="moved-part">应报情况</h3>
      <div className="figures-scroll" tabIndex={0} role="region" aria-label="两版的应报情况">
        <table className="figures is-short">
          <thead><tr><th scope="col">版次</th>{Object.values(COUNTS).map((label) => <th key={label} scope="col" className="number">{label}</th>)}</tr></thead>
          <tbody>
            {([['before', edition - 1], ['after', edition]] as const).map(([side, n]) => (
              <tr key={side}><th scope="row">第 {n} 版</th>{(Object.keys(COUNTS) as (keyof typeof COUNTS)[]).map((of) => <td key={of} className="number">{text(coverage[side], of)}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
      {reporters && reporters.total > 0 && (
        <details className="moved-list" open={reporters.total <= 20}>
          <summary>情况有变的机构 {decimalText(reporters.total)} 家{reporters.total > reporters.rows.length && `，列出前 ${reporters.rows.length} 家`}</summary>
          <ul>{reporters.rows.map((r) => <li key={r.organizationId}>{r.name}<span className="muted">（{r.regionName}）</span>　{stateText(r.before)} → <b>{stateText(r.after)}</b></li>)}</ul>
        </details>
      )}
    </>
  )
}
