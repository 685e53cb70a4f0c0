/**
 * Rows on their way out of the reading thread: flat arrays instead of an object per cell, which makes handing
 * them over several times cheaper.
 */
import { CELL_KINDS, type Cell, type SheetRow } from './sheet.rules.ts'

export interface RowBatch {
  lines: number[]
  /** Filled cells of each row. */
  counts: number[]
  columns: number[]
  /** Index into CELL_KINDS, plus MERGED or SPANS. */
  kinds: number[]
  texts: string[]
}

export const MERGED = 8
export const SPANS = 16
export const emptyBatch = (): RowBatch => ({ lines: [], counts: [], columns: [], kinds: [], texts: [] })

/** Columns within a row ascend. */
export function unpack(batch: RowBatch): SheetRow[] {
  let at = 0
  return batch.lines.map((line, i) => {
    const end = at + batch.counts[i]!
    const cells: Cell[] = []
    for (; at < end; at++) {
      const column = batch.columns[at]!
      while (cells.length < column) cells.push(null)
      const code = batch.kinds[at]!
      const kind = CELL_KINDS[code & (MERGED - 1)]!
      cells.push(
        code < MERGED ? { kind, text: batch.texts[at]! } : code < SPANS ? { kind, text: batch.texts[at]!, merged: true } : { kind, text: batch.texts[at]!, spans: true },
      )
    }
    return { line, cells }
  })
}
