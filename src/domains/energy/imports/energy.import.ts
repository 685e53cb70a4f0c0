/** Energy figures from files: one row a form (wide), or one row a bill (long), onto the form of their period. */
import { sql } from 'kysely'
import type { Transaction } from '../../../kernel/db/database.ts'
import { Problem, refused } from '../../../kernel/contract/problem.rules.ts'
import { text } from '../../../kernel/entity/entity.rules.ts'
import { filledBy } from '../../../kernel/imports/batch.ts'
import { isError, type FileCell, type LineReader } from '../../../kernel/imports/read-line.rules.ts'
import { specOf, type Mapping } from '../../../kernel/imports/mapping.rules.ts'
import { finding, planned, type ImportTarget, type Planner } from '../../../kernel/imports/target.ts'
import type { Finding, ImportField, PlannedLine, ReadLine } from '../../../kernel/imports/target.rules.ts'
import { parsePeriod as readPeriod } from '../../../kernel/quantities/dates.rules.ts'
import { lockFor, outsidePeriod, readReporters, sealed, settle, writeFilings, type Reporter } from '../../../kernel/reports/filing.ts'
import { parsePeriod, periodAt, type Period } from '../../../kernel/reports/period.rules.ts'
import { allReports, reportFor, tellFollowers } from '../../../kernel/reports/registry.ts'
import type { Report, ReportItem } from '../../../kernel/reports/report.rules.ts'
import { placeKey, readValues } from '../../../kernel/reports/values.ts'
import { normalizeUscc, usccProblem } from '../../../kernel/org/organization/uscc.rules.ts'
import { FORM_OF } from '../reports/forms.rules.ts'
import { Bills, type Group } from './bills.ts'

const PERIOD_TEXT = text(60)
/** Has the shape of a credit code, right or wrong; anything else in its column is another name of the institution. */
const isCode = (text: string): boolean => /^[0-9A-Z]{18}$/.test(text)
const formOf = (mapping: Partial<Mapping>): string | undefined => (mapping.form ? (mapping.form.includes('.') ? mapping.form : `energy.${mapping.form}`) : undefined)

/** Items of the newest version first; an older version's own items follow. */
export function itemsOf(form: string | undefined): ReportItem[] {
  const found = new Map<string, ReportItem>()
  const reports = allReports().filter((r) => r.domain === 'energy' && (!form || r.formName === form)).sort((a, b) => (a.from < b.from ? 1 : -1))
  for (const r of reports) for (const i of r.items) if (!found.has(i.code)) found.set(i.code, i)
  return [...found.values()]
}
/** Water bills are in tonnes as often as in cubic metres; of gas or oil a tonne is something else. */
const TONNES_OF_WATER = { t: '吨水', 万t: '万吨水' }
const fieldsOf = (form: string | undefined): ImportField[] =>
  itemsOf(form).map((i) => ({ name: i.code, label: i.label, unit: i.unit, type: i.type, help: i.help, synonyms: i.synonyms, ...(i.code === 'water' ? { means: TONNES_OF_WATER } : {}) }))

interface Mapped {
  organizationId: number
  period: string
  values: Record<string, string>
}
interface Filed {
  id: number
  acceptedLevel: number
  submittedAt: string | null
}
export interface Located {
  organizationId: number
  period: Period
}

class EnergyPlanner implements Planner {
  private readonly mapping: Mapping
  private readonly fields: ImportField[]
  private readonly bills: Bills | null
  private readonly known = new Map<string, number[]>()
  private readonly seen = new Map<string, { line: number; content: string }>()
  private readonly items = new Map<Report, ReadonlySet<string>>()
  constructor(mapping: Mapping) {
    this.mapping = mapping
    this.fields = fieldsOf(formOf(mapping))
    this.bills = mapping.long ? new Bills(mapping, this.fields) : null
  }

