import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromExcelSerial, parseDay, parseMonth, parsePeriod, type DayReading } from './dates.rules.ts'
import type { Outcome } from './outcome.rules.ts'

const got = <T>(read: Outcome<T>) => (read.ok ? read.value : read.problem.code)

describe('days', () => {
  it.each<[string, string | null, DayReading?]>([
    ['2026-03-01', '2026-03-01'], ['2026/3/1', '2026-03-01'], ['2026.3.1', '2026-03-01'], ['2026年3月1日', '2026-03-01'],
    ['２０２６年３月１日', '2026-03-01'], ['20260301', '2026-03-01'], ['2026-03-01T08:30:00', '2026-03-01'], ['2026-03-01 00:00', '2026-03-01'],
    ['08/28/2018 10:29 AM EDT', '2018-08-28', { order: 'mdy' }], ['1/5/17 08:00', '2017-01-05', { order: 'mdy' }], ['1/5/2017', '2017-05-01', { order: 'dmy' }],
    ['3/4/2016', 'ambiguous_date'], ['2026-02-29', 'not_a_date'], ['2024-02-29', '2024-02-29'], ['2026-13-01', 'not_a_date'], ['2026.3', 'not_a_date'],
    ['40908', '2016-01-01', { serial: '1904' }], ['42370', '2016-01-01', { serial: '1900' }], ['42370', 'not_a_date'], ['—', null], ['明天', 'not_a_date'],
  ])('%s → %s', (text, expected, reading) => expect(got(parseDay(text, reading))).toBe(expected))
})

describe('Excel serials', () => {
  it.each<[string, boolean, string]>([
    ['1', false, '1900-01-01'], ['59', false, '1900-02-28'], ['60', false, 'not_a_date'], ['61', false, '1900-03-01'], ['43466.0', false, '2019-01-01'],
    ['0', true, '1904-01-01'], ['40908', true, '2016-01-01'], ['42891.739583333336', false, '2017-06-05T17:45:00'], ['-1', false, 'not_a_date'], ['0', false, 'not_a_date'],
  ])('%s (1904: %s) → %s', (serial, date1904, expected) => expect(got(fromExcelSerial(serial, date1904))).toBe(expected))
  it('the two systems are 1462 days apart', () =>
    fc.assert(fc.property(fc.integer({ min: 61, max: 70_000 }), (n) => void expect(got(fromExcelSerial(n, true))).toBe(got(fromExcelSerial(n + 1462))))))
})

describe('periods', () => {
  it.each([
    ['2026-03', '2026-03'], ['2026年3月', '2026-03'], ['2026年03月份', '2026-03'], ['202603', '2026-03'], ['2026.3', '2026-03'], ['2026/3', '2026-03'], ['2026-03-01', '2026-03'],
    ['2026-03-15', 'not_a_period'], ['202613', 'not_a_period'], ['2026Q1', '2026Q1'], ['2026年第一季度', '2026Q1'], ['2026年二季度', '2026Q2'], ['2026年4季度', '2026Q4'],
    ['2026', '2026'], ['2026年', '2026'], ['2026年度', '2026'], ['三月', 'not_a_period'],
  ])('%s → %s', (text, expected) => {
    const read = parsePeriod(text)
    expect(read.ok ? read.value!.value : read.problem.code).toBe(expected)
  })
  it('is half-open', () => {
    expect(got(parsePeriod('2026年第四季度'))).toEqual({ kind: 'quarter', value: '2026Q4', start: '2026-10-01', end: '2027-01-01' })
    expect(got(parsePeriod('2026-12'))).toMatchObject({ start: '2026-12-01', end: '2027-01-01' })
  })
  it('does not guess an October that lost its zero', () => {
    expect(got(parseMonth('2026.1', { fromNumberCell: true }))).toBe('ambiguous_month')
    expect(got(parseMonth('2026.1'))).toBe('2026-01')
    expect(got(parseMonth('2026'))).toBe('not_a_month')
  })
  it('never throws', () => fc.assert(fc.property(fc.string(), (t) => void [parseDay(t), parsePeriod(t), parseDay(t, { order: 'mdy', serial: '1900' })])))
})
