import { expect, test } from 'vitest'
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { bodyOf } from './answer.ts'

const row = z.intersection(z.object({ id: z.int(), name: z.string().nullable() }), z.object({ can: z.array(z.string()) }))
const shapes: [string, z.ZodType, unknown][] = [
  ['a list of rows', z.object({ rows: z.array(row), next: z.string().nullable() }), { rows: [{ id: 1, name: null, can: ['read'], secret: 'x' }], next: null, more: 1 }],
  ['records, choices and what is absent', z.object({ sums: z.record(z.string(), z.string().nullable()), kind: z.enum(['a', 'b']), at: z.string().optional() }), { sums: { a: '1', b: null }, kind: 'a' }],
  ['records of objects', z.record(z.string(), z.object({ a: z.int() })), { x: { a: 1, b: 2 } }],
  ['a default', z.object({ n: z.int().default(3) }), {}],
  ['objects to choose from', z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]), { b: 2, c: 3 }],
  ['nothing but a null', z.object({ a: z.object({ b: z.int() }).nullable() }), { a: null, b: 1 }],
]
test.each(shapes)('%s: cut as the schema cuts', (_name, output, value) => {
  const o = operation({ id: 'x.y', method: 'GET', path: '/x', label: 'x', access: 'public', input: z.strictObject({}), output })
  expect(JSON.parse(bodyOf(o, value, false))).toEqual(output.parse(value))
})