  async take(trx: Transaction, lines: { line: number; cells: (FileCell | null)[] }[], reader: LineReader): Promise<PlannedLine[]> {
    const names = lines.map((l) => this.institutionText(l.cells, reader))
    await this.lookUp(trx, names.filter((n): n is string => !!n))
    const reads = lines.map((l, i) => {
      const read = reader.read(l.line, l.cells as never, this.bills ? [] : this.fields)
      return { read, cells: l.cells, institution: read.skipped ? null : this.institution(names[i]!, read.findings) }
    })
    if (this.bills) return this.bills.take(reads, reader)
    const placed = reads.map((r) => ({ ...r, period: r.read.skipped ? null : this.period(r.cells, reader, r.read.findings) }))
    return this.reserve(trx, await this.judge(trx, placed.map((p) => ({ read: p.read, at: p.institution && p.period ? { organizationId: p.institution, period: p.period } : null }))))
  }

  /** New forms get their ids now, so that no line has to be written again when its form is. */
  private async reserve(trx: Transaction, lines: PlannedLine[]): Promise<PlannedLine[]> {
    const fresh = lines.filter((l) => l.outcome === 'create' && l.mapped)
    if (fresh.length) for (const [i, { id }] of (await trx.rows<{ id: number }>(sql`SELECT nextval('reports.filing_id_seq') AS id FROM generate_series(1, ${fresh.length}::int)`)).entries()) fresh[i]!.recordId = id
    return lines
  }

  async finish(trx: Transaction): Promise<PlannedLine[]> {
    if (!this.bills) return []
    const groups = this.bills.finish()
    // Every line of a group stands under the group's first line; the first carries the figures.
    const heads = await this.reserve(trx, await this.judge(trx, groups.map((g) => ({ read: { ...g.head, values: g.values }, at: g.at, also: g.also }))))
    const outcome = new Map(heads.map((h, i) => [groups[i]!.head.line, h]))
    const followers = groups.flatMap((g) => g.others.map((read) => {
      const head = outcome.get(g.head.line)!
      return planned({ ...read, findings: [...read.findings, finding('', 'joined', `与第 ${g.head.line} 行合并为同一张报表。`, 'note')] }, head.outcome, { recordId: head.recordId })
    }))
    return [...heads, ...followers]
  }

  private institutionText(cells: (FileCell | null)[], reader: LineReader): string | null {
    const from = [this.mapping.institution?.from ?? ['统一社会信用代码', '内部编码', '机构名称']].flat()
    for (const heading of from) {
      const found = reader.cell(cells, heading)?.text.trim()
      if (found) return this.by() === 'uscc' && isCode(normalizeUscc(found)) ? normalizeUscc(found) : found
    }
    return null
  }
  private by(): 'uscc' | 'code' | 'name' {
    return this.mapping.institution?.by ?? 'uscc'
  }
  private async lookUp(trx: Transaction, names: string[]): Promise<void> {
    const fresh = [...new Set(names)].filter((n) => !this.known.has(n))
    if (!fresh.length) return
    for (const n of fresh) this.known.set(n, [])
    // One look into an index for each name. A code that is in force has an index of its own; only where there is none do
    // those that ended count.
    const each = (names: string[], more = sql``, by: 'uscc' | 'code' | 'name' = this.by()) => trx.rows<{ id: number; found: string }>(sql`
      SELECT o.id, n.found FROM unnest(${names}::text[]) AS n(found)
      CROSS JOIN LATERAL (SELECT id, valid_to FROM org.organization WHERE kind = 'institution' AND ${sql.ref(by)} = n.found ${more} OFFSET 0) AS o ORDER BY (o.valid_to IS NOT NULL), o.id`)
    const rows = await each(fresh, this.by() === 'uscc' ? sql`AND valid_to IS NULL` : undefined)
    if (this.by() === 'uscc') {
      const found = new Set(rows.map((r) => r.found))
      const rest = fresh.filter((n) => !found.has(n))
      if (rest.length) rows.push(...(await trx.rows<{ id: number; found: string }>(sql`SELECT id, uscc AS found FROM org.organization WHERE kind = 'institution' AND uscc = ANY (${rest}::text[]) ORDER BY id`)))
      // The template of a form names who has no credit code by the internal code, or by name.
      const named = rest.filter((n) => !isCode(n))
      if (named.length) {
        const coded = await each(named, sql``, 'code')
        const known = new Set(coded.map((r) => r.found))
        rows.push(...coded, ...(await each(named.filter((n) => !known.has(n)), sql`AND valid_to IS NULL`, 'name')))
      }
    }
    for (const r of rows) this.known.get(r.found)!.push(r.id)
  }
  private institution(name: string | null, findings: Finding[]): number | null {
    const what = { uscc: '统一社会信用代码', code: '内部编码', name: '机构名称' }[this.by()]
    if (!name) findings.push(finding('institution', 'required', `没有${what}，看不出是哪个机构。`))
    else {
      const ids = this.known.get(name) ?? []
      if (ids.length === 1 || (ids.length > 1 && (this.by() === 'code' || (this.by() === 'uscc' && isCode(name))))) return ids[0]!
      // Most codes that nobody has are ones that were copied wrongly: then the digit that checks it says so.
      const miscopied = this.by() === 'uscc' && isCode(name) ? usccProblem(name) : null
      findings.push(finding('institution', ids.length ? 'ambiguous_institution' : 'unknown_institution',
        ids.length ? `有 ${ids.length} 个叫“${name}”的机构，请改用统一社会信用代码。` : `名录库中没有${what}为“${name}”的机构${miscopied ? `。${miscopied}` : '，或它不在您的管理范围内。请核对，或先把它录入名录库。'}`))
    }
    return null
  }

