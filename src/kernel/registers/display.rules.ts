/** How a value is shown to people: choices by their words, yes and no, thousands, never a raw code. */
import { masked } from '../entity/mask.rules.ts'
import type { Field } from '../entity/entity.rules.ts'

/** 12345.6 → 12,345.6 without touching a digit. */
export const grouped = (value: string | number): string => {
  const [whole, part] = String(value).split('.')
  return whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (part ? `.${part}` : '')
}

export function displayValue(f: Field<any>, value: unknown, references?: ReadonlyMap<number, string>): string | null {
  if (value === null || value === undefined || value === '') return null
  if (f.class) return masked(value)
  switch (f.type.kind) {
    case 'choice':
      return f.type.choices?.[String(value)] ?? String(value)
    case 'yesNo':
      return value === true || value === 'true' ? '是' : '否'
    case 'integer':
    case 'decimal':
      return grouped(value as string)
    case 'reference':
      return references?.get(Number(value)) ?? `#${String(value)}`
    default:
      return String(value)
  }
}
