/**
 * What was computed with a setting that has changed is computed again, year by year, beside everybody's work. Cancelled,
 * the setting goes back to what it was and the years already done follow it: figures agree with the settings either way.
 */
import { sql } from 'kysely'
import type { Database } from '../../../kernel/db/database.ts'
import { Cancelled, startTracked, tracked, type Progress } from '../../../kernel/jobs/tracked.ts'
import { forgetSettings } from '../../../kernel/reports/registry.ts'
import { settle } from '../../../kernel/reports/filing.ts'
import { takeBack, type SettingChange, type SettingChanged } from '../../../kernel/settings/settings.procedures.ts'
import { rebuildConsumption } from './consumption.ts'
import { refreshCube } from './cube.ts'
import { RECOMPUTE } from './recompute.rules.ts'

interface Recompute {
  /** counted: which filings count; factors: how quantities become tce and CO₂. */
  what: 'counted' | 'factors'
  change?: SettingChange
}
const AT_ONCE = 2000

export const recomputeAfter: SettingChanged = async (trx, change, jobs) => {
  const what = change.key === 'report.count-from-level' ? 'counted' : /^energy\.(factor|carbon)\./.test(change.key) ? 'factors' : null
  if (what) await startTracked(trx, jobs, RECOMPUTE, { what, change } satisfies Recompute, { label: `按“${change.label}”重新计算`, seenBy: 'indicator.read', cancelledBy: 'setting.update' })
}

interface Part {
  words: string
  run: (db: Database) => Promise<unknown>
}
/** Each part is one transaction: between two of them figures and their totals agree, and the end may be asked for. */
async function partsOf(db: Database, what: Recompute['what']): Promise<Part[]> {
  if (what === 'factors') {
    const years = await db.asSystem('energy.recompute', (trx) => trx.rows<{ year: number }>(sql`SELECT DISTINCT extract(year FROM period_start)::int AS year FROM reports.filing WHERE form LIKE 'energy.%' ORDER BY 1`))
    return years.map(({ year }) => ({ words: `${year} 年`, run: (d) => d.asSystem('energy.recompute', (trx) => rebuildConsumption(trx, year)) }))
  }
  const bounds = await db.asSystem('energy.recompute', (trx) => trx.rows<{ low: number; high: number; n: number }>(sql`
    SELECT min(id) AS low, max(id) AS high, count(*)::int AS n FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / ${AT_ONCE} AS part FROM reports.filing WHERE form LIKE 'energy.%') f GROUP BY part ORDER BY part`))
  return bounds.map(({ low, high, n }) => ({
    words: `${n} 张报表`,
    run: (d) => d.asSystem('energy.recompute', async (trx) => settle(trx, (await trx.rows<{ id: number }>(sql`SELECT id FROM reports.filing WHERE form LIKE 'energy.%' AND id BETWEEN ${low} AND ${high}`)).map((r) => r.id))),
  }))
}

async function through(db: Database, parts: Part[], progress: Progress, mayEnd: boolean): Promise<void> {
  for (const [i, part] of parts.entries()) {
    if (mayEnd && (await progress.cancelled())) throw new Cancelled()
    await progress.at(i, parts.length + 1, part.words)
    await part.run(db)
  }
  if (mayEnd && (await progress.cancelled())) throw new Cancelled()
  await progress.at(parts.length, parts.length + 1, '汇总')
  await db.asSystem('energy.recompute', refreshCube)
  await progress.at(parts.length + 1, parts.length + 1)
}

export const recomputeJob = tracked<Recompute>({
  name: RECOMPUTE,
  async run({ db, progress }, { what }) {
    forgetSettings()
    const parts = await partsOf(db, what)
    await through(db, parts, progress, true)
    const figures = await db.asSystem('energy.recompute', (trx) => trx.one<{ n: number }>(sql`SELECT count(*)::int AS n FROM energy.consumption`))
    return `已按新的数值重新计算${what === 'factors' && parts.length ? ` ${parts[0]!.words}至 ${parts.at(-1)!.words}` : ''}共 ${figures!.n} 项指标数据；已发布的数据不变。`
  },
  async undo({ db, progress }, { what, change }) {
    const back = change && (await db.asSystem({ operation: 'energy.recompute', reason: '取消重新计算，恢复原来的数值' }, (trx) => takeBack(trx, change)))
    forgetSettings()
    // Changed once more meanwhile: what that change asked for is computed to its end.
    if (!back) return null
    await through(db, await partsOf(db, what), progress, false)
    return `“${change.label}”已恢复为原来的数值，指标与修改之前一致。`
  },
})
