/** Saved views: a person's own names for a page's filters, order and columns. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'

/** Address of the list, e.g. `/organizations`. */
const page = z.string().regex(/^\/[\w/-]{1,80}$/, '页面地址不正确')
/** What stands behind `?` in the page's address. */
const query = z.record(z.string().max(40), z.string().max(4000)).refine((q) => Object.keys(q).length <= 40, '筛选条件太多，不能存成视图。')
export const savedView = z.object({ id: z.int(), name: z.string(), query })
export type SavedView = z.output<typeof savedView>

export const listViews = operation({
  id: 'view.list', method: 'GET', path: '/views', label: '我的视图', access: 'signed-in', whole: { views: 'at most 50 of one page' },
  input: z.strictObject({ page }), output: z.object({ views: z.array(savedView) }),
})
/** The same name on the same page replaces the view. */
export const saveView = operation({
  id: 'view.save', method: 'POST', path: '/views', label: '保存视图', access: 'signed-in',
  input: z.strictObject({ page, name: z.string().trim().min(1, '请填写视图名称').max(40, '最多 40 个字'), query }), output: savedView,
})
export const deleteView = operation({
  id: 'view.delete', method: 'POST', path: '/views/:id/delete', label: '删除视图', access: 'signed-in',
  input: z.strictObject({ id: z.coerce.number().int().positive() }), output: z.object({ ok: z.literal(true) }),
})
