/** Changing a mapping piece by piece. An empty piece disappears: the JSON stays what a person would write. */
import type { OutputOf } from '../contract/contract.rules.ts'
import type { importTargets, inspectFile } from './import.contract.ts'
import { parsePeriod as readPeriod } from '../quantities/dates.rules.ts'
import { parsePeriod } from '../reports/period.rules.ts'
import { foreignCurrency, foreignWords } from '../quantities/currency.rules.ts'
import { specOf, type ColumnSpec, type Mapping } from './mapping.rules.ts'

export type Target = OutputOf<typeof importTargets>['targets'][number]
export type TargetField = Target['fields'][number]
export type Inspected = OutputOf<typeof inspectFile>

/** A target that carries the institution's code is the register itself, one with a login the list of people; the others name the institution row by row. */
export const namesInstitution = (target: Target): boolean => !target.fields.some((f) => f.name === 'uscc' || f.name === 'login')

/** Mappings may leave out the domain: `monthly` is `energy.monthly`. */
export const formNamed = (target: Target, form: string | undefined) => target.forms.find((f) => form && (f.name === form || f.name.endsWith(`.${form}`)))

/** The target with only the items of one form; all of them where rows name their periods and so their forms. */
export const targetFor = (target: Target, form: string | undefined): Target => {
  const chosen = formNamed(target, form)
  return chosen ? { ...target, fields: target.fields.filter((f) => chosen.fields.includes(f.name)) } : target
}

/** Another form: columns that it lacks are let go, columns that were recognised for it come in. */
export function withForm(target: Target, seen: Inspected, mapping: Mapping, form: string | undefined): Mapping {
  const { form: _before, ...rest } = mapping
  const fields = new Set(targetFor(target, form).fields.map((f) => f.name))
  const columns = Object.fromEntries(Object.entries({ ...seen.suggestion.columns, ...mapping.columns }).filter(([name]) => fields.has(name)))
  return { ...rest, ...(form ? { form } : {}), columns: mapping.long ? {} : columns }
}

/** The form whose periods are as long as those that the mapping names, by the constant or by the column's first cells. */
export function formOfPeriods(target: Target, seen: Inspected, mapping: Mapping): string | undefined {
  if (!mapping.period) return undefined
  const spec = specOf(mapping.period)
  const column = seen.headings.find((h) => h.name === [spec.from ?? []].flat()[0])
  const texts = column ? column.examples.filter(Boolean) : typeof mapping.period === 'string' ? [mapping.period] : []
  const lengths = new Set(texts.flatMap((t) => {
    const read = readPeriod(t)
    const period = read.ok && read.value ? parsePeriod(read.value.value) : null
    return period ? [period.months] : []
  }))
  // Periods of several lengths in one column: then each row says which form it is.
  const [months] = lengths
  return lengths.size === 1 ? target.forms.find((f) => f.months === months)?.name : undefined
}

/** What stands in the way of reading a column as 元; null where nothing does. */
export function foreignMoney(seen: Inspected, from: string | string[] | undefined, unit: string | undefined): string | null {
  for (const name of [from ?? []].flat()) {
    const text = unit ?? seen.headings.find((h) => h.name === name)?.unit ?? name
    const currency = foreignCurrency(text)
    if (currency) return foreignWords(unit ? `${name}（${unit}）` : name, currency)
  }
  return null
}

/** The unit of a heading is not one that we know, and the mapping does not say it; null where nothing is odd. */
export function oddUnit(seen: Inspected, field: TargetField, spec: ColumnSpec): string | null {
  if (!field.measured || spec.unit || spec.unitFrom) return null
  return [spec.from ?? []].flat().map((name) => seen.headings.find((h) => h.name === name)?.odd).find(Boolean) ?? null
}

const tidy = (spec: ColumnSpec): string | ColumnSpec | undefined => {
  const kept = Object.fromEntries(Object.entries(spec).filter(([, v]) => v !== undefined && v !== '' && !(typeof v === 'object' && v !== null && Object.keys(v).length === 0))) as ColumnSpec
  const names = Object.keys(kept)
  if (!names.length) return undefined
  return names.length === 1 && typeof kept.from === 'string' ? kept.from : kept
}

export const columnOf = (mapping: Mapping, field: string): ColumnSpec => (mapping.columns[field] === undefined ? {} : specOf(mapping.columns[field]))

