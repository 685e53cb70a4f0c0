/** A setting that nobody reads is a promise on a page: every one in the data is read by a check, by a name in the code, or by a form. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { formMarks, MARKS, markKey } from '../../../kernel/reports/form-marks.rules.ts'
import { energyReports } from '../reports/versions.rules.ts'
import { SETTING_GROUPS } from '../indicators/factors/factor.words.rules.ts'

const { settings } = JSON.parse(fs.readFileSync(new URL('../../../../data/energy/settings.json', import.meta.url), 'utf8')) as { settings: { key: string }[] }
const keys = settings.map((s) => s.key)

function settingsIn(value: unknown): string[] {
  if (!value || typeof value !== 'object') return []
  const found = 'op' in value && value.op === 'setting' && 'code' in value ? [String(value.code)] : []
  return [...found, ...Object.values(value).flatMap(settingsIn)]
}
function sources(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((f) => {
    const at = path.join(folder, f.name)
    return f.isDirectory() ? sources(at) : /\.tsx?$/.test(f.name) && !/\.(test|e2e)\.ts$/.test(f.name) ? [fs.readFileSync(at, 'utf8')] : []
  })
}

test('every setting of the data is read', () => {
  const inChecks = new Set(energyReports.flatMap((r) => settingsIn(r.checks)))
  const ofForms = new Set(energyReports.flatMap((r) => [`${r.domain}.deadline.${r.form}`, `${r.domain}.deadline.${r.form}-days`, ...(Object.keys(MARKS) as (keyof typeof MARKS)[]).map((m) => markKey(r, m))]))
  const code = sources(path.resolve(import.meta.dirname, '../../..')).join('\n')
  expect(inChecks.size).toBeGreaterThan(20)
  expect(keys.filter((k) => !inChecks.has(k) && !ofForms.has(k) && !code.includes(`'${k}'`))).toEqual([])
})
test('every setting that a check reads is in the data, and every form has its marks', () => {
  expect([...new Set(energyReports.flatMap((r) => settingsIn(r.checks)))].filter((k) => !keys.includes(k))).toEqual([])
  expect(energyReports.flatMap((r) => (Object.keys(MARKS) as (keyof typeof MARKS)[]).map((m) => markKey(r, m))).filter((k) => !keys.includes(k))).toEqual([])
})
test('every setting stands in a group of the page, none under two headings', () => {
  expect(keys.filter((k) => !SETTING_GROUPS.some((g) => k.startsWith(g.prefix)))).toEqual([])
  expect(SETTING_GROUPS.filter((g) => !keys.some((k) => SETTING_GROUPS.find((first) => k.startsWith(first.prefix)) === g))).toEqual([])
})
test('marks that are not filled in are missing, not empty words', () => {
  const report = { domain: 'energy', form: 'annual' } as const
  expect(formMarks(report, { 'energy.form.number.annual': '国管能统1表', 'energy.form.valid.annual': ' ', 'energy.form.agency.monthly': '国管局' })).toEqual([
    { label: '表号', value: '国管能统1表' }, { label: '制定机关', value: null }, { label: '批准文号', value: null }, { label: '有效期至', value: null },
  ])
})
