/**
 * Writing filings, one or a thousand: the same path for a cell typed in the browser and a city's workbook.
 * Order of checks: access → key → timeliness → values → across forms and periods.
 */
import { sql, type RawBuilder } from 'kysely'
import type { Transaction } from '../db/database.ts'
import { notFound, refused, versionConflict } from '../contract/problem.rules.ts'
import type { Finding } from './check.rules.ts'
import { numberOf, type CheckContext, type Values } from './expression.rules.ts'
import { evaluate, type Evaluation } from './evaluate.rules.ts'
import { standsAt } from './expected.ts'
import { peersFor, type Peers } from './peers.ts'
import { reportFor, settingsAt, tellFollowers } from './registry.ts'
import { periodLabel, sameLastYear, shift, todayInChongqing, type Period } from './period.rules.ts'
import { readsOf, type Report, type ReportItem } from './report.rules.ts'
import { arrayText, placeKey, readMonths, readValues, writeValues, type MonthsOf, type Place } from './values.ts'

export interface FilingInput {
  organizationId: number
  /** Reserved for it when it was planned. */
  id?: number | null
  values: Values
  /** What the writer saw: null for "not there yet", undefined not to compare (files). */
  version?: number | null
}
export interface FilingOptions {
  source: 'form' | 'import'
  batchId?: number
  submit?: boolean
  /** Cells that are absent or null keep what is there (files that carry only some columns). */
  merge?: boolean
  /** Only checked once more, as it stands: who filled it and where it came from stay. */
  recheck?: boolean
  /** Fill what is absent from the register or the ledgers where the form says so. */
  prefill?: boolean
}
export interface WrittenFiling {
  filingId: number
  organizationId: number
  evaluation: Evaluation
  values: Values
}
export interface Reporter {
  id: number
  name: string
  orgPath: string
  regionId: number
  category: string | null
  validFrom: string
  validTo: string | null
  directoryFrom: string | null
  directoryTo: string | null
  people: number | null
  buildingArea: string | null
  hasDataCenter: boolean
  hasHeating: boolean
}

/** Organisations as they were in the period; those outside the actor's scope are absent. */
export async function readReporters(trx: Transaction, ids: readonly number[], period: Period): Promise<Map<number, Reporter>> {
  const rows = await trx.rows<Reporter>(sql`
    SELECT o.id, coalesce(p.name, o.name) AS name, o.org_path AS "orgPath", coalesce(p.region_id, o.region_id) AS "regionId",
      coalesce(p.category, o.category) AS category, o.valid_from AS "validFrom", o.valid_to AS "validTo",
      o.directory_from AS "directoryFrom", o.directory_to AS "directoryTo", o.people, o.building_area AS "buildingArea",
      o.has_data_center AS "hasDataCenter", o.has_heating AS "hasHeating"
    FROM org.organization o
    LEFT JOIN LATERAL (SELECT * FROM org.placement p WHERE p.organization_id = o.id
      ORDER BY (${standsAt(sql`${period.end}`)}) DESC, abs(p.valid_from - ${period.start}::date) LIMIT 1) p ON true
    WHERE o.id = ANY (${[...new Set(ids)]}::integer[]) AND o.kind = 'institution'`)
  return new Map(rows.map((r) => [r.id, r]))
}

/** Why this organisation files nothing for this period; null when it does. */
export function outsidePeriod(r: Reporter, period: Period): string | null {
  // A slip in the year would stand in front of every list, and as the latest figure, until that year came.
  if (period.start > todayInChongqing()) return `${periodLabel(period)}还没有开始，不能填报。请核对报告期的年份和月份。`
  if (r.validTo && r.validTo <= period.start) return `“${r.name}”已于 ${r.validTo} 终止，不再填报之后的报告期。`
  if (r.validFrom >= period.end) return `“${r.name}”于 ${r.validFrom} 成立，不填报之前的报告期。`
  if (r.directoryTo && r.directoryTo <= period.start) return `“${r.name}”已于 ${r.directoryTo} 移出公共机构名录库，不在统计范围内。`
  if (!r.category) return `“${r.name}”没有登记机构类型，请先在名录库中补登。`
  return null
}

