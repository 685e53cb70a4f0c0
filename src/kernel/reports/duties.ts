/** What a person owes and what waits for them, in every period and not only in the last: returned forms, gaps, reviews, reminders. */
import { sql, type RawBuilder } from 'kysely'
import type { OutputOf } from '../contract/contract.rules.ts'
import type { Transaction } from '../db/database.ts'
import { expectedBetween } from './expected.ts'
import { levelOf, standingSql } from './facts.ts'
import type { myDuties } from './filing.contract.ts'
import { lastEnded, shift, type Period } from './period.rules.ts'
import { allReports, deadlineFor, periodOf, reportFor, settingsAt } from './registry.ts'

/** How many periods back a form that nobody began is still asked for: a year. What was begun or returned stays until it is handed in. */
const ASKED_BACK = { 1: 12, 3: 4, 12: 1 } as const
const MOST = 60
const SENT = 12
/** Reviews that wait longer than this are found on the desk of reviews, not counted on every page. */
const REVIEWED_BACK_MONTHS = 24

type Duties = OutputOf<typeof myDuties>
type Placed<T> = Omit<T, 'formLabel' | 'period' | 'deadline'> & { months: number; periodStart: string }
type Owed = Omit<Placed<Duties['toFill'][number]>, 'form' | 'months'>

const open = (form: string, start: RawBuilder<unknown>, region: RawBuilder<unknown>, organization: RawBuilder<unknown>) => sql`NOT EXISTS (
  SELECT FROM reports.lock l WHERE l.form = ${form} AND l.period_start = ${start} AND (l.region_id IS NULL OR l.region_id = ${region})
    AND NOT EXISTS (SELECT FROM reports.lock_exception x WHERE x.form = l.form AND x.period_start = l.period_start AND x.organization_id = ${organization} AND x.until > now()))`

/** The periods in which this form was or is in force. */
function askedPeriods(form: string, months: Period['months']): Period[] {
  const versions = allReports().filter((r) => r.formName === form)
  return Array.from({ length: ASKED_BACK[months] }, (_, i) => shift(lastEnded(months), -i)).filter((p) => versions.some((r) => r.from <= p.start && (!r.to || r.to >= p.start)))
}

async function owedOn(trx: Transaction, form: string, months: Period['months']): Promise<Owed[]> {
  const periods = askedPeriods(form, months)
  if (!periods.length) return []
  return trx.rows<Owed>(sql`
    SELECT due."from" AS "periodStart", e.id AS "organizationId", e.name AS "organizationName", ${standingSql} AS standing
    FROM (VALUES ${sql.join(periods.map((p) => sql`(${p.start}::date, ${p.end}::date)`))}) due("from", till)
    CROSS JOIN LATERAL (${expectedBetween(sql`due."from"`, sql`due.till`)}) e
    LEFT JOIN reports.filing f ON f.organization_id = e.id AND f.form = ${form} AND f.period_start = due."from"
    WHERE f.submitted_at IS NULL AND ${open(form, sql`due."from"`, sql`e.region_id`, sql`e.id`)}
    UNION ALL
    SELECT f.period_start, o.id, o.name, ${standingSql} FROM reports.filing f JOIN org.organization o ON o.id = f.organization_id
    WHERE f.form = ${form} AND f.submitted_at IS NULL AND f.period_start < ${periods.at(-1)!.start}::date AND ${open(form, sql`f.period_start`, sql`f.region_id`, sql`f.organization_id`)}
    ORDER BY 1 DESC, 2 LIMIT ${MOST}`)
}

export async function readDuties(trx: Transaction): Promise<Duties> {
  await settingsAt(trx, lastEnded(1))
  const { permissions, organizationId } = trx.actor!
  const reviews = permissions.includes('report.review')
  const fills = permissions.includes('report.file') && !reviews
  const labelled = <T extends { form: string; months: number; periodStart: string }>({ form, months, periodStart, ...rest }: T) => {
    const period = periodOf(periodStart, months)
    const report = reportFor(form, period)
    return { ...rest, form, formLabel: report.label, period: period.key, deadline: deadlineFor(report, periodStart) }
  }
  const kinds = [...new Map(allReports().map((r) => [r.formName, r.months])).entries()]

  const owed: (Owed & { form: string; months: number })[] = []
  if (fills) for (const [form, months] of kinds) owed.push(...(await owedOn(trx, form, months)).map((o) => ({ ...o, form, months })))
  // What a reviewer sent back first, then the latest: that is what one came for.
  owed.sort((a, b) => Number(b.standing === 'returned') - Number(a.standing === 'returned') || b.periodStart.localeCompare(a.periodStart))

  const sent = !fills ? [] : await trx.rows<Placed<Duties['sent'][number]>>(sql`
    SELECT f.form, f.months, f.period_start AS "periodStart", f.organization_id AS "organizationId", o.name AS "organizationName", f.submitted_at AS "submittedAt", ${standingSql} AS standing
    FROM reports.filing f JOIN org.organization o ON o.id = f.organization_id WHERE f.submitted_at IS NOT NULL ORDER BY f.period_start DESC, f.months DESC, f.id DESC LIMIT ${SENT}`)

  // Institutions right under the city have no office between: the city reviews them first, as `mayDo` says.
  const waits = levelOf(trx) === 1 ? sql`f.accepted_level = 0`
    : sql`(f.accepted_level = 1 OR f.accepted_level = 0 AND f.organization_id IN (SELECT d.id FROM org.organization d WHERE d.superior_id = ${organizationId} AND d.kind = 'institution'))`
  const toReview = !reviews ? [] : await trx.rows<Placed<Duties['toReview'][number]>>(sql`
    SELECT f.form, f.months, f.period_start AS "periodStart", count(*)::int AS waiting, count(*) FILTER (WHERE f.hard_findings + f.open_findings + f.explained_findings > 0)::int AS doubtful
    FROM reports.filing f WHERE f.submitted_at IS NOT NULL AND f.accepted_level < 2 AND f.period_start >= ${shift(lastEnded(1), -REVIEWED_BACK_MONTHS).start}::date AND ${waits}
    GROUP BY 1, 2, 3 ORDER BY 3 DESC, 2 DESC LIMIT 40`)

  // A reviewer sees the whole subtree, and would be reminded of what they themselves reminded others of.
  const reminders = await trx.rows<Omit<Duties['reminders'][number], 'period'> & { periodStart: string }>(sql`
    SELECT * FROM (
      SELECT DISTINCT ON (m.organization_id, m.form, m.period_start) m.id, m.text, m.by_name AS "byName", m.at, m.form, m.period_start AS "periodStart", m.organization_id AS "organizationId", o.name AS "organizationName"
      FROM reports.reminder m JOIN org.organization o ON o.id = m.organization_id
      WHERE m.seen_at IS NULL ${fills ? sql`` : sql`AND m.organization_id = ${organizationId}`}
        AND NOT EXISTS (SELECT FROM reports.filing f WHERE f.organization_id = m.organization_id AND f.form = m.form AND f.period_start = m.period_start AND f.submitted_at IS NOT NULL)
      ORDER BY m.organization_id, m.form, m.period_start, m.id DESC) latest
    ORDER BY id DESC LIMIT 20`)
  return {
    toFill: owed.slice(0, MOST).map(labelled),
    toReview: toReview.map(labelled),
    sent: sent.map(labelled),
    reminders: reminders.map(({ periodStart, ...m }) => ({ ...m, period: periodOf(periodStart, allReports().find((r) => r.formName === m.form)?.months ?? 1).key })),
  }
}
