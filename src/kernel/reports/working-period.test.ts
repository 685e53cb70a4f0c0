import { describe, expect, test } from 'vitest'
import { parsePeriod } from './period.rules.ts'
import { monthsOfWorking, readWorking, workingPeriod, workingText } from './working-period.rules.ts'

const NOW = new Date('2026-11-25T04:00:00Z')

describe('the working period, and what it means to a page of another length', () => {
  test.each([
    // chosen        month      quarter   year
    ['latest-12', '2026-10', '2026Q3', '2025'],
    ['latest-1', '2026-10', '2026Q3', '2025'],
    ['2025', '2025-12', '2025Q4', '2025'],
    ['2024', '2024-12', '2024Q4', '2024'],
    // The running year is the running year where years are chosen; its last ended month where months are.
    ['2026', '2026-10', '2026Q3', '2026'],
    ['2025Q2', '2025-06', '2025Q2', '2025'],
    // A month of the running quarter and year belongs to none that has ended yet.
    ['2026-11', '2026-11', '2026Q3', '2025'],
    ['2024-02', '2024-02', '2024Q1', '2024'],
    // What has not begun has no ended month.
    ['2027', '2027-01', '2027Q1', '2027'],
  ])('%s', (text, month, quarter, year) => {
    const w = readWorking(text)!
    expect([1, 3, 12].map((m) => workingPeriod(w, m as 1 | 3 | 12, NOW).key)).toEqual([month, quarter, year])
    expect(workingText(w)).toBe(text)
  })
  test('nonsense is no choice', () => {
    for (const text of ['', 'latest', 'latest-6', '2025-13', '第一季度', null, undefined]) expect(readWorking(text)).toBeNull()
    expect(monthsOfWorking({ fixed: parsePeriod('2025Q2')! })).toBe(3)
  })
})
