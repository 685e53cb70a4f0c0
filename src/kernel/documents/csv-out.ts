/**
 * CSV that Excel and WPS open without garbled Chinese (byte order mark) and without running anything: text that
 * starts like a formula gets an apostrophe, which our own reader takes off again.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { headingOf, outValue, type OutColumn } from './cell-out.ts'

/** Also behind apostrophes that were there before: the reader takes off one, and has the text as it was. */
const FORMULA_START = /^'*[\s\u0000]*[=+\-@\t\r＝＋－＠]/
const BLOCK = 64 * 1024

export function csvCell(value: unknown, kind: OutColumn['kind'] = 'text'): string {
  if (value === null || value === undefined) return ''
  const out = outValue(value, kind)
  // The number itself, in the digits it came with: -5 is no formula.
  const text =
    typeof out === 'number'
      ? String(value)
      : typeof value === 'boolean'
        ? String(out)
        : String(value).replaceAll('\0', '')
  const guarded = typeof out !== 'number' && FORMULA_START.test(text) ? `'${text}` : text
  return /["\r\n,;\t]|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

export interface CsvTable {
  columns: readonly OutColumn[]
  rows: AsyncIterable<Record<string, unknown>> | Iterable<Record<string, unknown>>
}

export async function writeCsv(stream: Writable, table: CsvTable): Promise<void> {
  const broken = new Promise<never>((_, reject) => {
    stream.once('error', reject)
    stream.once(
      'close',
      () => stream.writableFinished || reject(new Error('stream closed before the table was written')),
    )
  })
  broken.catch(() => undefined)
  let block = `\ufeff${table.columns.map((c) => csvCell(headingOf(c))).join(',')}\r\n`
  const flush = async (): Promise<void> => {
    const room = stream.write(block)
    block = ''
    if (!room) await Promise.race([once(stream, 'drain'), broken])
  }
  for await (const row of table.rows) {
    block += `${table.columns.map((c) => csvCell(row[c.key], c.kind)).join(',')}\r\n`
    if (block.length > BLOCK) await flush()
  }
  if (block) await flush()
  stream.end()
  if (!stream.writableFinished) await Promise.race([once(stream, 'finish'), broken])
}
