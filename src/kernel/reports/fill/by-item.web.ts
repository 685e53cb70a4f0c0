/** Findings and remarks by their cell. (Map.groupBy is younger than the browsers that must be served.) */
export function byItem<T extends { item: string }>(list: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of list) {
    const known = groups.get(one.item)
    if (known) known.push(one)
    else groups.set(one.item, [one])
  }
  return groups
}
