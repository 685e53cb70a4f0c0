import fs from 'node:fs'
import { expect, test } from 'vitest'
import { CATEGORIES } from './organization.entity.ts'
import { CATEGORY_CHOICES, CATEGORY_PARENTS, isPart, nested, parentsAmong, partsOf, partsOfAll } from './categories.rules.ts'

test('parents and their parts are those of the statistical system', () => {
  const { categories } = JSON.parse(fs.readFileSync(new URL('../../../../data/energy/categories.json', import.meta.url), 'utf8')) as { categories: { code: string; name: string; parent: string | null; reporting: boolean }[] }
  expect(Object.entries(CATEGORY_PARENTS)).toEqual(categories.filter((c) => !c.reporting).map((c) => [c.code, c.name]))
  for (const parent of Object.keys(CATEGORY_PARENTS)) expect(partsOf(parent)).toEqual(categories.filter((c) => c.parent === parent).map((c) => c.code))
  expect(Object.keys(CATEGORIES).filter(isPart)).toEqual(categories.filter((c) => c.parent).map((c) => c.code))
})
test('a parent asks for its parts, each once; another kind for itself', () => {
  expect(partsOfAll(['01', '02', '024'])).toEqual(['01', '021', '022', '023', '024', '025', '026'])
  expect(partsOfAll(['9'])).toEqual(['9'])
  expect(CATEGORY_CHOICES.map((c) => c.value)).toEqual(['01', '02', '021', '022', '023', '024', '025', '026', '03'])
})
test('a parent stands before its parts, where rows of it are there and none of its parts was left out', () => {
  expect(parentsAmong(['01', '021', '026'])).toEqual([{ code: '02', label: '事业单位小计', parts: ['021', '022', '023', '024', '025', '026'] }])
  expect(parentsAmong(['01', '03'])).toEqual([])
  expect(parentsAmong(['021', '026'], ['021', '026'])).toEqual([])
  expect(parentsAmong(['021', '026'], partsOf('02'))).toHaveLength(1)
  expect(nested(['021', '03', '02', '01'], (c) => c)).toEqual(['01', '02', '021', '03'])
})
