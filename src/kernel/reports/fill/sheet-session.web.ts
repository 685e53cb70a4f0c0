/** Many units' rows being filled at once: every row is written by itself, a few at a time, and says how it stands. */
import { call, newKey } from '../../ui/client.web.ts'
import { problemOf } from '../../ui/queries.web.ts'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { explainFinding, openFiling, saveFiling, type FilingFacts, type listFilings } from '../filing.contract.ts'
import { plainCells, type Cells, type CellValue } from '../grid/cell-text.web.ts'
import { back, forth, noSteps, taken, type Step, type Steps } from '../grid/steps.web.ts'

export type ListedFiling = OutputOf<typeof listFilings>['rows'][number]
export interface SheetFinding {
  checkCode: string
  item: string
  severity: 'hard' | 'soft'
  message: string
  reason: string | null
  reasonBy: string | null
}
export interface SheetRow {
  listed: ListedFiling
  facts: FilingFacts | null
  values: Cells
  base: Cells
  work: 'still' | 'waiting' | 'saving' | 'saved' | 'offline' | 'refused'
  refusal: string | null
  /** From the server, as of the last save; null where there is no form yet. */
  findings: SheetFinding[] | null
}
export interface SheetState {
  rows: ReadonlyMap<number, SheetRow>
  steps: Steps
  /** Rows that were changed here, and how many of them are on the server. */
  touched: number
  saved: number
}

const AT_ONCE = 3
const DELAY = 1200
export const isUnsaved = (r: SheetRow): boolean => Object.keys(r.values).some((c) => (r.values[c] ?? null) !== (r.base[c] ?? null))
export type SheetDraft = Record<number, Record<string, CellValue>>

export class SheetSession {
  #state: SheetState = { rows: new Map(), steps: noSteps, touched: 0, saved: 0 }
  readonly #form: string
  /** As in addresses: `2025-03`. */
  readonly period: string
  readonly #listeners = new Set<() => void>()
  readonly #touched = new Set<number>()
  readonly #running = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  onUnsaved: (draft: SheetDraft) => void = () => {}

