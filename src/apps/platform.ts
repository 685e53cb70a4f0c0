/** Opens the platform's database: starts it where it is ours, migrates, loads reference data. */
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { Problem } from '../kernel/contract/problem.rules.ts'
import { backupPlace, sealingKey } from '../kernel/backup/place.ts'
import { startKeeper, type Keeper } from '../kernel/backup/start-keeper.ts'
import { startEmbedded, type DatabaseServer } from '../kernel/db/embedded.ts'
import { openDatabase, unattended, type Database } from '../kernel/db/database.ts'
import { recordApart } from '../kernel/audit/record.ts'
import { migrate } from '../kernel/db/migrate.ts'
import { openSecrets, secretsFolder } from '../kernel/authority/crypto.ts'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { bindReports } from '../kernel/reports/registry.ts'
import { domains, migrationSources } from './domains.ts'

export const { version } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

export interface Options {
  dataDir: string
  databaseUrl?: string
  say?: (line: string) => void
  /** Makes backups, daily and when asked. A command only takes the log away, if it takes long. */
  backups?: boolean
  /** Real data: the way to a database elsewhere must be closed to others. */
  production?: boolean
  /** Requests are answered: the database is watched and its work bounded. A command has the time that it takes. */
  serving?: boolean
}

export interface Platform {
  db: Database
  server: DatabaseServer
  dataDir: string
  applied: string[]
  /** The database is at least as new as these sources. */
  migrated(): boolean
  close(): Promise<void>
}

function connectionFrom(url: string): pg.ClientConfig {
  const client = new pg.Client({ connectionString: url }) as pg.Client & { connectionParameters: pg.ClientConfig }
  const { user, password, host, port, database, ssl } = client.connectionParameters
  return { user, password, host, port, database, ssl }
}

/** Over a network the database is reached by TLS, and its certificate is looked at (C55); a socket and this machine need none. */
export function openWay({ host, ssl }: pg.ClientConfig): string | null {
  if (!host || host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host)) return null
  if (!ssl) return `DATABASE_URL reaches ${host} in plain text: in production passwords and data must not be read on the way. Add ?sslmode=verify-full, and &sslrootcert=FILE for an authority of your own.`
  if (typeof ssl === 'object' && ssl.rejectUnauthorized === false) return `DATABASE_URL does not look at the certificate of ${host}: whoever stands between is believed. Use ?sslmode=verify-full, and &sslrootcert=FILE for an authority of your own.`
  return null
}

/** The database as it is: nothing is migrated. */
export async function connectDatabase(options: Options): Promise<DatabaseServer> {
  const connection = options.databaseUrl ? connectionFrom(options.databaseUrl) : null
  const open = connection && (options.production ?? process.env.GONGXIE_PRODUCTION === '1') ? openWay(connection) : null
  if (open) throw new Problem('refused', open)
  return connection
    ? { connection, describe: 'the PostgreSQL of DATABASE_URL', stop: async () => {} }
    : startEmbedded(path.resolve(options.dataDir), options.say, { archive: true })
}

const COMMAND_TAKES_LONG = 5000

/** At once for the platform; a command that is over in a moment never starts it. */
function keepBackups(options: Options, dataDir: string, server: DatabaseServer): Keeper {
  let keeper: Keeper | undefined
  const launch = () => {
    const place = backupPlace(dataDir)
    sealingKey(place, options.say ?? ((line) => process.stderr.write(`${line}\n`)))
    keeper = startKeeper({ connection: server.connection, dataDir, ...place, version, spool: server.archive ?? null, backups: options.backups ?? false })
  }
  let timer: NodeJS.Timeout | undefined
  if (options.backups) launch()
  else if (server.started) timer = setTimeout(launch, COMMAND_TAKES_LONG).unref()
  return {
    async stop() {
      clearTimeout(timer)
      await keeper?.stop()
    },
    async shipRest() {
      if (server.started) await keeper?.shipRest()
    },
  }
}

export async function openPlatform(options: Options): Promise<Platform> {
  const dataDir = path.resolve(options.dataDir)
  fs.mkdirSync(dataDir, { recursive: true })
  const server = await connectDatabase(options)
  let opened: Database | undefined
  try {
    const applied = await migrate(server.connection, [...migrationSources])
    opened = openDatabase(server.connection, { watched: options.serving })
    const db = options.serving ? opened : opened.at('patient')
    await openSecrets(db, secretsFolder(dataDir))
    bindReports(db)
    const wanted = migrationSources.reduce((n, s) => n + fs.readdirSync(s.folder).filter((f) => f.endsWith('.sql')).length, 0)
    await openKeys(db, dataDir)
    if (applied.length) {
      options.say?.(`migrated: ${applied.join(', ')}`)
      for (const domain of domains) if (domain.loadReference) await db.at('patient').asSystem('reference.load', domain.loadReference)
    }
    // Whoever sits at the command line leaves a line, as everybody else does.
    if (unattended.act) await recordApart(db, unattended.act, { actorName: unattended.name })
    const keeper = keepBackups(options, dataDir, server)
    return {
      db, server, dataDir, applied,
      migrated: () => !db.pulse || db.pulse.migrations >= wanted,
      close: async () => {
        await keeper.stop()
        await db.close()
        await server.stop()
        await keeper.shipRest()
      },
    }
  } catch (error) {
    // Its watch would hold the process.
    await opened?.close()
    await server.stop()
    throw error
  }
}
