/** How a batch stands, in words. */
import type { ImportBatch } from './import.contract.ts'

export const STATES: Record<ImportBatch['state'], string> = {
  checking: '正在检查', checked: '等待确认', applying: '正在写入', applied: '已写入', undone: '已撤销', failed: '没有读成', cancelled: '已放弃',
}
export const STATE_COLOURS: Record<ImportBatch['state'], string> = { checking: 'processing', checked: 'warning', applying: 'processing', applied: 'success', undone: 'default', failed: 'error', cancelled: 'default' }

/** `新增 12，更新 3，有错误 2` */
export const countsText = (counts: Record<string, number>, outcomes: Record<string, string>): string =>
  Object.entries(outcomes).filter(([k]) => counts[k]).map(([k, label]) => `${label} ${counts[k]}`).join('，') || '—'
