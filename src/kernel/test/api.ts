/**
 * The real server over a test database, spoken to without a network: real routes, sessions, jobs.
 *
 *   const api = await testApi(database, domains)
 *   const school = await api.as(await city.actorAt(city.school, 'filler'))
 *   const { status, body } = await school.get('/organizations')
 */
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { afterAll } from 'vitest'
import type { Actor, Database } from '../db/database.ts'
import type { Domain } from '../domain.ts'
import { csrfToken } from '../authority/session.procedures.ts'
import { hashPassword } from '../authority/password.ts'
import { bindReports } from '../reports/registry.ts'
import { buildServer, type ServerOptions } from '../server/server.ts'
import { startJobs, type Jobs } from '../server/jobs.ts'
import type { TestDatabase } from './database.ts'
import { testSecrets } from './secrets.ts'

export interface Answer {
  status: number
  /** Parsed JSON; the text where it is none. */
  body: any
  text: string
  bytes: Buffer
  headers: Record<string, unknown>
}
export interface Visitor {
  token: string
  cookie: string
  get(path: string, query?: Record<string, unknown>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  upload(path: string, file: { name: string; bytes: Uint8Array | string } | null, input: unknown): Promise<Answer>
}
export interface Api {
  app: FastifyInstance
  jobs: Jobs
  dataDir: string
  /**
   * A signed-in session of the actor's post, without the cost of a password: with a second factor and freshly proved.
   * `stale`: proved an hour ago; `weak`: by password alone.
   */
  as(actor: Actor, how?: { stale?: boolean; weak?: boolean }): Promise<Visitor>
  /** An account that can really sign in. */
  account(actor: Actor, login: string, password: string): Promise<number>
  nobody: Visitor
}

const answerOf = (r: { statusCode: number; payload: string; rawPayload: Buffer; headers: Record<string, unknown> }): Answer => {
  const json = /json/.test(String(r.headers['content-type'] ?? ''))
  return { status: r.statusCode, text: r.payload, body: json ? JSON.parse(r.payload) : r.payload, bytes: r.rawPayload, headers: r.headers }
}

export function visitor(app: FastifyInstance, token: string): Visitor {
  const cookie = token ? `gongxie=${token}` : ''
  const headers = token ? { cookie, 'x-gongxie-token': csrfToken(token) } : {}
  return {
    token, cookie,
    get: async (url, query = {}) => answerOf((await app.inject({ method: 'GET', url: `/api${url}`, query: query as Record<string, string>, headers })) as never),
    post: async (url, body = {}, more = {}) =>
      answerOf((await app.inject({ method: 'POST', url: `/api${url}`, payload: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers, ...more } })) as never),
    upload: async (url, file, input) => {
      const edge = 'edge-of-a-part'
      const field = Buffer.from(`--${edge}\r\ncontent-disposition: form-data; name="input"\r\n\r\n${typeof input === 'string' ? input : JSON.stringify(input)}\r\n`)
      const part = file ? Buffer.concat([Buffer.from(`--${edge}\r\ncontent-disposition: form-data; name="file"; filename="${file.name}"\r\ncontent-type: application/octet-stream\r\n\r\n`), Buffer.from(file.bytes), Buffer.from('\r\n')]) : Buffer.alloc(0)
      return answerOf((await app.inject({
        method: 'POST', url: `/api${url}`, payload: Buffer.concat([field, part, Buffer.from(`--${edge}--\r\n`)]), headers: { 'content-type': `multipart/form-data; boundary=${edge}`, ...headers },
      })) as never)
    },
  }
}

async function ensureAccount(db: Database, personId: number, login: string, hash: string | null): Promise<number> {
  const row = await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`
    INSERT INTO auth.account (person_id, login, password_hash) VALUES (${personId}, ${login}, ${hash})
    ON CONFLICT (login) DO UPDATE SET login = excluded.login RETURNING id`))
  return row!.id
}

/** A signed-in session of the actor's post, without the cost of a password; its token. */
export async function openSession(db: Database, actor: Actor, how: { stale?: boolean; weak?: boolean } = {}): Promise<string> {
  const account = await ensureAccount(db, actor.personId, `person-${actor.personId}`, null)
  const token = randomBytes(32).toString('base64url')
  const digest = createHash('sha256').update(token).digest('hex')
  await db.asSystem('test', (trx) => trx.run(sql`
    INSERT INTO auth.session (token_hash, account_id, post_id, expires_at, second_factor, proved_at)
    VALUES (${digest}, ${account}, ${actor.postId}, now() + interval '1 hour', ${!how.weak}, now() + make_interval(hours => ${how.stale ? -1 : 1}))`))
  return token
}

export async function testApi({ db, connection }: TestDatabase, domains: readonly Domain[], options: { jobs?: boolean } & Partial<Omit<ServerOptions, 'jobs'>> = {}): Promise<Api> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-api-'))
  bindReports(db)
  const none: Jobs = { send: async () => {}, running: () => true, stop: async () => {} }
  const jobs = options.jobs ? await startJobs(connection, db, dataDir, domains.flatMap((d) => d.jobs ?? [])) : none
  const app = await buildServer({ db, dataDir, domains, version: 'test', maxUploadBytes: 8 * 1024 * 1024, secretsDir: testSecrets(), ...options, jobs })
  await app.ready()
  afterAll(async () => {
    await app.close()
    await jobs.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })
  return {
    app, jobs, dataDir,
    nobody: visitor(app, ''),
    account: async (actor, login, password) => ensureAccount(db, actor.personId, login, await hashPassword(password)),
    async as(actor, how) {
      const token = await openSession(db, actor, how)
      return visitor(app, token)
    },
  }
}
