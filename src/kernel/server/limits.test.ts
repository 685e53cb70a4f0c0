import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { Problem } from '../contract/problem.rules.ts'
import { testDatabase } from '../test/database.ts'
import { BUDGETS, budgetsFrom, openLimits, type Counted, type Limits } from './limits.ts'

const { db } = await testDatabase()
const budgets = { ...BUDGETS, read: { times: 100, seconds: 10 }, write: { times: 20, seconds: 10 } }
let clock = 1_800_000_000_000
const limits = () => openLimits(db, budgets, () => clock)
/** How many of so many are let through. */
const passed = (l: Limits, what: Counted, who: string, times: number): number => {
  let n = 0
  for (let i = 0; i < times; i++) {
    try {
      l.count(what, who)
      n++
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
  return n
}

test('more than the budget is refused, with a sentence and how long to wait; others are not touched', () => {
  const one = limits()
  clock += 60_000
  clock -= clock % 10_000
  clock += 3_000
  expect(passed(one, 'read', 'p1', 150)).toBe(100)
  expect(passed(one, 'read', 'p2', 50)).toBe(50)
  expect(passed(one, 'write', 'p1', 50)).toBe(20)
  try {
    one.count('read', 'p1')
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ status: 429, body: { code: 'too_many', params: { retryAfter: 7 } } })
    expect((error as Problem).body.message).toContain('请等 7 秒')
  }
  clock += 7_000
  expect(passed(one, 'read', 'p1', 1)).toBe(1)
  one.close()
})
test('two processes count together', async () => {
  clock += 60_000
  const [a, b] = [limits(), limits()]
  expect(passed(a, 'read', 'p1', 60)).toBe(60)
  expect(passed(b, 'read', 'p1', 30)).toBe(30)
  await a.settle()
  await b.settle()
  await a.settle()
  // 90 of 100 are gone: what both let through now is what is left, at most twice within one second.
  expect(passed(a, 'read', 'p1', 50)).toBe(10)
  await a.settle()
  await b.settle()
  expect(passed(b, 'read', 'p1', 50)).toBeLessThanOrEqual(10)
  await Promise.all([a.settle(), b.settle()])
  expect(passed(a, 'read', 'p1', 50) + passed(b, 'read', 'p1', 50)).toBe(0)
  a.close()
  b.close()
})
test('who asks little costs the database nothing', async () => {
  clock += 60_000
  const one = limits()
  passed(one, 'read', 'quiet', 9)
  await one.settle()
  const { n } = (await db.asSystem('test', (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM app.rate_use WHERE key = 'read quiet'`)))!
  expect(n).toBe(0)
  one.close()
})
test('two exports at once, in all processes together; a place given back is free', async () => {
  const [a, b] = [limits(), limits()]
  const tries = await Promise.allSettled([a, b, a, b].map((l) => l.placeFor(7)))
  const got = tries.filter((t): t is PromiseFulfilledResult<() => Promise<void>> => t.status === 'fulfilled')
  expect(got).toHaveLength(2)
  expect(tries.find((t) => t.status === 'rejected')).toMatchObject({ reason: { status: 429 } })
  expect(await a.placeFor(8)).toBeTypeOf('function')
  await got[0]!.value()
  await b.placeFor(7)
  await expect(a.placeFor(7)).rejects.toThrow('导出')
  a.close()
  b.close()
})
describe('GONGXIE_LIMITS', () => {
  test('changes what it names', () => {
    expect(budgetsFrom('read=5/1, export=9/60')).toEqual({ ...BUDGETS, read: { times: 5, seconds: 1 }, export: { times: 9, seconds: 60 } })
    expect(budgetsFrom(undefined)).toEqual(BUDGETS)
  })
  test.each(['read', 'read=0/1', 'reed=5/1', 'read=5', 'read=-5/1'])('%s is refused', (text) => {
    expect(() => budgetsFrom(text)).toThrow('GONGXIE_LIMITS')
  })
})
