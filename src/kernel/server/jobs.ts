/** Jobs in PostgreSQL through pg-boss; enqueued in the caller's transaction, run once by whichever process is free. */
import { PgBoss } from 'pg-boss'
import type pg from 'pg'
import type { Database, Transaction } from '../db/database.ts'
import type { JobKind } from '../domain.ts'

export interface Jobs {
  /** Enqueues inside `trx`: if it rolls back, there is no job. */
  send(trx: Transaction, name: string, data: object, options?: { once?: string }): Promise<void>
  stop(): Promise<void>
}

export async function startJobs(owner: pg.ClientConfig, db: Database, dataDir: string, kinds: readonly JobKind[]): Promise<Jobs> {
  const boss = new PgBoss({
    ...(owner as object), schema: 'jobs', max: 3, application_name: 'gongxie_jobs',
    options: '-c statement_timeout=0',
  } as ConstructorParameters<typeof PgBoss>[0])
  boss.on('error', () => {})
  await boss.start()
  // The queue is used by every request's transaction, under the requests' roles.
  const executor = (trx: Transaction) => ({
    executeSql: async (text: string, values?: unknown[]) => trx.client.query(text, values as unknown[]),
  })
  const jobs: Jobs = {
    async send(trx, name, data, options = {}) {
      await boss.send(name, data, { db: executor(trx) as never, ...(options.once ? { singletonKey: options.once } : {}) })
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 15_000 })
    },
  }
  const existing = new Set((await boss.getQueues()).map((q) => q.name))
  for (const kind of kinds) {
    if (!existing.has(kind.name)) await boss.createQueue(kind.name, { policy: 'standard', retryLimit: 2, expireInSeconds: 3600 })
    await boss.work(kind.name, { pollingIntervalSeconds: 0.5 }, async (batch: { data: unknown }[]) => {
      for (const job of batch) await kind.run({ db, dataDir, jobs }, job.data)
    })
  }
  return jobs
}
