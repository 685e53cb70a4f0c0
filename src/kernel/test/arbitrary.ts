/**
 * From a JSON Schema as our contracts make them to what a client could send: right inputs, and right ones that were
 * spoilt in one place in one of twelve ways (security.md F15). Shrinking is fast-check's.
 */
import fc from 'fast-check'

export type Schema = Record<string, any>

const followed = (schema: Schema, root: Schema): Schema =>
  schema.$ref ? followed((schema.$ref as string).split('/').slice(1).reduce((at: any, step) => at[step], root) as Schema, root) : schema

/** Words that mean something somewhere: without them hardly any input would come past the first question. */
export type Hints = Readonly<Record<string, fc.Arbitrary<unknown>>>
const TEXTS = ['2026-01', '2025', '2026-01-01', '1', '1.50', '改正', '渝中', '/organizations']
const FORMATS: Record<string, fc.Arbitrary<string>> = {
  date: fc.constantFrom('2026-01-01', '2024-02-29', '1999-12-31'),
  'date-time': fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T08:00:00+08:00'),
  email: fc.constant('a@example.org'), uuid: fc.uuid(), uri: fc.constant('https://example.org/a'),
}
const LONGEST = 24

/** What the schema accepts. */
export function valid(given: Schema, root: Schema = given, hints: Hints = {}, name = '', depth = 0): fc.Arbitrary<unknown> {
  const schema = followed(given, root)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]))
  if (hints[name]) return hints[name]
  const either = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (either) return fc.oneof(...either.map((s) => valid(s, root, hints, name, depth)))
  if (schema.allOf) return fc.tuple(...(schema.allOf as Schema[]).map((s) => valid(s, root, hints, name, depth))).map((parts) => Object.assign({}, ...parts) as unknown)
  const types = [schema.type].flat() as (string | undefined)[]
  if (types.length > 1) return fc.oneof(...types.map((type) => valid({ ...schema, type }, root, hints, name, depth)))
  switch (types[0]) {
    case 'object': {
      const known = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
      const required = (schema.required ?? []) as string[]
      const of = (list: typeof known) => fc.record(Object.fromEntries(list.map(([k, s]) => [k, valid(s, root, hints, k, depth + 1)])), { requiredKeys: required })
      // Lean ones as well: with twenty fields at once one of them is always against some rule.
      const lean = known.filter(([k], i) => required.includes(k) || i % 7 === 0)
      const fixed = lean.length < known.length ? fc.oneof(of(lean), of(known.filter(([k]) => required.includes(k))), of(known)) : of(known)
      const open = schema.additionalProperties
      if (!open || typeof open !== 'object' || depth > 4) return fixed
      const keys = schema.propertyNames ? (valid(schema.propertyNames, root, {}, '', depth + 1) as fc.Arbitrary<string>) : fc.constantFrom('electricity', 'water', 'name')
      return fc.tuple(fixed, fc.dictionary(keys.filter((k) => typeof k === 'string'), valid(open, root, hints, '', depth + 1), { maxKeys: 3 })).map(([a, b]) => ({ ...b, ...a }))
    }
    case 'array': {
      const min = (schema.minItems as number | undefined) ?? 0
      const items = Array.isArray(schema.prefixItems) ? fc.tuple(...(schema.prefixItems as Schema[]).map((s) => valid(s, root, hints, name, depth + 1))) : null
      return items ?? fc.array(valid((schema.items as Schema | undefined) ?? {}, root, hints, name, depth + 1), { minLength: min, maxLength: Math.min((schema.maxItems as number | undefined) ?? min + 3, min + 3) })
    }
    case 'integer': {
      const min = Math.max((schema.minimum as number | undefined) ?? ((schema.exclusiveMinimum as number | undefined) ?? -1) + 1, -100)
      return fc.integer({ min, max: Math.max(min, Math.min((schema.maximum as number | undefined) ?? 1000, min + 1000)) })
    }
    case 'number': return fc.integer({ min: (schema.minimum as number | undefined) ?? 0, max: 1000 })
    case 'boolean': return fc.boolean()
    case 'null': return fc.constant(null)
    case 'string': {
      if (FORMATS[schema.format as string]) return FORMATS[schema.format as string]!
      if (schema.pattern) return fc.oneof(fc.constantFrom(...TEXTS), fc.stringMatching(new RegExp(schema.pattern as string)).map((s) => s.slice(0, LONGEST)))
      const minLength = (schema.minLength as number | undefined) ?? 0
      const maxLength = Math.min((schema.maxLength as number | undefined) ?? LONGEST, Math.max(LONGEST, minLength))
      return fc.oneof(fc.constantFrom(...TEXTS.filter((t) => t.length >= minLength && t.length <= maxLength), '改'.repeat(Math.max(1, minLength))), fc.string({ minLength, maxLength }))
    }
    default: return fc.oneof(fc.constantFrom(...TEXTS), fc.integer(), fc.constant(null))
  }
}

