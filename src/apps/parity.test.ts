/** Every entity of every domain against the tables that hold it: the two lines of a field agree. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSchema, patchSchema, type Entity, type Fields } from '../kernel/entity/entity.rules.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { domains } from './domains.ts'

const { connection } = await testDatabase()
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(() => owner.end())

interface Column { column_name: string; data_type: string; numeric_precision: number | null; numeric_scale: number | null; is_nullable: 'YES' | 'NO'; column_default: string | null; is_generated: string }
const typeOf = (c: Column) => (c.data_type === 'numeric' && c.numeric_precision ? `numeric(${c.numeric_precision},${c.numeric_scale})` : c.data_type)
/** What the machinery keeps beside the fields. */
const MACHINERY = ['id', 'version', 'org_path', 'created_at', 'updated_at', 'name_grams', 'filing_id']

const entities = domains.flatMap((d) => d.entities) as Entity<Fields>[]
test('there is something to compare', () => expect(entities.length).toBeGreaterThan(5))

describe.each(entities.map((e) => [e.name, e] as const))('%s', (name, e) => {
  const columns = async () => (await owner.query<Column>(`
    SELECT column_name, data_type, numeric_precision, numeric_scale, is_nullable, column_default, is_generated FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2`, name.split('.'))).rows

  test('has a column of its type for every field, and no column without a field', async () => {
    const found = await columns()
    expect(found.length, 'the table exists').toBeGreaterThan(0)
    const actual = Object.fromEntries(found.filter((c) => !MACHINERY.includes(c.column_name)).map((c) => [c.column_name, typeOf(c)]))
    expect(actual).toEqual(Object.fromEntries(Object.entries(e.fields).map(([n, f]) => [e.columns[n], f.type.sql])))
  })
  test('keeps what is required, and lets be empty what may be', async () => {
    const byName = new Map((await columns()).map((c) => [c.column_name, c]))
    for (const [n, f] of Object.entries(e.fields)) {
      const c = byName.get(e.columns[n]!)!
      if (f.required === true) expect(c.is_nullable, `${n} is required`).toBe('NO')
      // A column that must not be empty is required of people, filled by a default, or written by the system.
      else if (c.is_nullable === 'NO') expect(c.column_default !== null || !!f.system, `${n} may be left out, its column may not`).toBe(true)
    }
  })
  test('a field has a label; nobody writes what the system writes, or what is not a field', () => {
    for (const [n, f] of Object.entries(e.fields)) {
      expect(f.label.length, n).toBeGreaterThan(1)
      const given = { [n]: f.type.kind === 'yesNo' ? true : f.type.kind === 'integer' || f.type.kind === 'reference' ? 1 : f.type.choices ? Object.keys(f.type.choices)[0] : f.type.kind === 'day' ? '2026-01-01' : f.type.kind === 'text' || f.type.kind === 'longText' ? '文字' : '1' }
      expect(patchSchema(e).safeParse(given).success, `patch of ${n}`).toBe(!f.system)
    }
    for (const schema of [createSchema(e), patchSchema(e)]) expect(schema.safeParse({ orgPath: '1.', nonsense: 1 }).success).toBe(false)
  })
})
