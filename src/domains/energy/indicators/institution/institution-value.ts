/** An indicator of one institution's figures `c`, in SQL; NULL where a side is missing. */
import { sql, type RawBuilder } from 'kysely'
import { COLUMNS, type Measure } from '../../consumption/measures.rules.ts'
import type { Indicator } from '../indicators.rules.ts'

export function institutionValue(i: Indicator): RawBuilder<unknown> {
  const column = (m: string): RawBuilder<unknown> => sql.ref(`c.${COLUMNS[m as Measure]}`)
  const top = sql`(${sql.join(i.numerator.of.map(column), sql` + `)} ${i.numerator.less ? sql`- coalesce(${column(i.numerator.less)}, 0)` : sql``}) * ${sql.lit(Number(i.numerator.times))}`
  return sql`CASE WHEN ${column(i.denominator.of)} > 0 THEN (${top}) / ${column(i.denominator.of)} END`
}
