/**
 * Open a foreign table, .xlsx or .csv, and read it row by row. All parsing happens in a thread of its own with a
 * bounded heap and a bounded working time: a hostile or broken file ends as a Problem, never as a dead server.
 */
import { Worker } from 'node:worker_threads'
import { Problem } from '../../contract/problem.rules.ts'
import { DEFAULT_LIMITS, type IntakeLimits } from './limits.ts'
import { refusals } from './refusals.ts'
import { unpack } from './row-batch.ts'
import type { FromReader, Opening, TableHead } from './reader-messages.ts'
import type { SheetRow } from './sheet.rules.ts'

export interface OpenOptions {
  /** Name under which the file was uploaded: its extension is held against the content. */
  fileName: string
  /** Default: the first visible sheet with a table in it. */
  sheet?: string
  /** Of a CSV: `utf-8`, `gb18030`, `utf-16le`… Default: found out. */
  encoding?: string
  delimiter?: string
  limits?: Partial<IntakeLimits>
  signal?: AbortSignal
  /** After each batch: rows handed out so far. */
  onProgress?: (progress: { rows: number; line: number }) => void
}

export interface OpenedTable extends TableHead {
  /** Batches of about 500 rows; once only. Breaking out of the loop closes the table. */
  rows(): AsyncGenerator<SheetRow[]>
  close(): Promise<void>
}

/** Readers at work at once, and callers that wait for one: each reader may take a heap of its own. */
const AT_ONCE = 4
const WAITING = 40
let working = 0
const line: (() => void)[] = []
async function takeTurn(): Promise<void> {
  if (working < AT_ONCE) {
    working++
    return
  }
  if (line.length >= WAITING) throw refusals.busy()
  // Whoever leaves hands the turn on.
  await new Promise<void>((resolve) => line.push(resolve))
}
function leave(): void {
  const next = line.shift()
  if (next) next()
  else working--
}

export async function openTable(path: string, options: OpenOptions): Promise<OpenedTable> {
  options.signal?.throwIfAborted()
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  await takeTurn()
  const reader = start(
    {
      path,
      fileName: options.fileName,
      sheet: options.sheet,
      encoding: options.encoding,
      delimiter: options.delimiter,
      limits,
    },
    options.signal,
  )
  const first = await reader.next()
  if (first.type !== 'opened') throw await reader.closeWith(refusals.unreadable())
  let started = false
  async function* rows(): AsyncGenerator<SheetRow[]> {
    if (started) throw new Error('rows() may be read only once')
    started = true
    try {
      let count = 0
      // One batch ahead: the thread parses while the caller works.
      reader.ask()
      reader.ask()
      for (;;) {
        const message = await reader.next()
        if (message.type !== 'rows') return
        reader.ask()
        const batch = unpack(message.batch)
        count += batch.length
        options.onProgress?.({ rows: count, line: batch.at(-1)?.line ?? 0 })
        yield batch
      }
    } finally {
      await reader.close()
    }
  }
  return { ...first.opened, rows, close: () => reader.close() }
}

function start(...of: ConstructorParameters<typeof Reader>): Reader {
  try {
    return new Reader(...of)
  } catch (error) {
    leave()
    throw error
  }
}

/** The thread, its queue of messages, and the clock that runs while somebody waits for it. */
class Reader {
  private readonly worker: Worker
  private readonly queue: FromReader[] = []
  private failure: Error | undefined
  private settle: (() => void) | undefined
  private worked = 0
  private closed = false
  private readonly limits: IntakeLimits
  private readonly signal: AbortSignal | undefined
  private readonly abort = (): void =>
    this.fail(this.signal!.reason instanceof Error ? this.signal!.reason : new Error('aborted'))

  constructor(opening: Opening, signal: AbortSignal | undefined) {
    this.limits = opening.limits
    this.signal = signal
    this.worker = new Worker(new URL('./parse.worker.ts', import.meta.url), {
      workerData: opening,
      env: {},
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: opening.limits.heapMb,
        maxYoungGenerationSizeMb: 6,
        stackSizeMb: 4,
      },
    })
    this.worker.on('message', (message: FromReader) => {
      this.queue.push(message)
      this.settle?.()
    })
    this.worker.on('error', (error: NodeJS.ErrnoException) => {
      this.fail(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? refusals.outOfMemory()
          : Object.assign(refusals.unreadable(), { cause: error }),
      )
    })
    this.worker.on('exit', () => this.fail(refusals.unreadable()))
    signal?.addEventListener('abort', this.abort, { once: true })
  }

  ask(): void {
    this.worker.postMessage('next')
  }

  async next(): Promise<FromReader> {
    const since = performance.now()
    while (this.queue.length === 0 && !this.failure) {
      const left = this.limits.parseMs - this.worked - (performance.now() - since)
      if (left <= 0) this.fail(refusals.timeout(this.limits.parseMs))
      else await this.news(left)
    }
    this.worked += performance.now() - since
    const message = this.queue.shift()
    if (!message) throw await this.closeWith(this.failure!)
    if (message.type !== 'problem') return message
    const { code, message: sentence, ...more } = message.body
    throw await this.closeWith(
      Object.assign(
        new Problem(code, sentence, more),
        message.cause === undefined ? {} : { cause: message.cause },
      ),
    )
  }

  private news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.settle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.settle?.()
  }

  async closeWith(error: Error): Promise<Error> {
    await this.close()
    return error
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.signal?.removeEventListener('abort', this.abort)
    await this.worker.terminate()
    leave()
  }
}
