/**
 * Read a number as people type it and as spreadsheets store it, into an exact decimal string.
 * A text that leaves doubt about the value (`1,23`, `12%`, `120度`) is refused: guessing here turns into a
 * wrong statutory figure that nobody sees.
 */
import { fine, isMissing, quoted, trouble, type Outcome } from './outcome.rules.ts'

/** Longer numbers do not occur in statistics; the bound keeps `1E+999999` from becoming a megabyte of zeros. */
const MOST_DIGITS = 60
const LONGEST_TEXT = 200

const halfWidth = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[−﹣–—]/g, '-')
    .replace(/[，﹐]/g, ',')
    .replace(/[。．](?=\d)/g, '.')
    .replace(/[’‘`´]/g, "'")
    .trim()

/** Exact value of a number text, `null` when the text says that there is none, or the reason for refusal. */
export function parseNumber(text: string | null | undefined): Outcome<string | null> {
  if (text == null || isMissing(text)) return fine(null)
  const asked = quoted(text)
  if (text.length > LONGEST_TEXT) return trouble('not_a_number', `${asked}不是数字，请只填阿拉伯数字。`)
  let rest = halfWidth(text)
  if (isMissing(rest)) return fine(null)
  if (/[%‰]/.test(rest)) return trouble('percent', `${asked}带有百分号，请填不带 % 的数字。`)
  if (/\p{Sc}|元|RMB|CNY|USD/iu.test(rest))
    return trouble('currency', `${asked}带有货币符号，请只填数字，单位写在表头。`)

  let negative = false
  const accounting = /^\((.*)\)$/.exec(rest)
  if (accounting) {
    negative = true
    rest = accounting[1]!.trim()
    if (/^[+-]/.test(rest)) return trouble('not_a_number', `${asked}既有括号又有正负号，请只用一种写法。`)
  }
  // A leading apostrophe is how spreadsheets keep a number as text.
  rest = rest.replace(/^'(?=[\d+-.])/, '')
  const signed = /^([+-])\s*(.*)$/.exec(rest)
  if (signed) {
    negative = signed[1] === '-'
    rest = signed[2]!
  }
  const parts = /^([\d,' ]*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(rest)
  if (!parts || !/\d/.test(`${parts[1]}${parts[2] ?? ''}`)) {
    return trouble('not_a_number', `${asked}不是数字，请只填阿拉伯数字，不要写单位或文字。`)
  }
  const whole = ungroup(parts[1]!)
  if (whole === undefined) {
    return trouble('ambiguous_separator', `${asked}的分隔符位置不对：千分位每三位一个，小数点用“.”，请改写。`)
  }
  return assemble(negative, whole, parts[2] ?? '', Number(parts[3] ?? '0'), asked)
}

/** Take thousands separators out, but only where they stand every three digits and are all of one kind. */
function ungroup(text: string): string | undefined {
  if (/^\d*$/.test(text)) return text
  return /^\d{1,3}([,' ])\d{3}(?:\1\d{3})*$/.test(text) ? text.replace(/[,' ]/g, '') : undefined
}

function assemble(
  negative: boolean,
  whole: string,
  fraction: string,
  exponent: number,
  asked: string,
): Outcome<string> {
  const digits = whole + fraction
  const point = whole.length + exponent
  if (digits.length > MOST_DIGITS || Math.abs(point) > MOST_DIGITS) {
    return trouble('number_too_long', `${asked}的位数过多，请核对是否填错了栏。`)
  }
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const split = point <= 0 ? 1 : point
  const integer = padded.slice(0, split).replace(/^0+(?=\d)/, '')
  const decimals = padded.slice(split).replace(/0+$/, '')
  const value = decimals ? `${integer}.${decimals}` : integer
  return fine(negative && value !== '0' ? `-${value}` : value)
}
