/** Opens the platform's database: starts it where it is ours, migrates, loads reference data. */
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { startEmbedded, type DatabaseServer } from '../kernel/db/embedded.ts'
import { openDatabase, type Database } from '../kernel/db/database.ts'
import { migrate } from '../kernel/db/migrate.ts'
import { bindReports } from '../kernel/reports/registry.ts'
import { domains, migrationSources } from './domains.ts'

export interface Options {
  dataDir: string
  databaseUrl?: string
  say?: (line: string) => void
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

export async function openPlatform(options: Options): Promise<Platform> {
  const dataDir = path.resolve(options.dataDir)
  fs.mkdirSync(dataDir, { recursive: true })
  const server: DatabaseServer = options.databaseUrl
    ? { connection: connectionFrom(options.databaseUrl), describe: 'the PostgreSQL of DATABASE_URL', stop: async () => {} }
    : await startEmbedded(dataDir, options.say)
  try {
    const applied = await migrate(server.connection, [...migrationSources])
    const opened = openDatabase(server.connection, { watched: options.serving })
    const db = options.serving ? opened : opened.at('patient')
    bindReports(db)
    const wanted = migrationSources.reduce((n, s) => n + fs.readdirSync(s.folder).filter((f) => f.endsWith('.sql')).length, 0)
    if (applied.length) {
      options.say?.(`migrated: ${applied.join(', ')}`)
      for (const domain of domains) if (domain.loadReference) await db.at('patient').asSystem('reference.load', domain.loadReference)
    }
    return {
      db, server, dataDir, applied,
      migrated: () => !db.pulse || db.pulse.migrations >= wanted,
      close: async () => {
        await db.close()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}
