/** Personal data is shown in part unless it was asked for with a reason (C50). The same on a page, in a file and in a history. */
import type { Entity } from './entity.rules.ts'

export type FieldClass = 'personal' | 'sensitive'
/** Stands for what is hidden; nobody's phone has it, so a value with it is never written back. */
export const HIDDEN = '*'

/** 13812345678 → 138****5678; 023-67891234 → 023-****1234; what is short shows its end only. */
export function masked(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  const text = String(value)
  const shown = text.length >= 11 ? 3 : text.length >= 8 ? 1 : 0
  const end = text.length >= 8 ? Math.min(4, text.length - shown - 4) : text.length > 2 ? 1 : 0
  return text.slice(0, shown) + HIDDEN.repeat(Math.max(2, text.length - shown - end)) + (end ? text.slice(-end) : '')
}
export const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes(HIDDEN.repeat(2))

/** Fields of a class, by name and by column. */
export const classified = (e: Entity<any>): string[] => Object.keys(e.fields).filter((n) => e.fields[n]!.class)
export const classifiedColumns = (e: Entity<any>): string[] => classified(e).map((n) => e.columns[n]!)

/** The row without what it need not show; the row itself is changed. */
export function maskRow<R extends Record<string, any>>(e: Entity<any>, row: R): R {
  for (const n of classified(e)) if (n in row) (row as Record<string, unknown>)[n] = masked(row[n])
  return row
}
