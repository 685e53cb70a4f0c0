/** Advisory locks share one space of numbers: two parts with one number wait for each other without knowing why. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

test('every number of an advisory lock belongs to one file', () => {
  const root = path.resolve(import.meta.dirname, '../..')
  const found = new Map<string, Set<string>>()
  for (const file of fs.readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|sql)$/.test(file) || /\.test\.ts$/.test(file)) continue
    for (const [number] of fs.readFileSync(path.join(root, file), 'utf8').matchAll(/\b735_?201_?\d{3}\b/g)) {
      const key = number.replaceAll('_', '')
      found.set(key, (found.get(key) ?? new Set()).add(file))
    }
  }
  expect(found.size).toBeGreaterThan(5)
  expect([...found].filter(([, files]) => files.size > 1).map(([number, files]) => `${number}: ${[...files].join(', ')}`)).toEqual([])
})