/** The lock that closes a period for an organisation, unless an exception is open. */
export async function lockFor(trx: Transaction, form: string, period: Period, organizationIds: readonly number[]): Promise<{ lock: { reason: string; byName: string; at: string; regionId: number | null }[]; exceptions: Map<number, string> }> {
  const lock = await trx.rows<any>(sql`
    SELECT reason, by_name AS "byName", at, region_id AS "regionId" FROM reports.lock WHERE form = ${form} AND period_start = ${period.start}`)
  if (!lock.length) return { lock, exceptions: new Map() }
  const open = await trx.rows<{ organizationId: number; until: string }>(sql`
    SELECT organization_id AS "organizationId", max(until) AS until FROM reports.lock_exception
    WHERE form = ${form} AND period_start = ${period.start} AND until > now() AND organization_id = ANY (${[...organizationIds]}::integer[]) GROUP BY 1`)
  return { lock, exceptions: new Map(open.map((e) => [e.organizationId, e.until])) }
}

/** What every door to a closed period says. */
export const LOCKED = '这一期已经锁定，不能再改。确需更正的，请向市级申请锁定例外。'

/** Whether the period of this form is closed to the organisation now: locked for everybody or its district, and no exception open. */
export async function isLocked(trx: Transaction, form: string, period: Period, organizationId: number): Promise<boolean> {
  const { lock, exceptions } = await lockFor(trx, form, period, [organizationId])
  if (!lock.length || exceptions.has(organizationId)) return false
  const reporter = (await readReporters(trx, [organizationId], period)).get(organizationId)
  return lock.some((l) => l.regionId === null || l.regionId === reporter?.regionId)
}

export interface Surroundings {
  contexts: Map<number, CheckContext>
  peers: Map<string, Peers>
}

/** Everything the checks of these forms look at beside the forms; of other periods all items, or `only` some. */
export async function surroundings(trx: Transaction, report: Report, period: Period, reporters: ReadonlyMap<number, Reporter>, only?: ReturnType<typeof readsOf>): Promise<Surroundings> {
  const ids = [...reporters.keys()]
  const at = (p: Period): Place[] => ids.map((organizationId) => ({ organizationId, start: p.start }))
  const before = shift(period, -1)
  const yearAgo = sameLastYear(period)
  const previous = await readValues(trx, report.formName, at(before), only?.past)
  const lastYear = before.start === yearAgo.start ? previous : await readValues(trx, report.formName, at(yearAgo), only?.past)
  const monthlyForm = `${report.domain}.monthly`
  const months = report.months > 1 ? await readMonths(trx, monthlyForm, report, at(period), only?.months) : new Map<string, never>()
  const peers = await peersFor(trx, report, period)
  const settings = await settingsAt(trx, period)
  const contexts = new Map<number, CheckContext>()
  for (const r of reporters.values()) {
    const sum = months.get(placeKey({ organizationId: r.id, start: period.start })) as MonthsOf | undefined
    contexts.set(r.id, {
      previous: previous.get(placeKey({ organizationId: r.id, start: before.start })) ?? null,
      lastYear: lastYear.get(placeKey({ organizationId: r.id, start: yearAgo.start })) ?? null,
      months: sum?.values ?? null,
      monthsPresent: report.months > 1 ? (sum?.present ?? 0) : undefined,
      monthsLacking: sum?.lacking,
      register: { people: r.people, buildingArea: r.buildingArea, hasDataCenter: r.hasDataCenter, hasHeating: r.hasHeating },
      peer: r.category ? (peers.get(r.category) ?? null) : null,
      settings,
    })
  }
  return { contexts, peers }
}

interface Existing {
  id: number
  version: number
  organizationId: number
  submittedAt: string | null
  acceptedLevel: number
}

/** Why an existing filing cannot be written now. A file may replace what was submitted if who brings it may withdraw it. */
export function sealed(trx: Transaction, e: Pick<Existing, 'submittedAt' | 'acceptedLevel'>, source: FilingOptions['source']): string | null {
  if (e.acceptedLevel > 0) return '这张报表已审核通过，要修改请先由审核人退回。'
  if (e.submittedAt && (source === 'form' || (trx.actor && !trx.actor.permissions.includes('report.submit')))) return '这张报表已提交，要修改请先撤回。'
  return null
}

