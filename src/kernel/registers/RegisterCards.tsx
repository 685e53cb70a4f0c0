import { Link } from '@tanstack/react-router'
import type { Asked } from './asked.web.ts'
import { valueText } from './FieldValue.tsx'
import type { RecordRow, Register } from './register.web.ts'

/** The list on a phone: a card each, the whole card opens the record. */
export function RegisterCards({ register, asked, rows }: { register: Register; asked: Asked; rows: RecordRow[] }) {
  const { fields } = register.entity
  const shown = asked.columns.filter((n) => n !== register.nameField)
  return (
    <ul className="record-cards" aria-label={register.title}>
      {rows.map((row) => (
        <li key={row.id}>
          <Link to={`${register.path}/${row.id}`} className="record-card">
            <strong>{String(row[register.nameField])}</strong>
            <dl>
              {shown.map((n) => {
                const field = fields[n]!
                return (
                  <div key={n}>
                    <dt>{field.label}</dt>
                    <dd>{valueText(n, field, row)}{row[n] != null && field.unit ? ` ${field.unit}` : ''}</dd>
                  </div>
                )
              })}
            </dl>
          </Link>
        </li>
      ))}
    </ul>
  )
}
