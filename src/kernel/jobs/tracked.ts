/**
 * A kind of job that people can watch: it says how far it is, leaves its result where they find it, and ends when they
 * ask for it. What ending means is the kind's to know: `undo` puts back what was done so far, and the job is cancelled;
 * a kind without it is not asked.
 */
import { sql } from 'kysely'
import type { Database, Transaction } from '../db/database.ts'
import type { JobKind } from '../domain.ts'
import { problemOf } from '../server/failure.ts'
import type { Jobs } from '../server/jobs.ts'

export interface Progress {
  /** So many of so many steps are done, and what comes next in words. Written when the bar moves, and twice a second. */
  at(done: number, total: number, step?: string): Promise<void>
  /** Somebody asked for the end; to be looked at between two transactions. */
  cancelled(): Promise<boolean>
}
export interface Services {
  db: Database
  dataDir: string
  jobs: Jobs
  progress: Progress
}
/** Thrown by a kind that found `cancelled()` and wants what it did to be undone. */
export class Cancelled extends Error {}

export interface TrackedKind<D> {
  name: string
  /** Answers with the result in words. Runs again from the beginning when a process died in between. */
  run(services: Services, data: D): Promise<string>
  /** After `Cancelled`: puts back what was done. Answers with the words, or null where that is no longer possible and `run` is to go on to its end. */
  undo?(services: Services, data: D): Promise<string | null>
}

interface Start {
  label: string
  /** Who holds it in the starter's scope sees the job… */
  seenBy: string
  /** …and may ask for its end. */
  cancelledBy: string
}
/** Enqueues in the caller's transaction; answers with the id of the row to watch. */
export async function startTracked<D extends object>(trx: Transaction, jobs: Jobs, kind: string, data: D, { label, seenBy, cancelledBy }: Start): Promise<number> {
  const row = (await trx.one<{ id: number }>(sql`
    INSERT INTO app.job (kind, label, read_permission, cancel_permission, org_path, by_id, by_name)
    VALUES (${kind}, ${label}, ${seenBy}, ${cancelledBy}, ${trx.actor?.orgPath ?? '1.'}, ${trx.actor?.personId ?? null}, ${trx.actor?.name ?? '系统'}) RETURNING id`))!
  await jobs.send(trx, kind, { ...data, jobId: row.id })
  return row.id
}

const OFTEN_MS = 500

export function tracked<D>(kind: TrackedKind<D>): JobKind<D & { jobId?: number }> {
  return {
    name: kind.name,
    async run({ db, dataDir, jobs }, data) {
      const { jobId } = data
      const write = async (change: ReturnType<typeof sql>) => {
        if (jobId !== undefined) await db.asSystem('job.progress', (trx) => trx.run(sql`UPDATE app.job SET ${change}, updated_at = now() WHERE id = ${jobId}`))
      }
      let said = 0
      let shown = -1
      let ignoring = false
      const progress: Progress = {
        async at(done, total, step) {
          const percent = total ? Math.floor((done / total) * 100) : 0
          if (percent === shown && Date.now() - said < OFTEN_MS) return
          said = Date.now()
          shown = percent
          await write(sql`done = ${done}, total = ${total}, step = ${step ?? null}`)
        },
        async cancelled() {
          if (ignoring || jobId === undefined || !kind.undo) return false
          return !!(await db.asSystem('job.progress', (trx) => trx.one(sql`SELECT FROM app.job WHERE id = ${jobId} AND cancel_asked_at IS NOT NULL`)))
        },
      }
      const services: Services = { db, dataDir, jobs, progress }
      const end = (state: 'done' | 'cancelled', words: string) => write(sql`state = ${state}, result = ${JSON.stringify({ words })}, problem = NULL, step = NULL, finished_at = now()`)
      try {
        await write(sql`state = 'running', started_at = coalesce(started_at, now()), problem = NULL`)
        try {
          await end('done', await kind.run(services, data))
        } catch (error) {
          if (!(error instanceof Cancelled)) throw error
          await write(sql`state = 'cancelling', step = NULL`)
          const words = await kind.undo!(services, data)
          if (words !== null) return void (await end('cancelled', words))
          ignoring = true
          await write(sql`state = 'running'`)
          await end('done', await kind.run(services, data))
        }
      } catch (error) {
        const problem = problemOf(error, new Map())?.body ?? { code: 'internal', message: '执行时出错，请联系系统管理员；可以重新发起。' }
        await write(sql`state = 'failed', problem = ${JSON.stringify({ code: problem.code, message: problem.message })}, step = NULL, finished_at = now()`)
        // The queue tries it once more; then this row is running again.
        throw error
      }
    },
  }
}
