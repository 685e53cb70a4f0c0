/** The forms that the domains brought, and who follows what happens to filings. */
import { sql } from 'kysely'
import type { Database, Transaction } from '../db/database.ts'
import { Problem, refused } from '../contract/problem.rules.ts'
import { periodAt, type Period } from './period.rules.ts'
import { deadlineOf, versionFor, type Report } from './report.rules.ts'

/** Told in the transaction of the change: the domain's totals follow. */
export type FilingsChanged = (trx: Transaction, filingIds: number[]) => Promise<void>

const reports: Report[] = []
const followers: FilingsChanged[] = []
let database: Database | undefined

export function registerReports(more: readonly Report[], changed?: FilingsChanged): void {
  for (const r of more) if (!reports.some((k) => k.name === r.name)) reports.push(r)
  if (changed && !followers.includes(changed)) followers.push(changed)
}
/** Medians are computed as the system, outside the transaction of the person who needs them. */
export function bindReports(db: Database): void {
  database = db
}
export const boundDatabase = (): Database => {
  if (!database) throw new Error('reports are not bound to a database')
  return database
}
export const allReports = (): readonly Report[] => reports
export const versionsOf = (form: string): Report[] => reports.filter((r) => r.formName === form)
export const reportNamed = (form: string, version: string): Report => {
  const found = reports.find((r) => r.formName === form && r.version === version)
  if (!found) throw new Error(`no report ${form} ${version}`)
  return found
}

/** The oldest version, for periods before it. */
function earliest(form: string, start: string): Report | undefined {
  const [first] = versionsOf(form).sort((a, b) => (a.from < b.from ? -1 : 1))
  return first && start < first.from ? first : undefined
}

export function reportFor(form: string, period: Period): Report {
  // History older than the first version is kept on that version: it has no other home.
  const found = versionFor(reports, form, period.start) ?? earliest(form, period.start)
  if (!found) throw refused(versionsOf(form).length ? '这一期还没有实行这张报表。' : '没有这张报表。')
  if (found.months !== period.months) throw new Problem('invalid_input', `${found.label}的期别应是${{ 1: '月，如 2025-03', 3: '季，如 2025Q1', 12: '年，如 2025' }[found.months]}。`)
  return found
}

export async function tellFollowers(trx: Transaction, filingIds: number[]): Promise<void> {
  if (filingIds.length) for (const follow of followers) await follow(trx, filingIds)
}

let settingsRead: { at: number; rows: { key: string; value: string; from: string; to: string | null }[] } | undefined
/** Settings valid at the end of a period, as texts. */
export async function settingsAt(trx: Transaction, period: Period): Promise<Record<string, string>> {
  if (!settingsRead || Date.now() - settingsRead.at > 5000) {
    const rows = await trx.rows<any>(sql`SELECT key, value #>> '{}' AS value, valid_from AS "from", valid_to AS "to" FROM app.setting ORDER BY valid_from`)
    // An actor-less reader may see none under row security; never remember that.
    if (!rows.length) return {}
    settingsRead = { at: Date.now(), rows }
  }
  const found: Record<string, string> = {}
  for (const r of settingsRead.rows) if (r.from < period.end && (!r.to || r.to >= period.end)) found[r.key] = r.value
  return found
}
export const forgetSettings = (): void => void (settingsRead = undefined)

export const periodOf = (start: string, months: number): Period => periodAt(start, months as 1 | 3 | 12)

/**
 * The deadline as it is set today: days that no law fixes are a setting (`energy.deadline.monthly-days`), and a law's
 * day may be moved by notice (`energy.deadline.annual`). Settings are read by `settingsAt`, called by every reader first.
 */
export function deadlineFor(report: Report, periodStart: string): string {
  const key = `${report.domain}.deadline.${report.form}`
  const valid = settingsRead?.rows.filter((r) => (r.key === key || r.key === `${key}-days`) && r.from <= periodStart && (!r.to || r.to > periodStart)).at(-1)
  if (!valid) return deadlineOf(report, periodStart)
  const deadline = valid.key === key ? { ...report.deadline, monthDay: valid.value, days: undefined } : { ...report.deadline, monthDay: undefined, days: Number(valid.value) }
  return deadlineOf({ ...report, deadline }, periodStart)
}

/**
 * For the trail: the matter in whose course forms are touched, and the rule by which they are kept. Not in an import:
 * its parts overlap in one transaction, and its batch says more.
 */
export const inCourseOf = (trx: Transaction, report: Report, period: Period): Promise<void> =>
  trx.because({ matter: `${report.label} ${period.key}`, clause: report.basis })

/** The same of filings. What is decided at once may belong to several matters; then the trail names none rather than a wrong one. */
export async function inCourseOfFilings(trx: Transaction, filings: readonly { form: string; formVersion: string; periodStart: string; months: number }[]): Promise<void> {
  const [first, ...others] = filings
  if (first && others.every((f) => f.form === first.form && f.formVersion === first.formVersion && f.periodStart === first.periodStart))
    await inCourseOf(trx, reportNamed(first.form, first.formVersion), periodOf(first.periodStart, first.months))
}
