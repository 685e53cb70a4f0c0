import { sql } from 'kysely'
import { invalid, notFound, refused, versionConflict } from '../contract/problem.rules.ts'
import type { Transaction } from '../db/database.ts'
import { handle } from '../domain.ts'
import { forgetSettings } from '../reports/registry.ts'
import type { Jobs } from '../server/jobs.ts'
import { listSettings, settingHistory, updateSetting, type SettingRow } from './settings.contract.ts'

const choices = new Map<string, Readonly<Record<string, string>>>()
/** Domains say which of their settings are a choice, and in which words. */
export function declareChoices(of: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  for (const [key, words] of Object.entries(of)) choices.set(key, words)
}

const texts = new Set<string>()
/** Domains say which of their settings are free text: a year or a number in one does not make it a figure. */
export function declareTexts(keys: readonly string[]): void {
  for (const key of keys) texts.add(key)
}

/** What a change did, so that it can be taken back. */
export interface SettingChange {
  key: string
  label: string
  id: number
  before: { value: string; source: string; unsure: boolean; validTo: string | null }
  /** Version of the row after the change: taken back only while nobody has changed it again. */
  version: number
  /** The row that holds from a day on, where the change was dated. */
  made: { id: number; version: number } | null
}
/** Told in the transaction of the change: figures that were computed with the old value are computed again by a job. */
export type SettingChanged = (trx: Transaction, change: SettingChange, jobs: Jobs) => Promise<void>
const followers: SettingChanged[] = []
export function followSettings(follower: SettingChanged): void {
  if (!followers.includes(follower)) followers.push(follower)
}

const columns = sql`id, version, key, label, value #>> '{}' AS value, unit, valid_from AS "validFrom", valid_to AS "validTo", source, unsure`
type Row = Omit<SettingRow, 'choices'>
const shown = (r: Row): SettingRow => ({ ...r, choices: choices.get(r.key) ?? null })
const one = (trx: Transaction, id: number) => trx.one<Row>(sql`SELECT ${columns} FROM app.setting WHERE id = ${id}`)
const NUMBER = /^-?\d{1,18}(\.\d{1,12})?$/

function check(row: Row, value: string): void {
  const words = choices.get(row.key)
  const fail = (message: string) => invalid(message, [{ path: 'value', message }])
  if (words && !Object.hasOwn(words, value)) throw fail(`只能是：${Object.values(words).join('、')}。`)
  if (!words && !texts.has(row.key) && NUMBER.test(row.value) && !NUMBER.test(value)) throw fail('请填数字，不带单位和逗号。')
}

/** Puts a setting back to what it was before the change; false where it has been changed again since. */
export async function takeBack(trx: Transaction, change: SettingChange): Promise<boolean> {
  const row = await one(trx, change.id)
  const made = change.made ? await one(trx, change.made.id) : undefined
  // Whoever died in between finds it taken back already.
  if (row && !made && row.value === change.before.value && row.validTo === change.before.validTo) return true
  if (!row || row.version !== change.version) return false
  if (change.made) {
    if (!made || made.version !== change.made.version) return false
    await trx.run(sql`DELETE FROM app.setting WHERE id = ${change.made.id}`)
  }
  const { value, source, unsure, validTo } = change.before
  await trx.run(sql`UPDATE app.setting SET value = ${JSON.stringify(value)}::jsonb, source = ${source}, unsure = ${unsure}, valid_to = ${validTo}::date WHERE id = ${change.id}`)
  forgetSettings()
  return true
}

const LABELS: Record<string, string> = { value: '数值', source: '来源', unsure: '待核', valid_from: '起', valid_to: '止' }
const words = (v: unknown): string | null => (v === null || v === undefined ? null : typeof v === 'boolean' ? (v ? '是' : '否') : String(v))

export const settingHandlers = [
  handle(listSettings, async (trx, { prefix }) => ({
    settings: (await trx.rows<Row>(sql`SELECT ${columns} FROM app.setting WHERE starts_with(key, ${prefix ?? ''}) ORDER BY id`)).map(shown),
  })),
  handle(updateSetting, async (trx, { id, version, value, source, unsure, validFrom, reason }, { jobs }) => {
    const row = await one(trx, id)
    if (!row) throw notFound('参数')
    if (row.version !== version) throw versionConflict()
    check(row, value)
    await trx.because({ reason, basis: source })
    const changed = async (made: Row | null) => {
      forgetSettings()
      const change: SettingChange = {
        key: row.key, label: row.label, id, before: { value: row.value, source: row.source, unsure: row.unsure, validTo: row.validTo },
        version: (await one(trx, id))!.version, made: made && { id: made.id, version: made.version },
      }
      if (value !== row.value) for (const follow of followers) await follow(trx, change, jobs)
    }
    if (!validFrom) {
      await trx.run(sql`UPDATE app.setting SET value = ${JSON.stringify(value)}::jsonb, source = ${source}, unsure = ${unsure} WHERE id = ${id}`)
      await changed(null)
      return shown((await one(trx, id))!)
    }
    if (validFrom <= row.validFrom || (row.validTo && validFrom >= row.validTo)) throw refused(`执行日期应在这个数值的有效期内（${row.validFrom} 以后${row.validTo ? `、${row.validTo} 以前` : ''}）。`)
    await trx.run(sql`UPDATE app.setting SET valid_to = ${validFrom}::date WHERE id = ${id}`)
    const made = await trx.one<Row>(sql`
      INSERT INTO app.setting (key, value, label, unit, valid_from, valid_to, source, unsure)
      VALUES (${row.key}, ${JSON.stringify(value)}::jsonb, ${row.label}, ${row.unit}, ${validFrom}::date, ${row.validTo}::date, ${source}, ${unsure}) RETURNING ${columns}`)
    await changed(made!)
    return shown(made!)
  }),
  handle(settingHistory, async (trx, { id }) => {
    const rows = await trx.rows<{ at: string; actorName: string; reason: string | null; changes: Record<string, unknown> }>(sql`
      SELECT at, actor_name AS "actorName", reason, changes FROM audit.change
      WHERE entity = 'app.setting' AND record_id = ${id} AND action = 'update' ORDER BY at DESC LIMIT 100`)
    return {
      entries: rows.map((r) => ({
        at: r.at, actorName: r.actorName, reason: r.reason,
        changes: Object.entries(r.changes).map(([field, pair]) => ({ label: LABELS[field] ?? '其他', before: words((pair as unknown[])[0]), after: words((pair as unknown[])[1]) })),
      })),
    }
  }),
]
