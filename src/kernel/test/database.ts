/**
 * A database of one's own per test file:
 *
 *   const { db } = await testDatabase()
 *
 * at the top of the file. It is a clone of the migrated template and goes away after the file's last test.
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { bindKeys, inventKeys } from '../authority/rights/seal.ts'
import { openDatabase, type Database, type Transaction } from '../db/database.ts'

export interface TestDatabase {
  db: Database
  /** Connection of the owner of the tables, for what a test must do behind row security's back. */
  connection: pg.ClientConfig
}

async function administrate(connection: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    // Two clones at once are fine; a straggling connection to the template is not, and leaves in a moment.
    for (let attempt = 1; ; attempt++) {
      try {
        await client.query(statement)
        return
      } catch (error) {
        if ((error as { code?: string }).code !== '55006' || attempt === 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  } finally {
    await client.end()
  }
}

export async function testDatabase(): Promise<TestDatabase> {
  const { connection, template } = inject('server')
  bindKeys(inventKeys())
  const name = `gongxie_test_${randomBytes(6).toString('hex')}`
  await administrate(connection, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const own = { ...connection, database: name }
  const db = openDatabase(own, { app: 6, system: 3 })
  afterAll(async () => {
    await db.close()
    await administrate(connection, `DROP DATABASE ${name} WITH (FORCE)`)
  })
  return { db, connection: own }
}

class Undo extends Error {}

/** Runs as the system and leaves nothing behind. */
export async function rolledBack(db: Database, run: (trx: Transaction) => Promise<void>): Promise<void> {
  try {
    await db.asSystem('test', async (trx) => {
      await run(trx)
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
}
