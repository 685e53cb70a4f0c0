/** The operators' command line. Every command says what it does in `help`; outputs are described in docs/import.md. */
import { fileURLToPath } from 'node:url'
import os from 'node:os'
import { Problem } from '../kernel/contract/problem.rules.ts'
import { unattended } from '../kernel/db/database.ts'

const HELP = `Gongxie 公廨 — commands

  start [--data-dir DIR] [--port N] [--host ADDRESS] [--empty] [--production]
        Starts the platform: database, migrations, reference data, web. An empty database gets the sample city
        unless --empty or --production; without it, a code for the page /welcome is shown. --production refuses to
        start on a database that holds people of the sample. Defaults: ./var, 8080, 127.0.0.1. DATABASE_URL names a PostgreSQL (15 or newer) of your own.
  import institutions FILE [--mapping FILE] [--dry-run] [--json] [--accept valid|all]
  import energy FILE       [--mapping FILE] [--dry-run] [--json] [--accept valid|all] [--draft]
        Reads .xlsx or .csv, judges every line, writes what is right (--accept valid, the default) or nothing unless
        all is right (--accept all). --dry-run only judges. The same file again changes nothing. Energy figures are
        handed in unless --draft; forms with hard findings are stored, labelled and kept out of totals.
        --mapping names a JSON file that says which heading is which field and in which unit: docs/import.md.
        --json prints {ok, batchId, written, counts{lines,create,update,unchanged,duplicate,skipped,error}, filings, findings}.
        Exit code 0 when done, 1 when nothing was written because lines are faulty, 2 when the call or the file is unusable.
  indicators --year Y | --period 2025Q1|2025-03 [--region CODE] [--division then|now] [--json]
        Institutions expected, counted and kept out, people, area, tce by fuel, water, CO2, the four indicators and the
        factor versions used. Missing figures are null, never 0.
  user add LOGIN --name NAME --role ROLE [--organization ID] [--json]
  user reset-password LOGIN [--json]
        Prints a new password once and ends the account's sessions.
  user reset-second-factor LOGIN [--json]
        Takes the second factor away, for whoever lost telephone and recovery codes.
  access lock LOGIN… | --all-except LOGIN… | --read-only   --reason TEXT
  access unlock LOGIN… | --all | --read-only               --reason TEXT
        In an emergency: suspends accounts and ends their sessions; closes the platform to everybody but the named; lets
        people look and change nothing. Takes effect within a second, beside a running platform, and stands in the history.
  access status [--json] | access rotate-keys --reason TEXT | access rotate-field-key --reason TEXT
        What is locked now; a new key for the seals of rights.
  sample --scale small|city|register [--organizations N] [--data-dir DIR] [--json]
        Builds the sample city: 600 institutions and 36 months (small), 16,800 and 60 (city), or a mere register of
        N organisations. Refused where there are real organisations. Goes on where an interrupted build stopped.
  backup [--to DIR] [--key-file FILE] [--cipher aes|sm4] [--keep N] [--files-only] [--json]
        A backup of everything, encrypted, beside the running platform or while it is stopped. Defaults: DATA/backups, the key
        in DATA/secrets/backup-key. The running platform makes one a day by itself. docs/backup.md. A PostgreSQL of your own is
        not in it: then it refuses, unless --files-only says that the files alone are meant.
  backup list [DIR] [--json] · backup verify [DIR] [--backup ID] [--key-file FILE] [--json]
        What is there and which moments can be restored · reads every byte and names what is broken (exit code 1).
  restore --from DIR --data-dir NEW --key-file FILE [--to-time "2026-11-25 14:30:00"] [--backup ID] [--reason WHY] [--json]
        Into a new data folder, as of a moment (Asia/Shanghai, or ISO 8601 with zone); examines every table and index.
  audit verify [--from SEQ] [--to SEQ] [--anchors DIR] [--json] | verify --archive FILE | verify-export FILE
  audit seal | anchor [--restored WHY] | archive --before DAY --to DIR | export FILE [--from DAY] [--to DAY] | rotate-key
        The trail: proves it and names the first number that is bad or missing (exit code 0 intact, 1 not, 2 unusable), seals
        what waits, writes a signed head, makes files of months that are older than half a year. All of it: docs/audit.md.
  help  This text.

Every command takes --data-dir DIR (default ./var). Commands may run beside a running platform.

Environment: DATABASE_URL, GONGXIE_DATA_DIR, GONGXIE_PORT, GONGXIE_HOST, GONGXIE_BACKUP_DIR, GONGXIE_BACKUP_KEY_FILE,
GONGXIE_BACKUP_CIPHER, GONGXIE_PRODUCTION, GONGXIE_PUBLIC_URL, GONGXIE_TRUSTED_PROXIES, GONGXIE_SECRETS_DIR,
GONGXIE_OIDC_*: docs/operations.md.
`

