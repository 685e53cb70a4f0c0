import fs from 'node:fs'
import { expect, test } from 'vitest'
import { usuallyWith, VEHICLES_SETTING, vehiclesAsked, vehiclesCount } from './vehicles.rules.ts'

test('the fuel of official cars counts as the setting says where nobody chose, and as the address says where somebody did', () => {
  for (const value of ['yes', 'no']) {
    const usually = usuallyWith(value)
    expect(vehiclesCount(undefined, usually)).toBe(value === 'no')
    for (const wanted of [false, true]) {
      const said = vehiclesAsked(usually, wanted)
      expect(said === undefined).toBe(wanted === usually)
      expect(vehiclesCount(said, usually)).toBe(wanted)
    }
  }
})
test('a page that does not know what is usual says outright what its figures hold', () => {
  for (const wanted of [false, true]) for (const usually of [false, true]) expect(vehiclesCount(vehiclesAsked(undefined, wanted), usually)).toBe(wanted)
})
test('the setting is there, with these values', () => {
  const { settings } = JSON.parse(fs.readFileSync(new URL('../../../../data/energy/settings.json', import.meta.url), 'utf8')) as { settings: { key: string; choices?: object }[] }
  expect(Object.keys(settings.find((s) => s.key === VEHICLES_SETTING)!.choices!)).toEqual(['yes', 'no'])
})
