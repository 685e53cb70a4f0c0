/** Filling, submitting and reading statutory forms. Values are decimal strings; an absent value is null, never 0. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { parsePeriod } from './period.rules.ts'

export const periodText = z.string().transform((text, issue) => {
  const period = parsePeriod(text)
  if (!period) {
    issue.addIssue({ code: 'custom', message: '期别应写成 2025-03、2025Q1 或 2025。' })
    return z.NEVER
  }
  return period
})
const id = z.coerce.number().int().positive()
const form = z.string().max(40)
const cell = z.union([z.string().max(60), z.null()])

/** How a filing stands, read from its facts. */
export const STANDINGS = {
  missing: '未填', draft: '草稿', submitted: '已提交', returned: '已退回', accepted1: '主管审核通过', accepted2: '市级审核通过',
} as const
export const standing = z.enum(Object.keys(STANDINGS) as [keyof typeof STANDINGS, ...(keyof typeof STANDINGS)[]])

export const filingFacts = z.object({
  id: z.int(), version: z.int(), form: z.string(), formVersion: z.string(), organizationId: z.int(), organizationName: z.string(),
  regionName: z.string(), category: z.string(), period: z.string(), standing,
  itemsExpected: z.int(), itemsFilled: z.int(), hardFindings: z.int(), openFindings: z.int(), explainedFindings: z.int(),
  filledByName: z.string().nullable(), filledAt: z.string().nullable(),
  submittedByName: z.string().nullable(), submittedAt: z.string().nullable(), responsibleName: z.string().nullable(),
  /** Submitted by the deadline; null before it is submitted. */
  onTime: z.boolean().nullable(), deadline: z.string(),
  acceptedLevel: z.int(), returnedAt: z.string().nullable(), returnedByName: z.string().nullable(), returnRemarks: z.string().nullable(),
  counted: z.boolean(), source: z.string(), can: z.array(z.string()),
})
export type FilingFacts = z.output<typeof filingFacts>

export const finding = z.object({
  checkCode: z.string(), item: z.string(), severity: z.enum(['hard', 'soft']), message: z.string(),
  detail: z.record(z.string(), z.unknown()).nullable(), reason: z.string().nullable(), reasonBy: z.string().nullable(),
})
export const remark = z.object({ id: z.int(), item: z.string(), text: z.string(), byName: z.string(), at: z.string(), settledAt: z.string().nullable() })
export const reviewEntry = z.object({ level: z.int(), decision: z.string(), remarks: z.string().nullable(), byName: z.string(), at: z.string() })
const values = z.record(z.string(), cell)

export const openFiling = operation({
  id: 'filing.open', method: 'GET', path: '/filings/open', label: '打开报表', access: 'report.read', whole: { findings: 'the checks of one form', remarks: 'the remarks on one form', reviews: 'the decisions on one form' },
  input: z.strictObject({ form, period: periodText, organizationId: id }),
  output: z.object({
    facts: filingFacts.nullable(), formVersion: z.string(),
    organization: z.object({ id: z.int(), name: z.string(), category: z.string(), regionName: z.string(), people: z.int().nullable(), buildingArea: z.string().nullable(), hasDataCenter: z.boolean(), hasHeating: z.boolean() }),
    values, prefill: values, previous: values.nullable(), lastYear: values.nullable(), months: values.nullable(), peer: values.nullable(), peerCount: z.int(),
    /** Monthly ledgers inside the period; null for a monthly form. */
    monthsPresent: z.int().nullable(),
    findings: z.array(finding), remarks: z.array(remark), reviews: z.array(reviewEntry),
    deadline: z.string(), locked: z.object({ reason: z.string(), byName: z.string(), at: z.string() }).nullable(),
    exceptionUntil: z.string().nullable(),
    /** Settings valid in the period, for checking while typing. */
    settings: z.record(z.string(), z.string()),
    /** Why this organisation files nothing for this period. */
    outside: z.string().nullable(), can: z.array(z.string()),
  }),
})

const saved = z.object({ facts: filingFacts, findings: z.array(finding), values })

