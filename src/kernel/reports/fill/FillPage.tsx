/** A form of one organisation for one period. */
import { PrinterOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { lazy, Suspense, useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react'
import { useAddress, useAsked } from '../../ui/address.web.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { WhoLink } from '../../authority/access/WhoLink.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { untilText } from '../../ui/text.web.ts'
import { UnsavedGuard } from '../../ui/UnsavedGuard.tsx'
import { openFiling } from '../filing.contract.ts'
import { fromAddress, useForms } from '../forms.web.ts'
import { parsePeriod, periodLabel, type Period } from '../period.rules.ts'
import type { Report } from '../report.rules.ts'
import type { Opened, Place } from './filing-session.web.ts'
import { itemsOf, sectionRows } from './form-rows.web.ts'
import { FormGrid } from './FormGrid.tsx'
import { FormHead } from './FormHead.tsx'
import { PhoneForm } from './PhoneForm.tsx'
import { PrintSheet } from './PrintSheet.tsx'
import { SaveState } from './SaveState.tsx'
import { SideList } from './SideList.tsx'
import { StateBanner } from './StateBanner.tsx'
import { useFiling } from './useFiling.web.ts'
import '../grid/grid.css'
import './fill.css'

const SubmitDialog = lazy(() => import('./SubmitDialog.tsx'))
const WithdrawDialog = lazy(() => import('./WithdrawDialog.tsx'))
const ConflictDialog = lazy(() => import('./ConflictDialog.tsx'))
const CellHistory = lazy(() => import('./CellHistory.tsx'))

export default function FillPage() {
  const { form: slug = '', period: text = '', organizationId = '' } = useAddress()
  const form = fromAddress(slug)
  const period = parsePeriod(text)
  const forms = useForms()
  const report = period ? forms.at(form, period) : undefined
  if (!period || !report || report.months !== period.months) return <EmptyState title="没有这张报表" hint="地址里的报表或期别不对，请从“填报”重新进入。" />
  return <OpenForm key={`${form} ${text} ${organizationId}`} report={report} period={period} place={{ form, period: text, organizationId: Number(organizationId) }} />
}

function OpenForm({ report, period, place }: { report: Report; period: Period; place: Place }) {
  const query = useCall(openFiling, place, { staleTime: Infinity, gcTime: 0 })
  return <Loaded of={query}>{(opened) => <FillForm report={report} period={period} place={place} opened={opened} />}</Loaded>
}

/** Back to the page of figures that led here, as it was. */
function backTo(address: string) {
  const [to = '/', query] = address.split('?')
  return { to, label: '返回', search: Object.fromEntries(new URLSearchParams(query)) }
}

function FillForm({ report, period, place, opened: first }: { report: Report; period: Period; place: Place; opened: Opened }) {
  const filing = useFiling(report, place, first)
  const { state, session } = filing
  const { opened } = state
  const narrow = useNarrow()
  const [asked] = useAsked()
  const [unfolded, setUnfolded] = useState<string[]>([])
  const [attempted, setAttempted] = useState(false)
  const [dialog, setDialog] = useState<'submit' | 'withdraw' | null>(null)
  const [history, setHistory] = useState<string | null>(null)
  const [active, setActive] = useState<string>()
  const jump = useRef<((item: string) => void) | null>(null)

  const sections = useMemo(() => sectionRows(report, state.values, opened.organization, unfolded), [report, state.values, opened.organization, unfolded])
  const items = useMemo(() => itemsOf(sections), [sections])
  const unfold = useCallback((code: string) => setUnfolded((all) => [...all, code]), [])
  const label = (code: string) => report.items.find((i) => i.code === code)?.label ?? ''
  const goTo = (item: string) => {
    const section = report.sections.find((s) => s.items.some((i) => i.code === item))
    if (section && !items.some((i) => i.code === item)) unfold(section.code)
    // After the dialog has given the focus back and the section is there.
    setTimeout(() => jump.current?.(item), 60)
  }
  // Who comes from a figure is shown the cell that it was reported in.
  const arrive = useEffectEvent(() => {
    if (asked.item) goTo(asked.item)
  })
  useEffect(() => arrive(), [])
  const item = report.items.find((i) => i.code === active)
  const { can } = opened
  const shared = { filing, sections, attempted, unfold, onActive: setActive, jump }
  return (
    <>
      <PageHeader
        title={`${periodLabel(period)} ${report.label.replace(/（\d{4}\s*版）$/, '')}`}
        back={asked.back?.startsWith('/') ? backTo(asked.back) : asked.from === 'sheet' ? { to: '/reports/sheet', label: '代填', search: { form: place.form, period: place.period } } : { to: '/reports', label: '填报' }}
        note={<>{opened.organization.name}　{opened.organization.regionName}{!opened.outside && `　报送期限 ${opened.deadline}${opened.facts?.submittedAt ? '' : `（${untilText(opened.deadline)}）`}`}　<SaveState work={state.work} savedAt={state.savedAt} /></>}
        actions={
          <>
            {!narrow && opened.facts && <WhoLink subject="filing" id={opened.facts.id} />}
            {!narrow && <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>打印</Button>}
            {can.includes('withdraw') && <Button onClick={() => setDialog('withdraw')}>撤回</Button>}
            {can.includes('submit') && (
              <Button type="primary" onClick={() => {
                setAttempted(true)
                void session.flush()
                setDialog('submit')
              }}>提交</Button>
            )}
          </>
        }
      />
      <FormHead report={report} settings={opened.settings} />
      <StateBanner filing={filing} jump={goTo} label={label} />
      {can.includes('save') && !can.includes('submit') && <p className="muted fill-hint">您填写的内容会自动保存，由单位负责人核对后提交。</p>}
      <div className="fill">
        {narrow ? <PhoneForm {...shared} /> : <FormGrid report={report} items={items} {...shared} />}
        <SideList report={report} filing={filing} active={narrow ? undefined : item} jump={goTo} showHistory={setHistory} />
      </div>
      <PrintSheet report={report} period={period} opened={opened} values={state.values} />
      <UnsavedGuard dirty={state.work === 'offline' || state.work === 'refused'} />
      <Suspense>
        {dialog === 'submit' && <SubmitDialog report={report} filing={filing} jump={goTo} onClose={() => setDialog(null)} />}
        {dialog === 'withdraw' && <WithdrawDialog session={session} onClose={() => setDialog(null)} />}
        {state.conflicts.length > 0 && <ConflictDialog report={report} session={session} conflicts={state.conflicts} byName={opened.facts?.filledByName ?? null} />}
        {history && opened.facts && <CellHistory filingId={opened.facts.id} item={report.items.find((i) => i.code === history)!} onClose={() => setHistory(null)} />}
      </Suspense>
    </>
  )
}
