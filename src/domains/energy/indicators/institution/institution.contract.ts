/** One institution's own indicators, period by period: against its base year and the median of its kind, with the way to the form. */
import { z } from 'zod'
import { operation } from '../../../../kernel/contract/contract.rules.ts'
import { BASE_YEAR } from '../indicators.rules.ts'

const decimalText = z.string().nullable()
const indicators = z.record(z.string(), decimalText)
const input = z.strictObject({
  id: z.coerce.number().int().positive(),
  /** 12: the years since the base year up to `year`; 3 or 1: the quarters or months of `year` that have begun. */
  months: z.enum(['1', '3', '12']).default('12'), year: z.coerce.number().int().min(BASE_YEAR).max(2100),
})
export const readInstitution = operation({
  id: 'indicator.institution', method: 'GET', path: '/organizations/:id/indicators', label: '查看一个机构的指标', access: 'indicator.read', whole: { rows: 'the years since the base year, or the months of one' }, pace: 'long',
  input,
  output: z.object({
    organization: z.object({ id: z.int(), name: z.string(), category: z.string().nullable(), regionName: z.string() }), baseYear: z.int(),
    /** So many of a kind must be counted before their median is told. */
    peersLeast: z.int(),
    /** The newest first. */
    rows: z.array(z.object({
      period: z.string(),
      /** outside: it files nothing for this period, `why` says it in words; otherwise `why` is a code. */
      state: z.enum(['counted', 'kept-out', 'missing', 'outside']), why: z.string().nullable(),
      /** The form to open: of the period itself, or the last ledger in it where the figures are summed from ledgers. */
      origin: z.enum(['form', 'months']).nullable(), form: z.string(), formPeriod: z.string(),
      sums: indicators, indicators, lastYear: indicators, base: indicators,
      /** By indicator; null: fewer than `peersLeast` of the same kind are counted. */
      peers: z.record(z.string(), z.object({ median: z.string(), count: z.int() }).nullable()),
    })),
  }),
})
export const exportInstitution = operation({
  id: 'indicator.export-institution', method: 'GET', path: '/organizations/:id/indicators.xlsx', label: '导出一个机构的指标', access: 'indicator.read', binary: true, input, output: z.any(),
})
