/** The platform as a browser sees it: the built pages and the real server over a test database, on a port of its own. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll } from 'vitest'
import type { Actor } from '../db/database.ts'
import type { Domain } from '../domain.ts'
import { hashPassword } from '../authority/password.ts'
import { bindReports } from '../reports/registry.ts'
import { budgetsFrom, openLimits } from '../server/limits.ts'
import { buildServer, type ServerOptions } from '../server/server.ts'
import { startJobs, type Jobs } from '../server/jobs.ts'
import type { TestDatabase } from './database.ts'
import { testSecrets } from './secrets.ts'

const web = fileURLToPath(new URL('../../../dist/web', import.meta.url))
export const PASSWORD = 'Correct-horse-7'

export interface Site {
  baseURL: string
  dataDir: string
  /** Gives the actor's person an account with PASSWORD. */
  account(actor: Actor, login: string): Promise<void>
}

export async function testSite({ db, connection }: TestDatabase, domains: readonly Domain[], options: { jobs?: boolean; limits?: string; sent?: object[] } & Partial<Omit<ServerOptions, 'jobs' | 'limits'>> = {}): Promise<Site> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-site-'))
  bindReports(db)
  const none: Jobs = { send: async (_trx, _name, data) => void options.sent?.push(data), running: () => true, stop: async () => {} }
  const jobs = options.jobs ? await startJobs(connection, db, dataDir, domains.flatMap((d) => d.jobs ?? [])) : none
  const limits = options.limits ? openLimits(db, budgetsFrom(options.limits)) : undefined
  const app = await buildServer({ db, dataDir, domains, version: 'test', web, secretsDir: testSecrets(), secondFactor: 'offered', ...options, jobs, limits })
  const baseURL = await app.listen({ port: 0, host: '127.0.0.1' })
  afterAll(async () => {
    limits?.close()
    await app.close()
    await jobs.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })
  return {
    baseURL, dataDir,
    async account(actor, login) {
      const hash = await hashPassword(PASSWORD)
      await db.asSystem('test', (trx) => trx.run(sql`INSERT INTO auth.account (person_id, login, password_hash) VALUES (${actor.personId}, ${login}, ${hash})`))
    },
  }
}
