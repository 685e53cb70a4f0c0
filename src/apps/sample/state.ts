/** How far a sample is built, in the database itself: each phase notes itself in its own transaction. */
import { sql } from 'kysely'
import type { Database } from '../../kernel/db/database.ts'
import type { OwnerTransaction } from './owner-transaction.ts'
import type { ScaleName } from './scale.rules.ts'

export const MARK = 'sample.build'
export interface Mark {
  scale: ScaleName
  institutions: number
  done: string[]
  complete: boolean
}
export interface State {
  /** Organisations that nobody invented. */
  real: number
  mark: Mark | null
}

export const readState = (db: Database): Promise<State> =>
  db.asSystem('sample.state', async (trx) => {
    const real = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM (SELECT 1 FROM org.organization WHERE NOT sample LIMIT 1) AS someone`))!.n
    const mark = await trx.one<{ value: Mark }>(sql`SELECT value FROM app.setting WHERE key = ${MARK}`)
    return { real, mark: mark?.value ?? null }
  })

export const hasOrganizations = (db: Database): Promise<boolean> =>
  db.asSystem('sample.state', async (trx) => (await trx.rows(sql`SELECT 1 FROM org.organization LIMIT 1`)).length > 0)

export const hasSamplePeople = (db: Database): Promise<boolean> =>
  db.asSystem('sample.state', async (trx) => (await trx.rows(sql`SELECT 1 FROM auth.person WHERE sample LIMIT 1`)).length > 0)

export async function writeMark(trx: OwnerTransaction, mark: Mark): Promise<void> {
  await trx.rows(
    `INSERT INTO app.setting (key, value, label, source) VALUES ($1, $2, '示例数据生成进度', '平台自身')
     ON CONFLICT (key, valid_from) DO UPDATE SET value = excluded.value`,
    [MARK, JSON.stringify(mark)])
}
