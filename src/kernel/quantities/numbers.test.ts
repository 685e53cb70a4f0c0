import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNumber } from './numbers.rules.ts'

const value = (text: string) => {
  const read = parseNumber(text)
  return read.ok ? read.value : read.problem.code
}

describe('numbers as people write them', () => {
  it.each([
    ['1234.50', '1234.5'], ['1,234,567.89', '1234567.89'], ['1，234', '1234'], ["1'234'567", '1234567'], ['1 234', '1234'],
    ['１２３．５', '123.5'], ['－５', '-5'], ['+7', '7'], ['(1,234)', '-1234'], ['（5）', '-5'], ['1.2E+3', '1200'],
    ['6.28795516E9', '6287955160'], ['1.2e-3', '0.0012'], ['007', '7'], ['-0', '0'], ['.5', '0.5'], ["'123", '123'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'], ['"7"', 'not_a_number'],
  ])('%s → %s', (text, expected) => expect(value(text)).toBe(expected))

  it.each(['', '  ', '—', '-', '——', '无', 'n/a', 'N/A', 'Not Available', 'NULL', '/', '－'])(
    'says nothing, which is not zero: %s',
    (text) => expect(value(text)).toBeNull(),
  )

  it.each([
    ['12%', 'percent'], ['¥1,000', 'currency'], ['￥5', 'currency'], ['100元', 'currency'], ['1,23', 'ambiguous_separator'],
    ['1.234,56', 'not_a_number'], ['12,34,567', 'ambiguous_separator'], ["1,234'567", 'ambiguous_separator'],
    ['120度', 'not_a_number'], ['约100', 'not_a_number'], ['1.2.3', 'not_a_number'], ['1E+999', 'number_too_long'],
    ['1E+99999999', 'not_a_number'], ['NaN', 'not_a_number'], ['Infinity', 'not_a_number'], ['0x10', 'not_a_number'], ['.', 'not_a_number'],
  ])('refuses %s', (text, code) => expect(value(text)).toBe(code))

  it('quotes the text it refuses', () => {
    const read = parseNumber('120度')
    expect(!read.ok && read.problem.message).toContain('“120度”')
  })

  const exact = fc.tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: 1, max: 9999 })).map(([i, f]) => `${i}.${f}`)
  it('separators, widths and signs never change the value', () => {
    fc.assert(
      fc.property(exact, (text) => {
        const plain = value(text)
        const [whole, fraction] = text.split('.') as [string, string]
        const grouped = `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction}`
        const wide = text.replace(/[0-9.-]/g, (c) => String.fromCodePoint(c.codePointAt(0)! + 0xfee0))
        expect(value(grouped)).toBe(plain)
        expect(value(wide)).toBe(plain)
        expect(value(`${text}E0`)).toBe(plain)
        expect(value(plain!)).toBe(plain)
      }),
    )
  })
  it('never throws', () => fc.assert(fc.property(fc.string(), (text) => void parseNumber(text))))
})
