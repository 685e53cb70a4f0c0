/**
 * Answers are cut to their schema: what is not declared never leaves. Tests parse every answer in full; in operation the
 * values come from our own tables, whose types and constraints already hold, and only the shape is applied.
 */
import type { z } from 'zod'
import type { Operation } from '../contract/contract.rules.ts'

type Cut = (value: any) => unknown
/** undefined: nothing to cut, the value is taken as it is. */
type Maybe = Cut | undefined

const LEAVES = new Set(['string', 'number', 'int', 'boolean', 'bigint', 'null', 'enum', 'literal', 'any', 'unknown', 'date', 'custom'])

function objectCut(fields: Record<string, z.ZodType>): Cut {
  // A default fills in what is absent: there the schema itself is asked.
  const known = Object.entries(fields).map(([name, type]) => ({ name, cut: cutOf(type), asks: derive(type) === null }))
  return (value) => {
    const out: Record<string, unknown> = {}
    for (const { name, cut, asks } of known) {
      const field = value[name]
      if (asks) out[name] = cut!(field)
      else if (field !== undefined) out[name] = cut && field !== null ? cut(field) : field
    }
    return out
  }
}

/** `null` for a shape that only the schema itself can apply: transformations, defaults, choices between objects. */
function derive(type: z.ZodType): Maybe | null {
  const def = (type as any)._zod.def as Record<string, any> & { type: string }
  if (def.coerce) return null
  if (LEAVES.has(def.type)) return undefined
  switch (def.type) {
    case 'object':
      return def.catchall && def.catchall._zod.def.type !== 'never' ? null : objectCut(def.shape as Record<string, z.ZodType>)
    case 'array': {
      const cut = cutOf(def.element as z.ZodType)
      return cut && ((list: unknown[]) => list.map((one) => (one === null ? null : cut(one))))
    }
    case 'nullable':
    case 'optional':
    case 'readonly':
      return cutOf(def.innerType as z.ZodType)
    case 'record': {
      const cut = cutOf(def.valueType as z.ZodType)
      return cut && ((record: Record<string, unknown>) => Object.fromEntries(Object.entries(record).map(([k, v]) => [k, v === null ? null : cut(v)])))
    }
    case 'intersection': {
      const [left, right] = [def.left as z.ZodType, def.right as z.ZodType].map((side) => (side as any)._zod.def)
      return left.type === 'object' && right.type === 'object' ? objectCut({ ...left.shape, ...right.shape }) : null
    }
    case 'union':
      return (def.options as z.ZodType[]).every((o) => derive(o) === undefined) ? undefined : null
    default:
      return null
  }
}
function cutOf(type: z.ZodType): Maybe {
  const derived = derive(type)
  return derived === null ? (value) => type.parse(value) : derived
}

const cuts = new WeakMap<Operation, Cut>()
function verified(operation: Operation, value: unknown): unknown {
  const checked = operation.output.safeParse(value)
  if (!checked.success) throw new Error(`${operation.id} answers against its contract: ${checked.error.message}`)
  return checked.data
}

/** The body of an answer. */
export function bodyOf(operation: Operation, value: unknown, verify: boolean): string {
  if (verify || value === null || value === undefined) return JSON.stringify(verified(operation, value))
  let cut = cuts.get(operation)
  if (!cut) cuts.set(operation, (cut = cutOf(operation.output) ?? ((v) => v)))
  return JSON.stringify(cut(value))
}