  constructor(form: string, period: string) {
    this.#form = form
    this.period = period
  }
  readonly read = (): SheetState => this.#state
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  #set(rows: ReadonlyMap<number, SheetRow>, steps = this.#state.steps): void {
    const saved = [...this.#touched].filter((id) => {
      const r = rows.get(id)
      return r && !isUnsaved(r)
    }).length
    this.#state = { rows, steps, touched: this.#touched.size, saved }
    for (const l of this.#listeners) l()
  }
  #put(id: number, change: Partial<SheetRow>): void {
    const row = this.#state.rows.get(id)
    if (row) this.#set(new Map(this.#state.rows).set(id, { ...row, ...change }))
  }
  /** Rows read from the server; what is typed and unsaved here stays. */
  take(listed: readonly ListedFiling[], draft: SheetDraft = {}): void {
    const rows = new Map(this.#state.rows)
    for (const l of listed) {
      const known = rows.get(l.organizationId)
      if (known && (isUnsaved(known) || this.#running.has(l.organizationId))) continue
      const base = plainCells(l.values ?? {})
      const mine = draft[l.organizationId]
      if (mine) this.#touched.add(l.organizationId)
      rows.set(l.organizationId, { listed: l, facts: l.facts, base, values: mine ? { ...base, ...mine } : base, work: mine ? 'waiting' : (known?.work ?? 'still'), refusal: known?.refusal ?? null, findings: l.facts ? l.findings : null })
    }
    this.#set(rows)
    if (Object.keys(draft).length) this.#later(DELAY)
  }

  change(cells: { id: number; item: string; value: CellValue }[]): void {
    const step: Step = {
      cells: cells.map(({ id, item, value }) => ({ key: `${id} ${item}`, before: this.#state.rows.get(id)?.values[item] ?? null, after: value })).filter((c) => c.before !== c.after),
    }
    if (step.cells.length) this.#write(step.cells.map((c) => ({ key: c.key, value: c.after })), taken(this.#state.steps, step))
  }
  undo(): void {
    const found = back(this.#state.steps)
    if (found) this.#write(found.step.cells.map((c) => ({ key: c.key, value: c.before })), found.steps)
  }
  redo(): void {
    const found = forth(this.#state.steps)
    if (found) this.#write(found.step.cells.map((c) => ({ key: c.key, value: c.after })), found.steps)
  }
  #write(cells: { key: string; value: CellValue }[], steps: Steps): void {
    const rows = new Map(this.#state.rows)
    for (const { key, value } of cells) {
      const [id, item] = key.split(' ') as [string, string]
      const row = rows.get(Number(id))
      if (!row) continue
      this.#touched.add(Number(id))
      rows.set(Number(id), { ...row, values: { ...row.values, [item]: value }, work: 'waiting', refusal: null })
    }
    this.#set(rows, steps)
    this.#keep()
    this.#later(DELAY)
  }
  #keep(): void {
    const draft: SheetDraft = {}
    for (const [id, r] of this.#state.rows) if (isUnsaved(r)) draft[id] = Object.fromEntries(Object.entries(r.values).filter(([c, v]) => (v ?? null) !== (r.base[c] ?? null)))
    this.onUnsaved(draft)
  }
  #later(wait: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.saveAll(), wait)
  }
  saveAll(): void {
    clearTimeout(this.#timer)
    for (const [id, row] of this.#state.rows) {
      if (this.#running.size >= AT_ONCE) return
      if ((row.work === 'waiting' || row.work === 'offline') && isUnsaved(row) && !this.#running.has(id)) void this.#save(id)
    }
  }
  async #save(id: number): Promise<void> {
    const row = this.#state.rows.get(id)!
    const sent = row.values
    this.#running.add(id)
    this.#put(id, { work: 'saving' })
    let wait = 0
    try {
      const done = await call(saveFiling, { form: this.#form, period: this.period, organizationId: id, version: row.facts?.version ?? null, values: { ...sent }, prefill: row.facts ? undefined : true }, { idempotencyKey: newKey() })
      const now = this.#state.rows.get(id)!
      // What the register and the ledgers filled in comes to stand in the row.
      const given = Object.entries(plainCells(done.values)).filter(([c, v]) => v !== null && (sent[c] ?? null) === null)
      const values = { ...now.values, ...Object.fromEntries(given.filter(([c]) => (now.values[c] ?? null) === null)) }
      this.#put(id, { facts: done.facts, base: { ...sent, ...Object.fromEntries(given) }, values, findings: done.findings, refusal: null, work: now.values === sent ? 'saved' : 'waiting' })
    } catch (error) {
      const problem = problemOf(error)
      if (problem.status === 503) {
        this.#put(id, { work: 'offline' })
        wait = 6000
      } else if (problem.body.code === 'version_conflict') await this.#reread(id)
      else this.#put(id, { work: 'refused', refusal: problem.message })
    } finally {
      this.#running.delete(id)
      this.#keep()
    }
    if (wait) this.#later(wait)
    else this.saveAll()
  }
  /** The reason for a number, beside the number; the figures themselves must be on the server for it. */
  async explain(id: number, finding: SheetFinding, reason: string): Promise<void> {
    const done = await call(explainFinding, { id: this.#state.rows.get(id)!.facts!.id, checkCode: finding.checkCode, item: finding.item, reason }, { idempotencyKey: newKey() })
    this.#put(id, { facts: done.facts, findings: done.findings })
  }
  /** Somebody else wrote this row: their figures come in, mine stay where I typed them and wait for a decision. */
  async #reread(id: number): Promise<void> {
    const read = await call(openFiling, { form: this.#form, period: this.period, organizationId: id })
    const theirs = { ...read, values: plainCells(read.values) }
    const row = this.#state.rows.get(id)!
    const mine = Object.fromEntries(Object.entries(row.values).filter(([c, v]) => (v ?? null) !== (row.base[c] ?? null)))
    const both = Object.keys(mine).filter((c) => (theirs.values[c] ?? null) !== (row.base[c] ?? null) && theirs.values[c] !== mine[c])
    this.#put(id, {
      facts: theirs.facts, base: theirs.values, values: { ...theirs.values, ...mine }, work: both.length ? 'refused' : 'waiting',
      refusal: both.length ? '别人刚改过这一行的同一格，请打开这张报表核对；在这里再改一次即以您的为准。' : null,
    })
  }
}
