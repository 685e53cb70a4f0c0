/** How filings are shown: facts, standing, and what the reader may do with them. */
import { sql, type RawBuilder } from 'kysely'
import { isRoot } from '../authority/root.rules.ts'
import { fixed, type Transaction } from '../db/database.ts'
import { notFound } from '../contract/problem.rules.ts'
import type { FilingFacts } from './filing.contract.ts'
import { deadlineFor, periodOf, reportNamed } from './registry.ts'

/** SQL over a filing `f`; NULL filing means missing. */
export const standingSql: RawBuilder<string> = sql`CASE
  WHEN f.id IS NULL THEN 'missing' WHEN f.submitted_at IS NULL AND f.returned_at IS NOT NULL THEN 'returned' WHEN f.submitted_at IS NULL THEN 'draft'
  WHEN f.accepted_level >= 2 THEN 'accepted2' WHEN f.accepted_level = 1 THEN 'accepted1' ELSE 'submitted' END`

export const factColumns: RawBuilder<unknown> = fixed(sql`
  f.id, f.version, f.form, f.form_version AS "formVersion", f.organization_id AS "organizationId", o.name AS "organizationName", r.name AS "regionName", f.category,
  f.period_start AS "periodStart", f.months, ${standingSql} AS standing, f.items_expected AS "itemsExpected", f.items_filled AS "itemsFilled",
  f.hard_findings AS "hardFindings", f.open_findings AS "openFindings", f.explained_findings AS "explainedFindings", f.filled_by_name AS "filledByName", f.filled_at AS "filledAt",
  f.submitted_by_name AS "submittedByName", f.submitted_at AS "submittedAt", f.responsible_name AS "responsibleName", f.first_submitted_at AS "firstSubmittedAt",
  f.accepted_level AS "acceptedLevel", f.returned_at AS "returnedAt", f.returned_by_name AS "returnedByName", f.return_remarks AS "returnRemarks", f.counted, f.source,
  o.org_path AS "orgPath", s.kind AS "superiorKind"`)
export const factJoins: RawBuilder<unknown> = sql`
  JOIN org.organization o ON o.id = f.organization_id JOIN org.region r ON r.id = f.region_id LEFT JOIN org.organization s ON s.id = o.superior_id`

export type FactRow = Omit<FilingFacts, 'period' | 'deadline' | 'onTime' | 'can'> & { periodStart: string; months: number; firstSubmittedAt: string | null; orgPath: string; superiorKind: string | null }

/** 2 for the city's reviewers, 1 for everybody below. */
export const levelOf = (trx: Transaction): 1 | 2 => (trx.actor === null || isRoot(trx.actor.orgPath) ? 2 : 1)

export function mayDo(trx: Transaction, f: Pick<FactRow, 'standing' | 'acceptedLevel' | 'orgPath' | 'superiorKind' | 'hardFindings' | 'openFindings'>, locked = false): string[] {
  const permissions = trx.actor?.permissions ?? []
  const can: string[] = []
  const open = f.standing === 'draft' || f.standing === 'returned' || f.standing === 'missing'
  if (open && !locked && permissions.includes('report.file')) can.push('save', 'explain')
  if (open && !locked && permissions.includes('report.submit')) can.push('submit')
  if (f.standing === 'submitted' && permissions.includes('report.submit')) can.push('withdraw')
  if (permissions.includes('report.review') && trx.actor!.orgPath !== f.orgPath) {
    const level = levelOf(trx)
    can.push('remark')
    if (f.standing === 'submitted' && level === 1) can.push('accept')
    if (level === 2 && (f.standing === 'accepted1' || (f.standing === 'submitted' && f.superiorKind === 'city'))) can.push('accept')
    if (!open && (level === 2 || f.acceptedLevel < 2)) can.push('return')
  }
  return can
}

export function factsOf(trx: Transaction, row: FactRow, locked = false): FilingFacts {
  const period = periodOf(row.periodStart, row.months)
  const deadline = deadlineFor(reportNamed(row.form, row.formVersion), row.periodStart)
  const first = row.firstSubmittedAt && new Date(new Date(row.firstSubmittedAt).getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
  return { ...row, period: period.key, deadline, onTime: first ? first <= deadline : null, can: mayDo(trx, row, locked) }
}

export async function readFacts(trx: Transaction, filingId: number): Promise<FactRow> {
  const row = await trx.one<FactRow>(sql`SELECT ${factColumns} FROM reports.filing f ${factJoins} WHERE f.id = ${filingId}`)
  if (!row) throw notFound('报表')
  return row
}

export const findingColumns: RawBuilder<unknown> = fixed(sql`check_code AS "checkCode", item, severity, message, detail, reason, reason_by AS "reasonBy"`)
export const readFindings = (trx: Transaction, filingId: number) => trx.rows<any>(sql`
  SELECT ${findingColumns} FROM reports.finding WHERE filing_id = ${filingId} ORDER BY severity, item, check_code`)
