import { describe, expect, it } from 'vitest'
import { choice, integer, quantity } from '../entity/entity.rules.ts'
import type { Check } from './check.rules.ts'
import { evaluate, measuresOf } from './evaluate.rules.ts'
import { constant, divide, item, lastYear, setting } from './expression.rules.ts'
import { deadlineOf, defineReport, entityOf, fingerprint, versionFor, type ReportDefinition } from './report.rules.ts'

const check = (more: Partial<Check>): Check => ({
  code: 'c', kind: 'within', label: '', items: ['total'], left: item('part'), operator: '<=', right: item('total'),
  missing: 'skip', severity: 'hard', message: '{left} 大于 {right} {unit}。', instruction: '请改正。', ...more,
})
const definition: ReportDefinition = {
  domain: 'demo', form: 'annual', version: '1', label: '示例表', basis: '无', from: '2020-01-01', months: 12,
  deadline: { monthDay: '03-31', source: '无' }, reporters: '全部', reviewLevels: [],
  sections: [
    { code: 'main', label: '主表', items: [
      { code: 'total', label: '总量', unit: 'kWh', type: quantity(2), aggregation: 'sum', required: true },
      { code: 'part', label: '部分', unit: 'kWh', type: quantity(2), aggregation: 'sum' },
      { code: 'people', label: '人数', unit: '人', type: integer(0), aggregation: 'last' },
      { code: 'kind', label: '类别', type: choice({ a: '甲', b: '乙' }), aggregation: 'none' },
    ] },
    { code: 'extra', label: '附表', appliesWhen: 'hasExtra', items: [{ code: 'extra', label: '附加', type: quantity(2), aggregation: 'sum', required: true }] },
  ],
  measures: { perHead: { label: '人均', unit: 'kWh/人', expression: divide(item('total'), item('people')) } },
  checks: [check({})],
}
const report = defineReport(definition)
const run = (values: Record<string, string | null>, checks: Check[] = [], context = {}) =>
  evaluate(defineReport({ ...definition, checks }), values, { settings: {}, ...context }).findings.map((f) => f.checkCode)

