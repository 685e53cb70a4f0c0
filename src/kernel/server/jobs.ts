/** Jobs in PostgreSQL through pg-boss; enqueued in the caller's transaction, run once by whichever process is free. */
import { PgBoss } from 'pg-boss'
import pg from 'pg'
import type { Database, Transaction } from '../db/database.ts'
import type { JobKind } from '../domain.ts'

export interface Jobs {
  /** Enqueues inside `trx`: if it rolls back, there is no job. */
  send(trx: Transaction, name: string, data: object, options?: { once?: string }): Promise<void>
  stop(): Promise<void>
}

async function grantQueue(owner: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    await client.query(`
      GRANT USAGE ON SCHEMA jobs TO gongxie_system;
      GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA jobs TO gongxie_system;
      ALTER DEFAULT PRIVILEGES IN SCHEMA jobs GRANT SELECT, INSERT, UPDATE ON TABLES TO gongxie_system`)
  } finally {
    await client.end()
  }
}

export async function startJobs(owner: pg.ClientConfig, db: Database, dataDir: string, kinds: readonly JobKind[]): Promise<Jobs> {
  const boss = new PgBoss({
    ...(owner as object), schema: 'jobs', max: 3, application_name: 'gongxie_jobs',
    options: '-c statement_timeout=0',
    // Whoever waits for a job waits for its work, not for the next look into the queue.
    useListenNotify: true,
  } as ConstructorParameters<typeof PgBoss>[0])
  boss.on('error', () => {})
  await boss.start()
  await grantQueue(owner)
  // A request's role has no business in the queue: for the one statement that enqueues, its transaction is the system's.
  const executor = (trx: Transaction) => ({
    executeSql: async (text: string, values?: unknown[]) => {
      if (!trx.actor) return trx.client.query(text, values as unknown[])
      const own = (await trx.client.query<{ role: string }>('SELECT current_user AS role')).rows[0]!.role
      await trx.client.query('SET LOCAL ROLE gongxie_system')
      const result = await trx.client.query(text, values as unknown[])
      await trx.client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(own)}`)
      return result
    },
  })
  const jobs: Jobs = {
    async send(trx, name, data, options = {}) {
      await boss.send(name, data, { db: executor(trx) as never, ...(options.once ? { singletonKey: options.once } : {}) })
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 15_000 })
    },
  }
  const existing = new Map((await boss.getQueues()).map((q) => [q.name, q]))
  for (const kind of kinds) {
    if (!existing.has(kind.name)) await boss.createQueue(kind.name, { policy: 'standard', retryLimit: 2, expireInSeconds: 3600, notify: true })
    else if (!existing.get(kind.name)!.notify) await boss.updateQueue(kind.name, { notify: true })
    await boss.work(kind.name, { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 }, async (batch: { data: unknown }[]) => {
      for (const job of batch) await kind.run({ db, dataDir, jobs }, job.data)
    })
  }
  return jobs
}
