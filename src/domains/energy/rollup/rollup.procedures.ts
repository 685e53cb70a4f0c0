import { sql } from 'kysely'
import { Decimal } from 'decimal.js'
import { handle } from '../../../kernel/domain.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { invalid, refused } from '../../../kernel/contract/problem.rules.ts'
import { CATEGORIES } from '../../../kernel/org/organization/organization.entity.ts'
import { DIMENSIONS, rollup, type Dimension } from './rollup.contract.ts'
import { keptOutOf, MOST_ROWS, monthlyReports, readRollup, type RollupRow } from './rollup.ts'

/** Items that add up, newest version first. */
function summable() {
  const reports = [...monthlyReports()].sort((a, b) => (a.from < b.from ? 1 : -1))
  return new Map(reports.flatMap((r) => r.items).filter((i) => i.aggregation === 'sum' && i.type.kind === 'decimal').reverse().map((i) => [i.code, i]))
}

async function labels(trx: Transaction, d: Dimension): Promise<(key: string) => string> {
  if (d === 'category') return (key) => CATEGORIES[key as keyof typeof CATEGORIES] ?? key
  if (d !== 'region' && d !== 'superior') return (key) => key
  const rows = d === 'region'
    ? await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM org.region`)
    : await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM org.organization WHERE kind <> 'institution'`)
  const names = new Map(rows.map((r) => [String(r.id), r.name]))
  // A superior above the reader's own place is not theirs to see.
  return (key) => names.get(key) ?? '上级单位'
}

const Exact = Decimal.clone({ precision: 60 })
function totalOf(items: readonly string[], rows: readonly RollupRow[]) {
  const sums = Object.fromEntries(items.map((code) => {
    const known = rows.map((r) => r.sums[code]).filter((v): v is string => v !== null && v !== undefined)
    return [code, known.length ? known.reduce((t, v) => t.plus(v), new Exact(0)).toFixed() : null]
  }))
  return { ledgers: rows.reduce((n, r) => n + r.ledgers, 0), sums }
}

export const rollupHandlers = [
  handle(rollup, async (trx, input) => {
    const known = summable()
    const strange = input.items.filter((code) => !known.has(code))
    if (strange.length) throw invalid(`月度台账没有可以相加的栏目：${strange.join('、')}。`, [{ path: 'items', message: '请选择数量或费用栏目' }])
    if (new Set(input.groupBy).size < input.groupBy.length) throw invalid(`不能两次都按${DIMENSIONS[input.groupBy[0]!]}汇总。`, [{ path: 'groupBy', message: '请选择两种不同的汇总方式' }])
    const asked = { ...input, items: [...new Set(input.items)] }
    const [rows, keptOut, ...names] = await Promise.all([readRollup(trx, asked), keptOutOf(trx, asked), ...input.groupBy.map((d) => labels(trx, d))])
    if (rows.length > MOST_ROWS) throw refused(`汇总结果超过 ${MOST_ROWS} 行。请缩短时间范围，或少选一种汇总方式。`)
    return {
      items: asked.items.map((code) => ({ code, label: known.get(code)!.label, unit: known.get(code)!.unit ?? null })),
      rows: rows.map((r) => ({ ...r, keys: r.keys.map((key, n) => ({ key, label: names[n]!(key) })) })),
      total: totalOf(asked.items, rows),
      keptOut,
    }
  }),
]
