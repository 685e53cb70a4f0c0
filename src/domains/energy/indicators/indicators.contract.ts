/** Reading the indicators: by anything, over time, down to the institutions, their forms and cells. */
import { z } from 'zod'
import { operation } from '../../../kernel/contract/contract.rules.ts'
import { partsOfAll } from '../../../kernel/org/organization/categories.rules.ts'
import { periodText } from '../../../kernel/reports/filing.contract.ts'
import { INDICATORS } from './indicators.rules.ts'

const decimalText = z.string().nullable()
const list = z.string().max(2000).transform((t) => t.split(',').filter(Boolean)).optional()
/** A parent (02) asks for all of its parts. */
const categories = z.string().max(2000).transform((t) => partsOfAll(t.split(',').filter(Boolean))).optional()
const slice = {
  /** `2025`, `2025Q1`, `2025-03`; with rolling=1 a month: the twelve months that end with it. */
  period: periodText,
  rolling: z.enum(['1']).optional(),
  division: z.enum(['then', 'now']).default('then'),
  /** Comma-separated. */
  regions: list, categories,
}
export const indicatorCode = z.enum(INDICATORS.map((i) => i.code) as [string, ...string[]])
export const figureRow = z.object({
  key: z.string(), label: z.string(), counted: z.int(), keptOut: z.int(),
  sums: z.record(z.string(), decimalText), indicators: z.record(z.string(), decimalText), factorSets: z.array(z.string()),
})
export type FigureRow = z.output<typeof figureRow>
/** Institutions counted in the base year and in the period, where these are too far apart to compare. */
export const apart = z.object({ base: z.int(), now: z.int() })

