/** Months as numbers: 0 is January of year 0, so that they can be counted and subtracted. */
export const monthOf = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1
export const monthStart = (n: number): string => `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}-01`
export const yearOf = (n: number): number => Math.floor(n / 12)
/** Day `days` after a day, at an hour of Chongqing's clock. */
export function later(day: string, days: number, hour = 10): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return `${at.toISOString().slice(0, 10)}T${String(hour).padStart(2, '0')}:30:00+08:00`
}
