/** From the cells of one line to values of our fields: words translated, units converted, nothing guessed. */
import { splitHeading } from '../documents/header.rules.ts'
import type { FieldType } from '../entity/entity.rules.ts'
import { isMasked } from '../entity/mask.rules.ts'
import { parseNumber } from '../quantities/numbers.rules.ts'
import { foreignCurrency, foreignWords } from '../quantities/currency.rules.ts'
import { parseDay } from '../quantities/dates.rules.ts'
import { isMissing, quoted, type Outcome, type Trouble } from '../quantities/outcome.rules.ts'
import { convert, findUnit, gasVolume, NATURAL_GAS_HEATING_VALUE } from '../quantities/units.rules.ts'
import { specOf, type ColumnSpec, type Mapping } from './mapping.rules.ts'
import type { Finding, ImportField, ReadLine } from './target.rules.ts'
import Decimal from 'decimal.js'

export interface FileCell {
  kind: 'text' | 'number' | 'date' | 'boolean' | 'error'
  text: string
  merged?: boolean
  /** The first of several rows that are merged. */
  spans?: boolean
}
export interface Heading {
  /** Column from 0. */
  index: number
  /** As in the file, made distinct. */
  name: string
  /** Without the unit in brackets. */
  bare: string
  unit?: string
  /** In brackets at its end, and no unit that we know. */
  odd?: string
}

interface Plain {
  at: number
  /** Digits before and after the point at most. */
  whole: number
  places: number
}
interface Column {
  field: ImportField
  spec: ColumnSpec
  /** A decimal from one heading in its own unit. */
  plain: Plain | undefined
}
/** Neither negative nor rounded nor written in any other way than we would write it. */
function isPlain(cell: FileCell, { whole, places }: Plain): boolean {
  const { text } = cell
  if (cell.merged || cell.spans || (cell.kind !== 'number' && cell.kind !== 'text') || !/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/.test(text)) return false
  const point = text.indexOf('.')
  return point < 0 ? text.length <= whole : point <= whole && text.length - point - 1 <= places
}

export class LineReader {
  private readonly at: Map<string, Heading>
  private readonly headings: readonly Heading[]
  private readonly mapping: Mapping
  private readonly date1904: boolean
  private columns: { of: readonly ImportField[]; columns: Column[]; blank: Record<string, null> } | undefined
  private readonly foreign = new Map<string, string | null>()
  /** What stands in the brackets of our own fields' names is part of the name, in their headings too. */
  private readonly ours = new Set<string>()
  constructor(headings: readonly Heading[], mapping: Mapping, date1904: boolean) {
    this.headings = headings
    this.mapping = mapping
    this.date1904 = date1904
    this.at = new Map()
    // Whole headings first: `电(kWh)` and `电(元)` share their bare name.
    for (const h of headings) if (!this.at.has(h.name)) this.at.set(h.name, h)
    for (const h of headings) if (!this.at.has(h.bare)) this.at.set(h.bare, h)
  }
  names(): string[] {
    return this.headings.map((h) => h.name)
  }

  /** Headings that the mapping names and the file lacks. */
  missingHeadings(): string[] {
    return [...this.wanted()].filter((n) => !this.at.has(n))
  }
  /** Columns of the file that the mapping does not name: nothing of them is read. */
  unusedHeadings(): string[] {
    const used = new Set([...this.wanted()].map((n) => this.at.get(n)))
    return this.headings.filter((h) => !used.has(h)).map((h) => h.name)
  }
  private wanted(): Set<string> {
    const wanted = new Set<string>()
    const add = (c: string | ColumnSpec | undefined) => {
      if (!c) return
      const spec = specOf(c)
      for (const n of [spec.from ?? [], spec.unitFrom ?? []].flat()) wanted.add(n)
    }
    Object.values(this.mapping.columns).forEach(add)
    if (this.mapping.period && (typeof this.mapping.period !== 'string' || !/^\d{4}/.test(this.mapping.period))) add(this.mapping.period)
    if (this.mapping.institution) [this.mapping.institution.from].flat().forEach((n) => wanted.add(n))
    const l = this.mapping.long
    if (l) {
      for (const n of [l.item.from, l.meter]) if (n) wanted.add(n)
      for (const c of [l.quantity, l.cost, l.start, l.end]) add(c)
    }
    if (this.mapping.skip) wanted.add(this.mapping.skip.from)
    return wanted
  }

