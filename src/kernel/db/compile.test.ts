import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { build, compile } from './compile.ts'

test.each([
  ['values, references and identifiers', sql`SELECT ${sql.ref('t.name')}, ${sql.id('a', 'b"c')} FROM ${sql.table('org.organization')} t WHERE ${sql.ref('x')} = ${5} AND y = ANY (${['a', 'b']}::text[])`],
  ['joined and nested', sql`SELECT ${sql.join([sql`a + ${1}`, sql`b`, sql.raw('c')])} WHERE ${sql.join([sql`p = ${null}`, sql`q = ${'x'}`], sql` AND `)}`],
  ['empty lists and literals', sql`SELECT ${sql.lit(3)}, ${sql.lit("o'x")} ${sql``} LIMIT ${20}`],
  ['names in three parts', sql`SELECT ${sql.ref('org.organization.name')}`],
])('%s are written as the general compiler writes them', (_name, query) => {
  const { sql: text, parameters } = query.compile(build)
  expect(compile(query)).toMatchObject({ sql: text, parameters })
})

test('a query of the builder is compiled by it', () => {
  const query = build.selectFrom('org.region').select('name').where('id', '=', 3)
  expect(compile(query).sql).toBe(query.compile().sql)
})
