/** The form of a record, made from its entity: labels, units, help, the same rules as the server's. */
import { Form, type FormInstance } from 'antd'
import type { Field } from '../entity/entity.rules.ts'
import { FieldInput, isAsked, wrong } from './FieldInput.tsx'
import { shownName, type RecordRow, type Register } from './register.web.ts'

export type Values = Record<string, unknown>

const help = (field: Field<any>): string | undefined => [field.help, field.basis && `依据：${field.basis}`].filter(Boolean).join(' ') || undefined

export function formGroups(register: Register): { title: string; fields: string[] }[] {
  const { writable } = register.entity
  const named = new Set(register.groups.flatMap((g) => g.fields))
  const rest = writable.filter((n) => !named.has(n))
  return [...register.groups.map((g) => ({ title: g.title, fields: g.fields.filter((n) => writable.includes(n)) })), { title: '其他', fields: rest }].filter((g) => g.fields.length)
}

interface Props {
  register: Register
  form: FormInstance<Values>
  row?: RecordRow
  initial: Values
  onChange: (values: Values) => void
  onSubmit: (values: Values) => void
  children?: React.ReactNode
}

export function RecordForm({ register, form, row, initial, onChange, onSubmit, children }: Props) {
  const { fields } = register.entity
  const item = (name: string) => {
    const field = fields[name]!
    const isWide = field.type.kind === 'longText' || (field.type.max ?? 0) >= 120
    const known = row && row[name] != null ? { value: Number(row[name]), label: String(row[shownName(name)] ?? '') } : undefined
    return (
      <Form.Item key={name} name={name} label={field.label} required={isAsked(field, !row)} extra={help(field)} className={isWide ? 'is-wide' : undefined} validateTrigger="onBlur" validateFirst
        rules={[{ validator: (_rule, value) => {
          const why = wrong(field, value, !row)
          return why ? Promise.reject(new Error(why)) : Promise.resolve()
        } }]}>
        <FieldInput field={field} source={register.references[name]} known={known} />
      </Form.Item>
    )
  }
  return (
    <Form<Values> form={form} layout="vertical" initialValues={initial} onValuesChange={(_changed, all) => onChange(all)} onFinish={onSubmit} autoComplete="off">
      {formGroups(register).map((g) => (
        <section key={g.title} className="form-group">
          <h3>{g.title}</h3>
          <div className="form-grid">{g.fields.map(item)}</div>
        </section>
      ))}
      {children}
    </Form>
  )
}
