/**
 * One form being filled: what is typed, what the server has, and the way between. Writes go one after the other,
 * each with the version that was seen; what somebody else changed meanwhile is merged cell by cell, and asked
 * about where both changed the same cell.
 */
import { call, newKey } from '../../ui/client.web.ts'
import { problemOf } from '../../ui/queries.web.ts'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { explainFinding, openFiling, saveFiling, submitFiling, withdrawFiling } from '../filing.contract.ts'
import { plainCells, type Cells, type CellValue } from '../grid/cell-text.web.ts'
import { back, forth, noSteps, taken, type Step, type Steps } from '../grid/steps.web.ts'

export type Opened = OutputOf<typeof openFiling>
type Saved = OutputOf<typeof saveFiling>
export interface Place {
  form: string
  period: string
  organizationId: number
}
export interface Conflict {
  item: string
  mine: CellValue
  theirs: CellValue
}
export interface FilingState {
  opened: Opened
  values: Cells
  /** What the server acknowledged. */
  base: Cells
  work: 'still' | 'waiting' | 'saving' | 'offline' | 'refused'
  savedAt: Date | null
  /** Why the last write was refused. */
  refusal: string | null
  conflicts: readonly Conflict[]
  /** Cells that somebody else changed and that were taken over, by code. */
  merged: readonly string[]
  steps: Steps
}

const DELAY = 900
const AGAIN = 6000
/** What somebody typed that is no number is not stored as a figure; its finding has kept it, and it stands in the cell again. */
const typed = (o: Opened): Cells =>
  Object.fromEntries(o.findings.filter((f) => f.checkCode === `number.${f.item}` && o.values[f.item] === null && typeof f.detail?.left === 'string').map((f) => [f.item, String(f.detail!.left)]))
/** Figures without the columns' trailing zeros, so that what is typed compares as text. */
const tidied = (o: Opened): Opened => ({
  ...o, values: { ...plainCells(o.values), ...typed(o) }, prefill: plainCells(o.prefill), previous: plainCells(o.previous), lastYear: plainCells(o.lastYear), months: plainCells(o.months),
})

export class FilingSession {
  #state: FilingState
  readonly #place: Place
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #queue: Promise<unknown> = Promise.resolve()
  /** Told after every change here: what is not yet on the server. */
  onUnsaved: (cells: Record<string, { base: CellValue; mine: CellValue }>) => void = () => {}

