/** One edition as it was frozen: figures, hash, what moved since the edition before, what today's computation says. */
import { PrinterOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { listRegions } from '../../../../kernel/org/organization/organization.contract.ts'
import { parsePeriod, periodLabel } from '../../../../kernel/reports/period.rules.ts'
import { useAddress } from '../../../../kernel/ui/address.web.ts'
import { listAttachments } from '../../../../kernel/attachments/attachment.contract.ts'
import { Attachments } from '../../../../kernel/attachments/Attachments.tsx'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText, instantText } from '../../../../kernel/ui/text.web.ts'
import { figureText, UNRECORDED } from '../figures.web.ts'
import { FiguresTable } from '../FiguresTable.tsx'
import { useHome } from '../home.web.ts'
import { getPublication, type FigureRow } from '../indicators.contract.ts'
import { INDICATORS, unitOf } from '../indicators.rules.ts'
import { Signal } from '../Signal.tsx'
import { indicatorLabel, readSlice } from '../slice.web.ts'
import { Moved } from './Moved.tsx'
import { Reporters } from './Reporters.tsx'
import '../indicators.css'

export default function PublicationPage() {
  const { id } = useAddress()
  const publication = useCall(getPublication, { id: Number(id) })
  const { may } = useSession()
  const home = useHome()
  const regions = useCall(listRegions, {}, { staleTime: 3_600_000 })
  const regionName = (key: string) => regions.data?.regions.find((r) => String(r.id) === key)?.name ?? '…'
  return (
    <Loaded of={publication}>
      {(p) => {
        const period = parsePeriod(p.period)!
        const slice = readSlice({ period: p.period, division: p.division })
        const counts = (key: string) => p.coverage && (key === 'city' ? p.coverage.total : (p.coverage.regions[key] ?? null))
        const countText = (key: string, of: 'expected' | 'missing') => (p.coverage ? decimalText(counts(key)?.[of] ?? 0) : UNRECORDED)
        const cells = (r: FigureRow, at: Record<string, string>) => [
          { text: r.label }, ...INDICATORS.map((i) => ({ text: figureText(r.indicators[i.code]), behind: { ...at, indicator: i.code } })),
          { text: figureText(r.sums.tce, 1) }, { text: figureText(r.sums.water, 0) }, { text: figureText(r.sums.co2, 1) }, { text: `${decimalText(r.counted)} / ${countText(r.key, 'expected')}` }, { text: decimalText(r.keptOut) }, { text: countText(r.key, 'missing') },
        ]
        // A place from which nobody reported has no figures, and is shown all the same.
        const silent = p.coverage ? Object.entries(p.coverage.regions).filter(([key]) => !p.rows.some((r) => r.key === key)) : []
        return (
          <>
            <PageHeader title={p.title} back={{ to: '/energy/publications', label: '数据发布' }} note={`${periodLabel(period)}，第 ${p.edition} 版，${p.division === 'then' ? '按当时区划' : '按现行区划'}，${p.byName} 发布于 ${instantText(p.at)}。`}
              actions={<Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>打印</Button>} />
            <section className="panel publication-facts" aria-label="发布信息">
              <dl>
                <div><dt>依据或更正原因</dt><dd>{p.reason}</dd></div>
                <div><dt>校验</dt><dd>{home.reach !== 'city' ? '由市级核对' : p.hashHolds ? <Signal colour="green" note="与发布时一致" /> : <Signal colour="red" note="与发布时不一致，请立即报告系统管理员" />}</dd></div>
                <div className="is-long"><dt>校验值（SHA-256）</dt><dd className="hash">{p.hash}</dd></div>
                <div className="is-long no-print"><dt>今天重新计算</dt><dd>
                  {home.reach !== 'city' ? '您只能看到部分报表，不作比较。' : p.now.same ? `与发布的数据相同。${p.now.coverage && p.coverage && JSON.stringify(p.now.coverage) !== JSON.stringify(p.coverage.total) ? `应报情况有变：现在应报 ${p.now.coverage.expected} 家，缺报 ${p.now.coverage.missing} 家。` : ''}` : (
                    <>与发布的不同：{INDICATORS.filter((i) => i.code !== 'energyPerAreaWithVehicles').flatMap((i) => (p.total?.indicators[i.code] === p.now.total?.indicators[i.code] ? [] : [`${i.label} ${figureText(p.total?.indicators[i.code])} → ${figureText(p.now.total?.indicators[i.code])}`])).join('，') || '只有个别区县或因子版本变了'}。
                      报表更正、补报或因子更新都会这样；发布的数据不会自己改变，要更正请发布新版。{may('report.publish') && <Link to="/energy/publications" search={{ publish: '1', period: p.period, division: p.division } as never}>发布新版</Link>}</>
                  )}
                </dd></div>
              </dl>
            </section>
            <Reporters id={p.id} period={period} coverage={p.coverage?.total ?? null} />
            {may(listAttachments.access) && (
              <section className="panel publication-facts no-print" aria-labelledby="papers">
                <h2 id="papers" className="panel-title">附件</h2>
                <Attachments entity="reports.publication" recordId={p.id} hint="还没有附件。批准发布的文件、分析报告可以存在这里。" />
              </section>
            )}
            {p.difference && <Moved difference={p.difference} previousId={p.previousId!} edition={p.edition} months={period.months} />}
            <section className="panel publication-frozen" aria-labelledby="frozen">
              <h2 id="frozen" className="panel-title">发布的数据</h2>
              <p className="muted">冻结于发布之时。{p.total?.keptOut ? `有 ${p.total.keptOut} 家机构的数据未计入` : ''}{p.coverage?.total.missing ? `${p.total?.keptOut ? '，' : '有 '}${p.coverage.total.missing} 家应报而没有报送` : ''}{p.total?.keptOut || p.coverage?.total.missing ? '。' : ''}<span className="no-print">点数字看到的是现在的机构清单。</span></p>
              <FiguresTable slice={slice} caption="发布的各区县数据" figures={{
                columns: [{ heading: '区县', words: true }, ...INDICATORS.map((i) => ({ heading: indicatorLabel(i), unit: unitOf(i, period.months) })), { heading: '综合能耗', unit: 'tce' }, { heading: '用水量', unit: 'm³' }, { heading: '碳排放', unit: 't' }, { heading: '计入 / 应报', unit: '家' }, { heading: '未计入', unit: '家' }, { heading: '缺报', unit: '家' }],
                rows: [...p.rows.map((r) => ({ key: r.key, cells: cells(r, { scope: r.key }) })), ...silent.map(([key, c]) => ({ key, cells: [{ text: regionName(key) }, ...INDICATORS.map(() => ({ text: figureText(null) })), { text: figureText(null) }, { text: figureText(null) }, { text: figureText(null) }, { text: `0 / ${decimalText(c.expected)}` }, { text: decimalText(c.keptOut) }, { text: decimalText(c.missing) }] })), ...(p.total ? [{ key: 'total', total: true, cells: cells(p.total, {}) }] : [])],
              }} />
              {p.total && p.total.factorSets.length > 0 && <p className="muted">因子版本：<Link to="/energy/factors" search={{ sets: p.total.factorSets.join(',') } as never} className="hash">{p.total.factorSets.join('、')}</Link></p>}
            </section>
          </>
        )
      }}
    </Loaded>
  )
}