describe('evaluation', () => {
  it('says the figures, the unit and what to do', () => {
    expect(evaluate(report, { total: '1000', part: '12345.5' }, { settings: {} }).findings).toEqual([
      expect.objectContaining({ checkCode: 'c', item: 'total', severity: 'hard', message: '12,345.5 大于 1,000 kWh。请改正。', detail: { left: '12345.5', right: '1000' } }),
    ])
  })
  it.each<[string, Record<string, string | null>, string[]]>([
    ['blank is missing', { total: null }, ['missing.total']],
    ['zero is not missing', { total: '0' }, []],
    ['text', { total: '约100' }, ['number.total']],
    ['too many decimals', { total: '1.234' }, ['number.total']],
    ['too long', { total: '1'.padEnd(25, '0') }, ['number.total']],
    ['part of a person', { total: '1', people: '1.5' }, ['number.people']],
    ['negative', { total: '-1' }, ['negative.total']],
    ['not on the list', { total: '1', kind: 'z' }, ['choice.kind']],
  ])('%s', (_, values, codes) => expect(run(values)).toEqual(codes))

  it('expects a section only of those whom it concerns', () => {
    const on = (hasExtra: boolean | null, extra: string | null) => evaluate(report, { total: '1', extra }, { settings: {}, register: { hasExtra } })
    expect(on(true, null)).toMatchObject({ completeness: { expected: 2, filled: 1, missing: ['extra'] }, hard: 1 })
    expect(on(false, null)).toMatchObject({ completeness: { expected: 1, filled: 1, missing: [] }, findings: [] })
    expect(on(false, '5').findings.map((f) => [f.checkCode, f.severity])).toEqual([['section.extra', 'soft']])
    expect(on(null, '5').findings).toEqual([])
  })
  it.each<[string, Partial<Check>, Record<string, string | null>, boolean]>([
    ['skip', { missing: 'skip' }, { total: '1', part: null }, false],
    ['fail', { missing: 'fail' }, { total: '1', part: null }, true],
    ['zero', { missing: 'zero', operator: '>', right: constant('0') }, { total: '1', part: null }, true],
    ['given', { operator: 'given', right: undefined }, { total: '1', part: null }, true],
    ['between, on the edge', { operator: 'between', right: [constant('1'), constant('2')] }, { total: '1', part: '2' }, false],
    ['between, beyond', { operator: 'between', right: [constant('1'), constant('2')] }, { total: '1', part: '2.01' }, true],
    ['outside, within', { operator: 'outside', right: [constant('1'), constant('3')] }, { total: '1', part: '2' }, true],
    ['≈ on the edge', { operator: '≈', right: constant('100'), tolerance: constant('0.3') }, { total: '1', part: '130' }, false],
    ['≈ beyond', { operator: '≈', right: constant('100'), tolerance: constant('0.3') }, { total: '1', part: '69.99' }, true],
    ['≈ without its setting', { operator: '≈', right: constant('100'), tolerance: setting('none') }, { total: '1', part: '1' }, false],
    ['condition that does not hold', { operator: 'given', when: { left: item('total'), operator: '>', right: constant('5') } }, { total: '1', part: null }, false],
    ['condition with a gap', { operator: 'given', when: { left: lastYear('total'), operator: '>', right: constant('5') } }, { total: '1', part: null }, false],
  ])('%s', (_, more, values, found) => expect(run(values, [check(more)])).toEqual(found ? ['c'] : []))

  it('one slip, one finding', () => {
    const checks = [check({ code: 'first' }), check({ code: 'second', unless: ['first'] })]
    expect(run({ total: '1', part: '2' }, checks)).toEqual(['first'])
  })
  it('computes the measures of a form', () => {
    expect(measuresOf(report, { total: '10', people: '4' }, { settings: {} })).toEqual({ perHead: '2.5' })
    expect(measuresOf(report, { total: '10', people: '0' }, { settings: {} })).toEqual({ perHead: null })
  })
})

describe('definitions', () => {
  it.each<[string, Partial<ReportDefinition>, RegExp]>([
    ['unknown item', { checks: [check({ left: item('nothing') })] }, /reads nothing/],
    ['unknown cell', { checks: [check({ items: ['nothing'] })] }, /points at nothing/],
    ['two of a name', { checks: [check({}), check({})] }, /two checks/],
    ['waits for a later check', { checks: [check({ unless: ['later'] }), check({ code: 'later' })] }, /waits for later/],
    ['no deadline', { deadline: { source: '' } }, /deadline/],
  ])('refuse: %s', (_, more, why) => expect(() => defineReport({ ...definition, ...more })).toThrow(why))

  it('become an entity with a table of their own', () => {
    const e = entityOf(report)
    expect([e.name, e.columns.people, e.writable]).toEqual(['demo.annual_1', 'people', ['total', 'part', 'people', 'kind', 'extra']])
  })
  it('are found by period', () => {
    const next = defineReport({ ...definition, version: '2', from: '2025-01-01' })
    expect(versionFor([report, next], 'demo.annual', '2024-01-01')).toBe(report)
    expect(versionFor([report, next], 'demo.annual', '2026-01-01')).toBe(next)
    expect(versionFor([report, next], 'demo.annual', '2019-01-01')).toBeUndefined()
  })
  it('know their deadline', () => {
    expect(deadlineOf(report, '2025-01-01')).toBe('2026-03-31')
    const monthly = defineReport({ ...definition, form: 'monthly', months: 1, deadline: { days: 10, source: '' } })
    expect([deadlineOf(monthly, '2025-12-01'), deadlineOf(monthly, '2025-02-01')]).toEqual(['2026-01-10', '2025-03-10'])
  })
  it('have a fingerprint that follows every word', async () => {
    expect(await fingerprint(defineReport({ ...definition }))).toBe(await fingerprint(report))
    expect(await fingerprint(defineReport({ ...definition, basis: '有' }))).not.toBe(await fingerprint(report))
  })
})
