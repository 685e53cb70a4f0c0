import { Select } from 'antd'
import { useState } from 'react'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText, NONE } from '../../../../kernel/ui/text.web.ts'
import { FUEL_LABELS, type Fuel } from '../../consumption/measures.rules.ts'
import { readFactors } from '../indicators.contract.ts'
import { KINDS, METHODS, SCOPES } from './factor.words.rules.ts'

interface Used {
  kind: string
  energy: string
  scope: string
  method?: string | null
  year?: number | null
}
const same = (a: Used, b: Used) => a.kind === b.kind && a.energy === b.energy && a.scope === b.scope && (a.method ?? null) === (b.method ?? null) && (a.year ?? null) === (b.year ?? null)
const fuel = (code: string) => FUEL_LABELS[code as Fuel] ?? '其他'

export function FactorsTable() {
  const [asked, ask] = useAsked()
  const factors = useCall(readFactors, { sets: asked.sets })
  const [kind, setKind] = useState<string>()
  return (
    <Loaded of={factors}>
      {({ factors: all, sets }) => {
        const used = sets.flatMap((s) => s.used as unknown as Used[])
        const shown = all.filter((f) => (!kind || f.kind === kind) && (!sets.length || used.some((u) => same(u, f))))
        return (
          <section className="panel" aria-label="折标系数与排放因子">
            <div className="picture-head">
              <p>{sets.length > 0 && <>只列因子版本 <span className="hash">{sets.map((s) => s.code).join('、')}</span> 用到的 {shown.length} 个。<button type="button" className="link-button" onClick={() => ask({ sets: undefined })}>看全部</button></>}</p>
              <Select aria-label="种类" allowClear placeholder="全部种类" value={kind} onChange={setKind} style={{ width: 176 }} options={[...new Set(all.map((f) => f.kind))].map((k) => ({ value: k, label: KINDS[k] ?? '其他' }))} />
            </div>
            {shown.length === 0 ? <EmptyState title="没有符合的系数" /> : (
              <div className="figures-scroll" tabIndex={0} role="region" aria-label="系数清单">
                <table className="figures">
                  <thead><tr><th scope="col">能源</th><th scope="col">种类</th><th scope="col">地区</th><th scope="col">年份</th><th scope="col" className="number">数值</th><th scope="col">单位</th><th scope="col">有效期</th><th scope="col">来源</th></tr></thead>
                  <tbody>
                    {shown.map((f) => (
                      <tr key={f.id}>
                        <th scope="row">{fuel(f.energy)}</th>
                        <td className="nowrap">{KINDS[f.kind] ?? '其他'}{f.method && `（${METHODS[f.method] ?? f.method}）`}</td>
                        <td className="nowrap">{SCOPES[f.scope] ?? f.scope}</td>
                        <td className="nowrap">{f.year ?? '不分年'}</td>
                        <td className="number">{decimalText(f.value)}</td>
                        <td className="nowrap">{f.unit.replace('CO2', 'CO₂')}</td>
                        <td className="nowrap">{f.validFrom || f.validTo ? `${f.validFrom ?? ''} 至 ${f.validTo ?? '今'}` : NONE}</td>
                        <td className="factor-source">{f.unsure && <span className="unsure">待核</span>} {f.source}{f.notice && !f.source.includes(f.notice.replace('公告', '')) && `，${f.notice}`}{f.note && <span className="muted">　{f.note}</span>}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </section>
        )
      }}
    </Loaded>
  )
}
