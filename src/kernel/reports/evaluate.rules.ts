/** Runs the checks of a form. Runs in the browser while somebody types and on the server for 16,800 forms at once. */
import type { Decimal } from 'decimal.js'
import type { Check, Condition, Finding, Operator } from './check.rules.ts'
import { compile, Exact, numberOf, Subject, type CheckContext, type Compiled, type Expression, type Values } from './expression.rules.ts'
import { sayFigures, thousands } from './figures.rules.ts'
import type { Report, ReportItem } from './report.rules.ts'
import { RoughCells, surely } from './rough.rules.ts'

export interface Completeness {
  /** Items that must be filled, of the sections that apply. */
  expected: number
  filled: number
  missing: string[]
}
export interface Evaluation {
  findings: Finding[]
  completeness: Completeness
  hard: number
  soft: number
}

type Found = Record<string, Decimal | null>
interface Ready {
  check: Check
  unit: string
  /** Certainly nothing to find: most checks end here. */
  holds: (s: Subject) => boolean
  run: (s: Subject) => Found | undefined
}
interface ReadyItem {
  item: ReportItem
  numeric: boolean
  /** Digits before the point at most. */
  digits: number
  scale: number
}
interface ReadyReport {
  sections: { code: string; label: string; appliesWhen?: string; items: ReadyItem[] }[]
  checks: Ready[]
  cells: RoughCells
}

const compare: Record<Condition['operator'], (l: Decimal, r: Decimal) => boolean> = {
  '<': (l, r) => l.lt(r), '<=': (l, r) => l.lte(r), '>': (l, r) => l.gt(r), '>=': (l, r) => l.gte(r), '=': (l, r) => l.eq(r), notEqual: (l, r) => !l.eq(r),
}

function ready(check: Check, report: Report, cells: RoughCells): Ready {
  const measures = Object.fromEntries(Object.entries(report.measures).map(([code, m]) => [code, m.expression]))
  const build = (e: Expression) => compile(e, measures, check.missing === 'zero')
  const left = build(check.left)
  const rights = !check.right ? [] : ('op' in check.right ? [check.right] : [...check.right]).map(build)
  const tolerance = check.tolerance ? compile(check.tolerance, measures) : undefined
  const when = check.when && { left: compile(check.when.left, measures), right: compile(check.when.right, measures), holds: compare[check.when.operator] }
  const unit = check.unit ?? report.items.find((i) => i.code === check.items[0])!.unit ?? ''
  const run = (s: Subject): Found | undefined => {
    if (when) {
      const l = when.left(s)
      const r = l === null ? null : when.right(s)
      if (r === null || !when.holds(l!, r)) return undefined
    }
    return judge(check, left(s), rights, tolerance, s)
  }
  return { check, unit, holds: surely(check, measures, cells), run }
}

/** The figures when the check does not hold, undefined when it does or cannot be judged. */
function judge(check: Check, l: Decimal | null, rights: Compiled[], tolerance: Compiled | undefined, s: Subject): Found | undefined {
  const operator: Operator = check.operator
  if (operator === 'given') return l === null ? { left: null } : undefined
  if (l === null) return check.missing === 'fail' ? { left: null } : undefined
  const [a, b] = rights.map((f) => f(s))
  if (a === null || a === undefined) return check.missing === 'fail' ? { left: l, right: null } : undefined
  if (operator === 'between' || operator === 'outside') {
    if (b === null || b === undefined) return undefined
    const inside = operator === 'between' ? l.gte(a) && l.lte(b) : l.gt(a) && l.lt(b)
    return inside === (operator === 'between') ? undefined : { left: l, low: a, high: b }
  }
  if (operator === '≈') {
    const share = tolerance?.(s)
    if (share === null || share === undefined) return undefined
    return l.minus(a).abs().lte(a.abs().times(share)) ? undefined : { left: l, right: a }
  }
  return compare[operator](l, a) ? undefined : { left: l, right: a }
}

const prepared = new WeakMap<Report, ReadyReport>()
export function prepare(report: Report): ReadyReport {
  const known = prepared.get(report)
  if (known) return known
  const cells = new RoughCells()
  const made: ReadyReport = {
    sections: report.sections.map((s) => ({
      ...s,
      items: s.items.map((item) => {
        const numeric = item.type.kind === 'decimal' || item.type.kind === 'integer'
        const size = /\((\d+),(\d+)\)/.exec(item.type.sql)
        return { item, numeric, digits: size ? Number(size[1]) - Number(size[2]) : 9, scale: item.type.scale ?? 0 }
      }),
    })),
    checks: report.checks.map((c) => ready(c, report, cells)),
    cells,
  }
  prepared.set(report, made)
  return made
}

const blank = (v: unknown): boolean => v === null || v === undefined || v === ''

