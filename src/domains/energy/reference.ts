/**
 * Loads the domain's data files: factors, settings, targets. Adds what is not there and touches nothing else: a row that
 * is there is changed in the platform, with its history.
 */
import fs from 'node:fs'
import { sql } from 'kysely'
import type { Transaction } from '../../kernel/db/database.ts'

const read = (name: string): any => JSON.parse(fs.readFileSync(new URL(`../../../data/energy/${name}.json`, import.meta.url), 'utf8'))

export async function loadEnergyReference(trx: Transaction): Promise<void> {
  await trx.run(sql`
    INSERT INTO energy.factor (kind, energy, scope, method, year, value, unit, notice, valid_from, valid_to, source, unsure, note)
    SELECT kind, energy, scope, method, year, value, unit, notice, "validFrom", "validTo", source, unsure, note
    FROM jsonb_to_recordset(${JSON.stringify(read('factors').factors)}::jsonb) AS r(kind text, energy text, scope text, method text, year int,
      value numeric, unit text, notice text, "validFrom" date, "validTo" date, source text, unsure boolean, note text)
    ON CONFLICT ON CONSTRAINT factor_once DO NOTHING`)
  await trx.run(sql`
    INSERT INTO app.setting (key, value, label, unit, valid_from, valid_to, source, unsure)
    SELECT key, value, label, unit, coalesce("validFrom", '1900-01-01'), "validTo", source, unsure
    FROM jsonb_to_recordset(${JSON.stringify(read('settings').settings)}::jsonb) AS r(key text, value jsonb, label text, unit text,
      "validFrom" date, "validTo" date, source text, unsure boolean)
    ON CONFLICT ON CONSTRAINT setting_once DO NOTHING`)
  await trx.run(sql`
    INSERT INTO energy.target (indicator, scope, region_id, base_year, base_value, target_year, reduction_percent, total, source, unsure, note, confirmed_at, confirmed_by_name)
    SELECT t.indicator, t.scope, g.id, t."baseYear", t."baseValue", t."targetYear", t."reductionPercent", t.total, t.source, t.unsure, t.note, now(), '规划'
    FROM jsonb_to_recordset(${JSON.stringify(read('targets').targets)}::jsonb) AS t(indicator text, scope text, region text, "baseYear" int, "baseValue" numeric,
      "targetYear" int, "reductionPercent" numeric, total numeric, source text, unsure boolean, note text)
    LEFT JOIN org.region g ON g.code = t.region
    ON CONFLICT ON CONSTRAINT target_once DO NOTHING`)
}
