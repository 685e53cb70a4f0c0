/**
 * Judges the forms with the real checks, as if they had just been handed in: everything in a small sample, in a large
 * one what is still under review. Soft findings of accepted forms carry the reason that was given for them.
 */
import { sql } from 'kysely'
import type pg from 'pg'
import { Transaction } from '../../kernel/db/database.ts'
import { evaluate } from '../../kernel/reports/evaluate.rules.ts'
import type { Finding } from '../../kernel/reports/check.rules.ts'
import { readReporters, surroundings } from '../../kernel/reports/filing.ts'
import { periodAt } from '../../kernel/reports/period.rules.ts'
import type { Form } from '../../kernel/reports/report.rules.ts'
import { readValues, placeKey } from '../../kernel/reports/values.ts'
import { energyReport } from '../../domains/energy/reports/versions.rules.ts'
import { freshnessOf, LAST, periodsOf } from './filings.rules.ts'
import { monthStart, yearOf } from './months.rules.ts'
import type { OwnerTransaction, Value } from './owner-transaction.ts'
import type { Scale } from './scale.rules.ts'

const FINDING = { name: 'reports.finding', columns: ['filing_id', 'check_code', 'item', 'org_path', 'severity', 'message', 'detail', 'reason', 'reason_by', 'reason_at', 'at'] }
const AT_ONCE = 2000

/** Forms whose findings are worked out, oldest first. */
export function judgedPeriods(scale: Scale): { form: Form; month: number }[] {
  const all = (['monthly', 'quarterly', 'annual'] as const).flatMap((form) => periodsOf(form, scale).map((month) => ({ form, month })))
  return scale.everyForm ? all : all.filter((p) => freshnessOf(p.form, p.month) > 0 || (p.form === 'annual' && yearOf(p.month) === yearOf(LAST) - 1))
}

function reasonFor(f: Finding, month: number): string {
  if (f.kind === 'missing-months') return '平台启用前没有月度台账，按纸质台账汇总。'
  if (f.kind === 'register') return '报告期内的情况，名录库已按现状更新。'
  if (f.kind === 'unit-price') return '含上期补缴的费用。'
  if (f.kind === 'outlier' || f.kind === 'implausible') return '承担对外服务，人流量大，与同类机构不同。'
  if (f.kind === 'cross-period') return [0, 1, 6, 7].includes(month % 12) ? '寒暑假期间大部分时间不开放。' : [2, 8].includes(month % 12) ? '开学后恢复正常。' : '季节和抄表日期变化所致，已核对抄表数。'
  return '已与账单核对，情况属实。'
}

interface Filed {
  id: number
  organizationId: number
  orgPath: string
  accepted: boolean
  by: string
  at: string
}

export async function storeFindings(owner: OwnerTransaction, scale: Scale, progress: (periods: number) => void): Promise<number> {
  const trx = new Transaction(owner.client as unknown as pg.PoolClient, null)
  let found = 0
  let done = 0
  for (const { form, month } of judgedPeriods(scale)) {
    const report = energyReport(form, monthStart(month))!
    const period = periodAt(monthStart(month), report.months)
    const filed = await trx.rows<Filed>(sql`
      SELECT id, organization_id AS "organizationId", org_path AS "orgPath", accepted_level > 0 AS accepted, filled_by_name AS by, filled_at AS at
      FROM reports.filing WHERE form = ${report.formName} AND period_start = ${period.start} ORDER BY id`)
    for (let from = 0; from < filed.length; from += AT_ONCE) {
      const part = filed.slice(from, from + AT_ONCE)
      const rows = await judge(trx, part)
      found += rows.length
      if (rows.length) await owner.copy(FINDING, rows)
    }
    progress(++done)

    async function judge(t: Transaction, part: readonly Filed[]): Promise<Value[][]> {
      const reporters = await readReporters(t, part.map((f) => f.organizationId), period)
      const { contexts } = await surroundings(t, report, period, reporters)
      const values = await readValues(t, report.formName, part.map((f) => ({ organizationId: f.organizationId, start: period.start })))
      return part.flatMap((f) => {
        const { findings } = evaluate(report, values.get(placeKey({ organizationId: f.organizationId, start: period.start }))!, contexts.get(f.organizationId)!)
        return findings.map((k): Value[] => {
          const explained = f.accepted && k.severity === 'soft'
          return [f.id, k.checkCode, k.item, f.orgPath, k.severity, k.message + (k.basis ? `（依据：${k.basis}）` : ''), JSON.stringify(k.detail),
            explained ? reasonFor(k, month) : null, explained ? f.by : null, explained ? f.at : null, f.at]
        })
      })
    }
  }
  // The same counting as kernel/reports does after every change; nobody follows yet, totals are built afterwards.
  await trx.run(sql`
    UPDATE reports.filing f SET hard_findings = n.hard, open_findings = n.open, explained_findings = n.explained, counted = f.counted AND n.hard = 0
    FROM (SELECT filing_id, count(*) FILTER (WHERE severity = 'hard') AS hard, count(*) FILTER (WHERE severity = 'soft' AND reason IS NULL) AS open,
      count(*) FILTER (WHERE severity = 'soft' AND reason IS NOT NULL) AS explained FROM reports.finding GROUP BY filing_id) n
    WHERE f.id = n.filing_id`)
  return found
}