export const readIndicators = operation({
  id: 'indicator.read', method: 'GET', path: '/energy/indicators', label: '能耗指标', access: 'indicator.read', whole: { rows: 'districts or kinds; of institutions at most 200', parents: 'sums of kinds, fewer than kinds', lastYear: 'districts or kinds', base: 'districts or kinds' }, pace: 'long',
  input: z.strictObject({ ...slice, by: z.enum(['institution', 'category', 'region', 'group', 'city']).default('region'), compare: z.enum(['1']).optional() }),
  output: z.object({
    rows: z.array(figureRow), total: figureRow.nullable(),
    /** By kind: sums of kinds that belong together, beside the rows and not among them, so that nothing is added twice. */
    parents: z.array(figureRow),
    /** The same a year ago and in the base year, when asked to compare. */
    lastYear: z.array(figureRow).nullable(), base: z.array(figureRow).nullable(), baseYear: z.int(),
    /** Of the total, where far fewer institutions are counted in the base year than now or the other way round (a setting says how far). */
    apart: apart.nullable(),
    /** Who should be in the total: those in the directory in the period. */
    expected: z.int(),
  }),
})
export const readSeries = operation({
  id: 'indicator.series', method: 'GET', path: '/energy/series', label: '能耗指标走势', access: 'indicator.read', whole: { rows: 'one a period' }, pace: 'long',
  input: z.strictObject({ months: z.enum(['1', '3', '12']), from: z.iso.date(), before: z.iso.date(), division: z.enum(['then', 'now']).default('then'), regions: list, categories }),
  output: z.object({ rows: z.array(figureRow) }),
})
export const exportSeries = operation({
  id: 'indicator.export-series', method: 'GET', path: '/energy/series.xlsx', label: '导出指标走势', access: 'indicator.read', binary: true, input: readSeries.input, output: z.any(),
})
export const readBehind = operation({
  id: 'indicator.behind', method: 'GET', path: '/energy/behind', label: '指标背后的机构', access: 'indicator.read', pace: 'long',
  input: z.strictObject({ ...slice, indicator: indicatorCode, only: z.enum(['counted', 'keptOut']).optional(), offset: z.coerce.number().int().min(0).max(200_000).default(0), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({
    total: z.int(),
    rows: z.array(z.object({
      organizationId: z.int(), name: z.string(), category: z.string(), regionName: z.string(), counted: z.boolean(), keptOut: z.string().nullable(),
      origin: z.enum(['form', 'months']), filingId: z.int().nullable(), form: z.string(), period: z.string(), numerator: decimalText, denominator: decimalText, value: decimalText,
    })),
  }),
})
/** How an indicator spreads over institutions of one kind, and who stands out. */
export const readDistribution = operation({
  id: 'indicator.distribution', method: 'GET', path: '/energy/distribution', label: '指标分布', access: 'indicator.read', whole: { groups: 'one of a kind' }, pace: 'long',
  input: z.strictObject({ ...slice, indicator: indicatorCode }),
  output: z.object({
    groups: z.array(z.object({
      /** `parent`: several kinds together; who stands out of them is named at their kinds. */
      category: z.string(), label: z.string(), parent: z.boolean(), count: z.int(), low: decimalText, q1: decimalText, median: decimalText, q3: decimalText, high: decimalText,
      outliers: z.array(z.object({ organizationId: z.int(), name: z.string(), regionName: z.string(), value: z.string() })), outlierCount: z.int(),
    })),
  }),
})
export const exportDistribution = operation({
  id: 'indicator.export-distribution', method: 'GET', path: '/energy/distribution.xlsx', label: '导出指标分布', access: 'indicator.read', binary: true, input: readDistribution.input, output: z.any(),
})
/** Month by month: how many should have reported, did, and count. */
export const readCompleteness = operation({
  id: 'indicator.completeness', method: 'GET', path: '/energy/completeness', label: '数据完整情况', access: 'indicator.read', whole: { months: 'at most 72 months' }, pace: 'long',
  input: z.strictObject({ from: z.iso.date(), before: z.iso.date(), regions: list }),
  output: z.object({ months: z.array(z.object({ start: z.string(), expected: z.int(), submitted: z.int(), counted: z.int() })) }),
})
export const exportCompleteness = operation({
  id: 'indicator.export-completeness', method: 'GET', path: '/energy/completeness.xlsx', label: '导出数据完整情况', access: 'indicator.read', binary: true, input: readCompleteness.input, output: z.any(),
})
export const readFactors = operation({
  id: 'factor.list', method: 'GET', path: '/energy/factors', label: '折标系数与排放因子', access: 'indicator.read', whole: { factors: 'declared in the reference data', sets: 'those that were asked for' },
  input: z.strictObject({ sets: list }),
  output: z.object({
    factors: z.array(z.object({ id: z.int(), kind: z.string(), energy: z.string(), scope: z.string(), method: z.string().nullable(), year: z.int().nullable(), value: z.string(), unit: z.string(), notice: z.string().nullable(), validFrom: z.string().nullable(), validTo: z.string().nullable(), source: z.string(), unsure: z.boolean(), note: z.string().nullable() })),
    sets: z.array(z.object({ code: z.string(), used: z.array(z.record(z.string(), z.unknown())) })),
  }),
})

export const targetRow = z.object({
  id: z.int(), version: z.int(), indicator: z.string(), scope: z.enum(['nation', 'region', 'organization']), regionId: z.int().nullable(), organizationId: z.int().nullable(), placeName: z.string(),
  baseYear: z.int(), baseValue: decimalText, baseFrom: z.enum(['stated', 'computed']).nullable(), targetYear: z.int(), reductionPercent: decimalText, total: decimalText, handedDownFrom: z.int().nullable(),
  source: z.string(), unsure: z.boolean(), note: z.string().nullable(), confirmedAt: z.string().nullable(), confirmedByName: z.string().nullable(),
})
const progressPoint = z.object({ year: z.int(), target: decimalText, actual: decimalText, colour: z.enum(['green', 'amber', 'red']).nullable(), forecast: z.boolean() })
export const readTargets = operation({
  id: 'target.progress', method: 'GET', path: '/energy/targets', label: '目标与进展', access: 'indicator.read', whole: { targets: 'the targets of one place' }, pace: 'long',
  input: z.strictObject({ year: z.coerce.number().int().min(2000).max(2100), division: z.enum(['then', 'now']).default('now'), scope: z.enum(['city', 'region', 'organization']).default('city'), id: z.coerce.number().int().optional() }),
  output: z.object({
    targets: z.array(z.object({
      target: targetRow, label: z.string(), unit: z.string(), points: z.array(progressPoint),
      actual: decimalText, allowed: decimalText, reduction: decimalText, colour: z.enum(['green', 'amber', 'red']).nullable(), apart: apart.nullable(),
      forecast: z.object({ value: z.string(), share: z.string(), months: z.int() }).nullable(), forecastColour: z.enum(['green', 'amber', 'red']).nullable(),
    })),
  }),
})
export const exportTargets = operation({
  id: 'target.export', method: 'GET', path: '/energy/targets.xlsx', label: '导出目标进展', access: 'indicator.read', binary: true, input: readTargets.input, output: z.any(),
})
/** Hands a target down: the same reduction for all, or figures of one's own for each. */
export const handDownTarget = operation({
  id: 'target.hand-down', method: 'POST', path: '/energy/targets/:id/hand-down', label: '分解下达目标', access: 'target.update', pace: 'long',
  input: z.strictObject({
    id: z.coerce.number().int(), to: z.enum(['regions', 'organizations']), regionId: z.int().optional(),
    entries: z.array(z.strictObject({ id: z.int(), reductionPercent: z.string().regex(/^-?\d{1,2}(\.\d{1,4})?$/, '请填百分比').nullish(), total: z.string().regex(/^\d{1,16}(\.\d{1,4})?$/, '请填数字').nullish() })).min(1).max(5000),
    source: z.string().trim().min(2, '请填写依据').max(300),
  }),
  output: z.object({ handedDown: z.int() }),
})
export const confirmTarget = operation({
  id: 'target.confirm', method: 'POST', path: '/energy/targets/:id/confirm', label: '确认目标', access: 'target.update', pace: 'long',
  input: z.strictObject({ id: z.coerce.number().int(), version: z.int() }), output: z.object({ ok: z.literal(true) }),
})

export const exportIndicators = operation({
  id: 'indicator.export', method: 'GET', path: '/energy/indicators.xlsx', label: '导出指标', access: 'indicator.read', binary: true,
  input: z.strictObject({ ...slice, by: z.enum(['institution', 'category', 'region', 'group', 'city']).default('region') }), output: z.any(),
})
export const districtReport = operation({
  id: 'indicator.district-report', method: 'GET', path: '/energy/district-report.pdf', label: '区县一页通报', access: 'indicator.read', binary: true,
  input: z.strictObject({ year: z.coerce.number().int().min(2000).max(2100), region: z.coerce.number().int() }), output: z.any(),
})

const publication = z.object({ id: z.int(), title: z.string(), period: z.string(), division: z.enum(['then', 'now']), edition: z.int(), previousId: z.int().nullable(), hash: z.string(), reason: z.string(), byName: z.string(), at: z.string() })
const coverage = z.object({ expected: z.int(), counted: z.int(), keptOut: z.int(), missing: z.int(), beyond: z.int() })
export type Coverage = z.output<typeof coverage>
const reporterState = z.enum(['counted', 'kept-out', 'missing'])
/** A place in an edition; null where the edition does not list it. */
const movedSide = z.object({ indicators: z.record(z.string(), decimalText), counted: z.int() })
export const listPublications = operation({
  id: 'publication.list', method: 'GET', path: '/energy/publications', label: '已发布数据', access: 'indicator.read', whole: { publications: 'the last 500: a few a year' }, input: z.strictObject({}),
  output: z.object({ publications: z.array(publication) }),
})
export const getPublication = operation({
  id: 'publication.get', method: 'GET', path: '/energy/publications/:id', label: '查看发布', access: 'indicator.read', whole: { rows: 'one a district' }, input: z.strictObject({ id: z.coerce.number().int() }),
  output: publication.extend({
    rows: z.array(figureRow), total: figureRow.nullable(),
    /** Who was expected, by region id; null: an edition from before it was frozen, of which it is not known. */
    coverage: z.object({ total: coverage, regions: z.record(z.string(), coverage) }).nullable(),
    /** null: only who sees every form of the publication can tell. */
    hashHolds: z.boolean().nullable(),
    /** Against the edition before: what moved and which institutions moved it. */
    difference: z.object({ rows: z.array(z.object({ key: z.string(), label: z.string(), before: movedSide.nullable(), after: movedSide.nullable() })), filingsChanged: z.int(),
      coverage: z.object({ before: coverage.nullable(), after: coverage.nullable() }),
      /** Institutions that stand otherwise than in the edition before; null where one of the two did not freeze them. */
      reporters: z.object({ total: z.int(), rows: z.array(z.object({ organizationId: z.int(), name: z.string(), regionName: z.string(), before: reporterState.nullable(), after: reporterState.nullable() })) }).nullable(),
    }).nullable(),
    /** What the same figures would be if computed now. */
    now: z.object({ same: z.boolean(), total: figureRow.nullable(), coverage: coverage.nullable() }),
  }),
})
export const publicationReporters = operation({
  id: 'publication.reporters', method: 'GET', path: '/energy/publications/:id/reporters', label: '发布时的应报机构', access: 'indicator.read',
  input: z.strictObject({ id: z.coerce.number().int(), state: reporterState.optional(), region: z.coerce.number().int().optional(), offset: z.coerce.number().int().min(0).max(200_000).default(0), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({ total: z.int(), rows: z.array(z.object({ organizationId: z.int(), name: z.string(), regionName: z.string(), category: z.string().nullable(), expected: z.boolean(), state: reporterState, why: z.string().nullable() })) }),
})
export const publish = operation({
  id: 'publication.create', method: 'POST', path: '/energy/publications', label: '发布指标', access: 'report.publish', pace: 'long',
  input: z.strictObject({ period: periodText, division: z.enum(['then', 'now']).default('then'), title: z.string().trim().min(4, '请填写标题').max(120), reason: z.string().trim().min(2, '请写明发布依据或更正原因').max(500) }),
  output: publication,
})
