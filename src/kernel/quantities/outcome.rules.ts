/** What reading a text yields: a value, or the reason why not as a code and a sentence that says what to do. */
export interface Trouble {
  code: string
  message: string
}
export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Trouble }

export const fine = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const trouble = (code: string, message: string): { ok: false; problem: Trouble } => ({
  ok: false,
  problem: { code, message },
})

/** Texts by which people and programs say "there is no value". Never to be read as zero. */
const MISSING = new Set([
  '',
  '-',
  '--',
  '---',
  '—',
  '——',
  '–',
  '－',
  '/',
  '／',
  '无',
  '没有',
  '暂无',
  '空',
  '缺',
  '不适用',
  '未提供',
  '未填',
  'n/a',
  'na',
  'n.a.',
  'nil',
  'none',
  'null',
  '#n/a',
  'not available',
  'not applicable',
  'unavailable',
  'missing',
])
export const isMissing = (text: string): boolean =>
  MISSING.has(text.replace(/\s+/g, ' ').trim().toLowerCase())

/** Quote a foreign text in a sentence; long texts are cut so that the sentence stays readable. */
export const quoted = (text: string): string => {
  const shown = [...text.slice(0, 200).replace(/\s+/g, ' ').trim()]
  return `“${shown.length > 30 ? `${shown.slice(0, 30).join('')}…` : shown.join('')}”`
}
