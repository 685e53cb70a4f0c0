/** Export of what a list shows: same filter, same order, chosen columns, streamed. */
import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import type { Entity } from '../entity/entity.rules.ts'
import type { Context, FileAnswer } from '../domain.ts'
import { conditions, searchCondition, type ListShape } from './list.ts'
import { parseFilters } from './list.rules.ts'
import { masked } from '../entity/mask.rules.ts'
import { displayValue } from './display.rules.ts'
import { writeTable, writeCsv, type OutColumn } from '../documents/workbook-out.ts'

interface Wanted {
  q?: string
  filter?: string
  columns?: string
  format: 'xlsx' | 'csv'
  title: string
  /** Personal data as it is, for an export that was asked for with a reason. */
  whole?: boolean
}

const BATCH = 2000

export async function exportRows(context: Context, e: Entity<any>, shape: ListShape, wanted: Wanted): Promise<FileAnswer> {
  const shown = wanted.columns?.split(',').filter((n) => Object.hasOwn(e.fields, n)) ?? Object.keys(e.fields).filter((n) => !e.fields[n]!.system)
  const names = shown.length ? shown : Object.keys(e.fields)
  // The name of a reference stands in `extra` as regionName for regionId.
  const extraOf = (n: string) => (e.fields[n]!.type.kind === 'reference' ? n.replace(/Id$/, 'Name') : null)
  const columns: OutColumn[] = names.map((n) => {
    const f = e.fields[n]!
    const kind = f.type.kind === 'decimal' || f.type.kind === 'integer' ? 'number' : 'text'
    return { key: n, heading: f.label, unit: f.unit, width: kind === 'number' ? 14 : n === 'name' || n === 'address' ? 36 : 18, kind }
  })
  const where = [...(shape.where ?? []), ...conditions(e, parseFilters(e, wanted.filter)), ...searchCondition(wanted.q, shape.search)]
  const select = sql.join([sql`t.id`, ...names.map((n) => {
    const extra = extraOf(n)
    return extra && shape.extra?.[extra] ? sql`${shape.extra[extra]} AS ${sql.id(n)}` : sql`${sql.ref(`t.${e.columns[n]}`)} AS ${sql.id(n)}`
  })])

  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    let last = 0
    for (;;) {
      const page = await context.db.asActor(context.actor, { operation: `${e.name}.export` }, (trx) =>
        trx.rows<Record<string, unknown> & { id: number }>(sql`
          SELECT ${select} FROM ${sql.table(e.name)} t ${shape.joins ?? sql``}
          WHERE ${sql.join([sql`t.id > ${last}`, ...where], sql` AND `)} ORDER BY t.id LIMIT ${BATCH}`))
      for (const row of page) {
        for (const n of names) {
          const f = e.fields[n]!
          if (f.class && !wanted.whole) row[n] = masked(row[n])
          else if (f.type.kind === 'choice' || f.type.kind === 'yesNo') row[n] = displayValue(f, row[n])
        }
        yield row
      }
      if (page.length < BATCH) return
      last = page.at(-1)!.id
    }
  }
  const body = new PassThrough()
  const title = `${wanted.title}`
  const writing = wanted.format === 'csv' ? writeCsv(body, { columns, rows: rows() }) : writeTable(body, { sheetName: title, columns, rows: rows() })
  writing.catch((error: Error) => body.destroy(error))
  return {
    body, fileName: `${title}.${wanted.format}`,
    contentType: wanted.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  }
}