const root = fileURLToPath(new URL('../..', import.meta.url))

type Command = (args: string[]) => Promise<number>

const commands: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./start.ts')).start,
  sample: async () => (await import('./commands/sample.ts')).sample,
  'build-web': async () => async () => (await (await import('./web-build.ts')).buildWeb(root, (line) => process.stdout.write(`${line}\n`)), 0),
  import: async () => (await import('./commands/import.ts')).importFile,
  indicators: async () => (await import('./commands/indicators.ts')).indicators,
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/restore.ts')).restore,
  audit: async () => (await import('./commands/audit.ts')).audit,
  access: async () => (await import('./commands/access.ts')).access,
  user: async () => (await import('./commands/user.ts')).user,
}

export async function main(argv: string[]): Promise<void> {
  const [name, ...args] = argv
  if (!name || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(HELP)
    return
  }
  const load = commands[name]
  if (!load) {
    process.stderr.write(`There is no command "${name}". "help" lists them.\n`)
    process.exitCode = 2
    return
  }
  // `… | head` closes our output early; the work goes on to its end and the database is closed properly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  actAs(name, args)
  try {
    process.exitCode = await (await load())(args)
  } catch (error) {
    const e = error as NodeJS.ErrnoException
    const own = error instanceof Problem || e.code?.startsWith('ERR_PARSE_ARGS') || e.code === 'ENOENT'
    const known = plain(e)
    process.stderr.write(`${known ?? (own ? e.message : (e.stack ?? String(error)))}\n`)
    process.exitCode = own ? 2 : 1
  }
}

/** What is changed from here is changed by whoever sits here. Of the arguments only the words before the options are told. */
function actAs(name: string, args: readonly string[]): void {
  if (name === 'build-web') return
  const { username } = os.userInfo()
  const words = args.slice(0, args.findIndex((a) => a.startsWith('--')) >>> 0)
  if (name === 'start') unattended.act = { operation: 'platform.start', action: 'start' }
  else {
    unattended.name = `命令行 ${username}`
    if (name !== 'audit') unattended.act = { operation: `command.${name}`, action: 'command', detail: { arguments: [name, ...words].join(' ') } }
  }
}

/** What an operator can mend, as one sentence. */
function plain(e: NodeJS.ErrnoException & { port?: number; address?: string }): string | null {
  if (e.code === 'EADDRINUSE') return `Port ${e.port} is already in use. Stop the other program or choose another port with --port.`
  if (e.code === 'EACCES' && e.port) return `Port ${e.port} needs more rights than this user has. Choose one above 1024 with --port.`
  if (process.env.DATABASE_URL && ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN', '3D000'].includes(e.code ?? '')) return `The database of DATABASE_URL cannot be reached: ${e.message || e.code}.`
  if (process.env.DATABASE_URL && ['28P01', '28000'].includes(e.code ?? '')) return `The database of DATABASE_URL refuses the login: ${e.message}.`
  if (/permission denied to create role|must have CREATEROLE/.test(e.message)) return `The login of DATABASE_URL needs the right CREATEROLE (see docs/operations.md): ${e.message}`
  return null
}