export const saveFiling = operation({
  id: 'filing.save', method: 'POST', path: '/filings/save', label: '保存报表草稿', access: 'report.file', whole: { findings: 'the checks of one form' },
  // `prefill`: a form that is begun takes what it leaves blank from the register and the ledgers, as its own page does.
  input: z.strictObject({ form, period: periodText, organizationId: id, version: z.int().nullable(), values, prefill: z.boolean().optional() }),
  output: saved,
})
export const explainFinding = operation({
  id: 'filing.explain', method: 'POST', path: '/filings/:id/explain', label: '说明异常原因', access: 'report.file', whole: { findings: 'the checks of one form' },
  input: z.strictObject({ id, checkCode: z.string().max(60), item: z.string().max(60), reason: z.string().trim().min(2, '请写明原因').max(500) }),
  output: saved,
})
export const submitFiling = operation({
  id: 'filing.submit', method: 'POST', path: '/filings/:id/submit', label: '提交报表', access: 'report.submit', whole: { findings: 'the checks of one form' },
  input: z.strictObject({ id, version: z.int() }), output: saved,
})
export const withdrawFiling = operation({
  id: 'filing.withdraw', method: 'POST', path: '/filings/:id/withdraw', label: '撤回报表', access: 'report.submit', whole: { findings: 'the checks of one form' },
  input: z.strictObject({ id, version: z.int(), reason: z.string().trim().min(2, '请写明撤回原因').max(500) }), output: saved,
})
/** Filings of one period as rows, for a district that fills for its units and for the review desk. Missing ones are rows too. */
export const listFilings = operation({
  id: 'filing.list', method: 'GET', path: '/filings', label: '查询报表', access: 'report.read',
  input: z.strictObject({
    form, period: periodText, regionId: z.coerce.number().int().optional(), superiorId: z.coerce.number().int().optional(),
    category: z.string().max(10).optional(), standing: standing.optional(), doubtful: z.enum(['1']).optional(), late: z.enum(['1']).optional(), q: z.string().max(100).optional(),
    /** 'doubt' puts what is doubtful first. */
    sort: z.enum(['doubt', 'name', 'submitted']).default('doubt'),
    offset: z.coerce.number().int().min(0).max(100_000).default(0), limit: z.coerce.number().int().min(1).max(200).default(50),
    withValues: z.enum(['1']).optional(),
  }),
  output: z.object({
    total: z.int(),
    rows: z.array(z.object({
      organizationId: z.int(), organizationName: z.string(), regionName: z.string(), superiorName: z.string().nullable(), category: z.string(),
      standing, facts: filingFacts.nullable(), doubts: z.array(z.string()), values: values.nullable(),
      /** With the values: what the checks found, and the reasons given. */
      findings: z.array(finding).nullable(),
    })),
  }),
})
/** Why a form is not in the totals: nobody handed it in, it is wrong, or nobody accepted it as far as totals ask for. */
export const KEPT_OUT = { 'not-submitted': '还没有提交', 'hard-findings': '有错误，须改正', 'not-accepted': '还没有审核通过' } as const
/** Everything one institution filed, in every period: the newest period first. */
export const filingsOfOrganization = operation({
  id: 'filing.of-organization', method: 'GET', path: '/organizations/:id/filings', label: '查询一个机构的报表', access: 'report.read',
  input: z.strictObject({ id, form: form.optional(), offset: z.coerce.number().int().min(0).max(100_000).default(0), limit: z.coerce.number().int().min(1).max(200).default(20) }),
  output: z.object({
    total: z.int(),
    rows: z.array(filingFacts.extend({
      keptOut: z.enum(Object.keys(KEPT_OUT) as [keyof typeof KEPT_OUT, ...(keyof typeof KEPT_OUT)[]]).nullable(),
      acceptedByName: z.string().nullable(), acceptedAt: z.string().nullable(),
    })),
  }),
})
/** What one person still owes and what waits for them. */
export const myDuties = operation({
  id: 'filing.duties', method: 'GET', path: '/filings/duties', label: '我的报表任务', access: 'report.read', whole: { toFill: '20 of each form', toReview: 'one of each form', sent: 'the last 12 forms', reminders: 'the last 20' },
  input: z.strictObject({}),
  output: z.object({
    toFill: z.array(z.object({ form: z.string(), formLabel: z.string(), period: z.string(), organizationId: z.int(), organizationName: z.string(), deadline: z.string(), standing })),
    toReview: z.array(z.object({ form: z.string(), formLabel: z.string(), period: z.string(), waiting: z.int(), doubtful: z.int(), deadline: z.string() })),
    /** What a unit handed in last, and how far it has come. */
    sent: z.array(z.object({ form: z.string(), formLabel: z.string(), period: z.string(), organizationId: z.int(), organizationName: z.string(), submittedAt: z.string(), standing })),
    reminders: z.array(z.object({ id: z.int(), text: z.string(), byName: z.string(), at: z.string(), form: z.string(), period: z.string(), organizationId: z.int(), organizationName: z.string() })),
  }),
})
export const filingHistory = operation({
  id: 'filing.history', method: 'GET', path: '/filings/:id/history', label: '报表修改历史', access: 'report.read', whole: { entries: 'the last 200 changes, cell by cell' },
  input: z.strictObject({ id, item: z.string().max(60).optional() }),
  output: z.object({ entries: z.array(z.object({ at: z.string(), actorName: z.string(), operation: z.string(), reason: z.string().nullable(), item: z.string(), label: z.string(), before: z.string().nullable(), after: z.string().nullable() })) }),
})
export const filingTemplate = operation({
  id: 'filing.template', method: 'GET', path: '/filings/template', label: '下载报表模板', access: 'report.read', binary: true,
  input: z.strictObject({ form, period: periodText, scope: z.enum(['blank', 'mine']).default('mine') }), output: z.any(),
})
