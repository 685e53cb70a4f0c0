/** Which number formats show a number as a day or a time: the file only has the number and its format. */
export type TimeFormat = 'date' | 'time' | undefined

/** Formats without a code in the file (ECMA-376 part 1, 18.8.30); 27–36 and 50–58 are the Chinese and Japanese ones. */
function builtIn(id: number): TimeFormat {
  if (id >= 18 && id <= 21) return 'time'
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 58))
    return 'date'
  if (id >= 32 && id <= 35) return 'time'
  return undefined
}

export function timeFormat(id: number, code: string | undefined): TimeFormat {
  if (code === undefined) return builtIn(id)
  const bare = code
    .split(';')[0]!
    .replace(/"[^"]*"/g, '')
    .replace(/\\.|[_*]./g, '')
  // Hours that run beyond 24 are a quantity, not a time of day.
  if (/\[(h+|m+|s+)\]/i.test(bare)) return undefined
  const tokens = bare
    .replace(/\[[^\]]*\]/g, '')
    .toLowerCase()
    .replace(/general/g, '')
    .replace(/e[+-]/g, '')
  if (/[yd]/.test(tokens)) return 'date'
  if (/[hs]/.test(tokens)) return 'time'
  return /m/.test(tokens) ? 'date' : undefined
}
