/**
 * Merged ranges stand behind the rows in a sheet, so a first pass over the raw bytes fetches them. They are kept
 * as ranges, never as cells: one merge may span the whole sheet.
 */
import { refusals } from './refusals.ts'

export interface Range {
  top: number
  left: number
  bottom: number
  right: number
}

const END_OF_ROWS = Buffer.from('sheetData>')

async function* afterRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carry: Buffer = Buffer.alloc(0)
  let found = false
  for await (const chunk of chunks) {
    if (found) {
      yield chunk
      continue
    }
    const joined = carry.length ? Buffer.concat([carry, chunk]) : chunk
    // `<sheetData>` opens, `</sheetData>` closes: only the latter has a slash before it or before its prefix.
    for (let at = joined.indexOf(END_OF_ROWS); at >= 0; at = joined.indexOf(END_OF_ROWS, at + 1)) {
      const before = joined.subarray(Math.max(0, at - 32), at).toString('latin1')
      if (!/<\/(\w+:)?$/.test(before)) continue
      found = true
      yield joined.subarray(at + END_OF_ROWS.length)
      break
    }
    if (!found) carry = Buffer.from(joined.subarray(-64))
  }
}

export function parseRange(ref: string): Range | undefined {
  const m = /^\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?$/.exec(ref)
  if (!m) return undefined
  const [left, top] = [columnIndex(m[1]!), Number(m[2])]
  return { top, left, bottom: Number(m[4] ?? m[2]), right: m[3] ? columnIndex(m[3]) : left }
}

export function columnIndex(letters: string): number {
  let n = 0
  for (let i = 0; i < letters.length; i++) n = n * 26 + letters.charCodeAt(i) - 64
  return n - 1
}

const MERGE = /<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([^"']{1,30})["']/g
const LONGEST_TAG = 256

/** A plain search suffices: the pass that reads the rows checks the same bytes for being well formed. */
export async function readMergedRanges(
  chunks: AsyncIterable<Buffer>,
  part: string,
  limit: number,
): Promise<Range[]> {
  const ranges: Range[] = []
  let carry = ''
  for await (const chunk of afterRows(chunks)) {
    const text = carry + chunk.toString('latin1')
    let done = 0
    for (const match of text.matchAll(MERGE)) {
      done = match.index + match[0].length
      const range = parseRange(match[1]!)
      if (!range) throw refusals.damaged(part)
      if (ranges.length >= limit) throw refusals.tooManyMerges()
      if (range.bottom > range.top || range.right > range.left) ranges.push(range)
    }
    carry = text.slice(Math.max(done, text.length - LONGEST_TAG))
  }
  return ranges.sort((a, b) => a.top - b.top)
}

/** Ranges may not overlap, so there are never more over a row than it has columns that we read. */
const MOST_ACTIVE = 2_000

/** Walks down the sheet with the rows and knows which ranges lie over the current one. */
export class MergeCursor {
  private next = 0
  private active: Range[] = []
  private readonly ranges: readonly Range[]

  constructor(ranges: readonly Range[]) {
    this.ranges = ranges
  }

  /** Ranges over this row; rows must come in order. */
  at(line: number): readonly Range[] {
    while (this.next < this.ranges.length && this.ranges[this.next]!.top <= line)
      this.active.push(this.ranges[this.next++]!)
    if (this.active.length > MOST_ACTIVE) throw refusals.tooManyMerges()
    if (this.active.length) this.active = this.active.filter((r) => r.bottom >= line)
    return this.active
  }
}