  private period(cells: (FileCell | null)[], reader: LineReader, findings: Finding[]): Period | null {
    const given = this.mapping.period ?? '报告期'
    const spec = typeof given === 'string' && /^\d{4}/.test(given) ? { value: given } : specOf(given)
    const found = reader.value(cells, spec, PERIOD_TEXT)
    const number = spec.from && reader.cell(cells, [spec.from].flat()[0]!)?.kind === 'number'
    const read = found.ok ? readPeriod(found.value === null ? null : String(found.value), { fromNumberCell: !!number }) : found
    if (!read.ok) findings.push(finding('period', read.problem.code, `报告期：${read.problem.message}`))
    else if (!read.value) findings.push(finding('period', 'required', '没有报告期，请填如 2025、2025Q1、2025-03。'))
    else {
      const period = parsePeriod((read.value as { value: string }).value)
      const form = formOf(this.mapping)
      if (period && form && FORM_OF[period.months] !== form) findings.push(finding('period', 'wrong_period', `这张表的报告期不能是 ${period.key}。`))
      else return period
    }
    return null
  }

  /** What would become of each: found errors, same as stored, new, changed. */
  private async judge(trx: Transaction, items: { read: ReadLine; at: Located | null; also?: Group['also'] }[]): Promise<PlannedLine[]> {
    const result: PlannedLine[] = []
    const places = items.flatMap((i) => (i.at ? [i.at, ...(i.also ?? []).map((a) => a.at)] : []))
    const byPeriod = Map.groupBy(places, (p) => p.period.key)
    const reporters = new Map<string, Map<number, Reporter>>()
    const stored = new Map<string, Awaited<ReturnType<typeof readValues>>>()
    const filings = new Map<string, Filed>()
    const locks = new Map<string, Awaited<ReturnType<typeof lockFor>>>()
    for (const [key, group] of byPeriod) {
      const period = group[0]!.period
      const form = FORM_OF[period.months]
      const ids = group.map((g) => g.organizationId)
      reporters.set(key, await readReporters(trx, ids, period))
      locks.set(key, await lockFor(trx, form, period, ids))
      const filed = await trx.rows<any>(sql`SELECT id, organization_id AS org, accepted_level AS "acceptedLevel", submitted_at AS "submittedAt" FROM reports.filing WHERE form = ${form} AND period_start = ${period.start} AND organization_id = ANY (${ids}::integer[])`)
      for (const f of filed) filings.set(`${f.org} ${key}`, f)
      stored.set(key, await readValues(trx, form, filed.map((f) => ({ organizationId: f.org, start: period.start }))))
    }
    const judged = (read: ReadLine, at: Located) => this.outcome(trx, read, at, reporters.get(at.period.key)!, stored.get(at.period.key)!, filings, locks.get(at.period.key)!)
    for (const { read, at, also } of items) {
      if (read.skipped) result.push(planned(read, 'skipped'))
      else if (!at || read.findings.some(isError)) result.push(planned(read, 'error'))
      else {
        const head = judged(read, at)
        const rest = (also ?? []).map((a) => judged({ ...read, findings: [], values: a.values }, a.at))
        const bad = rest.find((r) => r.outcome === 'error')
        const changed = rest.filter((r) => r.mapped)
        if (bad) result.push({ ...head, outcome: 'error', findings: [...head.findings, ...bad.findings], mapped: null })
        else if (!changed.length || head.outcome === 'error') result.push(head)
        else result.push({ ...head, outcome: head.outcome === 'create' ? 'create' : 'update', mapped: { ...(head.mapped ?? {}), also: changed.map((r) => r.mapped) } })
      }
    }
    return result
  }

