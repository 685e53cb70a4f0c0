/** The operators' command line. Every command says what it does in `help`; outputs are described in docs/import.md. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Problem } from '../kernel/contract/problem.rules.ts'

const HELP = `Gongxie 公廨 — commands

  start [--data-dir DIR] [--port N] [--host ADDRESS] [--empty]
        Starts the platform: database, migrations, reference data, web. An empty database gets the sample city
        unless --empty. Defaults: ./var, 8080, 127.0.0.1. DATABASE_URL names a PostgreSQL (15 or newer) of your own.
  help  This text.

Environment: DATABASE_URL, GONGXIE_DATA_DIR, GONGXIE_PORT, GONGXIE_HOST.
`

type Command = (args: string[]) => Promise<number>

export const common = {
  'data-dir': { type: 'string', default: process.env.GONGXIE_DATA_DIR ?? './var' },
} as const

export const placeOf = (values: { 'data-dir'?: string }) => ({
  dataDir: path.resolve(values['data-dir'] ?? './var'),
  databaseUrl: process.env.DATABASE_URL,
})

const commands: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./start.ts')).start,
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
  try {
    process.exitCode = await (await load())(args)
  } catch (error) {
    const e = error as NodeJS.ErrnoException
    const own = error instanceof Problem || e.code?.startsWith('ERR_PARSE_ARGS') || e.code === 'ENOENT'
    process.stderr.write(`${own ? e.message : (e.stack ?? String(error))}\n`)
    process.exitCode = own ? 2 : 1
  }
}

export { parseArgs }
