/** What the quick look calls certain, the exact check never finds: on edges, with long figures, with gaps. */
import { describe, expect, it } from 'vitest'
import settingsFile from '../../../../data/energy/settings.json' with { type: 'json' }
import type { Check } from '../../../kernel/reports/check.rules.ts'
import { prepare } from '../../../kernel/reports/evaluate.rules.ts'
import { compile, constant, divide, item, lastYear, minus, Subject, sum, times, type Expression } from '../../../kernel/reports/expression.rules.ts'
import { RoughCells, surely } from '../../../kernel/reports/rough.rules.ts'
import { energyReports } from './versions.rules.ts'

let seed = 20261125
const random = (n: number) => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % n
}
const pick = <T>(of: readonly T[]): T => of[random(of.length)]!
const settings = Object.fromEntries(settingsFile.settings.map((s) => [s.key, String(s.value)]))
const edges = Object.values(settings).filter((v) => /^\d+(\.\d+)?$/.test(v))
const POOL = [null, null, null, '0', '0.0000', '1', '12', '0.1', '0.3', '100', '100.0000', '1000', '333.3333', '999999999999999999.9999', '123456789012345.6789', '123456789012345.6788', '0.0001', 'abc', '-5', '007', ...edges]
const figure = () => (random(3) ? pick(POOL) : `${random(100_000)}.${random(10_000)}`)
const cells = (codes: readonly string[]) => Object.fromEntries(codes.map((c) => [c, figure()]))

describe('the quick look', () => {
  it.each(energyReports.map((r) => [r.name, r] as const))('agrees with every check of %s', (_, report) => {
    const ready = prepare(report)
    const codes = report.items.map((i) => i.code)
    let certain = 0
    let all = 0
    for (let n = 0; n < 250; n++) {
      const last = cells(codes)
      // Often the same figures, or the same times a limit: exactly on the edge.
      const edge = (v: string | null) => (v && /^\d+(\.\d+)?$/.test(v) ? compile(times(item('v'), constant(pick(edges))), {})(new Subject({ v }, { settings: {} }))!.toFixed().slice(0, 60) : v)
      const values = Object.fromEntries(codes.map((c) => [c, random(2) ? last[c]! : random(2) ? edge(last[c]!) : figure()]))
      const sums = random(2) ? { ...values } : cells(codes)
      const peer = { count: 3 + random(9), medians: Object.fromEntries(Object.keys(report.measures).flatMap((m) => (random(5) ? [[m, pick(edges)]] : []))) }
      const s = new Subject(values, { settings, previous: random(4) ? cells(codes) : null, lastYear: last, months: sums, monthsPresent: pick([0, 1, 3, 11, 12]), peer, register: { people: pick([null, 1, 50]), buildingArea: figure() } })
      for (const c of codes) if (values[c] !== null && !/^\d+(\.\d+)?$/.test(values[c]!)) s.spoiled.add(c)
      ready.cells.clear()
      for (const { check, holds, run } of ready.checks) {
        all++
        if (!holds(s)) continue
        certain++
        expect([check.code, run(s)]).toEqual([check.code, undefined])
      }
    }
    // And it is worth looking: most of what the exact check passes is passed at once.
    expect(certain / all).toBeGreaterThan(0.7)
  })

  const check = (left: Expression, operator: Check['operator'], right: Expression): Check => ({ code: 'c', kind: 'within', label: '', items: ['a'], left, operator, right, missing: 'skip', severity: 'hard', message: '', instruction: '' })
  const holds = (c: Check, values: Record<string, string>, before: Record<string, string> = {}) => {
    const cells = new RoughCells()
    const run = surely(c, {}, cells)
    cells.clear()
    return run(new Subject(values, { settings: {}, lastYear: before }))
  }
  it.each<[string, Check, Record<string, string>, boolean]>([
    ['0.1 + 0.2 is 0.3: too near to say', check(sum(item('a'), item('b')), '<=', constant('0.3')), { a: '0.1', b: '0.2' }, false],
    ['1 + 2 is 3: whole numbers are exact', check(sum(item('a'), item('b')), '<=', constant('3')), { a: '1.00', b: '2' }, true],
    ['the last of twenty digits', check(item('a'), '<', item('b')), { a: '12345678901234567890.1', b: '12345678901234567890.2' }, false],
    ['a small difference of large figures', check(minus(item('a'), item('b')), '>', constant('0')), { a: '98765432109876.54', b: '98765432109876.53' }, false],
    ['a divisor that may be zero', check(divide(item('a'), minus(item('b'), constant('0.3'))), '>', constant('0')), { a: '1', b: '0.3' }, false],
    ['divided by zero is no figure', check(divide(item('a'), item('b')), '>', constant('5')), { a: '1', b: '0.00' }, true],
    ['far on the right side', check(divide(item('a'), item('b')), '<', constant('0.7')), { a: '2', b: '3' }, true],
    ['on the wrong side', check(item('a'), '<', lastYear('a')), { a: '2' }, true],
  ])('%s', (_, c, values, expected) => expect(holds(c, values)).toBe(expected))
})
