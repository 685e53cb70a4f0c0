import { expect, test } from 'vitest'
import { lackingSentence, withoutFactor } from './lacking.rules.ts'

test('what was used without a factor is named; what was not used, or is not known, lacks nothing', () => {
  const none = { electricity: '10', co2Electricity: '5.2', otherEnergy: null }
  expect(withoutFactor(none)).toEqual([])
  for (const zero of ['0', '0.0000', '-0.00']) expect(withoutFactor({ ...none, otherEnergy: zero })).toEqual([])
  expect(withoutFactor({ ...none, otherEnergy: '0.0001', heat: '3', co2Heat: null })).toEqual(['heat', 'otherEnergy'])
  expect(lackingSentence({ ...none, otherEnergy: '7' })).toBe('其他能源没有排放因子，二氧化碳排放未包括这一部分。')
})
