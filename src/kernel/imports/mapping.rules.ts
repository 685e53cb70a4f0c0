/**
 * How a foreign file is read: which heading fills which field, in which unit, with which words for which choice.
 * The same JSON is saved by name, given to the command line with --mapping, and described in docs/import.md.
 */
import { z } from 'zod'

const scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()])

export const columnSpec = z.strictObject({
  /** Heading; of several the first that is not empty counts, or their sum with `add`. */
  from: z.union([z.string().max(200), z.array(z.string().max(200)).min(1).max(20)]).optional(),
  add: z.boolean().optional(),
  /** The same value for every row, instead of a column. */
  value: scalar.optional(),
  /** Taken where the cell is empty. Never assumed: without it an empty cell stays empty. */
  default: scalar.optional(),
  /** Unit of the file's figures; absent: the one in the heading's brackets, else the field's own. */
  unit: z.string().max(40).optional(),
  /** Heading of a column that names the unit row by row. */
  unitFrom: z.string().max(200).optional(),
  /** MJ per m³, for gas given as energy. */
  heatingValue: z.string().max(20).optional(),
  /** The file's words → ours; null: no value. */
  values: z.record(z.string().max(200), scalar).optional(),
  /** Order of day, month, year in dates such as 3/4/2016. */
  dayOrder: z.enum(['ymd', 'mdy', 'dmy']).optional(),
  /** More texts that mean "no value" in this file. */
  missing: z.array(z.string().max(60)).max(50).optional(),
})
export type ColumnSpec = z.output<typeof columnSpec>
const column = z.union([z.string().max(200), columnSpec])

export const mappingSchema = z.strictObject({
  /** Name of the sheet; absent: the first with content. */
  sheet: z.string().max(100).optional(),
  /** Row of the headings, counted from 1; absent: found by the headings. */
  headerRow: z.int().min(1).max(1000).optional(),
  encoding: z.string().max(20).optional(),
  columns: z.record(z.string().max(60), column),
  /** institutions: by which field rows are recognised as known. */
  key: z.enum(['uscc', 'code', 'name']).optional(),
  /** Rows whose cell under this heading is one of these values are left out, and counted as left out. */
  skip: z.strictObject({ from: z.string().max(200), values: z.array(z.string().max(200)).max(500) }).optional(),
  /** energy: which form; absent: from the period's length. */
  form: z.string().max(40).optional(),
  /** energy: how a row names its institution. */
  institution: z.strictObject({ from: z.union([z.string().max(200), z.array(z.string().max(200))]), by: z.enum(['uscc', 'code', 'name']).default('uscc') }).optional(),
  /** energy: the period, from a column or the same for all (2016, 2025Q1, 2025-03). */
  period: z.union([z.string().max(200), columnSpec]).optional(),
  /** energy: one row a bill instead of one row a form. */
  long: z.strictObject({
    /** The file's energy words → items of the form; null: left out and counted. */
    item: z.strictObject({ from: z.string().max(200), values: z.record(z.string().max(200), z.union([z.string().max(60), z.null()])).optional() }),
    quantity: columnSpec,
    cost: columnSpec.optional(),
    start: column.optional(),
    end: column.optional(),
    meter: z.string().max(200).optional(),
    /** A bill over several months goes to them by days, or whole to the month of its start or end. */
    assign: z.enum(['days', 'start', 'end']).default('days'),
    /** Whether the end is the last day of the bill or the first of the next; absent: a last day of a month is included. */
    endIs: z.enum(['included', 'excluded']).optional(),
    heatingValue: z.string().max(20).optional(),
  }).optional(),
})
export type Mapping = z.output<typeof mappingSchema>

export const specOf = (c: string | ColumnSpec): ColumnSpec => (typeof c === 'string' ? { from: c } : c)