export function withColumn(mapping: Mapping, field: string, change: Partial<ColumnSpec>): Mapping {
  const next = tidy({ ...columnOf(mapping, field), ...change })
  const { [field]: _gone, ...others } = mapping.columns
  return { ...mapping, columns: next === undefined ? others : { ...others, [field]: next } }
}

const first = (headings: readonly string[], ...names: RegExp[]): string | undefined => {
  for (const n of names) {
    const found = headings.find((h) => n.test(h))
    if (found) return found
  }
  return undefined
}

/** What the server recognised, with the institution and the period where rows name them. */
export function suggested(target: Target, seen: Inspected): Mapping {
  const known = new Set(target.fields.map((f) => f.name))
  const columns = Object.fromEntries(Object.entries(seen.suggestion.columns).filter(([name]) => known.has(name)))
  const base: Mapping = { ...seen.suggestion, columns, headerRow: seen.headerRow, ...(seen.sheet ? { sheet: seen.sheet } : {}), ...(seen.encoding ? { encoding: seen.encoding } : {}) }
  if (!namesInstitution(target)) return base
  const headings = seen.headings.map((h) => h.name)
  const code = first(headings, /信用代码/)
  const name = first(headings, /机构名称|单位名称/, /^(名称|name)$/i)
  const inner = first(headings, /内部编码|机构编码/, /^(编码|编号|code|id)$/i)
  const period = first(headings, /报告期|期别|月份|年月|年度|年份/, /^(period|year|month)$/i)
  const from = code ?? inner ?? name
  return {
    ...base,
    ...(from ? { institution: { from, by: code ? ('uscc' as const) : inner ? ('code' as const) : ('name' as const) } } : {}),
    ...(period ? { period } : {}),
  }
}

const isOnePeriod = (period: Mapping['period']): boolean => typeof period === 'string' && /^\d{4}/.test(period)
/**
 * A saved mapping for the file that lies here: sheet, row of headings and encoding are this file's, and so is the period
 * where the whole file is of one. Last month's would put the figures into last month.
 */
export function adopted(saved: Mapping, now: Mapping): Mapping {
  const { sheet: _sheet, headerRow: _row, encoding: _encoding, period, ...rest } = saved
  const { sheet, headerRow, encoding } = now
  const meant = !isOnePeriod(period) ? period : isOnePeriod(now.period) ? now.period : undefined
  return { ...(sheet ? { sheet } : {}), ...(headerRow ? { headerRow } : {}), ...(encoding ? { encoding } : {}), ...rest, ...(meant === undefined ? {} : { period: meant }) }
}

/** What still stops the check, as sentences. */
export function lacks(target: Target, seen: Inspected, mapping: Mapping): string[] {
  const out: string[] = []
  for (const f of target.fields) {
    const spec = columnOf(mapping, f.name)
    const foreign = f.unit === '元' && !spec.unitFrom ? foreignMoney(seen, spec.from, spec.unit) : null
    const odd = foreign ? null : oddUnit(seen, f, spec)
    if (foreign ?? odd) out.push(`${f.label}：${foreign ?? odd}`)
  }
  if (mapping.long?.cost && !mapping.long.cost.unitFrom) {
    const foreign = foreignMoney(seen, mapping.long.cost.from, mapping.long.cost.unit)
    if (foreign) out.push(`费用：${foreign}`)
  }
  if (namesInstitution(target)) {
    if (!mapping.institution) out.push('请指明哪一列是填报单位。')
    if (!mapping.period && !mapping.long?.start) out.push('请指明报告期在哪一列，或整个文件是同一期。')
    if (mapping.long ? !mapping.long.item.from || !mapping.long.quantity.from : Object.keys(mapping.columns).length === 0) out.push(mapping.long ? '请指明账单的能源种类和用量各在哪一列。' : '请至少对应一个指标。')
  } else {
    const missing = target.fields.filter((f) => f.required && mapping.columns[f.name] === undefined).map((f) => f.label)
    if (missing.length) out.push(`还没有对应：${missing.join('、')}。文件里没有的，可以填固定值；只更新已有机构的，可以不填。`)
  }
  return out
}
/** Lacks that stop; the others are only said. */
export const stops = (target: Target, seen: Inspected, mapping: Mapping): boolean => namesInstitution(target) ? lacks(target, seen, mapping).length > 0 : Object.keys(mapping.columns).length === 0
