/** How it is said whether a figure counts, and if not, why; and how it stands against its target. */
export const KEPT_OUT: Record<string, string> = { 'not-accepted': '报表还没有审核通过', 'months-missing': '月度台账不齐', 'hard-findings': '有硬性校验问题', missing: '没有报送' }
export const WHY_MISSING: Record<string, string> = { draft: '只有草稿，没有提交', returned: '已退回，没有再报' }
export const COLOURS = { green: '达到目标', amber: '略超目标', red: '超出目标' } as const
export type Colour = keyof typeof COLOURS

/** Of one institution in one period. */
export function stateText({ state, why }: { state: 'counted' | 'kept-out' | 'missing' | 'outside'; why: string | null }): string {
  if (state === 'counted') return '计入'
  if (state === 'kept-out') return `未计入：${KEPT_OUT[why ?? ''] ?? '原因不明'}`
  if (state === 'outside') return `不报：${(why ?? '').replace(/。$/, '')}`
  return `缺报${why ? `：${WHY_MISSING[why] ?? why}` : ''}`
}
