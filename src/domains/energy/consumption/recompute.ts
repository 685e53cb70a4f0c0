/** What was computed with a setting that has changed is computed again, year by year, beside everybody's work. */
import { sql } from 'kysely'
import type { JobKind } from '../../../kernel/domain.ts'
import type { SettingChanged } from '../../../kernel/settings/settings.procedures.ts'
import { settle } from '../../../kernel/reports/filing.ts'
import { rebuildConsumption } from './consumption.ts'
import { refreshCube } from './cube.ts'

interface Recompute {
  /** counted: which filings count; factors: how quantities become tce and CO₂. */
  what: 'counted' | 'factors'
}
const AT_ONCE = 2000

export const recomputeAfter: SettingChanged = async (trx, key, jobs) => {
  const what = key === 'report.count-from-level' ? 'counted' : /^energy\.(factor|carbon)\./.test(key) ? 'factors' : null
  if (what) await jobs.send(trx, 'energy.recompute', { what } satisfies Recompute)
}

export const recomputeJob: JobKind<Recompute> = {
  name: 'energy.recompute',
  run: async ({ db }, { what }) => {
    if (what === 'counted') {
      for (let last = 0; ;) {
        const ids = await db.asSystem('energy.recompute', async (trx) => {
          const rows = await trx.rows<{ id: number }>(sql`SELECT id FROM reports.filing WHERE form LIKE 'energy.%' AND id > ${last} ORDER BY id LIMIT ${AT_ONCE}`)
          await settle(trx, rows.map((r) => r.id))
          return rows.map((r) => r.id)
        })
        if (ids.length < AT_ONCE) break
        last = ids.at(-1)!
      }
    } else {
      const years = await db.asSystem('energy.recompute', (trx) => trx.rows<{ year: number }>(sql`SELECT DISTINCT extract(year FROM period_start)::int AS year FROM reports.filing WHERE form LIKE 'energy.%' ORDER BY 1`))
      for (const { year } of years) await db.asSystem('energy.recompute', (trx) => rebuildConsumption(trx, year))
    }
    await db.asSystem('energy.recompute', refreshCube)
  },
}