/** One way of spoiling: from the text of a right input to the text that is sent, or null where there is nothing to spoil. */
export interface Mutator {
  name: string
  spoil(input: Record<string, unknown>, schema: Schema, pick: number): { text: string; type?: string } | null
  /** What is spoilt so may still be right where the schema is lenient; otherwise it must be refused. */
  mayPass?: boolean
}
const keysOf = (input: object) => Object.keys(input)
const at = <T>(list: readonly T[], pick: number): T | undefined => (list.length ? list[pick % list.length] : undefined)
/** The n-th place of a value anywhere inside, replaced. */
function replaced(value: unknown, pick: number, by: (old: unknown) => unknown): { out: unknown; places: number } {
  let places = 0
  const walk = (v: unknown): unknown => {
    const here = places++
    if (v && typeof v === 'object') {
      const inner = Array.isArray(v) ? v.map(walk) : Object.fromEntries(Object.entries(v).map(([k, x]) => [k, walk(x)]))
      return here === pick && here > 0 ? by(v) : inner
    }
    return here === pick && here > 0 ? by(v) : v
  }
  return { out: walk(value), places }
}
const inside = (input: Record<string, unknown>, pick: number, by: (old: unknown) => unknown) => {
  const { places } = replaced(input, -1, by)
  return places < 2 ? null : { text: JSON.stringify(replaced(input, 1 + (pick % (places - 1)), by).out) }
}

export const MUTATORS: readonly Mutator[] = [
  {
    name: 'a required field left out',
    spoil: (input, schema, pick) => {
      const key = at((schema.required ?? []) as string[], pick)
      return key === undefined || !(key in input) ? null : { text: JSON.stringify({ ...input, [key]: undefined }) }
    },
    // A default stands in for what is missing.
    mayPass: true,
  },
  { name: 'another type', spoil: (input, _s, pick) => inside(input, pick, (old) => (typeof old === 'string' ? { a: old } : typeof old === 'object' ? 7 : [old])), mayPass: true },
  { name: 'null', spoil: (input, _s, pick) => inside(input, pick, () => null), mayPass: true },
  { name: 'NUL', spoil: (input, _s, pick) => inside(input, pick, () => 'a\u0000b') },
  { name: 'half a surrogate pair', spoil: (input, _s, pick) => { const s = inside(input, pick, () => '@half@'); return s && { text: s.text.replace('@half@', '\\ud800') } } },
  { name: 'something huge', spoil: (input, _s, pick) => inside(input, pick, (old) => (typeof old === 'number' ? 1e300 : '长'.repeat(60_000))), mayPass: true },
  { name: 'something deep', spoil: (input, _s, pick) => { const s = inside(input, pick, () => '@deep@'); return s && { text: s.text.replace('"@deep@"', `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`) } } },
  {
    name: 'a key twice',
    spoil: (input, _s, pick) => {
      const key = at(keysOf(input), pick)
      return key === undefined ? null : { text: `{${JSON.stringify(key)}:"zwei",${JSON.stringify(input).slice(1)}` }
    },
    // JSON's last word counts, as everywhere.
    mayPass: true,
  },
  { name: '__proto__', spoil: (input) => ({ text: `{"__proto__":{"admin":true}${keysOf(input).length ? ',' : ''}${JSON.stringify(input).slice(1)}` }) },
  { name: 'a field that nobody knows', spoil: (input) => ({ text: JSON.stringify({ ...input, isAdmin: true }) }) },
  {
    name: 'a choice that there is not',
    spoil: (input, schema, pick) => {
      const key = at(Object.entries((schema.properties ?? {}) as Record<string, Schema>).filter(([k, s]) => s.enum && k in input).map(([k]) => k), pick)
      return key === undefined ? null : { text: JSON.stringify({ ...input, [key]: 'nonesuch' }) }
    },
  },
  { name: 'another content type', spoil: (input) => ({ text: JSON.stringify(input), type: 'text/plain' }) },
]
