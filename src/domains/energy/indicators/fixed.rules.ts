/**
 * Exact sums and ratios of decimal strings by integers. A page shows hundreds of ratios; Decimal takes ten times as long
 * for each, and a test holds the two together.
 */
const PLACES = 12
const ONE = 10n ** BigInt(PLACES)

/** The number times 10¹². Twelve decimals at most: sums of the cube have six. */
export function fixed(text: string): bigint {
  const point = text.indexOf('.')
  if (point < 0) return BigInt(text) * ONE
  const decimals = text.length - point - 1
  if (decimals > PLACES) throw new RangeError(`more than ${PLACES} decimals: ${text}`)
  return BigInt(text.slice(0, point) + text.slice(point + 1)) * 10n ** BigInt(PLACES - decimals)
}

/** Plain decimal notation without trailing zeros. `scale`: digits after the point that `value` carries. */
export function plain(value: bigint, scale = PLACES): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  const text = digits.slice(0, digits.length - scale) + (fraction && `.${fraction}`)
  return value < 0n && text !== '0' ? `-${text}` : text
}

/** top ÷ bottom with six decimals, rounded half away from zero. `bottom` must be above zero. */
export function quotient(top: bigint, bottom: bigint): string {
  const doubled = ((top < 0n ? -top : top) * 2_000_000n) / bottom
  const rounded = (doubled + 1n) / 2n
  return plain(top < 0n ? -rounded : rounded, 6)
}
