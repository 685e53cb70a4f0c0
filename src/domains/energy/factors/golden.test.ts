import { Decimal } from 'decimal.js'
import { describe, expect, it } from 'vitest'
import file from '../../../../data/energy/factors.json' with { type: 'json' }
import { indicatorNamed, indicatorValue, indicatorValues } from '../indicators/indicators.rules.ts'
import { carbon, coalEquivalent } from './convert.rules.ts'
import { chooseFactor, factorSetFor, strategyFrom, type Factor } from './factor.rules.ts'

const factors = file.factors as Factor[]
const round = (v: string | null, places: number) => new Decimal(v!).toFixed(places)

describe('vector A: one institution, the example of 2010', () => {
  const national = factorSetFor(factors, strategyFrom({ 'energy.factor.coal-scope': 'national' }), 2010)
  const values = { electricity: '12500', coal: '2', petrol: '12340', petrolVehicle: '12340', diesel: '4200', dieselVehicle: '4200', naturalGas: '6000' }
  const tce = coalEquivalent(values, national)
  it('is 28.494 tce, by fuel', () => {
    expect(tce.parts).toMatchObject({ electricity: '1.53625', coal: '1.4286', petrol: '13.16388', diesel: '5.079451', naturalGas: '7.2858' })
    expect(round(tce.total, 3)).toBe('28.494')
  })
  it('is 569.88 kgce per head and 20.35 kgce per ㎡ with vehicle fuel', () => {
    const sums = { tce: tce.total, tceVehicle: tce.vehicle, people: '50', buildingArea: '1400' }
    expect(round(indicatorValue(indicatorNamed('energyPerHead')!, sums), 2)).toBe('569.88')
    expect(round(indicatorValue(indicatorNamed('energyPerAreaWithVehicles')!, sums), 2)).toBe('20.35')
  })
  it('says which factors it used', () => {
    expect(tce.used.map((f) => [f.kind, f.energy, f.value])).toContainEqual(['coal-equivalent', 'naturalGas', '1.2143'])
    expect(tce.used.every((f) => f.source)).toBe(true)
  })
})

describe('vector B: Chongqing 2015', () => {
  const set = factorSetFor(factors, strategyFrom({}), 2015)
  const values = { electricity: '6381000000', coal: '54700', naturalGas: '144824100', petrol: '79279900', petrolVehicle: '79279900', diesel: '5068100', dieselVehicle: '5068100', otherEnergy: '200' }
  const tce = coalEquivalent(values, set)
  const wan = (v: string | null) => new Decimal(v!).div(10_000)
  it.each([['electricity', 78.41], ['coal', 3.91], ['naturalGas', 19.26], ['petrol', 8.52], ['diesel', 0.63], ['otherEnergy', 0.02]] as const)(
    '%s is %d 万tce, as far as the published quantities are rounded',
    (fuel, published) => expect(wan(tce.parts[fuel]).minus(published).abs().toNumber()).toBeLessThanOrEqual(0.0151),
  )
  it('is 110.75 万tce', () => expect(wan(tce.total).toFixed(2)).toBe('110.75'))
  it('gives the published ratios', () => {
    const parts = { tce: '1107500', tceVehicle: new Decimal('8.52').plus('0.63').times(10_000).toFixed(), water: '139000000', people: '5015000', buildingArea: '79687200' }
    const values = indicatorValues(parts)
    expect(round(values.energyPerHead, 2)).toBe('220.84')
    expect(round(values.energyPerArea, 2)).toBe('12.75')
    expect(round(values.energyPerAreaWithVehicles, 2)).toBe('13.90')
    expect(round(values.waterPerHead, 2)).toBe('27.72')
    expect(values.carbonPerArea).toBeNull()
  })
})

