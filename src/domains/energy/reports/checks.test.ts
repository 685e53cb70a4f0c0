import { describe, expect, it } from 'vitest'
import settingsFile from '../../../../data/energy/settings.json' with { type: 'json' }
import { evaluate } from '../../../kernel/reports/evaluate.rules.ts'
import { codesOf, type CheckContext, type Expression, type Values } from '../../../kernel/reports/expression.rules.ts'
import type { Report } from '../../../kernel/reports/report.rules.ts'
import { annual2022 } from './annual-2022.report.ts'
import { annual2025 } from './annual-2025.report.ts'
import { monthly2025 } from './monthly-2025.report.ts'
import { quarterly2025 } from './quarterly-2025.report.ts'
import { energyReport, energyReports } from './versions.rules.ts'

const settings = Object.fromEntries(settingsFile.settings.map((s) => [s.key, s.value]))
const good: Values = { buildingArea: '1400', people: '50', electricity: '12500', electricityCost: '8750', water: '150', waterCost: '600', petrol: '100', petrolVehicle: '100', petrolCost: '750' }
const lastYear: Values = { ...good, electricity: '12000', electricityCost: '8400', water: '140', waterCost: '560' }
const peer = { count: 20, medians: { electricityPerHead: '200', electricityPerArea: '9', waterPerHead: '3' } }
const full: CheckContext = { settings, previous: lastYear, lastYear, register: { buildingArea: '1400', people: 50, hasDataCenter: false, hasHeating: false }, peer }
const run = (values: Values, context: Partial<CheckContext> = {}, report: Report = monthly2025) => evaluate(report, values, { ...full, ...context })
const codes = (values: Values, context: Partial<CheckContext> = {}, report?: Report) => run(values, context, report).findings.map((f) => `${f.severity} ${f.checkCode}`)
const dataCenter = { register: { ...full.register, hasDataCenter: true } }
const shrunk = (by: number) => ({ ...lastYear, electricity: String(12500 / by), electricityCost: String(8750 / by) })

describe('a plausible form', () => {
  it('has no findings and is complete', () => {
    expect(run(good)).toEqual({ findings: [], completeness: { expected: 4, filled: 4, missing: [] }, hard: 0, soft: 0 })
  })
  it('needs no history', () => expect(run(good, { previous: null, lastYear: null, peer: null, register: null }).findings).toEqual([]))
})

describe('what is refused', () => {
  it.each<[string, Values, string[], Partial<CheckContext>?]>([
    ['negative', { water: '-5', waterCost: null }, ['hard negative.water']],
    ['text', { electricity: '约一万', electricityCost: null }, ['hard number.electricity']],
    ['blank that is needed', { people: null }, ['hard missing.people']],
    ['charge without quantity', { naturalGasCost: '300' }, ['hard charge-without-quantity.naturalGas']],
    ['charge with quantity zero', { naturalGas: '0', naturalGasCost: '300' }, ['hard charge-without-quantity.naturalGas']],
    ['floor area zero', { buildingArea: '0' }, ['hard denominator.buildingArea', 'soft register.buildingArea']],
    ['vehicle petrol above all petrol', { petrolVehicle: '101' }, ['hard part.petrolVehicle']],
    ['data centre above the whole', { dataCenterElectricity: '13000', itElectricity: '10000' }, ['hard part.dataCenterElectricity', 'hard part.heatingElectricity'], dataCenter],
    ['PUE below 1', { dataCenterElectricity: '1000', itElectricity: '1001' }, ['hard pue.low'], dataCenter],
    ['data centre without its form', {}, ['hard missing.dataCenterElectricity', 'hard missing.itElectricity'], dataCenter],
    ['heating gas without gas', { heatingNaturalGas: '5' }, ['hard part.heatingNaturalGas'], { register: { ...full.register, hasHeating: true } }],
  ])('%s', (_, change, expected, context) => expect(codes({ ...good, ...change }, context)).toEqual(expected))
  it('a cell that is wrong by itself is not judged twice', () => expect(codes({ ...good, electricity: '12,500' })).toEqual(['hard number.electricity']))
})

