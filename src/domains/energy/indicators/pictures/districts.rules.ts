/** Which outline of the map of 38 stands for which reporting region. The outlines are those from before November 2025. */
interface Place {
  id: number
  name: string
  kind: string
  code: string
}
/** Regions without an outline of their own, and where they lie. */
export const POINTS: Readonly<Record<string, readonly [number, number]>> = {
  'CQ-LJ': [106.56, 29.72], 'CQ-GX': [106.37, 29.59], 'CQ-WS': [106.92, 28.97],
}
/** 两江新区 of November 2025 is drawn where 江北区 and 渝北区 were; five towns of 渝北 went to 北碚, which the outlines do not show. */
export const DRAWN_AS: Readonly<Record<string, readonly string[]>> = { 'CQ-LJXQ': ['江北区', '渝北区'] }

export const outlinesOf = (place: Place): readonly string[] => DRAWN_AS[place.code] ?? (POINTS[place.code] || place.kind === 'municipality' ? [] : [place.name])

/** 石柱土家族自治县 → 石柱: what fits on a map. */
export const shortName = (name: string): string => name.replace(/(土家族|苗族)+自治县$|[区县]$/u, (tail) => (name.length - tail.length < 2 ? tail : ''))
/** Too small on the map for their names; pointing at them says it. */
export const SMALL = ['渝中区', '大渡口区', '江北区', '沙坪坝区', '九龙坡区', '南岸区', '璧山区'] as const

/** Five bounds that put about as many values into each of six steps, rounded to three digits. */
export function stepsOf(values: readonly number[], count = 6): number[] {
  if (!values.length) return []
  const sorted = values.toSorted((a, b) => a - b)
  const bounds = Array.from({ length: count - 1 }, (_, i) => sorted[Math.min(sorted.length - 1, Math.floor(((i + 1) * sorted.length) / count))]!)
  return [...new Set(bounds.map((b) => Number(b.toPrecision(3))))]
}
