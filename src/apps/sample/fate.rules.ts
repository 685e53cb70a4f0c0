/** What became of a form: when it was handed in, how far it was accepted, whether it came back or never came. */
import type { Form } from '../../kernel/reports/report.rules.ts'
import { later } from './months.rules.ts'
import { stream } from './random.rules.ts'
import { personName } from './words.rules.ts'
import type { Slip } from './slips.rules.ts'

export type Standing = 'missing' | 'draft' | 'submitted' | 'returned' | 'accepted1' | 'accepted2'
export interface Fate {
  standing: Standing
  filledAt: string | null
  /** Kept through a return. */
  firstSubmittedAt: string | null
  submittedAt: string | null
  acceptedAt: [string | null, string | null]
  returnedAt: string | null
  remarks: string | null
  reviewer: string
}

const NOTHING: Fate = { standing: 'missing', filledAt: null, firstSubmittedAt: null, submittedAt: null, acceptedAt: [null, null], returnedAt: null, remarks: null, reviewer: '' }
const RETURNS: Partial<Record<Slip, string>> = {
  'ten-thousands': '用电量疑似按“万千瓦时”填报，请核对单位后重报。', 'charge-without-quantity': '有费用没有消费量，请按账单补填。', area: '建筑面积与名录库相差过大，请核对单位。',
  'tenfold-water': '用水量是上期的十倍左右，请核对抄表数。', 'same-as-last-year': '各项数据与上年完全相同，请据实填报。', 'quantity-without-charge': '有用水量没有水费，请补填或说明。', 'no-water': '用水量没有填。',
}

/** A district's way of working: how much of what is due it has done, from three quarters to nearly all. */
export const diligenceOf = (regionId: number): number => stream('diligence', regionId).between(0.74, 0.99)

/** `freshness`: 0 for periods long closed, 1 for the one that just ended. */
export function fateOf(id: number, regionId: number, form: Form, start: string, end: string, deadline: string, freshness: number, slip: Slip | null): Fate {
  const draw = stream('fate', id, form, start)
  const reviewer = personName(stream('reviewer', regionId))
  const diligence = diligenceOf(regionId)
  // Most hand in within the days given, a few when reminded.
  const days = Math.round((Date.parse(deadline) - Date.parse(end)) / 86_400_000)
  const late = draw.chance(0.02 + (1 - diligence) * 0.08)
  const at = later(end, late ? days + draw.int(1, 9) : draw.int(0, Math.max(0, days - 1)), draw.int(9, 17))
  const day = at.slice(0, 10)
  const first = later(day, draw.int(1, 4), draw.int(9, 17))
  const second = later(first.slice(0, 10), draw.int(1, 6), draw.int(9, 17))
  const handed = { ...NOTHING, filledAt: at, firstSubmittedAt: at, submittedAt: at, reviewer }
  const sent = (): Fate => ({ ...handed, standing: 'returned', submittedAt: null, returnedAt: first, remarks: (slip && RETURNS[slip]) ?? '部分数据与台账不符，请核对后重报。' })
  if (!freshness) {
    // A year's form is asked for until it comes.
    if (draw.chance((1 - diligence) * (form === 'annual' ? 0.01 : 0.06))) return NOTHING
    if (draw.chance(0.002)) return sent()
    if (draw.chance((1 - diligence) * 0.05)) return { ...handed, standing: 'accepted1', acceptedAt: [first, null] }
    return { ...handed, standing: 'accepted2', acceptedAt: [first, second] }
  }
  const stage = (draw.next() * freshness) / diligence
  if (slip === 'charge-without-quantity' || slip === 'no-water') return draw.chance(0.4) ? sent() : { ...NOTHING, standing: 'draft', filledAt: at, reviewer }
  if (slip && draw.chance(0.4)) return sent()
  if (stage > 1.0) return NOTHING
  if (stage > 0.93) return { ...NOTHING, standing: 'draft', filledAt: at, reviewer }
  if (stage > 0.6) return { ...handed, standing: 'submitted' }
  if (stage > 0.57) return sent()
  if (stage > 0.3) return { ...handed, standing: 'accepted1', acceptedAt: [first, null] }
  return { ...handed, standing: 'accepted2', acceptedAt: [first, second] }
}
