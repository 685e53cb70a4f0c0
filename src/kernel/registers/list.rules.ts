/** What a list of a register is asked: filters, search, sort, page. The same words stand in the page's address. */
import { z } from 'zod'
import type { Entity, Fields } from '../entity/entity.rules.ts'

export const listInput = z.strictObject({
  /** Part of the name, a code, or an address. */
  q: z.string().trim().max(100).optional(),
  /** JSON: {field: filter}; see `Filter`. */
  filter: z.string().max(4000).optional(),
  /** Field, with `-` in front for descending. */
  sort: z.string().max(40).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
})
export type ListInput = z.output<typeof listInput>

/** What the total of a list is asked: the same question without page and order. */
export const totalsInput = listInput.pick({ q: true, filter: true }).strict()
export type TotalsInput = z.output<typeof totalsInput>
/** More records than these are not added up while somebody waits for a list. */
export const MOST_ADDED = 100_000
export const totalsOutput = z.object({
  /** How many were added up; null: more than `most`, nothing was. */
  records: z.int().nullable(), most: z.int(),
  /** By field. `sum` is null where no record has a value: missing is not zero. */
  sums: z.record(z.string(), z.object({ sum: z.string().nullable(), missing: z.int() })),
})
export type Totals = z.output<typeof totalsOutput>

/**
 * choice, reference, yes/no, text: a list of wanted values; numbers and days: a range, both ends included.
 * `null` inside a list means "empty".
 */
export type Filter = (string | number | boolean | null)[] | { min?: string; max?: string }
export type Filters = Record<string, Filter>

const value = z.union([z.string().max(200), z.number(), z.boolean(), z.null()])
const anyFilter = z.union([
  z.array(value).max(500),
  z.strictObject({ min: z.string().max(40).optional(), max: z.string().max(40).optional() }),
])

export function parseFilters<F extends Fields>(e: Entity<F>, text: string | undefined): Filters {
  if (!text) return {}
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new z.ZodError([{ code: 'custom', path: ['filter'], message: '筛选条件的格式不正确，请重新选择。', input: text }])
  }
  const parsed = z.record(z.string(), anyFilter).parse(given)
  const allowed = Object.entries(e.fields).filter(([, f]) => f.filter).map(([n]) => n)
  for (const name of Object.keys(parsed)) if (!allowed.includes(name)) throw new z.ZodError([{ code: 'custom', path: ['filter', name], message: `不能按“${name}”筛选`, input: name }])
  return parsed as Filters
}

export const listOutput = <R extends z.ZodType>(row: R) =>
  z.object({
    rows: z.array(row),
    /** Passed back as `cursor` for the next page; null on the last. */
    next: z.string().nullable(),
    total: z.int(),
    totalKind: z.enum(['exact', 'estimated']),
  })
