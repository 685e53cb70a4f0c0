/** Districts (or institutions) under a target: handed down or not, progress, colour. */
import { Link } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { OutputOf } from '../../../../kernel/contract/contract.rules.ts'
import { useAct, useCall } from '../../../../kernel/ui/queries.web.ts'
import { useProblem } from '../../../../kernel/ui/problems.tsx'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { decimalText, NONE, rounded } from '../../../../kernel/ui/text.web.ts'
import { Behind } from '../Behind.tsx'
import { cellOf, cellSearch, formAddress } from '../cells.web.ts'
import { figureText } from '../figures.web.ts'
import { confirmTarget } from '../indicators.contract.ts'
import type { Progress } from '../pictures/TrendPicture.tsx'
import { Signal } from '../Signal.tsx'
import { searchOf, type Slice } from '../slice.web.ts'
import { targetsBelow } from '../targets-below.contract.ts'
import { reductionText } from './TargetCard.tsx'

const HandDownDialog = lazy(() => import('./HandDownDialog.tsx'))
type Row = OutputOf<typeof targetsBelow>['rows'][number]
const SHOW = { all: '全部', red: '超出目标', amber: '略超目标', none: '没有下达' }

export function TargetsBelow({ above, slice, year, division }: { above: Progress; slice: Slice; year: number; division: 'then' | 'now' }) {
  const below = useCall(targetsBelow, { id: above.target.id, year, division })
  const { may } = useSession()
  const say = useProblem()
  const confirm = useAct(confirmTarget, { changes: ['target.progress', 'target.below'], onProblem: say })
  const [dialog, setDialog] = useState(false)
  const [show, setShow] = useState<keyof typeof SHOW>('all')
  return (
    <Loaded of={below}>
      {({ to, rows }) => {
        const word = to === 'regions' ? '区县' : '机构'
        const count = (k: keyof typeof SHOW) => rows.filter((r) => fits(r, k)).length
        const shown = rows.filter((r) => fits(r, show))
        const name = (r: Row) => to === 'regions'
          ? <Link to="/energy/targets" search={{ region: String(r.id), year: String(year), division: division === 'then' ? 'then' : undefined, indicator: above.target.indicator } as never}>{r.name}</Link>
          : <Link to={formAddress({ form: 'energy.annual', period: String(year), organizationId: r.id })} search={cellSearch(cellOf(slice.indicator), '/energy/targets', { region: slice.scope, year: String(year), indicator: above.target.indicator }) as never}>{r.name}</Link>
        return (
          <section className="panel" aria-label={`${word}目标`}>
            <div className="picture-head">
              <h2 className="panel-title">{above.label}：{word}目标与进展</h2>
              <div className="picture-tools no-print">
                <Segmented size="small" aria-label="只看" value={show} onChange={setShow} options={(Object.keys(SHOW) as (keyof typeof SHOW)[]).map((k) => ({ value: k, label: `${SHOW[k]} ${count(k)}` }))} />
                {may('target.update') && rows.length > 0 && <Button type="primary" size="small" onClick={() => setDialog(true)}>分解下达</Button>}
              </div>
            </div>
            {shown.length === 0 ? <EmptyState title={`没有符合的${word}`} /> : (
              <div className="figures-scroll" tabIndex={0} role="region" aria-label={`${word}目标清单`}>
                <table className="figures">
                  <thead><tr><th scope="col">{word}</th><th scope="col" className="number">下达<small>比 {above.target.baseYear} 年</small></th><th scope="col" className="number">基期<small>{above.unit}</small></th><th scope="col" className="number">{year} 年允许<small>{above.unit}</small></th><th scope="col" className="number">实际<small>{above.unit}</small></th><th scope="col" className="number">比基期</th><th scope="col">对照</th><th scope="col" className="number">计入<small>家</small></th><th scope="col" className="number">未计入<small>家</small></th><th scope="col">确认</th></tr></thead>
                  <tbody>
                    {shown.map((r) => {
                      const at = to === 'regions' ? { scope: String(r.id) } : {}
                      const t = r.target
                      return (
                        <tr key={r.id}>
                          <th scope="row">{name(r)}</th>
                          <td className="number">{t === null ? <span className="muted">没有下达</span> : t.reductionPercent !== null ? `下降 ${rounded(t.reductionPercent, 2)}%` : `≤ ${figureText(t.total, 0)}`}</td>
                          <td className="number">{figureText(r.baseValue)}</td>
                          <td className="number">{r.allowed === null ? NONE : figureText(r.allowed)}</td>
                          <td className="number">{to === 'regions' ? <Behind slice={slice} change={at}>{figureText(r.actual)}</Behind> : figureText(r.actual)}</td>
                          <td className="number">{reductionText(r.reduction)}{r.apart && <small className="is-apart">基期 {decimalText(r.apart.base)} 家</small>}</td>
                          <td><Signal colour={r.colour} note={r.colour ? undefined : NONE} /></td>
                          <td className="number">{r.counted}</td>
                          <td className="number">{r.keptOut ? <Link to="/energy/behind" search={searchOf(slice, { ...at, only: 'keptOut' }) as never} className="is-kept-out">{r.keptOut}</Link> : 0}</td>
                          <td>{t === null ? NONE : t.confirmedAt ? '已确认' : may('target.update') ? <Button size="small" loading={confirm.isPending && confirm.variables?.id === t.id} onClick={() => confirm.mutate({ id: t.id, version: t.version })}>确认</Button> : '未确认'}</td>
                        </tr>
                      )
                    })}
                  </tbody>
                </table>
              </div>
            )}
            {dialog && <Suspense><HandDownDialog above={above} to={to} rows={rows} onClose={() => setDialog(false)} /></Suspense>}
          </section>
        )
      }}
    </Loaded>
  )
}
const fits = (r: Row, show: keyof typeof SHOW): boolean => show === 'all' || (show === 'none' ? r.target === null : r.colour === show)
