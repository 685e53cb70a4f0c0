import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { usccProblem } from '../../kernel/org/organization/uscc.rules.ts'
import { locationProblem } from '../../kernel/org/region/border.ts'
import { sampleCity } from './city.rules.ts'
import { PROFILES } from './category.rules.ts'
import { CHANGE_DAY, LIANGJIANG } from './regions.ts'
import { scaleOf } from './scale.rules.ts'
import { totalsOf } from './irregular.rules.ts'

const small = () => [...sampleCity(scaleOf('small')).organizations()]
const city = small()
const institutions = city.filter((o) => o.kind === 'institution')
const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')

test('the same scale is the same city', () => {
  expect(digest(small())).toBe(digest(city))
})

test('600 institutions of every category, in every reporting region, in the shares of 2015', () => {
  expect(institutions).toHaveLength(600)
  const regions = new Set(institutions.map((o) => o.placements[0]!.regionId))
  expect(regions.size).toBe(42)
  const total = PROFILES.reduce((n, p) => n + p.count, 0)
  for (const p of PROFILES) {
    const n = institutions.filter((o) => o.category === p.category).length
    // The municipality's own departments come on top of the dealt ones.
    expect(Math.abs(n - (600 * p.count) / total), p.category).toBeLessThan(14)
  }
})

test('16,800 institutions and 386 municipal departments and units at city scale', () => {
  let n = 0
  let municipal = 0
  const codes = new Set<string>()
  for (const o of sampleCity(scaleOf('city')).organizations()) {
    if (o.kind === 'institution') n++
    if (o.regionId === 1 && o.kind !== 'city') municipal++
    if (o.uscc) codes.add(o.uscc)
  }
  expect([n, municipal]).toEqual([16_800, 386])
  expect(codes.size).toBeGreaterThan(16_900)
})

test('credit codes are right and none is used twice', () => {
  const codes = city.flatMap((o) => (o.uscc ? [o.uscc] : []))
  for (const code of codes) expect(usccProblem(code)).toBeNull()
  expect(new Set(codes).size).toBe(codes.length)
})

test('points lie in their district, except those put elsewhere on purpose', () => {
  const codes = new Map(sampleCity(scaleOf('small')).regions.map((r) => [r.id, r.code]))
  const wrong = institutions.filter((o) => locationProblem(Number(o.point![0]), Number(o.point![1]), codes.get(o.regionId)!))
  const meant = institutions.filter((o) => /经纬度|坐标/.test(o.remarks ?? ''))
  expect(wrong.map((o) => o.id)).toEqual(meant.map((o) => o.id))
  expect(meant.length).toBeGreaterThan(4)
})

test('names are told apart, and nobody’s telephone rings', () => {
  const repeated = institutions.filter((o) => o.remarks === '示例：疑似重复记录')
  expect(new Set(institutions.map((o) => o.name)).size).toBe(institutions.length)
  expect(repeated.length).toBeGreaterThan(2)
  for (const o of institutions) expect(o.contactPhone).toMatch(/^023-5550\d{4}$/)
})

test('on 6 November 2025 institutions change hands and nothing is gained or lost', () => {
  const standing = (day: string) => institutions.filter((o) => o.placements.some((p) => p.validFrom <= day && (!p.validTo || p.validTo > day)))
  const [before, after] = [standing('2025-11-05'), standing(CHANGE_DAY)]
  expect(totalsOf(after)).toEqual(totalsOf(before))
  const regionOn = (o: (typeof institutions)[number], day: string) => o.placements.find((p) => p.validFrom <= day && (!p.validTo || p.validTo > day))!.regionId
  expect(before.filter((o) => regionOn(o, '2025-11-05') === LIANGJIANG)).toEqual([])
  expect(after.filter((o) => [6, 13, 40].includes(regionOn(o, CHANGE_DAY)))).toEqual([])
  const towns = after.filter((o) => regionOn(o, '2025-11-05') === 13 && regionOn(o, CHANGE_DAY) === 10)
  expect(towns.length).toBeGreaterThan(0)
  for (const o of towns) expect(o.address).toMatch(/大湾镇|统景镇|大盛镇|兴隆镇|茨竹镇/)
})
