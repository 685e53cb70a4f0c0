/**
 * What a release leaves behind: node scripts/release-sample.ts
 *
 * Run once at each release, on its commit. A small sample city is built, and its rows are kept with the list of the
 * migrations that made their tables, in src/apps/releases/<version>.zst. From then on the upgrade test
 * (src/apps/releases/upgrade.test.ts) brings a database of that release forward with every new migration.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { domains, migrationSources } from '../src/apps/domains.ts'
import { buildSample } from '../src/apps/sample/build.ts'
import { indicatorsBy } from '../src/domains/energy/indicators/indicators.ts'
import { hashPassword } from '../src/kernel/authority/password.ts'
import { openDatabase } from '../src/kernel/db/database.ts'
import { startEmbedded } from '../src/kernel/db/embedded.ts'
import { migrate } from '../src/kernel/db/migrate.ts'
import { bindReports } from '../src/kernel/reports/registry.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
const SCALE = { name: 'small' as const, institutions: 90, municipalDepartments: 4, municipalInstitutions: 6, months: 15, history: true, everyForm: true }
const PASSWORD = 'Kept-since-release-7'

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-release-'))
fs.chmodSync(dataDir, 0o755)
const server = await startEmbedded(dataDir)
try {
  await migrate(server.connection, [...migrationSources])
  const db = openDatabase(server.connection, { app: 2, system: 2 })
  bindReports(db)
  for (const domain of domains) if (domain.loadReference) await db.asSystem('reference.load', domain.loadReference)
  await buildSample({ db, dataDir }, { scale: SCALE })
  const city = await db.asSystem('release', (trx) => indicatorsBy(trx, 'city', { months: 12, start: '2025-01-01', division: 'then' }))
  const client = new pg.Client(server.connection)
  await client.connect()
  await client.query('UPDATE auth.account SET password_hash = $1', [await hashPassword(PASSWORD)])
  const { rows: tables } = await client.query<{ t: string; columns: string[] }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS t, ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public', 'jobs') ORDER BY 1`)
  const { rows: sequences } = await client.query(`SELECT schemaname || '.' || quote_ident(sequencename) AS name, last_value::text AS last FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname <> 'jobs' ORDER BY 1`)
  const rows: Record<string, number> = {}
  const parts: string[] = []
  for (const { t, columns } of tables) {
    const list = columns.join(', ')
    let text = ''
    for await (const chunk of client.query(copyTo(`COPY (SELECT ${list} FROM ${t} ORDER BY ${columns.slice(0, 3).map((_, i) => i + 1).join(', ')}) TO STDOUT`))) text += (chunk as Buffer).toString('utf8')
    rows[t] = text.split('\n').length - 1
    parts.push(`COPY ${t} (${list})\n${text}\\.\n`)
  }
  const { rows: accounts } = await client.query(`SELECT a.login FROM auth.account a JOIN auth.post p ON p.person_id = a.person_id WHERE p.role = 'filler' AND p.valid_to IS NULL ORDER BY a.login LIMIT 1`)
  const head = {
    release: version,
    migrations: migrationSources.flatMap((s) => fs.readdirSync(s.folder).filter((f) => f.endsWith('.sql')).sort().map((file) => ({ source: s.name, file, checksum: createHash('sha256').update(fs.readFileSync(path.join(s.folder, file))).digest('hex') }))),
    sequences: sequences.map((s) => [s.name, s.last]), rows, signIn: { login: accounts[0].login, password: PASSWORD },
    figures: { counted: city[0]!.counted, keptOut: city[0]!.keptOut, tce: city[0]!.sums.tce, water: city[0]!.sums.water, people: city[0]!.sums.people },
  }
  await client.end()
  await db.close()
  const file = path.join(root, 'src/apps/releases', `${version}.zst`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const text = `${JSON.stringify(head)}\n${parts.join('')}`
  fs.writeFileSync(file, zlib.zstdCompressSync(Buffer.from(text), { params: { [zlib.constants.ZSTD_c_compressionLevel]: 19 } }))
  process.stdout.write(`${file}: ${fs.statSync(file).size} bytes, ${Object.values(rows).reduce((a, b) => a + b, 0)} rows, figures ${JSON.stringify(head.figures)}\n`)
} finally {
  await server.stop()
  fs.rmSync(dataDir, { recursive: true, force: true })
}
