import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { outlinesOf, POINTS, shortName, SMALL, stepsOf } from './districts.rules.ts'

const read = (file: string) => JSON.parse(fs.readFileSync(new URL(`../../../../../data/${file}`, import.meta.url), 'utf8'))
const outlines = new Set<string>(read('map/chongqing_38.geojson').features.map((f: { properties: { name: string } }) => f.properties.name))
const regions: { id: number; name: string; kind: string; code: string }[] = read('regions.json').regions

describe('districts on the map', () => {
  test.each(regions.map((r) => [r.name, r] as const))('%s has its place', (_name, region) => {
    const drawn = outlinesOf(region)
    for (const name of drawn) expect(outlines).toContain(name)
    expect(drawn.length > 0 || region.code in POINTS || region.kind === 'municipality').toBe(true)
  })
  test('small ones are on the map', () => expect(SMALL.filter((n) => !outlines.has(n))).toEqual([]))
})
test.each([['石柱土家族自治县', '石柱'], ['酉阳土家族苗族自治县', '酉阳'], ['万州区', '万州'], ['忠县', '忠县'], ['城口县', '城口']])('%s is written %s', (name, short) => expect(shortName(name)).toBe(short))
test.each<[number[], number[]]>([[[], []], [[5], [5]], [[1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6]], [[217.77, 217.78], [218]]])('steps of %j', (values, steps) => expect(stepsOf(values)).toEqual(steps))
