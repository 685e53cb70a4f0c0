/**
 * An entity is declared once; row, create and patch schemas, column names, forms, filters, import headings
 * and audit labels are derived from the declaration. Nothing is generated into files.
 *
 * A field is one line here and one line in a migration; `entity.parity.test.ts` holds the two together.
 */
import { z } from 'zod'

/** Closed list: what a field is in SQL, in a form, in a workbook. Anything more is a React component. */
export type FieldKind =
  | 'text'
  | 'longText'
  | 'integer'
  | 'decimal'
  | 'day'
  | 'instant'
  | 'yesNo'
  | 'choice'
  | 'reference'

export interface Hints {
  /** Legal Chinese term, shown everywhere. */
  label: string
  /** Unit of a quantity, shown in column heads: 元, ㎡, kWh… */
  unit?: string
  /** One sentence of help under the form item. */
  help?: string
  /** Legal basis or definition of the term. */
  basis?: string
  /** In the default column set of the list. */
  list?: boolean
  /** Offered as a filter of the list. */
  filter?: boolean
  /** Offered as a sort of the list: an index in exactly this order must exist. */
  sort?: boolean
  /** Adds up over records: the list shows the total of all that it found. */
  total?: boolean
  /** Never empty; `at-creation`: people must give it, but rows of another kind or another time may lack it. */
  required?: boolean | 'at-creation'
  /** Written by the system, never by a form. */
  system?: boolean
  /** Personal data: shown in part, whole only on a reveal with a reason (mask.rules.ts). */
  class?: 'personal' | 'sensitive'
  /** Other headings under which foreign files carry this field. */
  synonyms?: readonly string[]
}

export interface FieldType<T = unknown> {
  kind: FieldKind
  schema: z.ZodType<T>
  /** SQL type that `information_schema` must report, e.g. `text`, `numeric(18,2)`, `date`. */
  sql: string
  choices?: Readonly<Record<string, string>>
  /** Entity that a reference points to. */
  target?: string
  scale?: number
  max?: number
}

export interface Field<T = unknown> extends Hints {
  type: FieldType<T>
}

export type Fields = Record<string, Field<any>>

export const text = (max: number): FieldType<string> => ({
  kind: 'text',
  schema: z.string().trim().min(1).max(max, `最多 ${max} 个字`),
  sql: 'text',
  max,
})
export const longText = (max = 2000): FieldType<string> => ({
  kind: 'longText',
  schema: z.string().trim().max(max, `最多 ${max} 个字`),
  sql: 'text',
  max,
})
export const integer = (min = -2147483648, max = 2147483647): FieldType<number> => ({
  kind: 'integer',
  schema: z.int().min(min, `不能小于 ${min}`).max(max, `不能大于 ${max}`),
  sql: 'integer',
})

/** Exact decimal, carried as a string: never a binary float. `scale` digits after the point at most. */
export const decimal = (scale: number, options: { precision?: number; min?: string } = {}): FieldType<string> => {
  const precision = options.precision ?? 20
  const pattern = new RegExp(`^-?\\d{1,${precision - scale}}(\\.\\d{1,${scale}})?$`)
  let schema = z.string().regex(pattern, scale ? `请填数字，最多 ${scale} 位小数` : '请填整数')
  if (options.min === '0') schema = schema.refine((v) => !v.startsWith('-') || /^-0*(\.0*)?$/.test(v), '不能为负数')
  return { kind: 'decimal', schema, sql: `numeric(${precision},${scale})`, scale }
}
export const money = (): FieldType<string> => decimal(2, { precision: 18, min: '0' })
export const quantity = (scale = 4): FieldType<string> => decimal(scale, { precision: 22, min: '0' })

/** Calendar day `YYYY-MM-DD`, Asia/Shanghai. */
export const day = (): FieldType<string> => ({
  kind: 'day',
  schema: z.iso.date('请填日期，如 2026-11-23'),
  sql: 'date',
})
export const instant = (): FieldType<string> => ({ kind: 'instant', schema: z.string(), sql: 'timestamp with time zone' })
export const yesNo = (): FieldType<boolean> => ({ kind: 'yesNo', schema: z.boolean(), sql: 'boolean' })
export const choice = <const C extends Record<string, string>>(choices: C): FieldType<keyof C & string> => ({
  kind: 'choice',
  schema: z.enum(Object.keys(choices) as [keyof C & string, ...(keyof C & string)[]], {
    error: `请选择：${Object.values(choices).slice(0, 8).join('、')}`,
  }),
  sql: 'text',
  choices,
})
/** Points to another record by its integer id. */
export const reference = (target: string): FieldType<number> => ({
  kind: 'reference',
  schema: z.int().positive(),
  sql: 'integer',
  target,
})

export const field = <T, const H extends Hints>(type: FieldType<T>, hints: H): H & { type: FieldType<T> } => ({
  ...hints,
  type,
})

export const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

type ValueOf<F> = F extends { type: FieldType<infer T> } ? T : never
/** A row as handlers and pages see it: camelCase, absent values are null. */
export type Row<F extends Fields> = { [K in keyof F]: F[K] extends { required: true } ? ValueOf<F[K]> : ValueOf<F[K]> | null }

export interface Entity<F extends Fields = Fields> {
  /** `schema.table` */
  name: string
  label: string
  fields: F
  /** camelCase field → snake_case column */
  columns: { [K in keyof F & string]: string }
  /** Fields that people may write. */
  writable: (keyof F & string)[]
}

export function entity<const F extends Fields>(name: string, label: string, fields: F): Entity<F> {
  const names = Object.keys(fields) as (keyof F & string)[]
  return {
    name,
    label,
    fields,
    columns: Object.fromEntries(names.map((n) => [n, snake(n)])) as Entity<F>['columns'],
    writable: names.filter((n) => !fields[n]!.system),
  }
}

type Shape = Record<string, z.ZodType>

/** What the server sends: every field, null where there is nothing, plus id, version and what the reader may do. */
export function rowSchema<F extends Fields>(e: Entity<F>) {
  const shape: Shape = {}
  for (const [n, f] of Object.entries(e.fields)) shape[n] = f.required === true ? f.type.schema : f.type.schema.nullable()
  return z.object({
    id: z.int(),
    version: z.int(),
    ...shape,
  }) as unknown as z.ZodType<Row<F> & { id: number; version: number }>
}

/** What was shown in part cannot be written back. */
const whole = (f: Field<any>): z.ZodType => (f.class ? f.type.schema.refine((v) => !/\*\*/.test(String(v)), '这里显示的是隐去了一部分的内容，请填写完整的号码，或不改这一栏') : f.type.schema)

/** What a person may send to create: required fields must be there, unknown fields are refused. */
export function createSchema<F extends Fields>(e: Entity<F>) {
  const shape: Shape = {}
  for (const n of e.writable) {
    const f = e.fields[n]!
    shape[n] = f.required ? whole(f) : whole(f).nullish()
  }
  return z.strictObject(shape) as unknown as z.ZodType<Partial<Row<F>>>
}

/** What a person may send to change: any writable field; null clears it unless it is required. */
export function patchSchema<F extends Fields>(e: Entity<F>) {
  const shape: Shape = {}
  for (const n of e.writable) {
    const f = e.fields[n]!
    shape[n] = f.required ? whole(f).optional() : whole(f).nullish()
  }
  return z.strictObject(shape) as unknown as z.ZodType<Partial<Row<F>>>
}