/** A figure as almost all are written: not negative, no leading zeros, as long as the column allows. */
function ordinary(value: unknown, digits: number, scale: number): boolean {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !/^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return false
  const point = text.indexOf('.')
  return point < 0 ? text.length <= digits : point <= digits && text.length - point - 1 <= scale
}

/** What is wrong with the cell by itself. */
function cellFinding({ item, numeric, digits, scale }: ReadyItem, s: Subject): Finding | undefined {
  const value = s.values[item.code]
  if (numeric && ordinary(value, digits, scale)) return undefined
  const found = (kind: Finding['kind'], message: string): Finding =>
    ({ checkCode: `${kind}.${item.code}`, kind, item: item.code, items: [item.code], severity: 'hard', message, detail: { left: String(value) } })
  if (!numeric) {
    return item.type.schema.safeParse(value).success ? undefined : found('choice', `“${item.label}”填的不是可选的内容，请重新选择。`)
  }
  const n = numberOf(value)
  if (n === null || n === undefined) return found('number', `“${item.label}”填的是“${String(value).slice(0, 30)}”，不是数字。请只填阿拉伯数字，不要写单位或文字。`)
  if (n.isNegative() && !n.isZero() && !item.signed) return found('negative', `“${item.label}”是 ${thousands(n)} ${item.unit ?? ''}，不能为负数。请核对抄表数；要冲减以前多报的数，请改以前那一期。`)
  if (n.decimalPlaces() > scale) return found('number', `“${item.label}”最多 ${scale} 位小数，填的是 ${thousands(n, 12)}。请四舍五入后再填。`)
  if (n.abs().gte(new Exact(10).pow(digits))) return found('number', `“${item.label}”整数部分超过 ${digits} 位，请核对计量单位（${item.unit ?? '无单位'}）。`)
  return undefined
}

/** Does the section apply to this organisation? Without a register record it applies when something is filled in it. */
function applies(section: ReadyReport['sections'][number], s: Subject): { applies: boolean; filled: boolean } {
  const filled = section.items.some(({ item }) => !blank(s.values[item.code]))
  if (!section.appliesWhen) return { applies: true, filled }
  const known = s.context.register?.[section.appliesWhen]
  return { applies: known === undefined || known === null ? filled : known === true, filled }
}

export function evaluate(report: Report, values: Values, context: CheckContext): Evaluation {
  const { sections, checks, cells } = prepare(report)
  const s = new Subject(values, context)
  cells.clear()
  const findings: Finding[] = []
  const completeness: Completeness = { expected: 0, filled: 0, missing: [] }
  for (const section of sections) {
    const state = applies(section, s)
    if (state.filled && !state.applies) {
      const first = section.items.find(({ item }) => !blank(values[item.code]))!.item
      findings.push({
        checkCode: `section.${section.code}`, kind: 'register', item: first.code, items: [first.code], severity: 'soft', detail: {},
        message: `名录库登记本单位不填“${section.label}”，这里却有数。请核对：确实应填的，请先更新名录库；填错的请清空。`,
      })
    }
    for (const ready of section.items) {
      const { item } = ready
      const empty = blank(values[item.code])
      const bad = empty ? undefined : cellFinding(ready, s)
      if (item.required && state.applies) {
        completeness.expected++
        if (empty) {
          completeness.missing.push(item.code)
          findings.push({ checkCode: `missing.${item.code}`, kind: 'missing', item: item.code, items: [item.code], severity: 'hard', message: `“${item.label}”没有填。请按台账填写；确实没有的请填 0。`, detail: { left: null, ...(item.gap ? { gap: item.gap } : {}) } })
        } else if (!bad) completeness.filled++
      }
      if (bad) {
        findings.push(bad)
        s.spoiled.add(item.code)
      }
    }
  }
  const fired = new Set<string>()
  for (const { check, unit, holds, run } of checks) {
    if (holds(s) || check.unless?.some((code) => fired.has(code))) continue
    const figures = run(s)
    if (!figures) continue
    fired.add(check.code)
    findings.push({
      checkCode: check.code, kind: check.kind, item: check.items[0]!, items: check.items, severity: check.severity,
      message: `${sayFigures(check.message, figures, unit)}${check.instruction}`,
      ...(check.basis ? { basis: check.basis } : {}),
      detail: Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, v === null ? null : v.toSignificantDigits(20).toFixed()])),
    })
  }
  const hard = findings.reduce((n, f) => n + (f.severity === 'hard' ? 1 : 0), 0)
  return { findings, completeness, hard, soft: findings.length - hard }
}

/** This form's own measures, for computing the medians of its peers. */
export function measuresOf(report: Report, values: Values, context: CheckContext): Record<string, string | null> {
  const s = new Subject(values, context)
  return Object.fromEntries(Object.entries(report.measures).map(([code, m]) => [code, compile(m.expression, {})(s)?.toSignificantDigits(20).toFixed() ?? null]))
}
