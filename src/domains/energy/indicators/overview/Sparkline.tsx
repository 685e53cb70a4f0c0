/** The last periods in one stroke; a gap stays a gap. The figures stand in the trend picture. */
import { forPicture } from '../figures.web.ts'

const W = 120
const H = 28
export function Sparkline({ values, label }: { values: readonly (string | null)[]; label: string }) {
  const numbers = values.map(forPicture)
  const known = numbers.filter((n) => n !== null)
  if (known.length < 2) return null
  const low = Math.min(...known)
  const range = Math.max(...known) - low || 1
  const at = (i: number, n: number) => `${(2 + (i * (W - 4)) / (numbers.length - 1)).toFixed(1)} ${(H - 3 - ((n - low) / range) * (H - 6)).toFixed(1)}`
  const path = numbers.map((n, i) => (n === null ? '' : `${i === 0 || numbers[i - 1] === null ? 'M' : 'L'}${at(i, n)}`)).join('')
  const last = numbers.findLastIndex((n) => n !== null)
  const [x, y] = at(last, numbers[last]!).split(' ')
  return (
    <svg className="sparkline" viewBox={`0 0 ${W} ${H}`} width={W} height={H} role="img" aria-label={label}>
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      <circle cx={x} cy={y} r="2.5" fill="currentColor" />
    </svg>
  )
}
