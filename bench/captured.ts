/** The SQL that our handlers send, taken down instead of run: the bound then runs the very same text. */
import { Transaction } from '../src/kernel/db/database.ts'
import type pg from 'pg'

export interface Statement {
  text: string
  values: unknown[]
}

/** Runs `work` against a connection that answers every question with `rows` and writes down what it was asked. */
export async function captured(rows: Record<string, unknown>[], work: (trx: Transaction) => Promise<unknown>): Promise<Statement[]> {
  const asked: Statement[] = []
  const client = {
    query: async (q: string | { text: string; values?: unknown[] }, values: unknown[] = []) => {
      asked.push(typeof q === 'string' ? { text: q, values } : { text: q.text, values: q.values ?? [] })
      return { rows: rows.map((r) => ({ ...r })), rowCount: rows.length }
    },
  }
  await work(new Transaction(client as unknown as pg.PoolClient, null))
  return asked
}