/** Cells whose text no column can hold live on in their finding: filing → item → what was typed. */
async function typedTexts(trx: Transaction, filingIds: readonly number[]): Promise<Map<number, Record<string, string>>> {
  const found = new Map<number, Record<string, string>>()
  if (filingIds.length) for (const t of await trx.rows<{ id: number; item: string; text: string }>(sql`
    SELECT filing_id AS id, item, detail ->> 'left' AS text FROM reports.finding
    WHERE filing_id = ANY (${[...filingIds]}::bigint[]) AND check_code IN ('number.' || item, 'choice.' || item) AND detail ->> 'left' IS NOT NULL`))
    found.set(t.id, { ...found.get(t.id), [t.item]: t.text })
  return found
}

/**
 * Cells that neither the file nor the form fills, from the register or the ledgers. Nobody looks at them before they are
 * handed in: seven ledgers, or a month without water, are not the year's figure and leave the cell blank.
 */
function prefilled(report: Report, values: Values, before: Values | undefined, context: CheckContext): Values {
  const filled: Record<string, Values[string]> = { ...values }
  for (const { code, prefill } of report.items) {
    if (!prefill || prefill.from === 'lastPeriod' || (filled[code] ?? before?.[code] ?? null) !== null) continue
    if (prefill.from === 'months' && (context.monthsPresent !== report.months || context.monthsLacking?.includes(prefill.field))) continue
    const value = (prefill.from === 'register' ? context.register : context.months)?.[prefill.field] ?? null
    if (value !== null) filled[code] = String(value)
  }
  return filled
}

interface Keeping {
  item: ReportItem
  kind: 'integer' | 'decimal' | 'other'
  /** Digits before and after the point. */
  whole: number
  places: number
}
const keepings = new WeakMap<Report, { items: Keeping[]; blank: Record<string, null> }>()
function keepingOf(report: Report): { items: Keeping[]; blank: Record<string, null> } {
  let made = keepings.get(report)
  if (!made) {
    const items = report.items.map((item): Keeping => {
      const [, precision, scale] = /\((\d+),(\d+)\)/.exec(item.type.sql) ?? []
      const { kind } = item.type
      return { item, kind: kind === 'integer' || kind === 'decimal' ? kind : 'other', whole: Number(precision) - Number(scale), places: Number(scale) }
    })
    keepings.set(report, (made = { items, blank: Object.fromEntries(report.items.map((i) => [i.code, null])) }))
  }
  return made
}

/**
 * What is stored, and what is judged. Stored is only what the column can hold: a cell that is no number stays a finding.
 * Judged is what was typed, not what could be stored of it; a cell that keeps what is there is judged as it is there.
 */
function cellsOf(report: Report, given: Values, before: Values | undefined, typed: Record<string, string> | undefined, merge: boolean): { stored: Values; shown: Values } {
  const { items, blank } = keepingOf(report)
  const stored: Record<string, Values[string]> = { ...blank }
  const shown: Record<string, Values[string]> = { ...blank }
  for (const k of items) {
    const { code } = k.item
    const value = given[code]
    if (value === undefined || (merge && value === null)) {
      const kept = before?.[code] ?? null
      if (kept !== null) stored[code] = kept
      shown[code] = kept ?? typed?.[code] ?? null
    } else if (value !== null) {
      if (value !== '') stored[code] = k.kind === 'other' ? (k.item.type.schema.safeParse(value).success ? value : null) : number(value, k)
      shown[code] = value
    }
  }
  return { stored, shown }
}
/** 12.0 people are 12, 5.10000 kWh are 5.1: what the checks read as a number is stored as one. */
function number(value: Values[string], k: Keeping): string | number | null {
  const plain = typeof value === 'string' && /^(?:0|[1-9]\d{0,40})(?:\.\d{0,15}[1-9])?$/.test(value) ? value : numberOf(value as string | number)?.toFixed()
  if (plain === undefined) return null
  if (k.kind === 'integer') return /^-?\d{1,9}$/.test(plain) ? Number(plain) : null
  return fits(plain, k) ? plain : null
}
/** A negative figure is wrong but must not be lost: it is stored, found, and kept out of totals. */
function fits(value: string, k: Keeping): boolean {
  const from = value.startsWith('-') ? 1 : 0
  const point = value.indexOf('.')
  return point < 0 ? value.length - from <= k.whole : point - from <= k.whole && value.length - point - 1 <= k.places
}

