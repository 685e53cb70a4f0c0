/** Files of other systems as people really have them. They are not part of this project; without them nothing is tested. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { convert } from '../../quantities/units.rules.ts'
import { parseNumber } from '../../quantities/numbers.rules.ts'
import { detectHeader } from '../header.rules.ts'
import { openTable } from './open-table.ts'
import { readAll } from './test-files.ts'

const root = join(import.meta.dirname, '../../../../../shared/data/energy')
const here = existsSync(root)
if (!here) console.info(`跳过：没有外部样例文件 ${root}`)

/** Sheet → rows with content, line of the headings, recognised headings. */
const METERS = { 'Meter Entries': [13, 6, 39] }
const EXPECTED: Record<string, Record<string, number[]>> = {
  'Add_Bills_to_Meters.xlsx': { 'Add Bills-Electricity': [325, 1, 26], 'Add Bills-Non Electric': [256, 1, 12] },
  'Add_Meters.xlsx': { 'Create Meters (Energy)': [18, 1, 17] },
  'Add_Properties_en.xlsx': { Properties: [10, 1, 23], 'Property IDs': [10, 1, 68], Uses: [1, 1, 6] },
  'ESPM_BPS_Sample_Meter_Readings.xlsx': { 'Meter Entries': [584, 6, 44] },
  'example-data-properties-duplicates.xlsx': { sheet1: [10, 1, 20] },
  'example-data-properties-missing-headers.xlsx': { sheet1: [4, 1, 24] },
  'example-pm-monthly-meter-usage-1-dup.xlsx': { 'Meter Entries': [17, 6, 39] },
  'example-pm-monthly-meter-usage-2-cost-meters.xlsx': METERS,
  'example-pm-monthly-meter-usage-with-unknown-types-and-units.xlsx': METERS,
  'example-pm-monthly-meter-usage.xlsx': METERS,
  'example-pm-properties.xlsx': { 'Information and Metrics': [9, 6, 20] },
  '2016_Building_Energy_Benchmarking.csv': { CSV: [3377, 1, 46] },
}

describe.skipIf(!here)('sample files of other systems', () => {
  it('every workbook and table is read whole', async () => {
    const found: Record<string, Record<string, unknown>> = {}
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((n) => /\.(xlsx|csv)$/.test(n)).sort()) {
      const first = await openTable(join(root, name), { fileName: name })
      await first.close()
      const sheets: Record<string, unknown> = {}
      for (const sheet of first.sheetNames) {
        const { all } = await readAll(join(root, name), first.format === 'csv' ? {} : { sheet })
        const header = detectHeader(all)
        sheets[sheet] = [all.length, header?.line ?? 0, header?.headings.length ?? 0]
      }
      found[name.split('/').at(-1)!] = sheets
    }
    expect(found).toMatchObject(EXPECTED)
  }, 60_000)

  it('Seattle: every figure is a number or said to be missing, and therms are 100 kBtu', async () => {
    const { all, encoding } = await readAll(join(root, 'seattle-2016/2016_Building_Energy_Benchmarking.csv'))
    expect(encoding).toBe('utf-8')
    const header = detectHeader(all, [
      { key: 'therms', names: ['NaturalGas(therms)'] }, { key: 'gas', names: ['NaturalGas(kBtu)'] }, { key: 'area', names: ['PropertyGFATotal'] },
      { key: 'site', names: ['SiteEnergyUse(kBtu)'] }, { key: 'score', names: ['ENERGYSTARScore'] },
    ])!
    expect(header.missing).toEqual([])
    let blank = 0
    for (const row of all.slice(1)) {
      const at = (key: string) => parseNumber(row.cells[header.columns[key]!]?.text)
      for (const key of Object.keys(header.columns)) expect([row.line, key, at(key).ok]).toEqual([row.line, key, true])
      const [therms, gas] = [at('therms'), at('gas')]
      if (!therms.ok || !gas.ok || therms.value === null || gas.value === null) {
        blank++
        continue
      }
      const converted = convert(therms.value, 'therms', 'kBtu')
      expect(converted.ok && Math.abs(Number(converted.value) - Number(gas.value))).toBeLessThanOrEqual(1)
    }
    expect(blank).toBe(9)
  }, 20_000)

  it('Portfolio Manager: both date systems give the right months', async () => {
    const day = async (file: string): Promise<(string | undefined)[]> => {
      const { all, date1904 } = await readAll(join(root, 'portfolio-manager', file))
      const header = detectHeader(all)!
      const column = (name: string): number => header.headings.find((h) => h.name === name)!.index
      const row = all[header.index + 1]!
      return [String(date1904), row.cells[column('Start Date')]?.text, row.cells[column('End Date')]?.text, row.cells[column('Usage/Quantity')]?.text]
    }
    expect(await day('example-pm-monthly-meter-usage.xlsx')).toEqual(['true', '2016-01-01', '2016-02-01', '597478.9'])
    expect(await day('ESPM_BPS_Sample_Meter_Readings.xlsx')).toEqual(['false', '2019-01-01', '2019-01-31', '274925.3'])
  })
})