  private outcome(trx: Transaction, read: ReadLine, at: Located, reporters: Map<number, Reporter>, stored: Awaited<ReturnType<typeof readValues>>, filings: Map<string, Filed>, locks: Awaited<ReturnType<typeof lockFor>>): PlannedLine {
    const { organizationId, period } = at
    const error = (code: string, message: string) => planned({ ...read, findings: [...read.findings, finding('', code, message)] }, 'error')
    const reporter = reporters.get(organizationId)
    if (!reporter) return error('unknown_institution', '没有找到这个机构，或它不在您的管理范围内。')
    const outside = outsidePeriod(reporter, period)
    if (outside) return error('outside_period', outside)
    if (locks.lock.some((l) => l.regionId === null || l.regionId === reporter.regionId) && !locks.exceptions.has(organizationId)) return error('locked', `${period.key} 已经锁定，不能再改。确需更正的，请申请锁定例外。`)
    const report = reportFor(FORM_OF[period.months], period)
    let allowed = this.items.get(report)
    if (!allowed) this.items.set(report, (allowed = new Set(report.items.map((i) => i.code))))
    const values: Record<string, unknown> = {}
    const dropped: string[] = []
    for (const code in read.values) {
      const value = read.values[code]
      if (value === null) continue
      if (allowed.has(code)) values[code] = value
      else dropped.push(this.fields.find((f) => f.name === code)?.label ?? code)
    }
    const findings = dropped.length ? [...read.findings, finding('', 'not_on_form', `${period.key} 的表式没有这些栏目，未导入：${dropped.join('、')}。`, 'warning')] : read.findings
    if (!Object.keys(values).length) return planned({ ...read, findings: [...findings, finding('', 'no_figures', '这一行没有任何数字，没有导入。', 'warning')] }, 'skipped')
    const key = `${organizationId} ${period.key}`
    // Every line of a file has its fields in the same order.
    const content = JSON.stringify(values)
    const twin = this.seen.get(key)
    if (twin) {
      if (twin.content === content) return planned({ ...read, findings: [...findings, finding('', 'duplicate_line', `与第 ${twin.line} 行完全相同，只导入一次。`, 'note')] }, 'duplicate')
      return error('conflicting_line', `与第 ${twin.line} 行是同一机构同一期，但数字不同。请保留正确的一行。`)
    }
    this.seen.set(key, { line: read.line, content })
    const before = stored.get(placeKey({ organizationId, start: period.start }))
    const filing = filings.get(key)
    const mapped = { organizationId, period: period.key, values }
    if (!before) return planned({ ...read, findings }, 'create', { mapped })
    const changed = Object.entries(values).some(([code, v]) => !sameFigure(v, before[code]))
    if (!changed) return planned({ ...read, findings }, 'unchanged', { recordId: filing?.id ?? null })
    const closed = filing && sealed(trx, filing, 'import')
    if (closed) return error('accepted', closed)
    return planned({ ...read, findings }, 'update', { mapped, recordId: filing?.id ?? null })
  }
}

const trimmed = (v: unknown): string => {
  const s = String(v)
  return s.includes('.') ? s.replace(/\.?0+$/, '') : s
}
const sameFigure = (a: unknown, b: unknown): boolean => (a ?? null) === null || (b ?? null) === null ? (a ?? null) === (b ?? null) : trimmed(a) === trimmed(b)

