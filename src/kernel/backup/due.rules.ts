/** The day's hour of backup, Asia/Shanghai (UTC+8 all year). */
const DAY = 86_400_000
const ZONE = 8 * 3_600_000

/** The last time it was the hour, at `now`. */
export function lastDue(now: Date, dailyAt: string): Date {
  const [h, m] = dailyAt.split(':').map(Number)
  const midnight = Math.floor((now.getTime() + ZONE) / DAY) * DAY - ZONE
  const today = midnight + (h! * 60 + m!) * 60_000
  return new Date(today <= now.getTime() ? today : today - DAY)
}
export const nextDue = (now: Date, dailyAt: string): Date => new Date(lastDue(now, dailyAt).getTime() + DAY)
/** A day and two hours: later than that something is wrong. */
export const LATE_HOURS = 26
