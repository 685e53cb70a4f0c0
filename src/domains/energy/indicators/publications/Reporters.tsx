/** 应报情况 of an edition, as it was frozen: how many were expected, who is in the totals, who is not and why. */
import { Link } from '@tanstack/react-router'
import { Pagination, Segmented } from 'antd'
import { inAddress } from '../../../../kernel/reports/forms.web.ts'
import type { Period } from '../../../../kernel/reports/period.rules.ts'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText, NONE } from '../../../../kernel/ui/text.web.ts'
import { FORM_OF } from '../../reports/forms.rules.ts'
import { REPORTER_STATES, UNRECORDED } from '../figures.web.ts'
import { publicationReporters, type Coverage } from '../indicators.contract.ts'
import { useHome } from '../home.web.ts'
import { categoryLabel } from '../slice.web.ts'
import { KEPT_OUT, WHY_MISSING } from '../standing.rules.ts'

type State = keyof typeof REPORTER_STATES
const PAGE = 50

export function Reporters({ id, period, coverage }: { id: number; period: Period; coverage: Coverage | null }) {
  const [asked, ask] = useAsked()
  // The counts are of the whole edition; whoever sees a part of it is listed that part.
  const whole = useHome().reach === 'city'
  const state = (Object.keys(REPORTER_STATES) as State[]).find((s) => s === asked.state) ?? 'missing'
  const offset = Number(asked.offset ?? 0)
  const list = useCall(publicationReporters, { id, state, offset, limit: PAGE }, { enabled: coverage !== null, placeholderData: (before) => before })
  if (!coverage)
    return (
      <section className="panel publication-expected" aria-labelledby="expected">
        <h2 id="expected" className="panel-title">应报情况</h2>
        <p>{UNRECORDED}：发布这一版时还没有冻结应报和缺报的机构。</p>
      </section>
    )
  const counts: Record<State, number> = { missing: coverage.missing, 'kept-out': coverage.keptOut, counted: coverage.counted + coverage.beyond }
  return (
    <section className="panel publication-expected" aria-labelledby="expected">
      <h2 id="expected" className="panel-title">应报情况</h2>
      <p>应报 <b>{decimalText(coverage.expected)}</b> 家：计入 {decimalText(coverage.counted)} 家，报了没有计入 {decimalText(coverage.keptOut)} 家，缺报 <b className={coverage.missing ? 'is-kept-out' : undefined}>{decimalText(coverage.missing)}</b> 家{coverage.beyond ? `；另有 ${decimalText(coverage.beyond)} 家不在应报名单而计入` : ''}。冻结于发布之时。{!whole && '下面只列出您管理范围内的机构。'}</p>
      <div className="slice-bar no-print"><Segmented<State> aria-label="应报机构" value={state} options={(['missing', 'kept-out', 'counted'] as const).map((s) => ({ value: s, label: whole ? `${REPORTER_STATES[s]} ${decimalText(counts[s])}` : REPORTER_STATES[s] }))} onChange={(s) => ask({ state: s === 'missing' ? undefined : s, offset: undefined }, { replace: true })} /></div>
      <Loaded of={list}>
        {({ rows, total }) => total === 0 ? <EmptyState title={`没有${REPORTER_STATES[state]}的机构`} /> : (
          <>
            <div className="figures-scroll is-low" tabIndex={0} role="region" aria-label={`${REPORTER_STATES[state]}的机构`}>
              <table className="figures">
                <caption className="visually-hidden">{REPORTER_STATES[state]}的机构，发布时的名称和区划</caption>
                <thead><tr><th scope="col">机构</th><th scope="col">区县</th><th scope="col" className="only-wide">机构类型</th><th scope="col">情况</th></tr></thead>
                <tbody>
                  {rows.map((r) => (
                    <tr key={r.organizationId}>
                      <th scope="row"><Link to={`/reports/${inAddress(FORM_OF[period.months])}/${period.key}/${r.organizationId}`} search={{ back: `/energy/publications/${id}` } as never}>{r.name}</Link></th>
                      <td className="nowrap">{r.regionName}</td>
                      <td className="nowrap only-wide">{r.category ? categoryLabel(r.category) : NONE}</td>
                      <td>{r.state === 'missing' ? (WHY_MISSING[r.why ?? ''] ?? '没有报送') : r.state === 'kept-out' ? (KEPT_OUT[r.why ?? ''] ?? '没有计入') : r.expected ? '计入' : '不在应报名单'}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {total > PAGE && <Pagination className="no-print" size="small" current={offset / PAGE + 1} pageSize={PAGE} total={total} showSizeChanger={false} showTotal={(n) => `共 ${n} 家`} onChange={(page) => ask({ offset: page > 1 ? String((page - 1) * PAGE) : undefined }, { replace: true })} />}
          </>
        )}
      </Loaded>
    </section>
  )
}
