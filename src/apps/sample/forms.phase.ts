/** Stores the filings of all institutions with their values and reviews, a few hundred institutions at a time. */
import { snake } from '../../kernel/entity/entity.rules.ts'
import type { Form, Report } from '../../kernel/reports/report.rules.ts'
import { energyReports } from '../../domains/energy/reports/versions.rules.ts'
import type { SampleCity } from './city.rules.ts'
import { filingsOf, LAST, periodsOf, type SampleFiling } from './filings.rules.ts'
import type { OwnerTransaction, Table, Value } from './owner-transaction.ts'
import { Reporter } from './reporter.rules.ts'
import type { Scale } from './scale.rules.ts'
import { stream } from './random.rules.ts'
import { personName } from './words.rules.ts'

const FORMS: readonly Form[] = ['monthly', 'quarterly', 'annual']
const AT_ONCE = 400
/** At city scale only what is still fresh has its reviews one by one. */
const REVIEWED_SINCE = '2026-01-01'

const FILING: Table = {
  name: 'reports.filing',
  columns: ['id', 'form', 'form_version', 'organization_id', 'org_path', 'region_id', 'category', 'period_start', 'months', 'items_expected', 'items_filled', 'filled_by_name',
    'filled_at', 'submitted_by_name', 'submitted_at', 'first_submitted_at', 'responsible_name', 'accepted_level', 'returned_at', 'returned_by_name', 'return_remarks', 'source', 'counted'],
}
const REVIEW: Table = { name: 'reports.review', columns: ['filing_id', 'org_path', 'level', 'decision', 'remarks', 'by_name', 'at'] }
const valuesTable = (report: Report): Table => ({
  name: report.name, columns: ['filing_id', 'organization_id', 'org_path', 'region_id', 'period_start', ...report.items.map((i) => snake(i.code))],
})

interface Batch {
  filings: Value[][]
  values: Map<Report, Value[][]>
  reviews: Value[][]
}
const emptyBatch = (): Batch => ({ filings: [], values: new Map(energyReports.map((r) => [r, []])), reviews: [] })

const LEVEL = { draft: 0, submitted: 0, returned: 0, accepted1: 1, accepted2: 2, missing: 0 } as const

function add(batch: Batch, filingId: number, r: Reporter, f: SampleFiling, countFrom: number, reviewed: boolean): void {
  const { report, cells, fate } = f
  const o = r.organization
  const required = report.sections.filter((s) => !s.appliesWhen || (s.appliesWhen === 'hasDataCenter' ? o.hasDataCenter : o.hasHeating)).flatMap((s) => s.items.filter((i) => i.required))
  const responsible = personName(stream('responsible', o.id))
  const level = LEVEL[fate.standing]
  batch.filings.push([filingId, report.formName, report.version, o.id, o.orgPath, f.regionId, o.category, f.start, report.months,
    required.length, required.filter((i) => cells[i.code] !== null).length, o.contactPerson, fate.filledAt, fate.submittedAt && responsible, fate.submittedAt, fate.firstSubmittedAt,
    fate.firstSubmittedAt && responsible, level, fate.returnedAt, fate.returnedAt && fate.reviewer, fate.remarks, 'sample', fate.submittedAt !== null && level >= countFrom])
  batch.values.get(report)!.push([filingId, o.id, o.orgPath, f.regionId, f.start, ...report.items.map((i) => cells[i.code] ?? null)])
  if (!reviewed) return
  const decide = (levelOf: number, decision: string, by: string, at: string | null, remarks: string | null = null) => at && batch.reviews.push([filingId, o.orgPath, levelOf, decision, remarks, by, at])
  decide(0, 'submit', responsible, fate.firstSubmittedAt)
  decide(1, 'return', fate.reviewer, fate.returnedAt, fate.remarks)
  decide(1, 'accept', fate.reviewer, fate.acceptedAt[0])
  decide(2, 'accept', '市级审核', fate.acceptedAt[1])
}

async function store(trx: OwnerTransaction, batch: Batch): Promise<void> {
  await trx.copy(FILING, batch.filings)
  for (const [report, rows] of batch.values) if (rows.length) await trx.copy(valuesTable(report), rows)
  if (batch.reviews.length) await trx.copy(REVIEW, batch.reviews)
}

/** Answers with how many filings there are. */
export async function storeForms(trx: OwnerTransaction, city: SampleCity, scale: Scale, progress: (institutions: number) => void): Promise<number> {
  const periods = FORMS.map((form) => [form, periodsOf(form, scale)] as const)
  const [setting] = await trx.rows<{ level: number }>(`SELECT (value #>> '{}')::int AS level FROM app.setting WHERE key = 'report.count-from-level' AND valid_to IS NULL LIMIT 1`)
  const countFrom = setting?.level ?? 0
  let filingId = 0
  let institutions = 0
  let batch = emptyBatch()
  for (const o of city.organizations()) {
    if (o.kind !== 'institution') continue
    const reporter = new Reporter(o, LAST)
    for (const [form, when] of periods)
      for (const f of filingsOf(reporter, form, when)) add(batch, ++filingId, reporter, f, countFrom, scale.everyForm || f.start >= REVIEWED_SINCE)
    if (++institutions % AT_ONCE === 0) {
      await store(trx, batch)
      batch = emptyBatch()
      progress(institutions)
    }
  }
  await store(trx, batch)
  await trx.moveSequence('reports.filing')
  progress(institutions)
  return filingId
}
