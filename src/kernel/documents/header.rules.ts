/** Finds the row of headings under titles and notes, and says which heading is which field. */
import { findUnit } from '../quantities/units.rules.ts'
import type { SheetRow } from './intake/sheet.rules.ts'

export interface KnownHeading {
  key: string
  /** Label first, then the names that foreign files use. */
  names: readonly string[]
  required?: boolean
  /** A quantity: recognised also when its heading names a unit that nobody knows, so that this is said and not passed over. */
  measured?: boolean
}

export interface Heading {
  /** Column from 0. */
  index: number
  /** As it stands in the file. */
  raw: string
  /** Without unit, marks and line breaks. */
  name: string
  unit?: string
  /** What else stood in parentheses and is no part of the name: Required, 必填… */
  note?: string
  /** Distinct within the row: a repeated heading gets its number, `费用#2`. */
  label: string
  /** What stands in brackets at its end and is no unit that we know: `用水量（桶）`. */
  odd?: string
  /** Field that it was recognised as. */
  key?: string
}

export interface DetectedHeader {
  /** 1-based row in the file; the data begins behind it. */
  line: number
  /** Position among the rows given. */
  index: number
  headings: Heading[]
  /** Field → column. */
  columns: Record<string, number>
  /** Headings that occur more than once, with all their columns. */
  duplicates: { raw: string; indexes: number[] }[]
  /** Fields without a column; the required ones are those that stop an import. */
  missing: { key: string; name: string; required: boolean }[]
}

const SEARCHED_ROWS = 30
/** Longer texts are explanations that somebody put into the row. */
const LONGEST_HEADING = 300
/** Says something about the column, and neither a unit nor a part of the quantity. */
const NOTE = /^(required|optional|pre-?filled|必填|选填|可选|非必填|预填)|^(含税|价税合计|全年|本年|当年|年度|本季|本月|当月|本期|合计|总计)$/i
const LAST_BRACKETS = /[(（[【][^()（）[\]【】]*[)）\]】]$/
/** Units of a heading that are counted, not converted. */
const COUNTED = new Set([
  '%',
  '％',
  '‰',
  '人',
  '辆',
  '个',
  '台',
  '套',
  '间',
  '栋',
  '件',
  '次',
  '户',
  '张',
  '天',
  '小时',
  '人次',
  '℃',
  '°',
  '年',
  '月',
])

const clean = (raw: string): string =>
  raw
    .replace(/[\u200b\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
/** For comparison: width, case, blanks, quotes and marks do not distinguish headings. */
export const headingKey = (raw: string): string =>
  clean(raw)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s*_:：、·"'“”‘’]+/g, '')

/** Latin letters and signs only: ㎡ and the like stay as they are. */
const halfWidth = (text: string): string =>
  text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))

const isUnit = (text: string): boolean => COUNTED.has(text) || findUnit(text).ok

/** `用电量（kWh）` → name and unit; `Usage (Required)` → name and note; `Building(s)` stays as it is, and what is in its brackets is odd. */
export function splitHeading(raw: string): { name: string; unit?: string; note?: string; odd?: string } {
  let name = clean(raw)
    .replace(/^[*＊]+|[*＊:：]+$/g, '')
    .trim()
  const found: { unit?: string; note?: string; odd?: string } = {}
  if (name.length > LONGEST_HEADING) return { name }
  for (;;) {
    const m = /^(.*\S)\s*[(（[【]([^()（）[\]【】]+(?:\([^()]*\))?)[)）\]】]$/.exec(name)
    const inside = m?.[2]?.replace(/^单位\s*[:：]\s*/, '').trim()
    if (!m || !inside) break
    if (NOTE.test(inside)) found.note ??= inside
    else if (found.unit === undefined && isUnit(inside)) found.unit = halfWidth(inside)
    else {
      if (found.unit === undefined) found.odd = inside
      break
    }
    name = m[1]!.replace(/[*＊]+$/, '').trim()
  }
  return { name, ...found }
}

export function readHeadings(row: SheetRow, known: readonly KnownHeading[] = []): Heading[] {
  const exact = new Map<string, string>()
  const bare = new Map<string, string>()
  const measured = new Set(known.filter((k) => k.measured).map((k) => k.key))
  for (const k of known) {
    for (const name of k.names) {
      if (!exact.has(headingKey(name))) exact.set(headingKey(name), k.key)
      const short = headingKey(splitHeading(name).name)
      if (!bare.has(short)) bare.set(short, k.key)
    }
  }
  const seen = new Map<string, number>()
  const taken = new Set<string>()
  const headings: Heading[] = []
  row.cells.forEach((cell, index) => {
    const raw = cell && !cell.merged ? clean(cell.text) : ''
    if (raw === '') return
    const split = splitHeading(raw)
    const times = (seen.get(headingKey(raw)) ?? 0) + 1
    seen.set(headingKey(raw), times)
    headings.push({ index, raw, ...split, label: times > 1 ? `${raw}#${times}` : raw })
  })
  const measuredIn = (h: Heading): string | undefined => {
    const key = h.odd === undefined ? undefined : bare.get(headingKey(h.name.replace(LAST_BRACKETS, '')))
    return key !== undefined && measured.has(key) ? key : undefined
  }
  // Whole headings first: 电(kWh) and 电(元) share their bare name and may both be known.
  for (const lookUp of [
    (h: Heading) => exact.get(headingKey(h.raw)),
    (h: Heading) => bare.get(headingKey(h.name)),
    measuredIn,
  ]) {
    for (const h of headings) {
      const key = h.key ?? lookUp(h)
      if (h.key || !key || taken.has(key)) continue
      h.key = key
      taken.add(key)
    }
  }
  return headings
}

/** The best matching of the first 30 rows; without known headings, the first row that looks like headings. */
export function detectHeader(
  rows: readonly SheetRow[],
  known: readonly KnownHeading[] = [],
): DetectedHeader | undefined {
  const searched = rows.slice(0, SEARCHED_ROWS)
  let best: { index: number; headings: Heading[]; score: number } | undefined
  const widest = Math.max(0, ...searched.map((r) => r.cells.filter((c) => c && c.text !== '').length))
  searched.forEach((row, index) => {
    const headings = readHeadings(row, known)
    const texts = row.cells.filter((c) => c && c.kind === 'text' && c.text !== '' && !c.merged).length
    const score = known.length
      ? headings.filter((h) => h.key).length
      : texts >= Math.max(2, widest / 2) && texts === headings.length && !best
        ? 1
        : 0
    if (score > (best?.score ?? 0)) best = { index, headings, score }
  })
  if (!best) return undefined
  return {
    line: searched[best.index]!.line,
    index: best.index,
    headings: best.headings,
    ...judge(best.headings, known),
  }
}

function judge(
  headings: readonly Heading[],
  known: readonly KnownHeading[],
): Pick<DetectedHeader, 'columns' | 'duplicates' | 'missing'> {
  const columns: Record<string, number> = {}
  const places = new Map<string, { raw: string; indexes: number[] }>()
  for (const h of headings) {
    if (h.key) columns[h.key] = h.index
    const k = headingKey(h.raw)
    places.set(k, { raw: places.get(k)?.raw ?? h.raw, indexes: [...(places.get(k)?.indexes ?? []), h.index] })
  }
  return {
    columns,
    duplicates: [...places.values()].filter((p) => p.indexes.length > 1),
    missing: known
      .filter((k) => !(k.key in columns))
      .map((k) => ({ key: k.key, name: k.names[0] ?? k.key, required: k.required ?? false })),
  }
}
