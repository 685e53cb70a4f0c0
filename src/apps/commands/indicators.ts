/** `indicators --year Y`: the city's, or a region's, indicators for scripts. Shape in docs/import.md. */
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { parsePeriod } from '../../kernel/reports/period.rules.ts'
import { expectedReporters } from '../../kernel/reports/expected.ts'
import { FUELS, tceOf, co2Of } from '../../domains/energy/consumption/measures.rules.ts'
import { INDICATORS, unitOf } from '../../domains/energy/indicators/indicators.rules.ts'
import { withoutFactor } from '../../domains/energy/indicators/lacking.rules.ts'
import { factorsOf, indicatorsBy } from '../../domains/energy/indicators/indicators.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform } from '../platform.ts'

export async function indicators(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...common, year: { type: 'string' }, period: { type: 'string' }, region: { type: 'string' }, division: { type: 'string', default: 'then' }, json: { type: 'boolean', default: false } },
  })
  const period = parsePeriod(values.period ?? values.year ?? '')
  if (!period) throw new Problem('invalid_input', 'Usage: indicators --year 2025 (or --period 2025Q1, 2025-03) [--region CODE] [--division then|now] [--json]')
  if (values.division !== 'then' && values.division !== 'now') throw new Problem('invalid_input', '--division takes "then" (as divided in the period) or "now".')
  const division: 'then' | 'now' = values.division
  const platform = await openPlatform(placeOf(values))
  try {
    const report = await platform.db.asSystem('indicators', async (trx) => {
      const region = values.region ? await trx.one<{ id: number; code: string; name: string; kind: string }>(sql`SELECT id, code, name, kind FROM org.region WHERE code = ${values.region} OR name = ${values.region}`) : undefined
      if (values.region && !region) throw new Problem('invalid_input', `There is no region ${values.region}.`)
      const slice = { months: period.months, start: period.start, division, regionIds: region && values.region !== '500000' ? [region.id] : undefined }
      const row = (await indicatorsBy(trx, 'city', slice))[0]
      const expected = await trx.one<{ n: number }>(sql`SELECT count(*)::int AS n FROM (${expectedReporters(period)}) e ${slice.regionIds ? sql`WHERE e.region_id = ${slice.regionIds[0]}` : sql``}`)
      const sums = row?.sums
      const factors = await factorsOf(trx, row?.factorSets ?? [])
      return {
        period: period.key, division, region: region ? { code: region.code, name: region.name } : { code: '500000', name: '全市' },
        institutions: { expected: expected!.n, counted: row?.counted ?? 0, keptOut: row?.keptOut ?? 0 },
        people: sums?.people ?? null, buildingArea: sums?.buildingArea ?? null,
        tce: sums?.tce ?? null, tceVehicle: sums?.tceVehicle ?? null,
        tceByFuel: Object.fromEntries(FUELS.map((f) => [f, sums?.[tceOf(f)] ?? null])),
        quantities: Object.fromEntries(FUELS.map((f) => [f, sums?.[f] ?? null])),
        water: sums?.water ?? null, co2: sums?.co2 ?? null, co2ByFuel: Object.fromEntries(FUELS.map((f) => [f, sums?.[co2Of(f)] ?? null])), co2Without: sums ? withoutFactor(sums) : [], cost: sums?.cost ?? null,
        indicators: Object.fromEntries(INDICATORS.map((i) => [i.code, { label: i.label, unit: unitOf(i, period.months), value: row?.indicators[i.code] ?? null }])),
        factorVersions: factors.map((f) => ({ code: f.code, factors: f.used })),
      }
    })
    if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    else {
      const line = (label: string, value: unknown) => process.stdout.write(`${label}: ${value ?? '—'}\n`)
      line('period', `${report.period} (${report.region.name}, as divided ${division})`)
      line('institutions', `${report.institutions.counted} counted, ${report.institutions.keptOut} kept out, ${report.institutions.expected} expected`)
      line('people', report.people)
      line('building area ㎡', report.buildingArea)
      line('tce', report.tce)
      line('water m³', report.water)
      line('CO₂ t', report.co2)
      if (report.co2Without.length) line('  without factor, not in it', report.co2Without.join(', '))
      for (const i of Object.values(report.indicators)) line(`${i.label} ${i.unit}`, i.value)
    }
    return 0
  } finally {
    await platform.close()
  }
}
