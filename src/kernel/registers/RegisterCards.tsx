import { Link } from '@tanstack/react-router'
import type { Asked } from './asked.web.ts'
import { valueText } from './FieldValue.tsx'
import type { RecordRow, Register } from './register.web.ts'
import type { ShownTotals } from './totals.web.ts'

/** The list on a phone: a card each, the whole card opens the record. */
export function RegisterCards({ register, asked, rows, totals }: { register: Register; asked: Asked; rows: RecordRow[]; totals: ShownTotals | null }) {
  const { fields } = register.entity
  const shown = asked.columns.filter((n) => n !== register.nameField)
  return (
    <>
      {totals && <Total register={register} asked={asked} totals={totals} />}
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
    </>
  )
}

/** Above the cards: below them one would have to scroll past a page of records first. */
function Total({ register, asked, totals }: { register: Register; asked: Asked; totals: ShownTotals }) {
  const { fields } = register.entity
  return (
    <section className="cards-total" aria-label="合计">
      <strong>{totals.label}</strong>
      <dl>
        {asked.columns.filter((n) => totals.cells[n]).map((n) => (
          <div key={n}>
            <dt>{fields[n]!.label}</dt>
            <dd>{totals.cells[n]!.text}{/\d/.test(totals.cells[n]!.text) && fields[n]!.unit ? ` ${fields[n]!.unit}` : ''}{totals.cells[n]!.missing && <small>{totals.cells[n]!.missing}</small>}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
