/** docs/compliance.md names tests: a test that does not exist shows nothing. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
test('every test that it names is there, and what is met is shown or said to be somebody else\'s', () => {
  const text = fs.readFileSync(path.join(root, 'docs', 'compliance.md'), 'utf8')
  const there = new Set(fs.readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((f) => path.basename(f)))
  const named = [...text.matchAll(/`([\w.-]+\.(?:test|e2e)\.ts)`/g)].map((m) => m[1]!)
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((n) => !there.has(n))).toEqual([])
  const rows = text.split('\n').filter((l) => /^\| (8\.1|V\d)/.test(l))
  expect(rows.length).toBeGreaterThan(40)
  for (const row of rows) expect(row, row).toMatch(/\.ts`|operator|in work|open|none (is|are) used/)
})
