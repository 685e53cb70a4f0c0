/** Changing a mapping piece by piece. An empty piece disappears: the JSON stays what a person would write. */
import type { OutputOf } from '../contract/contract.rules.ts'
import type { importTargets, inspectFile } from './import.contract.ts'
import { specOf, type ColumnSpec, type Mapping } from './mapping.rules.ts'

export type Target = OutputOf<typeof importTargets>['targets'][number]
export type TargetField = Target['fields'][number]
export type Inspected = OutputOf<typeof inspectFile>

/** A target that carries the institution's code is the register itself; the others name the institution row by row. */
export const namesInstitution = (target: Target): boolean => !target.fields.some((f) => f.name === 'uscc')

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

/** What still stops the check, as sentences. */
export function lacks(target: Target, mapping: Mapping): string[] {
  const out: string[] = []
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
export const stops = (target: Target, mapping: Mapping): boolean => namesInstitution(target) ? lacks(target, mapping).length > 0 : Object.keys(mapping.columns).length === 0
