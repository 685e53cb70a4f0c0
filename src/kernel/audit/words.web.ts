/** Instants of the trail in the office's time, to the second in lists and to the microsecond where one line is looked at. */
const SHANGHAI = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' })

export const secondText = (at: string): string => SHANGHAI.format(new Date(at))
export const clockText = (at: string): string => secondText(at).slice(11)
/** The fraction is the database's own text: a Date would lose the last three digits. */
export const exactText = (at: string): string => `${secondText(at)}${/\.\d+/.exec(at)?.[0] ?? ''}`
/** Midnight of that day here. */
export const startOf = (day: string): string => `${day}T00:00:00+08:00`
export const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
export const dayBefore = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10)
