/**
 * The reading thread: checks the file, opens the table, then sends a batch of rows for each one that is asked
 * for. It holds no secret, writes nothing, and may be stopped at any moment.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '../../contract/problem.rules.ts'
import { detectDelimiter, DELIMITERS, readCsvRows, sampleOf, type Delimiter } from './csv-rows.ts'
import { detectEncoding } from './csv-encoding.ts'
import { fileKind } from './file-kind.ts'
import { readMergedRanges } from './merged-ranges.ts'
import { refusals } from './refusals.ts'
import { RowSink } from './row-sink.ts'
import { readSharedStrings } from './shared-strings.ts'
import { readSheetRows } from './sheet-rows.ts'
import { readTimeStyles, readWorkbook, type Entries, type Workbook } from './workbook-parts.ts'
import { readZipDirectory } from './zip-directory.ts'
import { inflate } from './zip-entry.ts'
import type { FromReader, Opening } from './reader-messages.ts'

const port = parentPort!
const opening = workerData as Opening
const { path, limits } = opening

/** How many batches the caller has asked for and not got. */
let credit = 0
let wake: (() => void) | undefined
port.on('message', () => {
  credit++
  wake?.()
})
const say = (message: FromReader): void => port.postMessage(message)
const asked = async (): Promise<void> => {
  while (credit === 0) await new Promise<void>((resolve) => (wake = resolve))
  credit--
}
const sink = new RowSink(limits, async (batch) => {
  await asked()
  say({ type: 'rows', batch })
})

async function readCsv(): Promise<void> {
  const encoding = opening.encoding ?? (await detectEncoding(path))
  const sample = await sampleOf(path, encoding)
  if (sample.trim() === '') throw refusals.emptyFile()
  const named = DELIMITERS.find((d) => d === opening.delimiter)
  const delimiter: Delimiter = named ?? detectDelimiter(sample)
  say({
    type: 'opened',
    opened: {
      format: 'csv',
      sheetNames: ['CSV'],
      hiddenSheetNames: [],
      sheet: 'CSV',
      encoding,
      delimiter,
      date1904: false,
    },
  })
  await readCsvRows(path, encoding, delimiter, limits, sink)
}

async function readXlsx(): Promise<void> {
  const entries = await readZipDirectory(path, limits)
  const workbook = await readWorkbook(path, entries)
  const sheet = await chooseSheet(workbook, entries)
  const names = (hidden: boolean): string[] =>
    workbook.sheets.filter((s) => s.hidden === hidden).map((s) => s.name)
  const entry = entries.get(sheet.part)!
  const merges = await readMergedRanges(inflate(path, entry), sheet.part, limits.merges)
  const strings =
    workbook.sharedStrings === undefined
      ? undefined
      : await readSharedStrings(inflate(path, entries.get(workbook.sharedStrings)!), limits.sharedStringBytes)
  const timeStyles = await readTimeStyles(path, entries, workbook.styles)
  say({
    type: 'opened',
    opened: {
      format: 'xlsx',
      sheetNames: names(false),
      hiddenSheetNames: names(true),
      sheet: sheet.name,
      date1904: workbook.date1904,
    },
  })
  const context = {
    part: sheet.part,
    strings,
    timeStyles,
    date1904: workbook.date1904,
    merges,
    maxColumns: limits.columns,
  }
  await readSheetRows(inflate(path, entry), context, sink)
}

/** The one asked for; else the first visible one that has more than a lone title in it. */
async function chooseSheet(workbook: Workbook, entries: Entries): Promise<Workbook['sheets'][number]> {
  const visible = workbook.sheets.filter((s) => !s.hidden)
  if (opening.sheet !== undefined) {
    const found = workbook.sheets.find((s) => s.name === opening.sheet)
    if (!found)
      throw refusals.noSuchSheet(
        opening.sheet,
        visible.map((s) => s.name),
      )
    return found
  }
  for (const sheet of visible) if (await hasTable(entries, sheet.part)) return sheet
  return visible[0] ?? workbook.sheets[0]!
}

async function hasTable(entries: Entries, part: string): Promise<boolean> {
  let [values, carry] = [0, '']
  for await (const chunk of inflate(path, entries.get(part)!)) {
    const text = carry + chunk.toString('latin1')
    values += text.match(/<(\w+:)?(v|is)>/g)?.length ?? 0
    if (values > 1) return true
    carry = text.slice(text.lastIndexOf('<') < text.length - 16 ? text.length : text.lastIndexOf('<'))
  }
  return false
}

try {
  const kind = await fileKind(path, opening.fileName, limits)
  await (kind === 'csv' ? readCsv() : readXlsx())
  await sink.end()
  await asked()
  say({ type: 'end' })
} catch (error) {
  if (error instanceof Problem) say({ type: 'problem', body: error.body })
  else
    say({
      type: 'problem',
      body: refusals.unreadable().body,
      cause: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
}
port.close()