export const energyImport: ImportTarget = {
  name: 'energy',
  label: '能源资源消费数据',
  permission: 'report.file',
  follows: 'energy.cube',
  fields: (mapping) => fieldsOf(formOf(mapping)),
  forms: () => [...new Map(allReports().filter((r) => r.domain === 'energy').sort((a, b) => (a.from < b.from ? -1 : 1)).map((r) => [r.formName, { name: r.formName, label: r.label.replace(/（\d{4}\s*版）$/, ''), months: r.months }])).values()],
  async places(trx, ids) {
    if (!ids.length) return new Map()
    const rows = await trx.rows<{ id: number; form: string; start: string; months: 1 | 3 | 12; organizationId: number }>(sql`
      SELECT id, form, period_start AS start, months, organization_id AS "organizationId" FROM reports.filing WHERE id = ANY (${[...ids]}::bigint[])`)
    return new Map(rows.map((r) => [r.id, { form: r.form, period: periodAt(r.start, r.months).key, organizationId: r.organizationId }]))
  },
  problems(mapping) {
    const known = new Set(itemsOf(formOf(mapping)).map((i) => i.code))
    const wrong = Object.keys(mapping.columns).filter((n) => !known.has(n))
    return [
      ...(wrong.length ? [`导入对照里有不认识的栏目：${wrong.join('、')}。`] : []),
      ...(mapping.long || Object.keys(mapping.columns).length ? [] : ['导入对照里没有指明任何能源资源栏目。']),
      ...(mapping.form && !allReports().some((r) => r.formName === formOf(mapping)) ? [`没有 ${mapping.form} 这张报表；可用 monthly、quarterly、annual。`] : []),
    ]
  },
  planner: async (_trx, mapping) => new EnergyPlanner(mapping),
  async apply(trx, _mapping, lines, options) {
    const records = new Map<number, number>()
    const forms = lines.flatMap((l) => {
      const { also = [], ...own } = l.mapped as unknown as Mapped & { also?: Mapped[] }
      return [...(own.period ? [own] : []), ...also].map((m, i) => ({ ...m, line: l.line, id: i === 0 && l.outcome === 'create' ? l.recordId : null }))
    })
    for (const [key, group] of Map.groupBy(forms, (f) => f.period)) {
      const period = parsePeriod(key)!
      const inputs = group.map(({ organizationId, values, id }) => ({ organizationId, values, id }))
      const written = await writeFilings(trx, FORM_OF[period.months], period, inputs, { source: 'import', batchId: options.batchId, submit: options.submit, merge: true, prefill: true })
      const byOrg = new Map(written.map((w) => [w.organizationId, w.filingId]))
      for (const f of group) if (!records.has(f.line)) records.set(f.line, byOrg.get(f.organizationId)!)
    }
    return records
  },
  // Forms of other institutions say nothing about each other.
  apart(one, other) {
    const institutions = (lines: readonly PlannedLine[]) => lines.flatMap((l) => {
      const { organizationId, also = [] } = l.mapped as unknown as Mapped & { also?: Mapped[] }
      return [organizationId, ...also.map((a) => a.organizationId)]
    })
    const there = new Set(institutions(one))
    return !institutions(other).some((id) => there.has(id))
  },
  standing: async (trx, batchId) => (await trx.one(sql`
    SELECT count(*)::int AS forms, count(submitted_at)::int AS submitted, count(*) FILTER (WHERE hard_findings > 0)::int AS hard, count(*) FILTER (WHERE open_findings > 0)::int AS open
    FROM reports.filing f WHERE ${filledBy(batchId)}`))!,
  undoReadsTrail: true,
  async undo(trx, batchId) {
    const filings = await trx.rows<Undone>(sql`
      SELECT f.id, f.form, f.form_version AS "formVersion", f.organization_id AS "organizationId", f.period_start AS "periodStart", f.months, f.accepted_level AS level, o.name,
        EXISTS (SELECT FROM audit.change c WHERE c.batch_id = ${batchId} AND c.record_id = f.id AND c.entity = f.form || '_' || f.form_version AND c.action = 'create') AS fresh,
        EXISTS (SELECT FROM audit.change c WHERE c.entity = f.form || '_' || f.form_version AND c.record_id = f.id AND c.batch_id IS DISTINCT FROM ${batchId} AND c.id > (SELECT max(id) FROM audit.change WHERE batch_id = ${batchId})) AS later,
        EXISTS (SELECT FROM reports.review v JOIN imports.batch b ON b.id = ${batchId} WHERE v.filing_id = f.id AND v.at > b.applied_at) AS decided
      FROM reports.filing f JOIN org.organization o ON o.id = f.organization_id
      WHERE f.id IN (SELECT record_id FROM audit.change WHERE batch_id = ${batchId} AND entity LIKE 'energy.%')`)
    const stuck = filings.filter((f) => f.level > 0 || f.later || f.decided)
    if (stuck.length) throw refused(`有 ${stuck.length} 张报表在导入之后已提交、审核或又被修改（${stuck.slice(0, 5).map((f) => f.name).join('、')}等），不能整批撤销。请先退回或逐张更正。`)
    const groups = [...Map.groupBy(filings, (f) => `${f.form} ${f.periodStart}`).values()]
    for (const group of groups) await refuseLocked(trx, group)
    const fresh = filings.filter((f) => f.fresh)
    for (const f of filings) if (!f.fresh) await restoreValues(trx, f, batchId)
    // The figures are the old ones again, and so must be what the checks say about them.
    for (const group of groups) {
      const { form, periodStart, months } = group[0]!
      const inputs = group.filter((f) => !f.fresh).map((f) => ({ organizationId: f.organizationId, values: {} }))
      if (inputs.length) await writeFilings(trx, form, periodAt(periodStart, months), inputs, { source: 'import', recheck: true })
    }
    await removeFilings(trx, fresh.map((f) => f.id))
    return filings.length
  },
}

