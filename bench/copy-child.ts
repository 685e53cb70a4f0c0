/** The bound of the import: the file parsed as a stream, its cells copied into a table. Nothing is looked at. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { openTable } from '../src/kernel/documents/intake/open-table.ts'
import { items } from './workbook.ts'

const { connection, file } = JSON.parse(process.argv[2]!) as { connection: pg.ClientConfig; file: string }
const client = new pg.Client(connection)
await client.connect()
await client.query(`CREATE TABLE IF NOT EXISTS public.bench_copy (uscc text, name text, ${items.map((i) => `"${i.code}" numeric`).join(', ')})`)
const since = performance.now()
await client.query('BEGIN')
const table = await openTable(file, { fileName: 'bench.xlsx' })
async function* lines(): AsyncGenerator<string> {
  for await (const batch of table.rows()) {
    const rows = batch.filter((r) => r.line > 1)
    yield rows.map((r) => Array.from({ length: items.length + 2 }, (_, i) => r.cells[i]?.text ?? '\\N').join('\t') + '\n').join('')
  }
}
await pipeline(Readable.from(lines()), client.query(copyFrom('COPY public.bench_copy FROM STDIN')))
await client.query('COMMIT')
const milliseconds = performance.now() - since
await client.query('DROP TABLE public.bench_copy')
await client.end()
process.stdout.write(JSON.stringify({ milliseconds }))
