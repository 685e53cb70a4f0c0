/** Values that a law leaves open or that could not be verified: shown with validity, source and doubt, changed with a reason. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'

const id = z.coerce.number().int().positive()
export const settingRow = z.object({
  id: z.int(), version: z.int(), key: z.string(), label: z.string(), value: z.string(), unit: z.string().nullable(),
  validFrom: z.string(), validTo: z.string().nullable(), source: z.string(), unsure: z.boolean(),
  /** Code → words, where only these values are allowed. */
  choices: z.record(z.string(), z.string()).nullable(),
})
export type SettingRow = z.output<typeof settingRow>

/** No lower bound was given for this day: the value has always held. */
export const ALWAYS = '1900-01-01'

export const listSettings = operation({
  id: 'setting.list', method: 'GET', path: '/settings', label: '查看口径与参数', access: 'signed-in', whole: { settings: 'declared in the reference data' },
  input: z.strictObject({ prefix: z.string().max(60).optional() }), output: z.object({ settings: z.array(settingRow) }),
})
export const updateSetting = operation({
  id: 'setting.update', method: 'POST', path: '/settings/:id', label: '修改口径与参数', access: 'setting.update', pace: 'long',
  input: z.strictObject({
    id, version: z.int(), value: z.string().trim().max(200), source: z.string().trim().min(2, '请填写来源').max(500), unsure: z.boolean(),
    /** From this day on; what held before keeps holding for the periods before. Without it the value is corrected as it stands. */
    validFrom: z.iso.date().nullish(),
    reason: z.string().trim().min(2, '请写明修改原因').max(500),
  }),
  output: settingRow,
})
export const settingHistory = operation({
  id: 'setting.history', method: 'GET', path: '/settings/:id/history', label: '口径与参数的修改历史', access: 'setting.update', whole: { entries: 'the last 100' },
  input: z.strictObject({ id }),
  output: z.object({ entries: z.array(z.object({ at: z.string(), actorName: z.string(), reason: z.string().nullable(), changes: z.array(z.object({ label: z.string(), before: z.string().nullable(), after: z.string().nullable() })) })) }),
})
