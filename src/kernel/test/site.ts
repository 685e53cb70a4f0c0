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
import { buildServer } from '../server/server.ts'
import type { TestDatabase } from './database.ts'

const web = fileURLToPath(new URL('../../../dist/web', import.meta.url))
export const PASSWORD = 'Correct-horse-7'

export interface Site {
  baseURL: string
  /** Gives the actor's person an account with PASSWORD. */
  account(actor: Actor, login: string): Promise<void>
}

export async function testSite({ db }: TestDatabase, domains: readonly Domain[]): Promise<Site> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-site-'))
  bindReports(db)
  const app = await buildServer({ db, dataDir, domains, jobs: { send: async () => {}, stop: async () => {} }, version: 'test', web })
  const baseURL = await app.listen({ port: 0, host: '127.0.0.1' })
  afterAll(async () => {
    await app.close()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })
  return {
    baseURL,
    async account(actor, login) {
      const hash = await hashPassword(PASSWORD)
      await db.asSystem('test', (trx) => trx.run(sql`INSERT INTO auth.account (person_id, login, password_hash) VALUES (${actor.personId}, ${login}, ${hash})`))
    },
  }
}
