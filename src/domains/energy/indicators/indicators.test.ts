import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addSums, INDICATORS, indicatorNamed, indicatorValue, indicatorValues, reductionRate, unitOf, type Basis } from './indicators.rules.ts'
import { fixed, plain, quotient } from './fixed.rules.ts'
import { colourOf, comparable, forecastYear, targetAt, type Shape } from './targets.rules.ts'

const value = (code: string, sums: Basis) => indicatorValue(indicatorNamed(code)!, sums)

describe('indicators', () => {
  it.each([
    ['energyPerHead', { tce: '28.494', people: '50' }, '569.88'],
    ['waterPerHead', { water: '100', people: '8' }, '12.5'],
    ['energyPerArea', { tce: '10', tceVehicle: '4', buildingArea: '600' }, '10'],
    ['energyPerArea', { tce: '10', tceVehicle: null, buildingArea: '1000' }, '10'],
    ['energyPerAreaWithVehicles', { tce: '10', tceVehicle: '4', buildingArea: '1000' }, '10'],
    ['carbonPerArea', { co2: '3', buildingArea: '1000' }, '3'],
    ['energyPerHead', { tce: null, people: '50' }, null],
    ['energyPerHead', { tce: '1', people: null }, null],
    ['energyPerHead', { tce: '1', people: '0' }, null],
    ['energyPerHead', { tce: '0', people: '10' }, '0'],
  ])('%s of %j is %s', (code, sums, expected) => expect(value(code, sums as Basis)).toBe(expected))
  it('have their time in the unit', () => {
    expect([12, 3, 1].map((m) => unitOf(INDICATORS[0], m))).toEqual(['kgce/(人·年)', 'kgce/(人·季)', 'kgce/(人·月)'])
  })
})

describe('exact ratios by integers', () => {
  const text = fc.tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 12 })).map(([n, places]) => new Decimal(n.toString()).div(new Decimal(10).pow(places)).toFixed(places))
  it('agree with Decimal', () =>
    fc.assert(fc.property(text, text.filter((t) => new Decimal(t).gt(0)), (a, b) => {
      const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP })
      expect(quotient(fixed(a), fixed(b))).toBe(new Exact(a).div(b).toDecimalPlaces(6).toFixed().replace(/^-0$/, '0'))
      expect(plain(fixed(a))).toBe(new Exact(a).toFixed().replace(/^-0$/, '0'))
    })))
  it('refuse what they cannot hold', () => expect(() => fixed('0.1234567890123')).toThrow(RangeError))
})

describe('roll-up', () => {
  const amount = fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n }).map((n) => `${n / 1000n}.${String(n % 1000n).padStart(3, '0')}`), { nil: null })
  const sums = fc.record({ tce: amount, tceVehicle: amount, water: amount, co2: amount, people: amount, buildingArea: amount })
  const total = (list: Basis[]) => list.reduce((a, b) => addSums(a, b), {} as Basis)
  it('does not depend on the order or on the grouping', () =>
    fc.assert(fc.property(fc.array(sums, { minLength: 1, maxLength: 12 }), fc.nat(), (list, cut) => {
      const at = cut % list.length
      const whole = indicatorValues(total(list))
      expect(indicatorValues(total([...list].reverse()))).toEqual(whole)
      expect(indicatorValues(addSums(total(list.slice(0, at)), total(list.slice(at))))).toEqual(whole)
    })))
  it('of ratios lies between the parts', () =>
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 1e6 })), { minLength: 1, maxLength: 8 }), (list) => {
      const parts = list.map(([w, p]) => ({ water: String(w), people: String(p) }))
      const all = Number(value('waterPerHead', total(parts)))
      const each = parts.map((p) => Number(value('waterPerHead', p)))
      expect(all).toBeGreaterThanOrEqual(Math.min(...each) - 1e-5)
      expect(all).toBeLessThanOrEqual(Math.max(...each) + 1e-5)
    })))
})

describe('against the base and the target', () => {
  const target = { baseYear: 2020, baseValue: '200', targetYear: 2025, reductionPercent: '6', total: null }
  it.each([['200', '188', '6'], ['200', '206', '-3'], ['0', '1', null], [null, '1', null], ['3', '2', '33.3333']])('from %s to %s fell by %s %%', (base, now, rate) => expect(reductionRate(base, now)).toBe(rate))
  it.each<[number, Shape, string | null]>([
    [2019, 'linear', null], [2020, 'linear', '200'], [2021, 'linear', '197.6'], [2025, 'linear', '188'], [2026, 'linear', null],
    [2025, 'geometric', '188'], [2024, 'geometric', '190.34097'], [2024, 'final', null], [2025, 'final', '188'],
  ])('%d (%s) may reach %s', (year, shape, expected) => expect(targetAt(target, year, shape)).toBe(expected))
  it.each<[Shape, string | null]>([['linear', '0'], ['geometric', null], ['final', null]])('from a base of nothing (%s) 2023 may reach %s', (shape, expected) => expect(targetAt({ ...target, baseValue: '0' }, 2023, shape)).toBe(expected))
  it('without a base only the end of a total is known', () => {
    expect(targetAt({ ...target, baseValue: null }, 2023)).toBeNull()
    expect(targetAt({ ...target, baseValue: null, reductionPercent: null, total: '1000' }, 2025)).toBe('1000')
  })
  it.each([['188', 'green'], ['188.000001', 'amber'], ['191.76', 'amber'], ['191.77', 'red'], [null, null]])('%s against 188 is %s', (actual, colour) => expect(colourOf(actual, '188', '0.02')).toBe(colour))
})

describe('forecast', () => {
  const last = ['10', '10', '10', '10', '10', '20', '20', '20', '10', '10', '10', '10']
  const so = (...months: (string | null)[]) => [...months, ...Array<null>(12 - months.length).fill(null)]
  it('follows the season of last year', () => expect(forecastYear(so('12', '12', '12'), last)).toEqual({ value: '180', share: '0.2', months: 3 }))
  it('skips a month that is missing on both sides of the share', () => expect(forecastYear(so('12', null, '12'), last)).toEqual({ value: '180', share: '0.133333', months: 2 }))
  it('stands on last year’s own figure', () => expect(['300', '0'].map((whole) => forecastYear(so('12', '12', '12'), last, whole)!.value)).toEqual(['360', '180']))
  it.each([[9, 10, true], [8, 10, false], [10, 9, true], [0, 0, false], [10, 12, false]])('%d institutions against %d may be compared: %j', (here, there, expected) => expect(comparable(here, there, '0.90')).toBe(expected))
  it('of a whole year is the year', () => expect(forecastYear(last, last)!.value).toBe('150'))
  it.each<[string, (string | null)[], (string | null)[]]>([
    ['nothing yet', so(), last], ['a gap last year', so('1'), so('1', '2')], ['last year was zero', so('1'), last.map(() => '0')], ['a season without use', so('1'), ['0', ...last.slice(1)]],
  ])('says nothing: %s', (_, now, before) => expect(forecastYear(now, before)).toBeNull())
})