export async function writeFilings(trx: Transaction, form: string, period: Period, inputs: readonly FilingInput[], options: FilingOptions): Promise<WrittenFiling[]> {
  const report = reportFor(form, period)
  const ids = inputs.map((i) => i.organizationId)
  const reporters = await readReporters(trx, ids, period)
  const existing = new Map((await trx.rows<Existing>(sql`
    SELECT id, version, organization_id AS "organizationId", submitted_at AS "submittedAt", accepted_level AS "acceptedLevel"
    FROM reports.filing WHERE form = ${form} AND period_start = ${period.start} AND organization_id = ANY (${ids}::integer[]) FOR UPDATE`)).map((e) => [e.organizationId, e]))
  const { lock, exceptions } = await lockFor(trx, form, period, ids)
  for (const input of inputs) {
    const r = reporters.get(input.organizationId)
    if (!r) throw notFound('机构')
    const outside = outsidePeriod(r, period)
    if (outside) throw refused(outside)
    if (lock.some((l) => l.regionId === null || l.regionId === r.regionId) && !exceptions.has(r.id)) throw refused(LOCKED)
    const e = existing.get(r.id)
    if (input.version !== undefined && (e?.version ?? null) !== input.version) throw versionConflict()
    const why = e && sealed(trx, e, options.source)
    if (why) throw refused(why)
  }
  const old = [...existing.keys()]
  const before = await readValues(trx, form, old.map((organizationId) => ({ organizationId, start: period.start })))
  const { contexts } = await surroundings(trx, report, period, reporters, readsOf(report))
  const typed = await typedTexts(trx, [...existing.values()].map((e) => e.id))
  const judged = inputs.map((given): Judged => {
    const context = contexts.get(given.organizationId)!
    const e = existing.get(given.organizationId)
    const was = e && before.get(placeKey({ organizationId: given.organizationId, start: period.start }))
    const input = options.prefill ? { ...given, values: prefilled(report, given.values, was, context) } : given
    const { stored, shown } = cellsOf(report, input.values, was, e && typed.get(e.id), !!options.merge)
    return { input, reporter: reporters.get(input.organizationId)!, stored, evaluation: evaluate(report, shown, context) }
  })
  const withdrawn = options.source === 'import' && !options.submit ? [...existing.values()].filter((e) => e.submittedAt).map((e) => e.id) : []
  const { ids: filingIds, fresh } = await upsertFilings(trx, report, period, judged, options)
  const known = [...filingIds.values()].filter((id) => !fresh.has(id))
  if (withdrawn.length) await logDecision(trx, withdrawn, 0, 'withdraw', '随文件导入改为草稿')
  await writeValues(trx, report, judged.map((j) => ({ filingId: filingIds.get(j.reporter.id)!, organizationId: j.reporter.id, orgPath: j.reporter.orgPath, regionId: j.reporter.regionId, start: period.start, values: j.stored })))
  await replaceFindings(trx, judged.map((j) => ({ filingId: filingIds.get(j.reporter.id)!, orgPath: j.reporter.orgPath, evaluation: j.evaluation })), known)
  if (options.submit && known.length) await trx.run(sql`UPDATE reports.remark SET settled_at = now() WHERE filing_id = ANY (${known}::bigint[]) AND settled_at IS NULL`)
  if (options.submit) await logDecision(trx, [...filingIds.values()], 0, 'submit', options.source === 'import' ? '随文件导入提交' : null)
  // A fresh filing was written with its facts; nobody has given reasons for what was found in it yet.
  if (known.length) await settle(trx, known)
  if (options.submit) await tellFollowers(trx, [...fresh])
  return judged.map((j) => ({ filingId: filingIds.get(j.reporter.id)!, organizationId: j.reporter.id, evaluation: j.evaluation, values: j.stored }))
}

interface Judged {
  input: FilingInput
  reporter: Reporter
  stored: Values
  evaluation: Evaluation
}

