/** Factor sets of the years that are asked for, as the settings say, and remembered under their code. */
import { sql } from 'kysely'
import type { Transaction } from '../../../kernel/db/database.ts'
import { factorSetFor, strategyFrom, type Factor, type FactorSet } from './factor.rules.ts'

export async function readFactors(trx: Transaction): Promise<Factor[]> {
  return trx.rows<Factor>(sql`
    SELECT kind, energy, scope, method, year, value::text, unit, notice, valid_from AS "validFrom", valid_to AS "validTo", source, unsure, note
    FROM energy.factor ORDER BY id`)
}

/** Settings of the domain that hold at the end of a year, as texts. */
export async function energySettings(trx: Transaction, year: number): Promise<Record<string, string>> {
  const rows = await trx.rows<{ key: string; value: string }>(sql`
    SELECT key, value #>> '{}' AS value FROM app.setting
    WHERE key LIKE 'energy.%' AND valid_from <= ${`${year}-12-31`}::date AND (valid_to IS NULL OR valid_to > ${`${year}-12-31`}::date) ORDER BY valid_from`)
  return Object.fromEntries(rows.map((r) => [r.key, r.value]))
}

export async function factorSetsFor(trx: Transaction, years: readonly number[]): Promise<Map<number, FactorSet>> {
  const factors = await readFactors(trx)
  const sets = new Map<number, FactorSet>()
  for (const year of years) sets.set(year, factorSetFor(factors, strategyFrom(await energySettings(trx, year)), year))
  const records = [...new Map([...sets.values()].map((s) => [s.code, { code: s.code, factors: { used: s.used, pvDeducted: s.pvDeducted } }])).values()]
  await trx.run(sql`
    INSERT INTO energy.factor_set (code, factors) SELECT code, factors FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb) AS r(code text, factors jsonb)
    ON CONFLICT (code) DO NOTHING`)
  return sets
}
