/** Where a refusal is shown: at the fields it names, otherwise in one sentence that stays until read. */
import { App, type FormInstance } from 'antd'
import { useCallback } from 'react'
import type { Problem } from '../contract/problem.rules.ts'
import { problemOf } from './queries.web.ts'

/** Paths of the contract (`patch.buildingArea`, `values.name`) → name of the form item. */
const WRAPPERS = new Set(['values', 'patch', 'change', 'input'])
export function itemName(path: string): (string | number)[] {
  const parts = path.split('.').map((p) => (/^\d+$/.test(p) ? Number(p) : p))
  return parts.length > 1 && WRAPPERS.has(String(parts[0])) ? parts.slice(1) : parts
}

export function useProblem(): (error: unknown) => void {
  const { notification } = App.useApp()
  return useCallback((error) => {
    const problem = problemOf(error)
    notification.error({
      title: problem.message,
      description: problem.body.basis && `依据：${problem.body.basis}`,
      duration: problem.status === 503 ? 6 : 12, placement: 'top', role: 'alert',
    })
  }, [notification])
}

/** Puts field problems at their items and scrolls to the first; what has no item is said above. */
export function useProblemInForm<T>(form: FormInstance<T>): (problem: Problem) => void {
  const say = useProblem()
  return useCallback((problem) => {
    const known = (problem.body.fields ?? []).map((f) => ({ name: itemName(f.path), errors: [f.message] })).filter((f) => form.getFieldInstance(f.name as never))
    if (!known.length) return say(problem)
    form.setFields(known as never)
    form.scrollToField(known[0]!.name as never, { behavior: 'instant', block: 'center', focus: true })
  }, [form, say])
}
