/** 数据发布: what has been published, each edition for itself. */
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { lazy, Suspense } from 'react'
import { parsePeriod, periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { useWorkingPeriod } from '../../../../kernel/reports/working-period.web.ts'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { instantText } from '../../../../kernel/ui/text.web.ts'
import { listPublications } from '../indicators.contract.ts'
import '../indicators.css'

const PublishDialog = lazy(() => import('./PublishDialog.tsx'))
const periodText = (key: string) => {
  const period = parsePeriod(key)
  return period ? periodLabel(period) : key
}

export default function PublicationsPage() {
  const [asked, ask] = useAsked()
  const { may } = useSession()
  const list = useCall(listPublications, {})
  const working = useWorkingPeriod()
  const open = asked.publish === '1' && may('report.publish')
  return (
    <>
      <PageHeader title="数据发布" note="发布时冻结各区县数据、总数、因子版本和每张报表的版本，并算出校验值。更正只能另出新版，已发布的不会变。"
        actions={may('report.publish') && <Button type="primary" onClick={() => ask({ publish: '1' })}>发布…</Button>} />
      <section className="panel" aria-label="已发布">
        <Loaded of={list}>
          {({ publications }) => publications.length === 0 ? <EmptyState title="还没有发布过数据" hint="审核结束后，由市级审核人核对总数、写明依据，再发布。" /> : (
            <>
            <p className="muted publication-working">工作期{periodLabel(working.period)}：{publications.some((p) => p.period === working.period.key) ? publications.filter((p) => p.period === working.period.key && !publications.some((n) => n.previousId === p.id)).map((p, i) => (
              <span key={p.id}>{i > 0 && '，'}已发布<Link to={`/energy/publications/${p.id}`}>第 {p.edition} 版</Link>（{p.division === 'then' ? '按当时区划' : '按现行区划'}）</span>
            )) : '还没有发布过'}。</p>
            <div className="figures-scroll" tabIndex={0} role="region" aria-label="已发布数据清单">
              <table className="figures">
                <thead><tr><th scope="col">标题</th><th scope="col">统计期</th><th scope="col">版次</th><th scope="col" className="only-wide">口径</th><th scope="col" className="only-wide">依据或更正原因</th><th scope="col">发布</th><th scope="col" className="only-wide">校验值</th></tr></thead>
                <tbody>
                  {publications.map((p) => {
                    const newest = !publications.some((n) => n.previousId === p.id)
                    return (
                      <tr key={p.id} className={p.period === working.period.key ? 'is-working' : undefined}>
                        <th scope="row"><Link to={`/energy/publications/${p.id}`}>{p.title}</Link></th>
                        <td className="nowrap">{periodText(p.period)}</td>
                        <td className="nowrap">第 {p.edition} 版{newest ? '' : <span className="muted">（已有新版）</span>}</td>
                        <td className="nowrap only-wide">{p.division === 'then' ? '按当时区划' : '按现行区划'}</td>
                        <td className="only-wide">{p.reason}</td>
                        <td className="nowrap">{p.byName}<br /><span className="muted">{instantText(p.at)}</span></td>
                        <td className="hash only-wide" title={p.hash}>{p.hash.slice(0, 12)}…</td>
                      </tr>
                    )
                  })}
                </tbody>
              </table>
            </div>
            </>
          )}
        </Loaded>
      </section>
      {open && <Suspense><PublishDialog known={list.data?.publications ?? []} asked={asked} onClose={() => ask({ publish: undefined, period: undefined, division: undefined })} /></Suspense>}
    </>
  )
}
