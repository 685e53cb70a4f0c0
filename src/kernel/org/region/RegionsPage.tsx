/** Regions as they stood before and after the adjustment of November 2025, what became of whom, and on what basis. */
import { Segmented } from 'antd'
import { lazy, Suspense } from 'react'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useAsked } from '../../ui/address.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { Loaded, LoadingState } from '../../ui/states.tsx'
import { today } from '../../ui/text.web.ts'
import { listRegions } from '../organization/organization.contract.ts'
import { ADJUSTED, DAY_BEFORE, GROUPS, REGION_KINDS, stoodOn, type Group } from './region.words.rules.ts'
import '../organization/organization.css'

const RegionMap = lazy(() => import('./RegionMap.tsx'))
type Region = OutputOf<typeof listRegions>['regions'][number]
const VIEWS = { now: '现行区划', then: `${ADJUSTED} 调整前`, changes: '沿革', map: '示意图' }
type View = keyof typeof VIEWS

function Regions({ regions, all }: { regions: Region[]; all: Region[] }) {
  const nameOf = (id: number) => all.find((r) => r.id === id)?.name ?? ''
  const ends = regions.some((r) => r.validTo)
  return (
    <table className="change-table">
      <thead><tr><th scope="col">名称</th><th scope="col">代码</th><th scope="col">类型</th><th scope="col">起止</th>{ends && <th scope="col">去向</th>}<th scope="col">依据</th></tr></thead>
      <tbody>
        {regions.map((r) => (
          <tr key={r.id}>
            <th scope="row" className="nowrap">{r.name}</th>
            <td className="code">{r.gbCode ?? <>{r.code}<span className="muted">（内部）</span></>}</td>
            <td className="nowrap">{REGION_KINDS[r.kind] ?? r.kind}</td>
            <td className="nowrap">{r.validFrom} 至 {r.validTo ?? '今'}</td>
            {ends && <td>{r.successors.map((s) => `${s.part} → ${nameOf(s.toId)}`).join('；')}</td>}
            <td>{r.basis}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Changes({ all }: { all: Region[] }) {
  const nameOf = (id: number) => all.find((r) => r.id === id)?.name ?? ''
  const moves = all.flatMap((r) => r.successors.map((s) => ({ ...s, from: r.name })))
  return (
    <table className="change-table">
      <thead><tr><th scope="col">生效日期</th><th scope="col">原区划</th><th scope="col">范围</th><th scope="col">划入</th></tr></thead>
      <tbody>
        {moves.map((m) => <tr key={`${m.from}${m.toId}`}><td className="nowrap">{m.effective}</td><th scope="row" className="nowrap">{m.from}</th><td>{m.part}</td><td className="nowrap">{nameOf(m.toId)}</td></tr>)}
      </tbody>
    </table>
  )
}

export default function RegionsPage() {
  const [{ view = 'now' }, set] = useAsked()
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  return (
    <>
      <PageHeader title="区划" note="38 个区县和作为报送单位的功能区，按“一区两群”分组。报表可以按当时的区划看，也可以按现行的区划看。" />
      <section className="panel">
        <Segmented<View> aria-label="查看" value={view as View} onChange={(v) => set({ view: v === 'now' ? undefined : v }, { replace: true })} options={(Object.keys(VIEWS) as View[]).map((v) => ({ value: v, label: VIEWS[v] }))} style={{ marginBlockEnd: 16, maxWidth: '100%', overflowX: 'auto' }} />
        <Loaded of={regions}>
          {({ regions: all }) => {
            if (view === 'map') return <Suspense fallback={<LoadingState />}><RegionMap regions={all} /></Suspense>
            if (view === 'changes') return <ScrollBox label="区划沿革"><Changes all={all} /></ScrollBox>
            const stood = all.filter((r) => stoodOn(r, view === 'then' ? DAY_BEFORE : today()))
            const groups: [string, Region[]][] = [...(Object.keys(GROUPS) as Group[]).map((g): [string, Region[]] => [GROUPS[g], stood.filter((r) => r.groupCode === g)]), ['市本级', stood.filter((r) => !r.groupCode)]]
            return groups.filter(([, rows]) => rows.length).map(([title, rows]) => (
              <div key={title} className="region-group">
                <h2>{title} <span className="muted">{rows.length} 个</span></h2>
                <ScrollBox label={title}><Regions regions={rows} all={all} /></ScrollBox>
              </div>
            ))
          }}
        </Loaded>
      </section>
    </>
  )
}
