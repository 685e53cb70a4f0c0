/** The history of a statement's rows is the history of each of them. */
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../test/database.ts'

const { db, connection } = await testDatabase()
const owner = new pg.Client(connection)
beforeAll(async () => {
  await owner.connect()
  for (const name of ['by_row', 'by_statement']) await owner.query(`
    CREATE TABLE app.${name} (id bigint PRIMARY KEY, version integer NOT NULL DEFAULT 1, org_path text COLLATE "C" NOT NULL, region_id integer, amount numeric(18, 4), said text);
    CREATE TRIGGER ${name}_version BEFORE UPDATE ON app.${name} FOR EACH ROW EXECUTE FUNCTION app.raise_version();
    CALL app.protect('app.${name}', 'report.read', 'report.file')`)
  await owner.query(`
    CREATE TRIGGER by_row_track AFTER INSERT OR UPDATE OR DELETE ON app.by_row FOR EACH ROW EXECUTE FUNCTION audit.track('app.by_row', 'region_id');
    CALL audit.follow('app.by_statement', 'region_id')`)
})
afterAll(() => owner.end())

test('creations, merges, changes of nothing and deletions, with who, why and in which import', async () => {
  await db.asSystem({ operation: 'test.write', reason: '普查', basis: '通知', batchId: 7 }, async (trx) => {
    for (const table of ['by_row', 'by_statement']) {
      const t = sql.table(`app.${table}`)
      await trx.run(sql`INSERT INTO ${t} (id, org_path, amount, said) SELECT n, '1.' || n || '.', n, 'a' FROM generate_series(1, 500) n`)
      // Half of them are there, half are not; of those that are there some stay as they are.
      await trx.run(sql`INSERT INTO ${t} (id, org_path, amount, said) SELECT n, '1.' || n || '.', n / 3 * 3, 'a' FROM generate_series(251, 750) n ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, said = excluded.said`)
      await trx.run(sql`UPDATE ${t} SET said = NULL, amount = NULL, region_id = 4 WHERE id = 3`)
      await trx.run(sql`UPDATE ${t} SET region_id = 5`)
      await trx.run(sql`UPDATE ${t} SET amount = 1 WHERE false`)
      await trx.run(sql`DELETE FROM ${t} WHERE id % 2 = 0`)
    }
  })
  const lines = (table: string) => db.asSystem('test', (trx) => trx.rows<any>(sql`
    SELECT actor_id, actor_name, operation, record_id, org_path, action, changes, reason, basis, batch_id FROM audit.change WHERE entity = ${`app.${table}`} ORDER BY action, record_id, changes::text`))
  const [row, statement] = [await lines('by_row'), await lines('by_statement')]
  expect(row.length).toBeGreaterThan(1200)
  expect(row[0]).toMatchObject({ actor_name: '系统', operation: 'test.write', reason: '普查', basis: '通知', batch_id: 7 })
  expect(row.find((l) => l.record_id === 3 && l.action === 'update')?.changes).toEqual({ amount: [3, null], said: ['a', null] })
  expect(statement).toEqual(row)
})
