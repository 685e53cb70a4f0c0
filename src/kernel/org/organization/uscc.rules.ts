/** 统一社会信用代码，GB 32100-2015：18 characters, two check characters (the organisation code's and its own). */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const ORGANIZATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

/** Check character of the first 17. */
export function usccCheck(first17: string): string {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += ALPHABET.indexOf(first17[i]!) * WEIGHTS[i]!
  return ALPHABET[(31 - (sum % 31)) % 31]!
}

/** Check character of an organisation code's first eight, GB 11714-1997. */
export function organizationCodeCheck(first8: string): string {
  let sum = 0
  for (let i = 0; i < 8; i++) sum += parseInt(first8[i]!, 36) * ORGANIZATION_WEIGHTS[i]!
  const c = 11 - (sum % 11)
  return c === 10 ? 'X' : c === 11 ? '0' : String(c)
}

/** null when the code is right, otherwise what is wrong and what to do. */
export function usccProblem(code: string): string | null {
  if (code.length !== 18) return `统一社会信用代码应为 18 位，现在是 ${code.length} 位，请核对证书。`
  const odd = [...code].find((c) => !ALPHABET.includes(c))
  if (odd) return /[a-z]/.test(odd) ? '统一社会信用代码的字母须大写。' : `统一社会信用代码中不会出现“${odd}”（不用 I、O、S、V、Z），请核对。`
  if (usccCheck(code.slice(0, 17)) !== code[17]) return `统一社会信用代码的校验位不对（应为 ${usccCheck(code.slice(0, 17))}），可能有一位抄错，请核对证书。`
  return null
}
/** Full-width and lower-case spellings are people's, not errors. */
export const normalizeUscc = (text: string): string => text.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