  cell(cells: readonly (FileCell | null)[], heading: string): FileCell | null {
    const found = this.at.get(heading)
    return found ? (cells[found.index] ?? null) : null
  }

  read(line: number, cells: readonly (FileCell | null)[], fields: readonly ImportField[]): ReadLine {
    const raw = this.headings.map((h) => cells[h.index]?.text ?? null)
    const columns = this.columnsOf(fields)
    // Objects of one shape are a fifth of the memory of those that grow name by name.
    const read: ReadLine = { line, raw, values: { ...this.columns!.blank }, findings: [] }
    const skip = this.mapping.skip
    if (skip && skip.values.includes(this.cell(cells, skip.from)?.text?.trim() ?? '')) return { ...read, skipped: true }
    for (const { field: f, spec, plain } of columns) {
      if (plain) {
        const cell = cells[plain.at]
        // An empty cell, or a figure as the column keeps it: most are, and there is nothing to read into them.
        if (!f.required && !cell) continue
        if (cell && isPlain(cell, plain)) {
          read.values[f.name] = cell.text
          continue
        }
      }
      const value = this.value(cells, spec, f.type, f.unit, f.means)
      if (!value.ok) read.findings.push({ field: f.name, severity: 'error', ...value.problem, message: `${f.label}：${value.problem.message}` })
      else {
        if (value.value === null && f.required) read.findings.push({ field: f.name, code: 'required', severity: 'error', message: `${f.label}没有填写，请补填。` })
        // An export of ours that comes back shows personal data in part: what stands with us stays.
        if (f.class && isMasked(value.value)) read.findings.push({ field: f.name, code: 'masked', severity: 'note', message: `${f.label}是隐去了一部分的，保留平台里原有的内容。` })
        else read.values[f.name] = value.value
      }
    }
    return read
  }

  /** What the mapping says about each field, worked out once for all lines. */
  private columnsOf(fields: readonly ImportField[]): Column[] {
    if (this.columns?.of === fields) return this.columns.columns
    for (const field of fields) for (const odd of oddOf(field)) this.ours.add(odd)
    const columns = fields.flatMap((field): Column[] => {
      const given = this.mapping.columns[field.name]
      if (given === undefined) return []
      const spec = specOf(given)
      const heading = typeof spec.from === 'string' && Object.keys(spec).every((k) => k === 'from' || k === 'unit') ? this.at.get(spec.from) : undefined
      const from = spec.unit ?? heading?.unit
      const size = field.type.kind === 'decimal' ? /^numeric\((\d+),(\d+)\)$/.exec(field.type.sql) : null
      const abroad = heading && field.unit === MONEY && this.currency(from ?? String(spec.from))
      const asItIs = heading && size && !abroad && (!from || !field.unit || from === field.unit) && (from || !this.oddUnit(heading, field.unit))
      return [{ field, spec, plain: asItIs ? { at: heading.index, whole: Math.min(14, Number(size[1]) - Number(size[2])), places: Number(size[2]) } : undefined }]
    })
    this.columns = { of: fields, columns, blank: Object.fromEntries(columns.map((c) => [c.field.name, null])) }
    return columns
  }