describe('what needs a reason', () => {
  it.each<[string, Values, string[], Partial<CheckContext>?]>([
    ['unit price too high', { electricityCost: '20000' }, ['soft unit-price.electricity']],
    ['unit price too low', { waterCost: '100' }, ['soft unit-price.water']],
    ['quantity without charge', { waterCost: null }, ['soft quantity-without-charge.water']],
    ['a third more than last year', { electricity: '16000', electricityCost: '11200' }, ['soft change.electricity.last-year']],
    ['more than half more than last month', {}, ['soft change.electricity.previous'], { previous: { ...lastYear, electricity: '8000' } }],
    ['ten times last year', {}, ['soft tenfold.electricity'], { previous: null, lastYear: shrunk(20) }],
    ['last year in 万kWh', {}, ['soft magnitude.electricity.last-year.up'], { previous: null, lastYear: shrunk(10_000) }],
    ['now in 万kWh', { electricity: '1.25' }, ['soft magnitude.electricity.price', 'soft magnitude.electricity.last-year.down', 'soft magnitude.electricity.previous.down']],
    ['now in 万kWh, without a last year', { electricity: '1.25', electricityCost: '0.88' }, ['soft magnitude.electricity.peers.down'], { previous: null, lastYear: null }],
    ['cost in 万元', { electricityCost: '0.88' }, ['soft magnitude.electricity.price']],
    ['far above peers', {}, ['soft peers.waterPerHead'], { peer: { ...peer, medians: { ...peer.medians, waterPerHead: '0.9' } } }],
    ['too few peers to say', {}, [], { peer: { count: 4, medians: { waterPerHead: '0.9' } } }],
    ['identical to last year', {}, ['soft identical.last-year'], { lastYear: good }],
    ['identical to last month', {}, ['soft identical.previous'], { previous: good }],
    ['gas vanished', {}, ['soft vanished.naturalGas'], { lastYear: { ...lastYear, naturalGas: '20' } }],
    ['another area than the register', {}, ['soft register.buildingArea'], { register: { buildingArea: '2000', people: 50 } }],
    ['data centre that the register does not know', { dataCenterElectricity: '3000', itElectricity: '2000' }, ['soft section.dataCenter']],
    ['PUE above 3', { dataCenterElectricity: '3100', itElectricity: '1000' }, ['soft pue.high'], dataCenter],
    ['a pool of water per head', { people: '3', water: '150' }, ['soft implausible.water-per-head', 'soft peers.electricityPerHead', 'soft peers.waterPerHead'], { register: null }],
  ])('%s', (_, change, expected, context) => expect(codes({ ...good, ...change }, context)).toEqual(expected))
})

describe('annual and quarterly forms against the ledgers', () => {
  const months = { ...good, electricity: '12500', electricityCost: '8750' }
  it('agree', () => expect(codes(good, { months, monthsPresent: 12 }, annual2025)).toEqual([]))
  it('agree within rounding', () => expect(codes({ ...good, electricity: '12505' }, { months, monthsPresent: 12 }, annual2025)).toEqual([]))
  it('disagree', () => expect(codes({ ...good, electricity: '12600' }, { months, monthsPresent: 12 }, annual2025)).toEqual(['soft months.electricity']))
  it('disagree when a fuel is only in the ledgers', () => expect(codes(good, { months: { ...months, lpg: '5' }, monthsPresent: 12 }, annual2025)).toEqual(['soft months.lpg']))
  it('miss months, and are not compared with half a year', () => expect(codes({ ...good, electricity: '12600' }, { months, monthsPresent: 11 }, annual2025)).toEqual(['soft missing-months']))
  it('a quarter needs three', () => expect(codes(good, { months, monthsPresent: 2 }, quarterly2025)).toEqual(['soft missing-months']))
})

describe('sentences', () => {
  it('have the figures, the unit and what to do', () => {
    const found = run({ ...good, electricity: '16000', electricityCost: '11200' }).findings[0]!
    expect(found.message).toBe('电消费量 16,000 kWh，比上年同期 12,000 kWh 多 33.3%。请核对抄表数；确实如此的请说明原因（如人员增减、设备改造、天气、抄表日期变化）。')
  })
  it('leave no placeholder behind and say what to do', () => {
    for (const r of energyReports) for (const c of r.checks) {
      expect(c.message.replaceAll(/\{(left|right|low|high|change|times|unit)\}/g, '')).not.toMatch(/[{}]/)
      expect(c.instruction).toMatch(/请/)
    }
  })
})

describe('versions', () => {
  it.each([
    ['annual', '2024-01-01', 'energy.annual_2022'], ['annual', '2025-01-01', 'energy.annual_2025'],
    ['monthly', '2025-12-01', 'energy.monthly_2022'], ['monthly', '2026-01-01', 'energy.monthly_2025'],
    ['quarterly', '2025-10-01', 'energy.quarterly_2022'], ['quarterly', '2026-01-01', 'energy.quarterly_2025'],
  ] as const)('%s of %s is %s', (form, start, name) => expect(energyReport(form, start)!.name).toBe(name))
  it('2025-11-10 dropped four items and renamed one', () => {
    const labels = (r: Report) => new Map(r.items.map((i) => [i.code, i.label]))
    const now = labels(annual2025)
    expect([...labels(annual2022)].filter(([c]) => !now.has(c)).map(([, l]) => l)).toEqual(['用地面积', '充电桩数量', '可再生能源应用', 'UPS 装机容量'])
    expect(now.get('heatingHeat')).toBe('热力消费量（按热量收费）')
  })
  it('every setting that a check reads exists, with a source', () => {
    for (const r of energyReports) for (const c of r.checks) {
      const all = [c.left, c.tolerance, c.when?.left, c.when?.right, ...(Array.isArray(c.right) ? c.right : [c.right])].filter((e) => e) as Expression[]
      for (const key of all.flatMap((e) => codesOf(e, 'setting'))) expect(settingsFile.settings.find((s) => s.key === key)?.source, key).toBeTruthy()
    }
  })
})