/** From which level of acceptance on totals count a filing of a period that ends on this day: as every setting, the one that held then. */
const countFrom = (end: RawBuilder<unknown>) => sql`coalesce((
  SELECT (value #>> '{}')::int FROM app.setting WHERE key = 'report.count-from-level' AND valid_from < ${end} AND (valid_to IS NULL OR valid_to >= ${end}) ORDER BY valid_from DESC LIMIT 1), 0)`
/** A figure that only some measures need leaves those measures, not the totals. In SQL of a kept finding `k`, of a filing `f`, and of a finding at hand. */
const blocking = sql`k.severity = 'hard' AND coalesce(k.detail ->> 'gap', 'form') <> 'measure'`
export const blocked = sql`EXISTS (SELECT FROM reports.finding k WHERE k.filing_id = f.id AND ${blocking})`
const blocks = (f: Finding): boolean => f.severity === 'hard' && (f.detail['gap'] ?? 'form') !== 'measure'

async function upsertFilings(trx: Transaction, report: Report, period: Period, judged: readonly Judged[], o: FilingOptions): Promise<{ ids: Map<number, number>; fresh: Set<number> }> {
  const me = trx.actor
  const column = (of: (j: Judged) => unknown) => arrayText(judged.map(of))
  const submitted = o.submit ? sql`now()` : sql`NULL`
  const written = await trx.rows<{ id: number; organizationId: number; fresh: boolean }>(sql`
    INSERT INTO reports.filing AS f (id, form, form_version, organization_id, org_path, region_id, category, period_start, months, items_expected, items_filled, hard_findings, open_findings, counted,
      filled_by, filled_by_name, filled_at, submitted_by, submitted_by_name, submitted_at, first_submitted_at, source, batch_id)
    SELECT coalesce(id, nextval('reports.filing_id_seq')), ${report.formName}, ${report.version}, organization_id, org_path, region_id, category, ${period.start}::date, ${report.months}, expected, filled, hard, soft,
      ${o.submit ? sql`blocking = 0 AND 0 >= ${countFrom(sql`${period.end}::date`)}` : sql`false`},
      ${me?.personId ?? null}::int, ${me?.name ?? '系统'}, now(), ${o.submit ? (me?.personId ?? null) : null}::int, ${o.submit ? (me?.name ?? '系统') : null}::text, ${submitted}, ${submitted}, ${o.source}, ${o.batchId ?? null}::bigint
    FROM unnest(${column((j) => j.input.id)}::bigint[], ${column((j) => j.reporter.id)}::int[], ${column((j) => j.reporter.orgPath)}::text[], ${column((j) => j.reporter.regionId)}::int[], ${column((j) => j.reporter.category)}::text[],
      ${column((j) => j.evaluation.completeness.expected)}::smallint[], ${column((j) => j.evaluation.completeness.filled)}::smallint[],
      ${column((j) => j.evaluation.hard)}::smallint[], ${column((j) => j.evaluation.soft)}::smallint[], ${column((j) => j.evaluation.findings.filter(blocks).length)}::smallint[])
      AS r(id, organization_id, org_path, region_id, category, expected, filled, hard, soft, blocking)
    ON CONFLICT (organization_id, form, period_start) DO UPDATE SET
      items_expected = excluded.items_expected, items_filled = excluded.items_filled,
      ${o.recheck ? sql`` : sql`filled_by = excluded.filled_by, filled_by_name = excluded.filled_by_name, filled_at = excluded.filled_at, source = excluded.source,`} submitted_by = excluded.submitted_by, submitted_by_name = excluded.submitted_by_name, submitted_at = excluded.submitted_at,
      first_submitted_at = coalesce(f.first_submitted_at, excluded.first_submitted_at), batch_id = coalesce(excluded.batch_id, f.batch_id), updated_at = now()
      ${o.submit ? sql`, returned_at = NULL, returned_by_name = NULL, return_remarks = NULL` : sql``}
    RETURNING f.id, f.organization_id AS "organizationId", (f.xmax = 0) AS fresh`)
  // Two people open an empty form and both save: the second one's insert found the first one's row.
  const unseen = new Set(judged.filter((j) => j.input.version === null).map((j) => j.reporter.id))
  if (unseen.size && written.some((w) => !w.fresh && unseen.has(w.organizationId))) throw versionConflict()
  return { ids: new Map(written.map((w) => [w.organizationId, w.id])), fresh: new Set(written.filter((w) => w.fresh).map((w) => w.id)) }
}

