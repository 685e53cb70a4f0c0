/** Opens a form, keeps what is typed in this browser until the server has it, and checks it while it is typed. */
import { useDeferredValue, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useDraft } from '../../ui/drafts.web.ts'
import { evaluate, measuresOf, type Evaluation } from '../evaluate.rules.ts'
import type { CheckContext } from '../expression.rules.ts'
import type { CellValue } from '../grid/cell-text.web.ts'
import type { Report } from '../report.rules.ts'
import { FilingSession, type FilingState, type Opened, type Place } from './filing-session.web.ts'

export interface LiveFinding {
  checkCode: string
  kind: string
  item: string
  severity: 'hard' | 'soft'
  message: string
  basis?: string
  reason: string | null
  reasonBy: string | null
}
export interface Filing {
  session: FilingSession
  state: FilingState
  evaluation: Evaluation
  findings: LiveFinding[]
  /** This form's own ratios, to stand beside the peers' medians. */
  measures: Record<string, string | null>
  /** How many cells came back from a draft of this browser. */
  restored: number
}

export const contextOf = (o: Opened): CheckContext => ({
  previous: o.previous, lastYear: o.lastYear, months: o.months, monthsPresent: o.monthsPresent ?? undefined,
  register: { people: o.organization.people, buildingArea: o.organization.buildingArea, hasDataCenter: o.organization.hasDataCenter, hasHeating: o.organization.hasHeating },
  peer: o.peer ? { count: o.peerCount, medians: o.peer as Record<string, string> } : null,
  settings: o.settings,
})

/** Reasons are kept by the server; they stay with a finding as long as it is found. */
export function withReasons(found: Evaluation['findings'], saved: Opened['findings']): LiveFinding[] {
  const known = new Map(saved.map((s) => [`${s.checkCode} ${s.item}`, s]))
  return found.map((f) => {
    const s = known.get(`${f.checkCode} ${f.item}`)
    return { ...f, reason: s?.reason ?? null, reasonBy: s?.reasonBy ?? null }
  })
}

export function useFiling(report: Report, place: Place, opened: Opened): Filing {
  const draft = useDraft<Record<string, { base: CellValue; mine: CellValue }>>(`filing:${place.form}:${place.period}:${place.organizationId}`, opened.facts?.version ?? null)
  const [session] = useState(() => new FilingSession(place, opened))
  const [restored, setRestored] = useState(0)
  const { restored: kept, keep, drop } = draft

  useEffect(() => {
    session.onUnsaved = (cells) => (Object.keys(cells).length ? keep(cells) : drop())
    return () => void session.flush()
  }, [session, keep, drop])
  useEffect(() => {
    // Once, when the form is opened: what a crash or a closed tab left behind.
    if (kept && session.state.opened.can.includes('save') && session.state.steps.done.length === 0 && session.state.work === 'still') setRestored(session.restore(kept.values))
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [session])
  useEffect(() => {
    const again = () => void session.flush()
    addEventListener('online', again)
    return () => removeEventListener('online', again)
  }, [session])

  const state = useSyncExternalStore(session.subscribe, session.read)
  const values = useDeferredValue(state.values)
  const context = useMemo(() => contextOf(state.opened), [state.opened])
  const evaluation = useMemo(() => evaluate(report, values, context), [report, values, context])
  const measures = useMemo(() => measuresOf(report, values, context), [report, values, context])
  const findings = useMemo(() => withReasons(evaluation.findings, state.opened.findings), [evaluation, state.opened.findings])
  return { session, state, evaluation, findings, measures, restored }
}
