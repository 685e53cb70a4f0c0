/** One filter per kind of field: wanted values, or a range with both ends included. */
import { DatePicker, Input, Select, Space } from 'antd'
import dayjs from 'dayjs'
import type { Field } from '../entity/entity.rules.ts'
import { parseNumber } from '../quantities/numbers.rules.ts'
import type { Filter } from './list.rules.ts'
import { ReferenceSelect } from './ReferenceSelect.tsx'
import type { ReferenceSource } from './register.web.ts'

/** Stands for "empty" in a select, which cannot hold null. */
const EMPTY = '\u0000'
const empty = { value: EMPTY, label: '（空）' }
const toFilter = (values: unknown[]): Filter => values.map((v) => (v === EMPTY ? null : v)) as Filter
const fromFilter = (filter: Filter | undefined): unknown[] => (Array.isArray(filter) ? filter.map((v) => v ?? EMPTY) : [])

interface Props {
  field: Field<any>
  filter: Filter | undefined
  source?: ReferenceSource
  onChange: (filter: Filter | undefined) => void
}

export function FilterField({ field, filter, source, onChange }: Props) {
  const { type, label } = field
  const list = { 'aria-label': label, value: fromFilter(filter) as never, onChange: (v: unknown) => onChange(toFilter(v as unknown[])), allowClear: true, style: { width: '100%' }, placeholder: '不限' }
  if (type.kind === 'reference') return source ? <ReferenceSelect {...list} source={source} multiple extra={field.required === true ? [] : [empty]} /> : null
  if (type.kind === 'choice') return <Select {...list} mode="multiple" options={[...Object.entries(type.choices ?? {}).map(([value, l]) => ({ value, label: l })), ...(field.required === true ? [] : [empty])]} />
  if (type.kind === 'yesNo') return <Select {...list} mode="multiple" options={[{ value: true as never, label: '是' }, { value: false as never, label: '否' }, ...(field.required === true ? [] : [empty])]} />
  if (type.kind === 'text' || type.kind === 'longText') return <Select {...list} mode="tags" tokenSeparators={[',', '，', '、', ';', '；', '\n']} placeholder="等于这些值（可粘贴多个）" options={field.required === true ? [] : [empty]} open={field.required === true ? false : undefined} />

  const range = filter && !Array.isArray(filter) ? filter : {}
  const missing = Array.isArray(filter) && filter.includes(null)
  const isDay = type.kind === 'day' || type.kind === 'instant'
  const end = (name: 'min' | 'max', words: string) =>
    isDay ? (
      <DatePicker key={name} aria-label={`${label}${words}`} placeholder={words} style={{ flex: 1, minWidth: 0 }} disabled={missing} value={range[name] ? dayjs(range[name]) : null} onChange={(d) => onChange({ ...range, [name]: d?.format('YYYY-MM-DD') })} />
    ) : (
      // Written when it is complete: each letter of a number would be a question to the server.
      <Input key={`${name}${range[name] ?? ''}`} aria-label={`${label}${words}`} placeholder={words} inputMode="decimal" disabled={missing} suffix={field.unit} defaultValue={range[name]}
        onPressEnter={(e) => e.currentTarget.blur()}
        onBlur={(e) => {
          const read = parseNumber(e.target.value)
          if (read.ok && (read.value ?? undefined) !== range[name]) onChange({ ...range, [name]: read.value ?? undefined })
        }} />
    )
  return (
    <Space orientation="vertical" size={4} style={{ width: '100%' }} styles={{ item: { width: '100%' } }}>
      <div style={{ display: 'flex', gap: 8 }}>
        {end('min', isDay ? '不早于' : '不小于')}
        {end('max', isDay ? '不晚于' : '不大于')}
      </div>
      {field.required !== true && (
        <label className="muted">
          <input type="checkbox" checked={missing} onChange={(e) => onChange(e.target.checked ? [null] : undefined)} /> 只看没有填的
        </label>
      )}
    </Space>
  )
}

/** The filter in words, for the chips above the list. */
export function filterText(field: Field<any>, filter: Filter, nameOf: (id: number) => string): string {
  if (!Array.isArray(filter)) {
    if (filter.min && filter.max) return `${filter.min} 至 ${filter.max}`
    return filter.min ? `≥ ${filter.min}` : `≤ ${filter.max}`
  }
  const words = filter.map((v) => (v === null ? '没有填' : field.type.kind === 'reference' ? nameOf(Number(v)) : field.type.kind === 'yesNo' ? (v ? '是' : '否') : (field.type.choices?.[String(v)] ?? String(v))))
  return words.length > 3 ? `${words.slice(0, 3).join('、')} 等 ${words.length} 项` : words.join('、')
}
