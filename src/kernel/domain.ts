/** What a domain brings to the server. Everything else iterates over the list of domains. */
import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { Entity } from './entity/entity.rules.ts'
import type { InputOf, Operation, OutputOf } from './contract/contract.rules.ts'
import type { Actor, Database, Transaction } from './db/database.ts'
import type { Jobs } from './server/jobs.ts'
import type { EntityWords } from './audit/words.rules.ts'

export interface UploadedFile {
  path: string
  name: string
  size: number
  /** SHA-256 of the content, hex. */
  hash: string
}

export interface FileAnswer {
  body: Buffer | Readable
  fileName: string
  contentType: string
  /** In bytes, where it is known before: a transfer that breaks off is then seen as one. */
  size?: number
}

/** Given to handlers that open their own transactions: streams, uploads, long work. */
export interface Context {
  db: Database
  actor: Actor
  dataDir: string
  jobs: Jobs
  request: FastifyRequest
  file?: UploadedFile
}

export interface Handler<O extends Operation = Operation> {
  operation: O
  /** `transaction`: one transaction as the actor, opened by the server. `context`: the handler opens its own. */
  mode: 'transaction' | 'context'
  run: (...args: any[]) => Promise<unknown>
}

/** A handler inside the request's one transaction. */
export function handle<O extends Operation>(
  operation: O,
  run: (trx: Transaction, input: InputOf<O>, context: Context) => Promise<OutputOf<O>>,
): Handler<O> {
  return { operation, mode: 'transaction', run }
}

/** A handler that opens its transactions itself. */
export function handleFreely<O extends Operation>(
  operation: O,
  run: (context: Context, input: InputOf<O>) => Promise<OutputOf<O> | FileAnswer>,
): Handler<O> {
  return { operation, mode: 'context', run }
}

export interface JobKind<D = any> {
  name: string
  /** Also runs by itself, at these times in Chongqing: `17 * * * *`. */
  cron?: string
  /** Runs as the system; progress and results go to tables of the domain. */
  run: (services: { db: Database; dataDir: string; jobs: Jobs }, data: D) => Promise<void>
}

export interface Domain {
  name: string
  /** Other domains whose public.ts, contracts and events this one may use: the import law reads it. */
  knows: readonly string[]
  entities: readonly Entity<any>[]
  handlers: readonly Handler<any>[]
  /** Folder of SQL files. */
  migrations?: string
  jobs?: readonly JobKind[]
  /** What the trail calls tables that are no entities: name → label, column → label. */
  trail?: Readonly<Record<string, EntityWords>>
  /** Constraint name → sentence for people. */
  constraints?: Readonly<Record<string, string>>
  /** Loads reference data, idempotent, after every migration. */
  loadReference?: (trx: Transaction) => Promise<void>
}

export const defineDomain = (domain: Domain): Domain => domain
