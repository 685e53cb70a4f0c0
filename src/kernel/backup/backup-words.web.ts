/** Sizes, lengths and ages as people read them. */
import type { RunRow } from './backup.contract.ts'
import { NONE } from '../ui/text.web.ts'

export const REASONS: Record<string, string> = { scheduled: '自动', asked: '页面', command: '命令' }
export const STATE_COLOURS: Record<RunRow['state'], string> = { asked: 'default', running: 'processing', done: 'success', failed: 'error' }

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']
export function sizeText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return NONE
  let n = bytes
  let unit = 0
  while (n >= 1000 && unit < UNITS.length - 1) {
    n /= 1000
    unit++
  }
  return `${unit && n < 100 ? n.toFixed(1) : Math.round(n)} ${UNITS[unit]}`
}
export function lengthText(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return NONE
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} 秒`
  return seconds < 3600 ? `${Math.floor(seconds / 60)} 分 ${Math.round(seconds % 60)} 秒` : `${Math.floor(seconds / 3600)} 小时 ${Math.round((seconds % 3600) / 60)} 分`
}
export function agoText(at: string): string {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(at)) / 60_000))
  if (minutes < 1) return '刚才'
  if (minutes < 60) return `${minutes} 分钟前`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} 小时前` : `${Math.floor(minutes / 1440)} 天前`
}
