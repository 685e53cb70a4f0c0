/** The list's totals as pages show them: asked beside the page, for the columns that add up. */
import { useCall } from '../ui/queries.web.ts'
import { decimalText } from '../ui/text.web.ts'
import type { Asked } from './asked.web.ts'
import type { Totals } from './list.rules.ts'
import type { Register } from './register.web.ts'

export interface ShownTotals {
  /** What the row is called: how many records it adds up, or why it adds up nothing. */
  label: string
  /** By column: the sum and, beside it, how many records had no value. */
  cells: Record<string, { text: string; missing: string | null }>
}

export function useTotals(register: Register, asked: Asked, several: boolean): ShownTotals | null {
  const { totals } = register.operations
  const names = asked.columns.filter((n) => register.entity.fields[n]?.total)
  const query = useCall(totals ?? register.operations.list, { q: asked.q || undefined, filter: asked.filter }, { enabled: Boolean(totals) && several && names.length > 0 })
  if (!totals || !names.length || !several) return null
  if (query.error) return { label: '合计没有算出来，请稍后刷新', cells: {} }
  const answer = query.data as Totals | undefined
  if (!answer) return { label: '合计', cells: Object.fromEntries(names.map((n) => [n, { text: '…', missing: null }])) }
  if (answer.records === null) return { label: `合计：超过 ${decimalText(answer.most)} ${register.counted}不相加，请先筛选`, cells: {} }
  const { records } = answer
  return {
    label: `合计（全部 ${decimalText(records)} ${register.counted}）`,
    cells: Object.fromEntries(names.flatMap((n) => {
      const s = answer.sums[n]
      return s ? [[n, { text: s.sum === null ? '都没有填' : decimalText(s.sum), missing: s.missing && s.missing < records ? `另有 ${decimalText(s.missing)} ${register.counted}没有填` : null }]] : []
    })),
  }
}
