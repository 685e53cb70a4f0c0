/** Bounds within which a foreign file is read. What lies beyond is refused before it costs memory. */
export interface IntakeLimits {
  /** Size of the uploaded file. */
  fileBytes: number
  /** Entries of the zip container. */
  zipEntries: number
  /** All entries together, inflated: as declared, and as counted while reading. */
  inflatedBytes: number
  /** Inflated : packed, of an entry above 1 MB. */
  inflationRatio: number
  sharedStringBytes: number
  /** Rows and cells with content. */
  rows: number
  cells: number
  columns: number
  /** Characters of all cells together. */
  text: number
  merges: number
  /** Time that the reading thread may work, all in all; time in which nobody asks for rows does not count. */
  parseMs: number
  /** Heap of the reading thread. */
  heapMb: number
}

/** Characters of one cell; spreadsheet programs end at 32,767. */
export const LONGEST_CELL = 100_000
export const LONGEST_ROW = 4_000_000

export const DEFAULT_LIMITS: IntakeLimits = {
  fileBytes: 100 * 2 ** 20,
  zipEntries: 500,
  inflatedBytes: 300 * 2 ** 20,
  inflationRatio: 200,
  sharedStringBytes: 128 * 2 ** 20,
  rows: 120_000,
  cells: 5_000_000,
  columns: 2_000,
  text: 60_000_000,
  merges: 200_000,
  parseMs: 60_000,
  heapMb: 128,
}