describe('which factor', () => {
  const power = factors.filter((f) => f.kind === 'co2' && f.energy === 'electricity')
  it.each([
    ['same-year', 'chongqing', 2021, '0.4743'], ['same-year', 'chongqing', 2022, '0.5227'],
    ['same-year', 'chongqing', 2024, '0.5227'], ['same-year', 'chongqing', 2020, '0.4743'],
    ['same-year', 'national', 2021, '0.5568'], ['same-year', 'national', 2022, '0.5366'], ['same-year', 'national', 2023, '0.5306'],
    ['same-year', 'southwest', 2022, '0.2268'], ['latest-published', 'national', 2021, '0.5306'], ['fixed-base', 'national', 2025, '0.5366'],
  ] as const)('%s, %s, %d → %s', (year, scope, of, value) => expect(chooseFactor(power, scope, of, { year, baseYear: 2022 })!.value).toBe(value))
  it('falls back along the chain where a scope has none at all', () => {
    expect(chooseFactor(power.filter((f) => f.scope === 'national'), 'chongqing', 2022, { year: 'same-year', baseYear: 2022 })!.value).toBe('0.5366')
  })
  it('a new coefficient serves from its year on, the old one the years before', () => {
    const of = (f: Partial<Factor>): Factor => ({ ...factors.find((k) => k.kind === 'coal-equivalent' && k.energy === 'coal')!, ...f })
    const list = [...factors.filter((f) => f.kind !== 'coal-equivalent' || f.energy !== 'coal'), of({ validTo: '2027-01-01' }), of({ value: '0.7', validFrom: '2027-01-01' })]
    expect([2020, 2026, 2027, 2030].map((year) => factorSetFor(list, strategyFrom({}), year).coal.coal)).toEqual(['0.7143', '0.7143', '0.7', '0.7'])
  })
  it('a corrected factor of a year takes the place of what was published before', () => {
    const was = power.find((f) => f.scope === 'chongqing' && f.year === 2022)!
    const list = [...factors.filter((f) => f !== was), { ...was, value: '0.5', validFrom: '2026-01-01' }, was]
    expect(factorSetFor(list, strategyFrom({}), 2022).co2.electricity).toBe('0.0005')
    expect(factorSetFor(list, strategyFrom({}), 2022, '2025-06-01').co2.electricity).toBe('0.0005227')
  })
  it('knows only what was published by a day', () => {
    const set = factorSetFor(factors, strategyFrom({}), 2022, '2024-06-01')
    expect(set.used.find((f) => f.kind === 'co2' && f.energy === 'electricity')!.value).toBe('0.4743')
  })
  it('等价值 instead of 当量值 is a setting', () => {
    expect(factorSetFor(factors, strategyFrom({ 'energy.factor.electricity-coal': 'equivalent' }), 2024).coal.electricity).toBe('0.0003')
  })
  it('the same factors have the same code, others another', () => {
    const code = (settings: Record<string, string>, year: number) => factorSetFor(factors, strategyFrom(settings), year).code
    expect(code({}, 2023)).toBe(code({}, 2024))
    expect(code({}, 2021)).not.toBe(code({}, 2022))
    expect(code({ 'energy.carbon.pv-deducted': 'no' }, 2022)).not.toBe(code({}, 2022))
  })
  it('is unsure wherever it is general knowledge, and always has a source', () => {
    for (const f of factors) expect([f.energy, f.source !== '' && (!f.source.startsWith('一般知识') || f.unsure)]).toEqual([f.energy, true])
  })
})

describe('CO₂', () => {
  const set = factorSetFor(factors, strategyFrom({}), 2022)
  it.each([
    [{ electricity: '10000' }, '5.227'], [{ electricity: '10000', pvGeneration: '4000' }, '3.1362'], [{ electricity: '10', pvGeneration: '4000' }, '0'],
    [{ naturalGas: '1000' }, '2.1622'], [{ petrol: '1000' }, '2.135323'], [{ coal: '1' }, '1.9'], [{ heat: '10' }, '1.1'], [{}, null],
  ])('%j → %s t', (values, total) => expect(carbon(values, set).total).toBe(total))
  it('says which fuel has no factor, and does not count it as nothing', () => {
    expect(carbon({ otherEnergy: '5' }, set)).toMatchObject({ total: null, lacking: ['otherEnergy'] })
  })
})
