/**
 * A form of a statistical system, as law in git: who reports what for which period until when, and how it is
 * checked. The version is part of its identity; a published version is never edited (`frozen-reports.test.ts`),
 * next year's starts as a copy. A form version is an entity with its own wide table of typed columns.
 */
import { day, entity, field, reference, type Entity, type Field, type Fields, type FieldType } from '../entity/entity.rules.ts'
import { codesOf, type Expression } from './expression.rules.ts'
import type { Check } from './check.rules.ts'

export type Form = 'monthly' | 'quarterly' | 'annual'
/** How a figure of several periods or organisations becomes one. */
export type Aggregation = 'sum' | 'last' | 'mean' | 'none'

export interface ReportItem {
  code: string
  label: string
  unit?: string
  type: FieldType<any>
  aggregation: Aggregation
  /** Must be filled where its section applies. Other items may stay blank, which means: there is none. */
  required?: boolean
  /** When a required figure is missing from a file: the form leaves the totals, or only the measures that need it. */
  gap?: 'form' | 'measure'
  /** May be below zero. */
  signed?: boolean
  prefill?: { from: 'register' | 'lastPeriod' | 'months'; field: string }
  help?: string
  basis?: string
  synonyms?: readonly string[]
}

export interface Section {
  code: string
  label: string
  /** A yes/no field of the organisation's register: the section is for those who have it. */
  appliesWhen?: string
  items: readonly ReportItem[]
}

export interface Deadline {
  /** `03-31`: that day of the year after the period. */
  monthDay?: string
  /** Days after the last day of the period. */
  days?: number
  source: string
  unsure?: boolean
}

export interface ReportDefinition {
  /** Domain; also the schema of the wide table. */
  domain: string
  form: Form
  version: string
  label: string
  basis: string
  /** First day of the first and of the last period that is reported on this version. */
  from: string
  to?: string
  months: 1 | 3 | 12
  deadline: Deadline
  /** Who reports, in words of the statistical system. */
  reporters: string
  reviewLevels: readonly { code: string; label: string }[]
  /** What the official material leaves open; shown to administrators. */
  doubts?: readonly string[]
  sections: readonly Section[]
  /** Ratios of items that are compared with peers. */
  measures: Readonly<Record<string, { label: string; unit: string; expression: Expression }>>
  checks: readonly Check[]
}

export interface Report extends ReportDefinition {
  /** `energy.annual_2025`: the entity and its table. */
  name: string
  /** `energy.annual`: what `reports.filing.form` holds, the same in every version. */
  formName: string
  items: readonly ReportItem[]
}

/** Refuses at start-up what could only be a slip of the pen. */
export function defineReport(d: ReportDefinition): Report {
  const name = `${d.domain}.${d.form}_${d.version}`
  const items = d.sections.flatMap((s) => s.items)
  const wrong = (what: string): never => {
    throw new Error(`${name}: ${what}`)
  }
  const codes = new Set(items.map((i) => i.code))
  if (codes.size !== items.length) wrong('two items share a code')
  if (!d.deadline.monthDay === (d.deadline.days === undefined)) wrong('a deadline is either a day of the year or days after the period')
  const expressions: [string, Expression][] = Object.entries(d.measures).map(([code, m]) => [code, m.expression])
  const seen = new Set<string>()
  for (const c of d.checks) {
    if (seen.has(c.code)) wrong(`two checks are called ${c.code}`)
    for (const other of c.unless ?? []) if (!seen.has(other)) wrong(`${c.code} waits for ${other}, which is not checked before it`)
    seen.add(c.code)
    if (!c.items.length) wrong(`${c.code} points at no cell`)
    for (const code of c.items) if (!codes.has(code)) wrong(`${c.code} points at ${code}, which is no item`)
    for (const e of [c.left, c.right, c.tolerance, c.when?.left, c.when?.right]) {
      if (Array.isArray(e)) for (const x of e) expressions.push([c.code, x as Expression])
      else if (e) expressions.push([c.code, e as Expression])
    }
  }
  for (const [code, e] of expressions) {
    for (const source of ['item', 'previous', 'lastYear', 'months'] as const)
      for (const read of codesOf(e, source)) if (!codes.has(read)) wrong(`${code} reads ${read}, which is no item`)
    for (const read of [...codesOf(e, 'measure'), ...codesOf(e, 'peerMedian')]) if (!(read in d.measures)) wrong(`${code} reads measure ${read}, which is not defined`)
  }
  return { ...d, name, formName: `${d.domain}.${d.form}`, items }
}

const read = new WeakMap<Report, { past: ReadonlySet<string>; months: ReadonlySet<string> }>()
/** Items that checks and prefilling read from other periods: what has to be brought to judge a form. */
export function readsOf(report: Report): { past: ReadonlySet<string>; months: ReadonlySet<string> } {
  let found = read.get(report)
  if (!found) {
    const expressions = [
      ...Object.values(report.measures).map((m) => m.expression),
      ...report.checks.flatMap((c) => [c.left, c.tolerance, c.when?.left, c.when?.right, ...(!c.right ? [] : 'op' in c.right ? [c.right] : c.right)]),
    ].filter((e): e is Expression => !!e)
    const of = (...sources: ('previous' | 'lastYear' | 'months')[]) => sources.flatMap((source) => expressions.flatMap((e) => codesOf(e, source)))
    const prefilled = (from: string) => report.items.flatMap((i) => (i.prefill?.from === from ? [i.prefill.field] : []))
    read.set(report, (found = { past: new Set(of('previous', 'lastYear')), months: new Set([...of('months'), ...prefilled('months')]) }))
  }
  return found
}

/** The form version as an entity: its items, and the key of the filing that they belong to. */
export function entityOf(report: Report): Entity<Fields> {
  const fields: Record<string, Field<any>> = {
    organizationId: field(reference('org.organization'), { label: '填报单位', system: true }),
    regionId: field(reference('org.region'), { label: '区划', system: true }),
    periodStart: field(day(), { label: '报告期', system: true }),
  }
  for (const i of report.items) {
    const hints = Object.fromEntries(Object.entries({ unit: i.unit, help: i.help, basis: i.basis, synonyms: i.synonyms }).filter(([, v]) => v !== undefined))
    fields[i.code] = field(i.type, { label: i.label, ...hints })
  }
  return entity(report.name, report.label, fields)
}

/** Version of a form that is reported for a period; undefined when the form did not exist then. */
export function versionFor(reports: readonly Report[], formName: string, periodStart: string): Report | undefined {
  return reports
    .filter((r) => r.formName === formName && r.from <= periodStart && (!r.to || r.to >= periodStart))
    .sort((a, b) => (a.from < b.from ? 1 : -1))[0]
}

/** Last day, included, on which a form of this period is on time. */
export function deadlineOf(report: Report, periodStart: string): string {
  const [year, month] = [Number(periodStart.slice(0, 4)), Number(periodStart.slice(5, 7))]
  const after = new Date(Date.UTC(year, month - 1 + report.months, 1))
  if (report.deadline.monthDay) return `${after.getUTCFullYear()}-${report.deadline.monthDay}`
  after.setUTCDate(report.deadline.days!)
  return after.toISOString().slice(0, 10)
}

/** Keys in order, no `undefined`, field types without their parser. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([k, v]) => v !== undefined && k !== 'schema')
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v)]))
}

/** SHA-256 over everything that the definition says. */
export async function fingerprint(report: Report): Promise<string> {
  const text = JSON.stringify(canonical(report))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('')
}