  /** One field's value, null where the file has none. */
  value(cells: readonly (FileCell | null)[], spec: ColumnSpec, type: FieldType<any>, unit?: string, means?: ImportField['means']): Outcome<unknown> {
    if (spec.value !== undefined) return cast(spec.value === null ? null : String(spec.value), null, spec, type, this.date1904)
    const names = [spec.from ?? []].flat()
    if (!spec.add) {
      for (const n of names) {
        const one = this.single(cells, n, spec, type, unit, means)
        if (!one.ok || one.value !== null) return one
      }
      return spec.default === undefined ? { ok: true, value: null } : cast(spec.default === null ? null : String(spec.default), null, {}, type, this.date1904)
    }
    let total: Decimal | null = null
    for (const n of names) {
      const one = this.single(cells, n, spec, type, unit, means)
      if (!one.ok) return one
      if (one.value !== null) total = (total ?? new Decimal(0)).plus(String(one.value))
    }
    return { ok: true, value: total === null ? null : total.toFixed() }
  }

  private single(cells: readonly (FileCell | null)[], heading: string, spec: ColumnSpec, type: FieldType<any>, unit?: string, means?: ImportField['means']): Outcome<unknown> {
    const cell = this.cell(cells, heading)
    if (!cell) return { ok: true, value: null }
    if (cell.kind === 'error') return { ok: false, problem: { code: 'formula_error', message: `单元格是公式错误 ${cell.text}，请改正公式或直接填数。` } }
    if (cell.merged) return { ok: false, problem: { code: 'merged_cell', message: '单元格被合并，看不出这一行的值。请取消合并后逐行填写。' } }
    if (cell.spans && (type.kind === 'decimal' || type.kind === 'integer')) return { ok: false, problem: { code: 'merged_cell', message: `${quoted(cell.text)}合并在几行里，看不出是其中哪一行的数。请取消合并后逐行填写。` } }
    const fromUnit = (spec.unitFrom ? this.cell(cells, spec.unitFrom)?.text.trim() : undefined) || spec.unit || this.at.get(heading)?.unit
    const value = cast(cell.text, cell, spec, type, this.date1904)
    if (unit === MONEY && value.ok && value.value !== null) {
      const currency = this.currency(fromUnit ?? heading)
      if (currency) return { ok: false, problem: { code: 'foreign_currency', message: foreignWords(fromUnit && !heading.includes(fromUnit) ? `${heading}（${fromUnit}）` : heading, currency) } }
    }
    const odd = fromUnit || !value.ok || value.value === null || type.kind !== 'decimal' ? null : this.oddUnit(this.at.get(heading)!, unit)
    if (odd) return odd
    if (!value.ok || value.value === null || !fromUnit || !unit || fromUnit === unit || type.kind !== 'decimal') return value
    return toUnit(String(value.value), meant(fromUnit, means), unit, type.scale ?? 4, spec.heatingValue)
  }

  private oddUnit({ name, odd }: Heading, unit: string | undefined): Extract<Outcome<never>, { ok: false }> | null {
    return odd === undefined || !isMeasured(unit) || this.ours.has(odd) ? null : { ok: false, problem: oddUnit(name, odd) }
  }

  private currency(text: string): string | null {
    let known = this.foreign.get(text)
    if (known === undefined) this.foreign.set(text, (known = foreignCurrency(text)))
    return known
  }
}

/** Kept in a unit that others convert to; persons and vehicles are counted. */
export const isMeasured = (unit: string | undefined): boolean => unit !== undefined && findUnit(unit).ok

/** What is no unit in the brackets of a field's own names: 热力消费量（按热量收费）. */
export const oddOf = (field: ImportField): string[] => [field.label, ...(field.synonyms ?? [])].flatMap((name) => splitHeading(name).odd ?? [])

/** The heading speaks of a unit that we do not know: taking its figures as ours would be a guess. */
export function oddUnit(heading: string, odd: string): Trouble {
  const meant = findUnit(odd)
  if (!meant.ok && meant.problem.code === 'ambiguous_unit') return { code: 'ambiguous_unit', message: `表头${quoted(heading)}：${meant.problem.message}也可以在导入对照中写明这一列的单位。` }
  return { code: 'unknown_unit', message: `表头${quoted(heading)}括号里的${quoted(odd)}不是认得的计量单位，请在导入对照中写明这一列的单位；括号里说的不是单位的，也请写明。` }
}

