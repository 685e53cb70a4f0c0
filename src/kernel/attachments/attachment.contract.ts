import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { KIND_NAMES } from './kinds.rules.ts'

const id = z.coerce.number().int().positive()
const record = { entity: z.string().max(60), recordId: id }
const reason = z.string().trim().min(2, '请写明原因').max(500)
/** What the server takes at most, whatever is set: the form of a request has a bound too. */
export const MOST_BYTES = 60 * 1024 * 1024

export const attachmentRow = z.object({
  id: z.int(), version: z.int(), entity: z.string(), recordId: z.int(), item: z.string(), documentId: z.int(), edition: z.int(),
  name: z.string(), kind: z.enum(KIND_NAMES), size: z.int(), sm3: z.string(), note: z.string().nullable(),
  byName: z.string(), at: z.string(),
  /** `gone`: removed, and its time of keeping is over. */
  scan: z.enum(['unscanned', 'pending', 'clean', 'infected', 'gone']), damaged: z.boolean(),
  removedAt: z.string().nullable(), removedByName: z.string().nullable(), removedReason: z.string().nullable(), keepUntil: z.string().nullable(),
  can: z.array(z.enum(['download', 'remove', 'replace', 'restore'])),
})
export type AttachmentRow = z.output<typeof attachmentRow>

export const listAttachments = operation({
  id: 'attachment.list', method: 'GET', path: '/attachments', label: '查看附件', access: 'attachment.read', whole: { attachments: 'a record takes at most 500' },
  input: z.strictObject(record),
  output: z.object({ attachments: z.array(attachmentRow), mayAdd: z.boolean(), whyNot: z.string().nullable(), maxBytes: z.int(), antivirus: z.boolean() }),
})
export const addAttachment = operation({
  id: 'attachment.add', method: 'POST', path: '/attachments', label: '上传附件', access: 'attachment.write', upload: true, maxBytes: MOST_BYTES,
  input: z.strictObject({ ...record, item: z.string().max(80).default(''), note: z.string().trim().max(200).nullish(), /** The document that this is the next edition of. */ replaces: id.optional() }),
  output: attachmentRow,
})
export const downloadAttachment = operation({
  id: 'attachment.download', method: 'GET', path: '/attachments/:id/content', label: '下载附件', access: 'attachment.read', binary: true, rate: 'read',
  input: z.strictObject({ id }), output: z.any(),
})
export const removeAttachment = operation({
  id: 'attachment.remove', method: 'POST', path: '/attachments/:id/remove', label: '移除附件', access: 'attachment.write',
  input: z.strictObject({ id, version: z.int(), reason }), output: attachmentRow,
})
export const restoreAttachment = operation({
  id: 'attachment.restore', method: 'POST', path: '/attachments/:id/restore', label: '恢复附件', access: 'attachment.write',
  input: z.strictObject({ id, version: z.int(), reason }), output: attachmentRow,
})

const scans = z.object({ unscanned: z.int(), pending: z.int(), clean: z.int(), infected: z.int() })
export const INCIDENTS = { damaged: '内容损坏', missing: '文件丢失', infected: '发现病毒' } as const
export const fileStoreState = operation({
  id: 'file.store', method: 'GET', path: '/file-store', label: '查看附件存储', access: 'system.operate', whole: { limits: 'declared in the reference data', incidents: 'the last 100' }, input: z.strictObject({}),
  output: z.object({
    place: z.string(), attachments: z.int(), removed: z.int(), contents: z.int(), bytes: z.int(), elsewhere: z.int(), scans,
    antivirus: z.object({ address: z.string().nullable(), version: z.string().nullable(), problem: z.string().nullable() }),
    limits: z.array(z.object({ id: z.int(), version: z.int(), key: z.string(), label: z.string(), value: z.string(), unit: z.string().nullable(), source: z.string(), unsure: z.boolean() })),
    incidents: z.array(z.object({
      id: z.int(), version: z.int(), kind: z.enum(Object.keys(INCIDENTS) as [keyof typeof INCIDENTS, ...(keyof typeof INCIDENTS)[]]), storedName: z.string(), detail: z.string(), at: z.string(),
      settledAt: z.string().nullable(), settledByName: z.string().nullable(), settledNote: z.string().nullable(),
    })),
    round: z.object({ at: z.string(), tookMs: z.int(), result: z.record(z.string(), z.int()) }).nullable(),
  }),
})
export const keepFiles = operation({
  id: 'file.keep', method: 'POST', path: '/file-store/keep', label: '检查附件存储', access: 'system.operate', input: z.strictObject({}), output: z.object({ queued: z.boolean() }),
})
export const settleIncident = operation({
  id: 'file.settle', method: 'POST', path: '/file-incidents/:id/settle', label: '处理附件事件', access: 'system.operate',
  input: z.strictObject({ id, version: z.int(), note: z.string().trim().min(2, '请写明怎样处理的').max(500) }), output: z.object({ ok: z.boolean() }),
})
export const setFileLimit = operation({
  id: 'file.limit', method: 'POST', path: '/file-store/limits/:id', label: '修改附件限额', access: 'system.operate',
  input: z.strictObject({ id, version: z.int(), value: z.string().regex(/^[1-9]\d{0,6}$/, '请填正整数'), reason }), output: z.object({ ok: z.boolean() }),
})