interface Undone {
  id: number
  form: string
  formVersion: string
  organizationId: number
  periodStart: string
  months: 1 | 3 | 12
  level: number
  name: string
  fresh: boolean
  later: boolean
  decided: boolean
}

async function refuseLocked(trx: Transaction, group: readonly Undone[]): Promise<void> {
  const { form, periodStart, months } = group[0]!
  const period = periodAt(periodStart, months)
  const ids = group.map((f) => f.organizationId)
  const { lock, exceptions } = await lockFor(trx, form, period, ids)
  if (!lock.length) return
  const reporters = await readReporters(trx, ids, period)
  const closed = group.find((f) => !exceptions.has(f.organizationId) && lock.some((l) => l.regionId === null || l.regionId === reporters.get(f.organizationId)?.regionId))
  if (closed) throw refused(`“${closed.name}”的 ${period.key} 已经锁定，不能撤销。确需更正的，请申请锁定例外。`)
}

/** The figures before the batch go back inside the database, so that no digit is lost on the way. */
async function restoreValues(trx: Transaction, f: { id: number; form: string; formVersion: string }, batchId: number): Promise<void> {
  const entity = `${f.form}_${f.formVersion}`
  const changes = await trx.rows<{ id: number; columns: string[] }>(sql`
    SELECT id, ARRAY(SELECT jsonb_object_keys(changes)) AS columns FROM audit.change WHERE entity = ${entity} AND record_id = ${f.id} AND batch_id = ${batchId} AND action = 'update' ORDER BY id DESC`)
  for (const c of changes) {
    if (!c.columns.length) continue
    const set = c.columns.map((column) => sql`${sql.ref(column)} = (SELECT changes -> ${column}::text ->> 0 FROM audit.change WHERE id = ${c.id})::numeric`)
    await trx.run(sql`UPDATE ${sql.table(entity)} SET ${sql.join(set)} WHERE filing_id = ${f.id}`)
  }
}

async function removeFilings(trx: Transaction, ids: number[]): Promise<void> {
  if (!ids.length) return
  // Out of the totals first: the domain's followers must still see what leaves.
  await trx.run(sql`UPDATE reports.filing SET submitted_at = NULL, counted = false WHERE id = ANY (${ids}::bigint[])`)
  await settle(trx, ids)
  const published = await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM reports.publication_filing WHERE filing_id = ANY (${ids}::bigint[])`)
  if (published?.n) throw new Problem('refused', '这批报表已经进入发布的数据，不能撤销。')
  await trx.run(sql`DELETE FROM reports.filing WHERE id = ANY (${ids}::bigint[])`)
  await tellFollowers(trx, [...ids])
}
