import { Reveal } from '../authority/personal/Reveal.tsx'
import { FieldValue } from './FieldValue.tsx'
import { formGroups } from './RecordForm.tsx'
import type { RecordRow, Register } from './register.web.ts'

/** All fields of a record to read, in the form's groups; the system's own come last. */
export function RecordFacts({ register, row }: { register: Register; row: RecordRow }) {
  const { fields } = register.entity
  const groups = [...formGroups(register), { title: '系统登记', fields: Object.keys(fields).filter((n) => fields[n]!.system) }]
  return groups.map((g) => (
    <section key={g.title} className="form-group">
      <h2>{g.title}</h2>
      <dl className="record-facts">
        {g.fields.map((n) => (
          <div key={n} className={fields[n]!.type.kind === 'longText' ? 'is-long' : undefined}>
            <dt>{fields[n]!.label}</dt>
            <dd>{fields[n]!.class && row[n] ? <Reveal entity={register.entity.name} id={row.id} field={n} shown={String(row[n])} /> : <FieldValue name={n} field={fields[n]!} row={row} unit />}</dd>
          </div>
        ))}
      </dl>
    </section>
  ))
}
