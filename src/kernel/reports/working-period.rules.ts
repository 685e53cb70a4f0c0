/**
 * 工作期: the period that a person works on, chosen once and taken by every page whose address names none. It is one
 * period, or follows the last that has ended. Pages with periods of another length take the one that belongs to it.
 */
import { lastEnded, parsePeriod, periodAt, shift, type Period } from './period.rules.ts'

export type Months = 1 | 3 | 12
export type Working = { follows: Months } | { fixed: Period }

/** Nobody has chosen: the year that ended last, as the statistical system asks for it. */
export const UNCHOSEN: Working = { follows: 12 }

/** `latest-12`, `latest-3`, `latest-1`, or a period's key; null where the text is neither. */
export function readWorking(text: string | null | undefined): Working | null {
  const follows = /^latest-(1|3|12)$/.exec(text ?? '')?.[1]
  if (follows) return { follows: Number(follows) as Months }
  const fixed = text ? parsePeriod(text) : null
  return fixed && { fixed }
}
export const workingText = (w: Working): string => ('follows' in w ? `latest-${w.follows}` : w.fixed.key)
export const monthsOfWorking = (w: Working): Months => ('follows' in w ? w.follows : w.fixed.months)

/** The period of this length in which work goes on; of another length than the chosen one, it has ended where it can. */
export function workingPeriod(w: Working, months: Months, now?: Date): Period {
  const ended = lastEnded(months, now)
  if ('follows' in w) return ended
  const { fixed } = w
  if (fixed.months === months) return fixed
  if (fixed.months < months) {
    const month = Number(fixed.start.slice(5, 7))
    const first = months === 12 ? 1 : month - ((month - 1) % 3)
    const around = periodAt(`${fixed.start.slice(0, 5)}${String(first).padStart(2, '0')}-01`, months)
    return around.start > ended.start ? ended : around
  }
  const last = shift(periodAt(fixed.end, months), -1)
  return last.start <= ended.start ? last : ended.start >= fixed.start ? ended : periodAt(fixed.start, months)
}
