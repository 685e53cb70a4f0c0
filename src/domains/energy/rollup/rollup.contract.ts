/** Any item of the monthly ledgers, summed along any two of six ways: what no cube was made for. */
import { z } from 'zod'
import { operation } from '../../../kernel/contract/contract.rules.ts'

export const DIMENSIONS = { month: '月份', quarter: '季度', year: '年度', region: '区划', category: '机构类型', superior: '主管单位' } as const
export type Dimension = keyof typeof DIMENSIONS

const list = z.string().max(2000).transform((t) => t.split(',').filter(Boolean))
const day = z.iso.date('请填日期，如 2026-01-01')
const dimension = z.enum(Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]], { error: `可按${Object.values(DIMENSIONS).join('、')}汇总` })
const ids = z.array(z.string().regex(/^\d{1,9}$/, '请填编号').transform(Number))
const cell = z.string().nullable()

export const rollup = operation({
  id: 'energy.rollup', method: 'GET', path: '/energy/rollup', label: '自定义汇总', access: 'report.read', whole: { items: 'at most 12 by the input', rows: 'at most 5000, beyond that it is refused: a table of two dimensions' }, pace: 'long', rate: 'search',
  input: z.strictObject({
    /** Codes of items of the monthly ledger, comma-separated. */
    items: list.pipe(z.array(z.string()).min(1, '请至少选择一个栏目').max(12, '一次最多汇总 12 个栏目')),
    groupBy: list.pipe(z.array(dimension).min(1, '请选择汇总方式').max(2, '一次最多按两种方式汇总')),
    /** First month, and the month after the last. */
    from: day, before: day,
    regions: list.pipe(ids).optional(),
    categories: list.pipe(z.array(z.string())).optional(),
    superiors: list.pipe(ids).optional(),
  }),
  output: z.object({
    items: z.array(z.object({ code: z.string(), label: z.string(), unit: z.string().nullable() })),
    rows: z.array(z.object({ keys: z.array(z.object({ key: z.string(), label: z.string() })), ledgers: z.int(), sums: z.record(z.string(), cell) })),
    total: z.object({ ledgers: z.int(), sums: z.record(z.string(), cell) }),
    /** Ledgers of the same slice that the totals do not count. */
    keptOut: z.int(),
  }),
})
