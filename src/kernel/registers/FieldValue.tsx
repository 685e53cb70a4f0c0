import type { Field } from '../entity/entity.rules.ts'
import { instantText, NONE } from '../ui/text.web.ts'
import { displayValue } from './display.rules.ts'
import { shownName, type RecordRow } from './register.web.ts'

export function valueText(name: string, field: Field<any>, row: Record<string, unknown>): string {
  const value = row[name]
  if (value === null || value === undefined || value === '') return NONE
  if (field.type.kind === 'reference') return String(row[shownName(name)] ?? '（管理范围外）')
  if (field.type.kind === 'instant') return instantText(String(value))
  return displayValue(field, value) ?? NONE
}

export const isNumber = (field: Field<any>): boolean => field.type.kind === 'decimal' || field.type.kind === 'integer'
/** Column head and label: the unit stands here, not in every cell. */
export const headOf = (field: Field<any>): string => (field.unit ? `${field.label}（${field.unit}）` : field.label)

/** A record's value as people read it; a missing one is a dash, never a zero. */
export function FieldValue({ name, field, row, unit }: { name: string; field: Field<any>; row: RecordRow; unit?: boolean }) {
  const text = valueText(name, field, row)
  if (text === NONE) return <span className="muted">{NONE}</span>
  return <span className={isNumber(field) ? 'nowrap' : undefined}>{unit && field.unit ? `${text} ${field.unit}` : text}</span>
}
