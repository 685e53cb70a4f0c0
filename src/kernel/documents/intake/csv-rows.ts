/** The rows of a text file. Line numbers count records, as a spreadsheet program shows them, blank ones included. */
import { Readable } from 'node:stream'
import { parse, CsvError } from 'csv-parse'
import { decodeFile } from './csv-encoding.ts'
import { refusals } from './refusals.ts'
import { columnName } from './sheet.rules.ts'
import type { IntakeLimits } from './limits.ts'
import type { RowSink } from './row-sink.ts'

const LONGEST_RECORD = 1_000_000
const SAMPLE = 64 * 1024

export const DELIMITERS = [',', ';', '\t'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** The separator that most lines of the sample have, and have equally often; quoted text does not count. */
export function detectDelimiter(sample: string): Delimiter {
  const said = /^\ufeff?sep=([,;\t])\r?\n/i.exec(sample)
  if (said) return said[1] as Delimiter
  const lines = sample
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/\r\n|\r|\n/)
    .slice(0, 50)
    .filter((l) => l.trim() !== '')
  let best: { delimiter: Delimiter; score: number } = { delimiter: ',', score: 0 }
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((l) => l.split(delimiter).length - 1).filter((n) => n > 0)
    const median = counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0
    const agreeing = counts.filter((n) => n === median).length
    if (agreeing * median > best.score) best = { delimiter, score: agreeing * median }
  }
  return best.delimiter
}

export async function sampleOf(path: string, encoding: string): Promise<string> {
  let sample = ''
  for await (const text of decodeFile(path, encoding)) {
    sample += text
    if (sample.length >= SAMPLE) break
  }
  return sample
}

/** Undo what was done so that spreadsheets leave the text alone: `="007"`, and the apostrophe before a formula sign. */
export const plainText = (text: string): string => {
  const kept = /^="([^"]*)"$/.exec(text)
  if (kept) return kept[1]!
  return /^'+\s*[=+\-@\t\r＝＋－＠]/.test(text) ? text.slice(1) : text
}

export async function readCsvRows(
  path: string,
  encoding: string,
  delimiter: Delimiter,
  limits: IntakeLimits,
  sink: RowSink,
): Promise<void> {
  const parser = parse({
    delimiter,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: LONGEST_RECORD,
    record_delimiter: ['\r\n', '\n', '\r'],
  })
  let line = 0
  function putRecord(record: string[], at: number): void {
    let open = false
    for (let column = 0; column < record.length; column++) {
      const text = plainText(record[column]!)
      if (text === '') continue
      if (column >= limits.columns)
        throw refusals.tooManyColumns(`${columnName(column)}${at}`, limits.columns)
      if (!open) sink.row(at)
      open = true
      sink.cell(column, 0, text)
    }
    if (open) sink.endRow()
  }

  const source = Readable.from(bounded(decodeFile(path, encoding), limits.inflatedBytes))
  source.on('error', (error) => parser.destroy(error))
  try {
    for await (const record of source.pipe(parser) as AsyncIterable<string[]>) {
      line++
      if (line === 1 && record.length <= 2 && /^sep=/i.test(record[0] ?? '')) continue
      putRecord(record, line)
      const wait = sink.flow()
      if (wait) await wait
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw error.code === 'CSV_MAX_RECORD_SIZE' ? refusals.tooLongText(line + 1) : refusals.badQuotes(line + 1)
  } finally {
    source.destroy()
    parser.destroy()
  }
}

async function* bounded(texts: AsyncIterable<string>, limit: number): AsyncGenerator<string> {
  let total = 0
  for await (const text of texts) {
    total += text.length
    if (total > limit) throw refusals.tooLarge(limit)
    if (text !== '') yield text
  }
}
