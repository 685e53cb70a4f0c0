import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, constant, divide, identicalShare, item, lastYear, measure, minus, months, monthsPresent, numberOf, peerCount, peerMedian, previous, register, setting, Subject, sum, times, type Expression } from './expression.rules.ts'

const values = { a: '10', b: '4', zero: '0', text: 'abc', blank: null }
const context = {
  previous: { a: '8' }, lastYear: { a: '5', b: '4', c: '1' }, months: { a: '9.5' }, monthsPresent: 11, register: { people: 50 },
  peer: { count: 7, medians: { ratio: '2' } }, settings: { limit: '0.3' },
}
const got = (e: Expression, zero = false) => compile(e, { ratio: divide(item('a'), item('b')) }, zero)(new Subject(values, context))?.toFixed() ?? null

describe('expressions', () => {
  it.each<[string, Expression, string | null, string | null]>([
    ['item', item('a'), '10', '10'],
    ['blank item', item('blank'), null, '0'],
    ['text in a number', item('text'), null, '0'],
    ['sum of what is there', sum(item('a'), item('blank'), item('b')), '14', '14'],
    ['sum of nothing', sum(item('blank')), null, '0'],
    ['product', times(item('a'), item('b'), constant('0.5')), '20', '20'],
    ['product with a gap', times(item('a'), item('blank')), null, '0'],
    ['difference', minus(item('a'), previous('a')), '2', '2'],
    ['ratio', divide(item('a'), item('b')), '2.5', '2.5'],
    ['ratio by zero', divide(item('a'), item('zero')), null, null],
    ['last year, months, register', sum(lastYear('a'), months('a'), register('people')), '64.5', '64.5'],
    ['counts', sum(monthsPresent, peerCount), '18', '18'],
    ['measure against peers', divide(measure('ratio'), peerMedian('ratio')), '1.25', '1.25'],
    ['setting', setting('limit'), '0.3', '0.3'],
    ['a setting that is missing is never zero', setting('none'), null, null],
    ['identical cells', identicalShare('lastYear', ['a', 'b', 'zero'], 2), '0.5', '0.5'],
    ['too few cells to say', identicalShare('lastYear', ['a', 'b'], 3), null, null],
  ])('%s', (_, e, skip, zero) => {
    expect(got(e)).toBe(skip)
    expect(got(e, true)).toBe(zero)
  })
  it('is exact where floats are not', () => {
    expect(compile(sum(item('x'), item('y')), {})(new Subject({ x: '0.1', y: '0.2' }, { settings: {} }))!.toFixed()).toBe('0.3')
  })
  it('reads decimals in plain notation only', () => {
    fc.assert(fc.property(fc.string(), (t) => numberOf(t) === undefined || t === '' || /^-?\d+(\.\d+)?$/.test(t)))
    expect([numberOf('1e5'), numberOf('Infinity'), numberOf('0x10'), numberOf(Number.NaN)]).toEqual([undefined, undefined, undefined, undefined])
  })
})
