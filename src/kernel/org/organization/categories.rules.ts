/** Kinds of institution as the statistical system nests them: 02 事业单位 is 021 to 026 together, and nobody's own kind. */
import { CATEGORIES } from './organization.entity.ts'

export const CATEGORY_PARENTS: Readonly<Record<string, string>> = { '02': '事业单位' }

/** The kinds in a kind: itself, or the parts of a parent. */
export const partsOf = (code: string): string[] => (Object.hasOwn(CATEGORY_PARENTS, code) ? Object.keys(CATEGORIES).filter((c) => c !== code && c.startsWith(code)) : [code])
export const partsOfAll = (codes: readonly string[]): string[] => [...new Set(codes.flatMap(partsOf))]

export const categoryName = (code: string): string | undefined => CATEGORY_PARENTS[code] ?? CATEGORIES[code as keyof typeof CATEGORIES]

export interface CategoryParent {
  code: string
  label: string
  parts: string[]
}
/** Parents of which there are rows. `asked`: kinds that the rows were narrowed to; of a part of its parts a parent would say too little. */
export const parentsAmong = (keys: readonly string[], asked?: readonly string[]): CategoryParent[] =>
  Object.entries(CATEGORY_PARENTS)
    .map(([code, label]) => ({ code, label: `${label}小计`, parts: partsOf(code) }))
    .filter(({ parts }) => parts.some((p) => keys.includes(p)) && (!asked?.length || parts.every((p) => asked.includes(p))))

/** Rows of kinds and of parents in one order: a parent stands before its parts. Codes sort as they nest. */
export const nested = <T>(rows: readonly T[], code: (row: T) => string): T[] => rows.toSorted((a, b) => (code(a) < code(b) ? -1 : 1))
export const isPart = (code: string): boolean => Object.keys(CATEGORY_PARENTS).some((p) => code !== p && code.startsWith(p))

/** For filters: a parent asks for all of its parts. */
export const CATEGORY_CHOICES: readonly { value: string; label: string }[] = nested(
  [...Object.entries(CATEGORIES), ...Object.entries(CATEGORY_PARENTS).map(([code, label]) => [code, `${label}（全部）`] as const)].map(([value, label]) => ({ value, label })),
  (c) => c.value,
)
