/** Undo and redo: each step knows what stood in its cells before and after. */
export interface Step<K extends string = string> {
  cells: readonly { key: K; before: string | null; after: string | null }[]
}
export interface Steps {
  done: readonly Step[]
  undone: readonly Step[]
}
const MOST = 200
export const noSteps: Steps = { done: [], undone: [] }
export const taken = (s: Steps, step: Step): Steps => ({ done: [...s.done.slice(-MOST), step], undone: [] })
/** The step to take back and what remains; null when there is none. */
export function back(s: Steps): { step: Step; steps: Steps } | null {
  const step = s.done.at(-1)
  return step ? { step, steps: { done: s.done.slice(0, -1), undone: [...s.undone, step] } } : null
}
export function forth(s: Steps): { step: Step; steps: Steps } | null {
  const step = s.undone.at(-1)
  return step ? { step, steps: { done: [...s.done, step], undone: s.undone.slice(0, -1) } } : null
}
