/** Gathers rows into batches, counts them against the limits, and waits until the caller asks for more. */
import { emptyBatch, type RowBatch } from './row-batch.ts'
import { refusals } from './refusals.ts'
import type { IntakeLimits } from './limits.ts'

const ROWS_PER_BATCH = 500
const CELLS_PER_BATCH = 50_000
/** Characters of a batch before it is handed out. */
const TEXT_PER_BATCH = 2_000_000
/** Rows are handed out from column A on: empty cells before a stray far one count too, though less strictly. */
const SPARSEST = 4

export class RowSink {
  private batch = emptyBatch()
  private readonly ready: RowBatch[] = []
  private rows = 0
  private cells = 0
  private width = 0
  /** Characters of the row, of the batch, and of all: one long string may stand in any number of cells. */
  private inRow = 0
  private inBatch = 0
  private inAll = 0
  private readonly limits: IntakeLimits
  private readonly send: (batch: RowBatch) => Promise<void>

  /** `send` settles when the caller wants the next batch. */
  constructor(limits: IntakeLimits, send: (batch: RowBatch) => Promise<void>) {
    this.limits = limits
    this.send = send
  }

  row(line: number): void {
    if (++this.rows > this.limits.rows) throw refusals.tooManyRows(this.limits.rows)
    this.inRow = 0
    this.batch.lines.push(line)
    this.batch.counts.push(0)
  }

  /** `kind` is what stands in a batch: with MERGED or SPANS where it applies. */
  cell(column: number, kind: number, text: string): void {
    if (++this.cells > this.limits.cells) throw refusals.tooManyCells(this.limits.cells)
    const { batch } = this
    this.inAll += text.length
    this.inRow += text.length
    if (this.inAll > this.limits.text) throw refusals.tooMuchText()
    batch.columns.push(column)
    batch.kinds.push(kind)
    batch.texts.push(text)
    batch.counts[batch.counts.length - 1]!++
  }

  endRow(): void {
    // Measured by the width that the caller will unpack, so that a few sparse rows do not become a huge batch.
    const last = this.batch.columns.at(-1) ?? 0
    this.width += last + 1
    if (this.width > this.limits.cells * SPARSEST) throw refusals.tooSparse(this.batch.lines.at(-1)!)
    this.inBatch += this.inRow
    if (
      this.inBatch < TEXT_PER_BATCH &&
      this.batch.lines.length < ROWS_PER_BATCH &&
      this.batch.lines.length * last < CELLS_PER_BATCH * 4 &&
      this.batch.texts.length < CELLS_PER_BATCH
    )
      return
    this.ready.push(this.batch)
    this.batch = emptyBatch()
    this.inBatch = 0
  }

  /** Hand out what is complete; undefined when there is nothing to wait for. */
  flow(): Promise<void> | undefined {
    return this.ready.length === 0 ? undefined : this.drain()
  }

  private async drain(): Promise<void> {
    for (let next = this.ready.shift(); next; next = this.ready.shift()) await this.send(next)
  }

  async end(): Promise<void> {
    if (this.batch.lines.length) this.ready.push(this.batch)
    this.batch = emptyBatch()
    await this.drain()
  }
}
