/** One input per kind of field. Numbers are texts: what people type is read by the same rules as a spreadsheet's cell. */
import { DatePicker, Input, Select } from 'antd'
import dayjs from 'dayjs'
import type { Field } from '../entity/entity.rules.ts'
import { parseNumber } from '../quantities/numbers.rules.ts'
import { ReferenceSelect } from './ReferenceSelect.tsx'
import type { ReferenceOption, ReferenceSource } from './register.web.ts'

interface Props {
  field: Field<any>
  source?: ReferenceSource
  known?: ReferenceOption
  id?: string
  value?: unknown
  onChange?: (value: unknown) => void
  disabled?: boolean
  autoFocus?: boolean
  'aria-describedby'?: string
  'aria-required'?: boolean | 'true' | 'false'
}

export function FieldInput({ field, source, known, value, onChange, ...rest }: Props) {
  const { type } = field
  const plain = { ...rest, value: (value ?? '') as string, onChange: (e: { target: { value: string } }) => onChange?.(e.target.value) }
  switch (type.kind) {
    case 'longText':
      return <Input.TextArea {...plain} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={type.max} showCount />
    case 'integer':
    case 'decimal':
      return (
        <Input {...plain} className="number-input" inputMode={type.kind === 'integer' ? 'numeric' : 'decimal'} suffix={field.unit} autoComplete="off"
          onBlur={() => {
            // 1,234.50 or full-width digits from a spreadsheet become the number that they mean.
            const read = parseNumber(value as string | null)
            if (read.ok && read.value !== value) onChange?.(read.value)
          }} />
      )
    case 'day':
      return <DatePicker {...rest} style={{ width: '100%' }} format="YYYY-MM-DD" placeholder="如 2026-11-23" value={value ? dayjs(value as string) : null} onChange={(d) => onChange?.(d ? d.format('YYYY-MM-DD') : null)} />
    case 'yesNo':
      return <Select {...rest} allowClear={field.required !== true} value={(value as boolean | null) ?? undefined} onChange={(v: boolean | undefined) => onChange?.(v ?? null)} options={[{ value: true, label: '是' }, { value: false, label: '否' }]} />
    case 'choice':
      return <Select {...rest} allowClear={field.required !== true} value={(value as string | null) ?? undefined} onChange={(v: string | undefined) => onChange?.(v ?? null)} options={Object.entries(type.choices ?? {}).map(([v, label]) => ({ value: v, label }))} />
    case 'reference':
      return source ? <ReferenceSelect {...rest} source={source} known={known} value={(value as number | null) ?? undefined} onChange={(v: number | undefined) => onChange?.(v ?? null)} /> : null
    default:
      return <Input {...plain} maxLength={type.max} autoComplete="off" />
  }
}

/** What a form holds → what the contract takes: '' is no value, whole numbers are numbers. */
export function sent(field: Field<any>, value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (text === '') return null
  if (field.type.kind === 'decimal' || field.type.kind === 'integer') {
    const read = parseNumber(text)
    if (!read.ok || read.value === null) return text
    return field.type.kind === 'integer' && /^-?\d{1,15}$/.test(read.value) ? Number(read.value) : read.value
  }
  return text
}

/** Must a person give it? What is asked at creation only may be missing in older records. */
export const isAsked = (field: Field<any>, creating: boolean): boolean => field.required === true || (creating && field.required === 'at-creation')

/** Why a value cannot be sent, in words; undefined where it can. The same schemas stand at the server. */
export function wrong(field: Field<any>, value: unknown, creating = false): string | undefined {
  const given = sent(field, value)
  if (given === null) return isAsked(field, creating) ? `请填写${field.label}` : undefined
  if (isNumeric(field) && typeof value === 'string') {
    const read = parseNumber(value)
    if (!read.ok) return read.problem.message
    if (field.type.kind === 'integer' && typeof given !== 'number') return '请填整数'
  }
  const checked = field.type.schema.safeParse(given)
  return checked.success ? undefined : checked.error.issues[0]?.message
}
const isNumeric = (field: Field<any>) => field.type.kind === 'decimal' || field.type.kind === 'integer'
