/**
 * Does a heading or a unit speak of foreign money? Accounts of public institutions are kept in 人民币元, and no rate of
 * exchange is assumed: a column of dollars that nobody declared must not be read as 元.
 */
const SIGNS: Readonly<Record<string, string>> = { $: '美元', '€': '欧元', '£': '英镑', '₩': '韩元', '₹': '印度卢比', '₽': '卢布', '฿': '泰铢', '₫': '越南盾', '₺': '里拉', 円: '日元' }
/** Signs of dollars that are not American stand before those that are. */
const WORDS: readonly [RegExp, string][] = [
  [/hk\$|hong kong dollars?|港元|港币|港幣/i, '港元'], [/mop\$|patacas?|澳门元|澳门币/i, '澳门元'], [/nt\$|新台币|新臺幣|台币/i, '新台币'], [/(?<![a-z])s\$|singapore dollars?|新加坡元|新币/i, '新加坡元'],
  [/(?<![a-z])ca?\$|canadian dollars?|加元/i, '加元'], [/(?<![a-z])au?\$|australian dollars?|澳元|澳币/i, '澳元'],
  [/dollars?|美元|美金|美刀/i, '美元'], [/\beuros?\b|欧元/i, '欧元'], [/sterling|英镑/i, '英镑'], [/\byen\b|日元|日圆|日币/i, '日元'], [/\bwon\b|韩元|韩币/i, '韩元'],
  [/rupees?|卢比/i, '卢比'], [/rou?bles?|卢布/i, '卢布'], [/\bbaht\b|泰铢/i, '泰铢'], [/法郎|swiss francs?/i, '法郎'], [/外币|外汇|foreign currency/i, '外币'],
]
const CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))
const names = new Intl.DisplayNames('zh-CN', { type: 'currency' })
/** Codes that stand in headings in any case; of the other hundred and fifty many are words when written small. */
const USUAL = /(?:^|[^a-z])(usd|eur|gbp|jpy|hkd|twd|sgd|aud|cad|chf|krw|inr|rub|thb)(?:[^a-z]|$)/i
const OURS = new Set(['CNY', 'RMB', 'CNH'])

/** Its Chinese name, or null where the text speaks of 人民币 or of no money at all. */
export function foreignCurrency(text: string): string | null {
  const plain = text.normalize('NFKC')
  for (const [word, name] of WORDS) if (word.test(plain)) return name
  const usual = USUAL.exec(plain)?.[1]
  if (usual) return names.of(usual.toUpperCase()) ?? '外币'
  // Any other code of ISO 4217: in brackets, or as the last word where not everything is written in capitals.
  const code = /(?:[([【]\s*([A-Z]{3})\s*[)\]】]|(?:[\s_/,，-])([A-Z]{3}))\s*$/.exec(plain)
  const found = code?.[1] ?? (/[a-z\u4e00-\u9fff]/.test(plain) ? code?.[2] : undefined)
  if (found && CODES.has(found) && !OURS.has(found)) return names.of(found) ?? '外币'
  const sign = /[\p{Sc}円]/u.exec(plain.replace(/[¥￥]/g, ''))?.[0]
  return sign ? (SIGNS[sign] ?? '外币') : null
}

/** What to do about it; said at the column, and at every line that has an amount there. */
export const foreignWords = (heading: string, currency: string): string =>
  `“${heading}”看来是${currency}，平台只收人民币，不代为折算。请先按入账汇率折成人民币，再把这一列的单位写明为元、万元等。`