function meant(unit: string, means: ImportField['means']): string {
  const found = means && findUnit(unit)
  return found?.ok ? (means![found.value.code] ?? unit) : unit
}

/** Every amount of money is kept in it. */
export const MONEY = '元'

/** Gas billed as energy becomes a volume only through a heating value, which the mapping states or the national one. */
function toUnit(value: string, from: string, to: string, places: number, heatingValue?: string): Outcome<string> {
  const source = findUnit(from)
  if (!source.ok) return source
  const target = findUnit(to)
  if (target.ok && source.value.dimension === 'energy' && target.value.dimension === 'volume')
    return gasVolume(value, from, heatingValue ?? NATURAL_GAS_HEATING_VALUE.value, { scale: places })
  return convert(value, from, to, { scale: places })
}

function cast(text: string | null, cell: FileCell | null, spec: Pick<ColumnSpec, 'values' | 'missing' | 'dayOrder'>, type: FieldType<any>, date1904: boolean): Outcome<unknown> {
  let given = text?.trim() ?? null
  if (given !== null && spec.values && Object.hasOwn(spec.values, given)) {
    const translated = spec.values[given]!
    given = translated === null ? null : String(translated)
  } else if (given !== null && (isMissing(given) || spec.missing?.includes(given))) given = null
  if (given === null || given === '') return { ok: true, value: null }
  const refuse = (code: string, message: string): Outcome<never> => ({ ok: false, problem: { code, message } })
  let value: unknown = given
  switch (type.kind) {
    case 'integer':
    case 'decimal': {
      const number = parseNumber(given)
      if (!number.ok) return number
      if (number.value === null) return { ok: true, value: null }
      if (type.kind === 'integer') {
        if (!/^-?\d{1,10}(\.0+)?$/.test(number.value)) return refuse('not_an_integer', `${quoted(given)}不是整数，请填整数。`)
        value = Number(number.value)
      } else value = round(number.value, type.scale ?? 4)
      break
    }
    case 'day': {
      const day = parseDay(given, {
        order: spec.dayOrder === 'ymd' ? undefined : spec.dayOrder,
        serial: cell?.kind === 'number' ? (date1904 ? '1904' : '1900') : undefined,
      })
      if (!day.ok) return day
      value = day.value
      break
    }
    case 'yesNo': {
      const known = /^(是|有|y|yes|true|1|√)$/i.test(given) ? true : /^(否|无|没有|n|no|false|0|×)$/i.test(given) ? false : undefined
      if (known === undefined) return refuse('not_yes_or_no', `${quoted(given)}看不出是或否，请填“是”或“否”。`)
      value = known
      break
    }
    case 'choice': {
      const choices = type.choices ?? {}
      const key = Object.hasOwn(choices, given) ? given : Object.keys(choices).find((k) => choices[k] === given) ?? (Object.hasOwn(choices, given!.padStart(2, '0')) ? given.padStart(2, '0') : undefined)
      if (key === undefined) return refuse('unknown_choice', `没有${quoted(given)}这一项，可填：${Object.values(choices).join('、')}。也可在导入对照中指定它对应哪一项。`)
      value = key
      break
    }
    default:
      value = given
  }
  if (type.kind !== 'reference' && value !== null) {
    const checked = type.schema.safeParse(value)
    if (!checked.success) return refuse('out_of_range', `${quoted(given)}：${checked.error.issues[0]?.message ?? '超出允许的范围'}。`)
    value = checked.data
  }
  return { ok: true, value }
}

/** More places than the column keeps are binary noise of a spreadsheet (81.69999695): rounded half up, as statistics do. */
const round = (value: string, places: number): string => {
  const point = value.indexOf('.')
  return point < 0 || value.length - point - 1 <= places ? value : new Decimal(value).toDecimalPlaces(places, Decimal.ROUND_HALF_UP).toFixed()
}

export const isError = (f: Finding): boolean => f.severity === 'error'