  constructor(place: Place, given: Opened) {
    this.#place = place
    const opened = tidied(given)
    const fresh = opened.facts === null && opened.can.includes('save')
    // What the system knows is filled in; it is written with the person's first own figure, not by merely looking.
    const values = fresh ? { ...opened.values, ...opened.prefill } : opened.values
    this.#state = { opened, values, base: opened.values, work: 'still', savedAt: null, refusal: null, conflicts: [], merged: [], steps: noSteps }
  }
  get state(): FilingState {
    return this.#state
  }
  readonly read = (): FilingState => this.#state
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  #set(change: Partial<FilingState>): void {
    this.#state = { ...this.#state, ...change }
    for (const l of this.#listeners) l()
  }
  get #version(): number | null {
    return this.#state.opened.facts?.version ?? null
  }
  /** Cells that differ from what the server has. */
  unsaved(): Record<string, { base: CellValue; mine: CellValue }> {
    const { values, base } = this.#state
    return Object.fromEntries(Object.keys(values).filter((c) => (values[c] ?? null) !== (base[c] ?? null)).map((c) => [c, { base: base[c] ?? null, mine: values[c] ?? null }]))
  }

  change(cells: Record<string, CellValue>): void {
    const step: Step = { cells: Object.entries(cells).map(([key, after]) => ({ key, before: this.#state.values[key] ?? null, after })).filter((c) => c.before !== c.after) }
    if (!step.cells.length) return
    this.#write(step.cells.map((c) => [c.key, c.after]), taken(this.#state.steps, step))
  }
  undo(): void {
    const found = back(this.#state.steps)
    if (found) this.#write(found.step.cells.map((c) => [c.key, c.before]), found.steps)
  }
  redo(): void {
    const found = forth(this.#state.steps)
    if (found) this.#write(found.step.cells.map((c) => [c.key, c.after]), found.steps)
  }
  #write(cells: [string, CellValue][], steps: Steps): void {
    this.#set({ values: { ...this.#state.values, ...Object.fromEntries(cells) }, steps, work: 'waiting', refusal: null })
    this.onUnsaved(this.unsaved())
    this.#later(DELAY)
  }
  /** A draft kept in this browser: what was typed and never acknowledged. */
  restore(kept: Record<string, { base: CellValue; mine: CellValue }>): number {
    const conflicts: Conflict[] = []
    const take: [string, CellValue][] = []
    for (const [item, { base, mine }] of Object.entries(kept)) {
      const now = this.#state.base[item] ?? null
      if (now === mine) continue
      if (now === base) take.push([item, mine])
      else conflicts.push({ item, mine, theirs: now })
    }
    if (take.length) this.#write(take, this.#state.steps)
    if (conflicts.length) this.#set({ conflicts })
    return take.length + conflicts.length
  }

  #later(wait: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.flush(), wait)
  }
  /** One write after the other, whoever asks. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(run, run)
    this.#queue = turn.catch(() => {})
    return turn
  }
  /** Saves now; true when everything typed is on the server. */
  flush(): Promise<boolean> {
    clearTimeout(this.#timer)
    return this.#inTurn(() => this.#save())
  }
  async #save(): Promise<boolean> {
    if (!Object.keys(this.unsaved()).length) {
      if (this.#state.work === 'waiting') this.#set({ work: 'still' })
      return true
    }
    if (this.#state.conflicts.length) return false
    const sent = this.#state.values
    this.#set({ work: 'saving' })
    try {
      const saved = await call(saveFiling, { ...this.#place, version: this.#version, values: { ...sent } }, { idempotencyKey: newKey() })
      this.#acknowledge(saved, sent)
      if (!Object.keys(this.unsaved()).length) return true
      return await this.#save()
    } catch (error) {
      return this.#failed(error)
    }
  }
  #acknowledge(saved: Saved, sent: Cells): void {
    const opened: Opened = { ...this.#state.opened, facts: saved.facts, findings: saved.findings, can: saved.facts.can }
    // The server keeps null for a text that is no number; here it stays, with its finding.
    this.#set({ opened, base: sent, savedAt: new Date(), refusal: null })
    const more = this.unsaved()
    this.#set({ work: Object.keys(more).length ? 'waiting' : 'still' })
    this.onUnsaved(more)
  }
  async #failed(error: unknown): Promise<boolean> {
    const problem = problemOf(error)
    if (problem.status === 503) {
      this.#set({ work: 'offline' })
      this.#later(AGAIN)
      return false
    }
    if (problem.body.code === 'version_conflict') {
      await this.#merge()
      return this.#state.conflicts.length ? false : this.#save()
    }
    this.#set({ work: 'refused', refusal: problem.message })
    return false
  }
  /** Somebody else saved in between: theirs where only they changed, mine where only I did, a question where both. */
  async #merge(): Promise<void> {
    const theirs = tidied(await call(openFiling, this.#place))
    const { base, values } = this.#state
    const conflicts: Conflict[] = []
    const next: Record<string, CellValue> = { ...values }
    const merged: string[] = []
    for (const item of Object.keys(theirs.values)) {
      const [was, mine, now] = [base[item] ?? null, values[item] ?? null, theirs.values[item] ?? null]
      if (now === was || now === mine) continue
      if (mine === was) {
        next[item] = now
        merged.push(item)
      } else conflicts.push({ item, mine, theirs: now })
    }
    const closed = !theirs.can.includes('save')
    this.#set({
      opened: theirs, base: theirs.values, values: closed ? theirs.values : next, conflicts: closed ? [] : conflicts, merged, steps: noSteps, work: 'waiting',
      refusal: closed ? '在您填写时，这张报表已由别人提交或审核，您没有保存的改动没有写入。' : null,
    })
  }
  /** The person's answer for every conflicting cell. */
  settle(choices: Record<string, CellValue>): void {
    this.#set({ conflicts: [], values: { ...this.#state.values, ...choices }, work: 'waiting' })
    this.onUnsaved(this.unsaved())
    void this.flush()
  }

  explain(checkCode: string, item: string, reason: string): Promise<void> {
    return this.#afterSaving(async () => {
      const saved = await call(explainFinding, { id: this.#state.opened.facts!.id, checkCode, item, reason })
      this.#acknowledge(saved, this.#state.base)
    })
  }
  submit(): Promise<void> {
    return this.#afterSaving(async () => {
      await call(submitFiling, { id: this.#state.opened.facts!.id, version: this.#version! }, { idempotencyKey: newKey() })
      await this.#reopen()
    })
  }
  withdraw(reason: string): Promise<void> {
    return this.#inTurn(async () => {
      await call(withdrawFiling, { id: this.#state.opened.facts!.id, version: this.#version!, reason }, { idempotencyKey: newKey() })
      await this.#reopen()
    })
  }
  #afterSaving(act: () => Promise<void>): Promise<void> {
    clearTimeout(this.#timer)
    return this.#inTurn(async () => {
      const done = this.#state.opened.facts ? await this.#save() : await this.#firstSave()
      if (!done) throw new Error(this.#state.refusal ?? '还有内容没有保存，请稍候再试。')
      await act()
    })
  }
  /** Nothing typed yet, only what was filled in: it must exist before it can be explained or submitted. */
  async #firstSave(): Promise<boolean> {
    const sent = this.#state.values
    try {
      this.#acknowledge(await call(saveFiling, { ...this.#place, version: null, values: { ...sent } }), sent)
      return true
    } catch (error) {
      return this.#failed(error)
    }
  }
  async #reopen(): Promise<void> {
    const opened = tidied(await call(openFiling, this.#place))
    this.#set({ opened, values: opened.values, base: opened.values, steps: noSteps, work: 'still', merged: [], refusal: null })
  }
}
