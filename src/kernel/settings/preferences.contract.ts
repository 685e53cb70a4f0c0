/** What a person prefers, on whichever machine they sit down. Each name says which values it takes. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { readWorking } from '../reports/working-period.rules.ts'

export const preferences = z.object({
  /** See reports/working-period.rules.ts; null: not chosen. */
  workingPeriod: z.string().max(20).refine((t) => readWorking(t) !== null, '工作期应为最近结束的年、季、月，或如 2025、2025Q1、2025-03 的一期').nullable(),
})

export const readPreferences = operation({
  id: 'preference.read', method: 'GET', path: '/preferences', label: '我的偏好', access: 'signed-in',
  input: z.strictObject({}), output: preferences,
})
/** What is not named stays; null takes it back. */
export const savePreferences = operation({
  id: 'preference.save', method: 'POST', path: '/preferences', label: '保存我的偏好', access: 'signed-in',
  input: preferences.partial().strict(), output: preferences,
})
