/** The cube: sums of energy.consumption, recomputed where somebody marked them, before anybody reads them; so are figures. */
import { sql } from 'kysely'
import { question, type Transaction } from '../../../kernel/db/database.ts'
import { boundDatabase } from '../../../kernel/reports/registry.ts'
import { refreshDue } from './consumption.ts'
import { COLUMNS, SUMMED } from './measures.rules.ts'

const REFRESH_LOCK = 735_201_002

/**
 * Recomputes the marked cells, as the system. Marks of transactions that are not committed yet are not seen and stay.
 * Returns how many cells were written.
 */
export async function refreshCube(trx: Transaction): Promise<number> {
  await trx.run(sql`SELECT pg_advisory_xact_lock(${REFRESH_LOCK})`)
  const marked = await trx.rows<{ months: number; start: string; path: string }>(sql`
    WITH taken AS (DELETE FROM energy.cube_dirty RETURNING months, period_start, org_path)
    SELECT DISTINCT months, period_start AS start, org_path AS path FROM taken`)
  if (!marked.length) return 0
  const cells = sql`unnest(${marked.map((c) => c.months)}::smallint[], ${marked.map((c) => c.start)}::date[], ${marked.map((c) => c.path)}::text[]) AS d(months, period_start, org_path)`
  await trx.run(sql`
    DELETE FROM energy.cube c USING ${cells} WHERE c.months = d.months AND c.period_start = d.period_start AND c.org_path = d.org_path COLLATE "C"`)
  await trx.run(sql`UPDATE energy.cube_state SET version = version + 1`)
  return trx.run(sql`
    INSERT INTO energy.cube (months, period_start, org_path, region_id, region_now_id, category, counted, kept_out, factor_sets, ${sql.join(SUMMED.map((m) => sql.ref(COLUMNS[m])))})
    SELECT c.months, c.period_start, c.cube_path, c.region_id, c.region_now_id, c.category,
      count(*) FILTER (WHERE c.counted), count(*) FILTER (WHERE NOT c.counted), coalesce(array_agg(DISTINCT c.factor_set) FILTER (WHERE c.counted), '{}'),
      ${sql.join(SUMMED.map((m) => sql`sum(c.${sql.ref(COLUMNS[m])}) FILTER (WHERE c.counted)`))}
    FROM ${cells} JOIN energy.consumption c ON c.months = d.months AND c.period_start = d.period_start
      AND c.org_path >= d.org_path COLLATE "C" AND c.org_path < (left(d.org_path, -1) || '/') COLLATE "C" AND c.cube_path = d.org_path
    GROUP BY 1, 2, 3, 4, 5, 6`)
}

/** Figures that were marked, then the cells that they are in. */
export async function refreshAll(trx: Transaction): Promise<void> {
  await refreshDue(trx)
  await refreshCube(trx)
}

interface State {
  version: number
  dirty: boolean
  due: boolean
}
const state = question<State, []>('energy.cube-state', () => sql`
  SELECT version, EXISTS (SELECT FROM energy.cube_dirty) AS dirty, EXISTS (SELECT FROM energy.figure_due) AS due FROM energy.cube_state`)
const refreshed = (trx: Transaction, run: (trx: Transaction) => Promise<unknown>) => (trx.actor ? boundDatabase().asSystem('energy.cube', run) : run(trx))

/**
 * Whoever reads the cube sees figures that agree with the forms of all committed transactions. Answers with the state
 * that the cube is in.
 */
export async function freshCube(trx: Transaction): Promise<number> {
  const ask = async () => (await trx.ask(state))[0]!
  const found = await ask()
  if (!found.dirty && !found.due) return found.version
  await refreshed(trx, found.due ? refreshAll : refreshCube)
  return (await ask()).version
}

/** The same for whoever reads figures of institutions, which are in step but for those that were marked. */
export async function freshFigures(trx: Transaction): Promise<void> {
  if ((await trx.ask(state))[0]!.due) await refreshed(trx, refreshDue)
}
