import fc from 'fast-check'
import Decimal from 'decimal.js'
import { describe, expect, it } from 'vitest'
import { UNITS } from './units.table.rules.ts'
import { convert, findUnit, gasVolume, NATURAL_GAS_HEATING_VALUE, type Rounding } from './units.rules.ts'
import type { Outcome } from './outcome.rules.ts'

const got = <T>(read: Outcome<T>) => (read.ok ? read.value : read.problem.code)

describe('conversions', () => {
  it.each<[string, string, string, string, Rounding?]>([
    ['1', '万kWh', 'kWh', '10000'], ['12', '度', '千瓦时', '12'], ['1', '万千瓦时', 'MWh', '10'], ['1', 'kWh', 'MJ', '3.6'],
    ['1', 'kBtu', 'MJ', '1.05505585262'], ['1', 'kBtu (thousand Btu)', 'kWh', 'inexact'], ['1', 'kBtu', 'kWh', '0.2931', { scale: 4 }],
    ['597478.9', 'kBtu (thousand Btu)', 'kWh', '175103.7806', { scale: 4 }], ['12764.53', 'therms', 'kBtu', '1276453'], ['1', 'MMBtu', 'therm', '10'],
    ['1', 'MBtu/ MMBtu/ Dth (million Btu/ dekatherm)', 'kBtu', '1000'], ['1', 'GJ', 'kWh', '277.7778', { scale: 4 }],
    ['1', 'Sq. Ft.', '㎡', '0.09290304'], ['88,434', 'sf', '㎡', 'not_a_number'], ['88434', 'sf', 'm2', '8215.78743936'], ['3', '亩', '平方米', '2000'],
    ['1.5', '万㎡', '㎡', '15000'], ['1', 'ccf', 'm³', '2.8316846592'], ['1', 'kcf (thousand cubic feet)', '立方米', '28.316846592'],
    ['1', 'Mcf (million cubic feet)', 'm³', '28316.846592'], ['1', 'MCF', 'm³', 'ambiguous_unit'], ['1', 'MBtu', 'kWh', 'ambiguous_unit'], ['1', 'tons', 'kg', 'ambiguous_unit'],
    ['1', 'kGal', 'm³', '3.785411784'], ['1', 'gal', '升', '3.785411784'], ['7', '吨水', 'm³', '7'], ['7', '吨', 'm³', 'unit_mismatch'],
    ['2', '万吨', 'kg', '20000000'], ['1', 'lb', 'kg', '0.45359237'], ['3', '万升', 'L', '30000'], ['1.23', '万元', '元', '12300'], ['5', '$', '元', 'unit_mismatch'],
    ['1', 'kLbs. (thousand pounds)', 'kBtu', '1194'], ['100.1', 'kBtu/ft²', 'kBtu/sf', '100.1'], ['1', 'kBtu/sf', 'MJ/㎡', '11.3565', { scale: 4 }],
    ['1', 'therms', 'm³', 'unit_mismatch'], ['1', 'Some Unknown Unit', 'kWh', 'unknown_unit'], ['1', '__proto__', 'kWh', 'unknown_unit'], ['-2.5', '千元', '元', '-2500'],
  ])('%s %s → %s = %s', (value, from, to, expected, rounding) => expect(got(convert(value, from, to, rounding))).toBe(expected))

  it('rounds half up, away from zero, as 四舍五入', () => {
    expect(got(convert('0.125', '元', '元', { scale: 2 }))).toBe('0.13')
    expect(got(convert('-0.125', '元', '元', { scale: 2 }))).toBe('-0.13')
  })
  it('turns gas energy into volume only by a stated heating value', () => {
    expect(got(gasVolume('1', 'therms', NATURAL_GAS_HEATING_VALUE.value, { scale: 4 }))).toBe('2.7101')
    expect(got(gasVolume('38.931', 'MJ', '38.931'))).toBe('1')
    expect(got(gasVolume('1', 'm³', '38.931'))).toBe('unit_mismatch')
    expect(got(gasVolume('1', 'MJ', '0'))).toBe('bad_heating_value')
  })
})

describe('the table', () => {
  it('gives every name to one unit only', () => {
    for (const u of UNITS) for (const name of [u.code, ...u.aliases]) expect([name, got(findUnit(name))]).toEqual([name, expect.objectContaining({ code: u.code })])
  })
  it('cites a source for every factor', () => {
    for (const u of UNITS) expect(u.source.length).toBeGreaterThan(3)
  })
})

describe('algebra', () => {
  const amount = fc.tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 8 })).map(([n, e]) => new Decimal(n.toString()).div(new Decimal(10).pow(e)).toFixed())
  const pair = fc.constantFrom(...UNITS).chain((u) => fc.tuple(fc.constant(u), fc.constantFrom(...UNITS.filter((v) => v.dimension === u.dimension))))
  const Wide = Decimal.clone({ precision: 100 })
  it('there and back is the same value', () =>
    fc.assert(
      fc.property(amount, pair, (value, [a, b]) => {
        const there = convert(value, a.code, b.code)
        if (!there.ok) return void expect(there.problem.code).toBe('inexact')
        const back = convert(there.value, b.code, a.code)
        // Going there may end, coming back always does: the quotient was exact.
        expect(back.ok && new Wide(back.value).eq(value)).toBe(true)
      }),
    ))
  it('the sum of conversions is the conversion of the sum', () =>
    fc.assert(
      fc.property(amount, amount, pair, (x, y, [a, b]) => {
        const parts = [convert(x, a.code, b.code), convert(y, a.code, b.code), convert(new Wide(x).plus(y).toFixed(), a.code, b.code)] as const
        if (parts[0].ok && parts[1].ok && parts[2].ok) expect(new Wide(parts[0].value).plus(parts[1].value).eq(parts[2].value)).toBe(true)
      }),
    ))
  it('never throws on foreign text', () => fc.assert(fc.property(fc.string(), fc.string(), (v, u) => void convert(v, u, 'kWh', { scale: 4 }))))
})
