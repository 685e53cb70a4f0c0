/** Jobs in PostgreSQL through pg-boss; enqueued in the caller's transaction, run once by whichever process is free. */
import { PgBoss } from 'pg-boss'
import pg from 'pg'
import type { Database, Transaction } from '../db/database.ts'
import type { JobKind } from '../domain.ts'

export interface Jobs {
  /** Enqueues inside `trx`: if it rolls back, there is no job. */
  send(trx: Transaction, name: string, data: object, options?: { once?: string }): Promise<void>
  /** Work is being asked for: the queue answered within the last seconds and is not being closed. */
  running(): boolean
  /** Takes no more work and waits so long for what is running; what is not done by then goes back into the queue. */
  stop(patienceMs?: number): Promise<void>
}

/** Work is asked for twice a second; a queue that was silent for so long is not working. */
const FRESH_MS = 10_000

async function grantQueue(owner: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    // Two processes that start at once would alter the same rows of the catalogue.
    await client.query(`
      SELECT pg_advisory_xact_lock(735201041);
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
  const started = Date.now()
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
  let stopped = false
  const jobs: Jobs = {
    async send(trx, name, data, options = {}) {
      await boss.send(name, data, { db: executor(trx) as never, ...(options.once ? { singletonKey: options.once } : {}) })
    },
    running() {
      const workers = boss.getWipData()
      // A worker that is at work does not ask for more.
      return !stopped && workers.length === kinds.length && workers.every((w) => w.count > 0 || Date.now() - (w.lastFetchedOn ?? started) < FRESH_MS)
    },
    async stop(patienceMs = 15_000) {
      stopped = true
      await boss.stop({ graceful: true, timeout: patienceMs })
    },
  }
  const existing = new Map((await boss.getQueues()).map((q) => [q.name, q]))
  for (const kind of kinds) {
    if (!existing.has(kind.name)) await boss.createQueue(kind.name, { policy: 'standard', retryLimit: 2, expireInSeconds: 3600, notify: true })
    else if (!existing.get(kind.name)!.notify) await boss.updateQueue(kind.name, { notify: true })
    if (kind.cron) await boss.schedule(kind.name, kind.cron, {}, { tz: 'Asia/Shanghai' })
    await boss.work(kind.name, { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 }, async (batch: { data: unknown }[]) => {
      for (const job of batch) await kind.run({ db: db.at('patient'), dataDir, jobs }, job.data)
    })
  }
  return jobs
}
