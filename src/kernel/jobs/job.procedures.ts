import { sql } from 'kysely'
import { forbidden, notFound, refused } from '../contract/problem.rules.ts'
import type { Transaction } from '../db/database.ts'
import { handle } from '../domain.ts'
import { cancelJob, isOpen, listJobs, type Job } from './job.contract.ts'

const columns = sql`id, kind, label, state, done, total, step, result, problem, by_name AS "byName", at, started_at AS "startedAt", updated_at AS "updatedAt", finished_at AS "finishedAt",
  cancel_asked_at AS "cancelAskedAt", cancel_asked_by_name AS "cancelAskedBy", app.may(cancel_permission) AS "mayCancel"`
type Row = Omit<Job, 'cancelAsked' | 'can'> & { cancelAskedAt: string | null; cancelAskedBy: string | null; mayCancel: boolean }
const shown = ({ cancelAskedAt, cancelAskedBy, mayCancel, ...row }: Row): Job => ({
  ...row, cancelAsked: cancelAskedAt ? { at: cancelAskedAt, byName: cancelAskedBy ?? '' } : null,
  can: mayCancel && (row.state === 'queued' || row.state === 'running') && !cancelAskedAt ? ['cancel'] : [],
})
const read = (trx: Transaction, id: number) => trx.one<Row>(sql`SELECT ${columns} FROM app.job WHERE id = ${id}`)

export const jobHandlers = [
  handle(listJobs, async (trx, { kind, id, limit }) => ({
    jobs: (await trx.rows<Row>(sql`
      SELECT ${columns} FROM app.job WHERE ${kind ? sql`kind = ${kind}` : sql`true`} AND ${id ? sql`id = ${id}` : sql`true`} ORDER BY id DESC LIMIT ${limit}`)).map(shown),
  })),
  handle(cancelJob, async (trx, { id }) => {
    const row = await read(trx, id)
    if (!row) throw notFound('后台任务')
    if (!row.mayCancel) throw forbidden()
    if (!isOpen(row) || row.state === 'cancelling') throw refused(row.state === 'cancelling' ? '已经在撤回了。' : '这项任务已经结束，不能再取消。')
    await trx.run(sql`UPDATE app.job SET cancel_asked_at = now(), cancel_asked_by_name = ${trx.actor!.name} WHERE id = ${id} AND cancel_asked_at IS NULL`)
    return shown((await read(trx, id))!)
  }),
]