/** Reasons already given stay with findings that are still found. Only filings that were `known` can have old findings. */
async function replaceFindings(trx: Transaction, judged: readonly { filingId: number; orgPath: string; evaluation: Evaluation }[], known: readonly number[]): Promise<void> {
  const found = judged.flatMap((j) => j.evaluation.findings.map((f) => ({ ...j, f })))
  const column = (of: (row: (typeof found)[number]) => unknown) => arrayText(found.map(of))
  const [filings, codes, items] = [column((r) => r.filingId), column((r) => r.f.checkCode), column((r) => r.f.item)]
  if (known.length) await trx.run(sql`
    DELETE FROM reports.finding k WHERE filing_id = ANY (${[...known]}::bigint[])
      AND NOT EXISTS (SELECT FROM unnest(${filings}::bigint[], ${codes}::text[], ${items}::text[]) AS r(filing_id, check_code, item)
        WHERE r.filing_id = k.filing_id AND r.check_code = k.check_code AND r.item = k.item)`)
  if (found.length) await trx.run(sql`
    INSERT INTO reports.finding (filing_id, org_path, check_code, item, severity, message, detail)
    SELECT filing_id, org_path, check_code, item, severity, message, detail
    FROM unnest(${filings}::bigint[], ${column((r) => r.orgPath)}::text[], ${codes}::text[], ${items}::text[], ${column((r) => r.f.severity)}::text[],
      ${column((r) => r.f.message + (r.f.basis ? `（依据：${r.f.basis}）` : ''))}::text[], ${column((r) => JSON.stringify(r.f.detail))}::jsonb[]) AS r(filing_id, org_path, check_code, item, severity, message, detail)
    ON CONFLICT (filing_id, check_code, item) DO UPDATE SET severity = excluded.severity, message = excluded.message, detail = excluded.detail`)
}

export async function logDecision(trx: Transaction, filingIds: readonly number[], level: number, decision: string, remarks: string | null): Promise<void> {
  await trx.run(sql`
    INSERT INTO reports.review (filing_id, org_path, level, decision, remarks, by_id, by_name)
    SELECT id, org_path, ${level}, ${decision}, ${remarks}, ${trx.actor?.personId ?? null}::int, ${trx.actor?.name ?? '系统'} FROM reports.filing WHERE id = ANY (${[...filingIds]}::bigint[])`)
}

/** Counts findings, decides what totals count, and tells those who keep totals. After every change of a filing's facts. */
export async function settle(trx: Transaction, filingIds: readonly number[]): Promise<void> {
  const ids = [...filingIds]
  const settled = await trx.rows<{ id: number; known: boolean }>(sql`
    UPDATE reports.filing f SET hard_findings = n.hard, open_findings = n.open, explained_findings = n.explained,
      counted = f.submitted_at IS NOT NULL AND n.blocking = 0 AND f.accepted_level >= ${countFrom(sql`(f.period_start + make_interval(months => f.months))::date`)}
    FROM (SELECT w.id, count(k.filing_id) FILTER (WHERE k.severity = 'hard') AS hard,
        count(k.filing_id) FILTER (WHERE ${blocking}) AS blocking,
        count(k.filing_id) FILTER (WHERE k.severity = 'soft' AND k.reason IS NULL) AS open,
        count(k.filing_id) FILTER (WHERE k.severity = 'soft' AND k.reason IS NOT NULL) AS explained
      FROM unnest(${ids}::bigint[]) AS w(id) LEFT JOIN reports.finding k ON k.filing_id = w.id GROUP BY w.id) n
    WHERE f.id = n.id RETURNING f.id, f.first_submitted_at IS NOT NULL AS known`)
  // A draft that was never handed in is nobody's figure yet: typing costs no totals.
  await tellFollowers(trx, settled.filter((f) => f.known).map((f) => f.id))
}
