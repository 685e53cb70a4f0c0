/** Figures inside sentences: grouped by thousands, short, exact enough to find the slip. */
import type { Decimal } from 'decimal.js'

/** `12,345.68`; small figures keep their leading digits. */
export function thousands(n: Decimal, places?: number): string {
  const shown = n.toDecimalPlaces(places ?? (n.abs().lt(1) ? 6 : n.abs().lt(100) ? 4 : 2))
  const [whole, fraction] = shown.toFixed().split('.') as [string, string?]
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction ? `.${fraction}` : ''}`
}

/** `{left}` and its like in a sentence. `{change}` is 多 56% or 少 30%, `{times}` how many times the right side. */
export function sayFigures(template: string, figures: Readonly<Record<string, Decimal | null>>, unit: string): string {
  const { left, right } = figures
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (name === 'unit') return unit
    if (name === 'change') {
      if (!left || !right) return '不同'
      if (right.isZero()) return '从无到有'
      const share = left.minus(right).div(right.abs()).times(100)
      return `${share.isNegative() ? '少' : '多'} ${thousands(share.abs(), 1)}%`
    }
    if (name === 'times') return !left || !right || right.isZero() ? '许多' : thousands(left.div(right), left.div(right).lt(1) ? 6 : 1)
    if (!(name in figures)) return whole
    const value = figures[name]
    // A range computed from medians is as good as its first digits.
    if (value && (name === 'low' || name === 'high')) return thousands(value.toSignificantDigits(4))
    return value ? thousands(value) : '空白'
  })
}
