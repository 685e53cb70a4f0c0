import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { mappingSchema } from './mapping.rules.ts'
import { OUTCOMES } from './target.rules.ts'

const id = z.coerce.number().int().positive()
const outcome = z.enum(Object.keys(OUTCOMES) as [keyof typeof OUTCOMES, ...(keyof typeof OUTCOMES)[]])
const target = z.string().max(40)
export const importBatch = z.object({
  id: z.int(), target: z.string(), fileName: z.string(), state: z.enum(['checking', 'checked', 'applying', 'applied', 'undone', 'failed', 'cancelled']),
  progress: z.string(), counts: z.record(z.string(), z.int()), problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  byName: z.string(), at: z.string(), appliedAt: z.string().nullable(), undoneAt: z.string().nullable(), mapping: z.record(z.string(), z.unknown()),
})
export type ImportBatch = z.output<typeof importBatch>

export const importTargets = operation({
  id: 'import.targets', method: 'GET', path: '/imports/targets', label: '可导入的内容', access: 'import.run', whole: { targets: 'declared in the code' }, input: z.strictObject({}),
  output: z.object({ targets: z.array(z.object({ name: z.string(), label: z.string(), fields: z.array(z.object({ name: z.string(), label: z.string(), unit: z.string().nullable(), /** Its unit is one that others convert to. */ measured: z.boolean(), required: z.boolean(), kind: z.string(), choices: z.record(z.string(), z.string()).nullable() })),
    /** Forms to choose from, with the names of the fields that each has; empty where there is nothing to choose. */
    forms: z.array(z.object({ name: z.string(), label: z.string(), months: z.int(), fields: z.array(z.string()) })),
  })) }),
})
/** Looks into a file: its sheets, headings, first rows, and how we would read it. Nothing is stored. */
export const inspectFile = operation({
  id: 'import.inspect', method: 'POST', path: '/imports/inspect', label: '识别文件', access: 'import.run', whole: { headings: 'the columns of one sheet, bounded by its reader' }, upload: true,
  input: z.strictObject({ target, form: z.string().max(40).optional(), sheet: z.string().max(100).optional(), headerRow: z.int().optional(), encoding: z.string().max(20).optional() }),
  output: z.object({
    format: z.string(), sheets: z.array(z.string()), sheet: z.string().nullable(), encoding: z.string().nullable(), headerRow: z.int(),
    headings: z.array(z.object({ name: z.string(), unit: z.string().nullable(), /** What is wrong with the unit that it speaks of. */ odd: z.string().nullable(), examples: z.array(z.string()) })),
    suggestion: mappingSchema,
  }),
})
export const startImport = operation({
  id: 'import.check', method: 'POST', path: '/imports/check', label: '上传并检查', access: 'import.run', upload: true,
  input: z.strictObject({ target, mapping: mappingSchema }), output: importBatch,
})
export const getImport = operation({ id: 'import.get', method: 'GET', path: '/imports/:id', label: '查看导入', access: 'import.run', input: z.strictObject({ id }), output: importBatch.extend({
  /** Of a written batch: how the forms that it filled stand by now. */
  standing: z.object({ forms: z.int(), submitted: z.int(), hard: z.int(), open: z.int() }).nullable(),
}) })
export const listImports = operation({
  id: 'import.list', method: 'GET', path: '/imports', label: '导入记录', access: 'import.run',
  input: z.strictObject({ target: target.optional(), before: z.coerce.number().int().optional(), limit: z.coerce.number().int().min(1).max(100).default(20) }), output: z.object({ batches: z.array(importBatch) }),
})
export const importLines = operation({
  id: 'import.lines', method: 'GET', path: '/imports/:id/lines', label: '逐行结果', access: 'import.run',
  input: z.strictObject({ id, outcome: outcome.optional(), after: z.coerce.number().int().default(0), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  output: z.object({
    headings: z.array(z.string()),
    lines: z.array(z.object({
      line: z.int(), outcome, raw: z.array(z.string().nullable()), recordId: z.int().nullable(),
      /** The form that the line went into. */
      place: z.object({ form: z.string(), period: z.string(), organizationId: z.int() }).nullable(),
      findings: z.array(z.object({ field: z.string(), code: z.string(), message: z.string(), severity: z.enum(['error', 'warning', 'note']) })).nullable(),
    })),
    next: z.int().nullable(),
  }),
})
export const applyImport = operation({
  id: 'import.apply', method: 'POST', path: '/imports/:id/apply', label: '写入', access: 'import.run', pace: 'long',
  input: z.strictObject({ id, accept: z.enum(['all', 'valid']), submit: z.boolean().default(false), reason: z.string().trim().max(500).optional() }), output: importBatch,
})
export const undoImport = operation({
  id: 'import.undo', method: 'POST', path: '/imports/:id/undo', label: '撤销整批导入', access: 'import.run', pace: 'long',
  input: z.strictObject({ id, reason: z.string().trim().min(2, '请写明撤销原因').max(500) }), output: importBatch,
})
export const cancelImport = operation({ id: 'import.cancel', method: 'POST', path: '/imports/:id/cancel', label: '放弃', access: 'import.run', input: z.strictObject({ id }), output: importBatch })
export const importErrors = operation({ id: 'import.errors', method: 'GET', path: '/imports/:id/errors', label: '下载错误文件', access: 'import.run', binary: true, input: z.strictObject({ id }), output: z.any() })
export const importTemplate = operation({ id: 'import.template', method: 'GET', path: '/import-templates/:target', label: '下载模板', access: 'import.run', binary: true, input: z.strictObject({ target, form: z.string().max(40).optional() }), output: z.any() })
export const saveMapping = operation({
  id: 'import.save-mapping', method: 'POST', path: '/import-mappings', label: '保存导入对照', access: 'import.run',
  input: z.strictObject({ target, name: z.string().trim().min(1, '请给对照起个名字').max(60), mapping: mappingSchema, /** A mapping of this name is known to be there and may go. */ replace: z.boolean().default(false) }), output: z.object({ id: z.int() }),
})
export const removeMapping = operation({ id: 'import.remove-mapping', method: 'POST', path: '/import-mappings/:id/remove', label: '删除导入对照', access: 'import.run', input: z.strictObject({ id }), output: z.object({ name: z.string() }) })
export const listMappings = operation({
  id: 'import.mappings', method: 'GET', path: '/import-mappings', label: '已存的导入对照', access: 'import.run', whole: { mappings: 'at most 200, and 100 of one place' }, input: z.strictObject({ target }),
  output: z.object({ mappings: z.array(z.object({ id: z.int(), name: z.string(), mapping: mappingSchema, byName: z.string(), at: z.string(), /** Of the reader's own place: theirs to replace and to remove. */ own: z.boolean() })) }),
})
