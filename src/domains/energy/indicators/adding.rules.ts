/** Sums of exact decimal texts, as PostgreSQL adds numerics: null is nothing, the places are those of the longest. */
export function addUp(texts: Iterable<string | null | undefined>): string | null {
  const parts: { digits: string; places: number }[] = []
  let most = 0
  for (const text of texts) {
    if (text === null || text === undefined) continue
    const point = text.indexOf('.')
    const places = point < 0 ? 0 : text.length - point - 1
    if (places > most) most = places
    parts.push({ digits: point < 0 ? text : text.slice(0, point) + text.slice(point + 1), places })
  }
  if (!parts.length) return null
  let total = 0n
  for (const { digits, places } of parts) total += BigInt(places < most ? digits + '0'.repeat(most - places) : digits)
  const sign = total < 0n ? '-' : ''
  const digits = (total < 0n ? -total : total).toString().padStart(most + 1, '0')
  return most ? `${sign}${digits.slice(0, -most)}.${digits.slice(-most)}` : sign + digits
}
