/** What a spreadsheet row is once it has been read, whatever file it came from. */
export type CellKind = 'text' | 'number' | 'date' | 'boolean' | 'error'

export interface FilledCell {
  kind: CellKind
  /**
   * Exact text. Numbers: plain decimal digits, at most 15 significant ones, as a spreadsheet shows them. Dates: ISO
   * (`2026-03-01`, `2026-03-01T08:30:00`, a bare time `08:30:00`). Booleans `TRUE`/`FALSE`. Errors: `#DIV/0!`;
   * `#未计算!` for a formula whose result was never saved.
   */
  text: string
  /** Covered by a merged range without being its top left cell: the value stands there. */
  merged?: true
  /** Its own range reaches down over further rows: a figure here may be that of all of them. */
  spans?: true
}
export type Cell = FilledCell | null

export interface SheetRow {
  /** 1-based row number as the spreadsheet program shows it. */
  line: number
  /** From column A; trailing empty cells are left off. Rows without any content do not occur. */
  cells: Cell[]
}

/** Order is the wire format between the reading thread and its caller. */
export const CELL_KINDS: readonly CellKind[] = ['text', 'number', 'date', 'boolean', 'error']

/** 0 → A, 25 → Z, 26 → AA */
export function columnName(index: number): string {
  let name = ''
  for (let n = index + 1; n > 0; n = Math.floor((n - 1) / 26))
    name = String.fromCharCode(65 + ((n - 1) % 26)) + name
  return name
}
