/** The list's question as it stands in the page's address, so that it can be sent to a colleague. */
import { useMemo } from 'react'
import { useAsked } from '../ui/address.web.ts'
import type { Filter, Filters } from './list.rules.ts'
import type { Register } from './register.web.ts'

export const PAGE_SIZES = [20, 50, 100]
const NAMES = ['q', 'filter', 'sort', 'columns'] as const

export interface Asked {
  q: string
  /** JSON as the server takes it; undefined where there is no filter. */
  filter: string | undefined
  filters: Filters
  sort: string | undefined
  limit: number
  cursor: string | undefined
  columns: string[]
  /** As the address names it, for saving as a view. */
  query: Record<string, string>
  /** A change of the question begins at its first page. */
  ask: (change: Record<string, string | undefined>) => void
  setFilter: (field: string, filter: Filter | undefined) => void
  goTo: (cursor: string | undefined) => void
}

function parse(text: string | undefined): Filters {
  try {
    return text ? (JSON.parse(text) as Filters) : {}
  } catch {
    return {}
  }
}

const isVoid = (f: Filter | undefined): boolean => !f || (Array.isArray(f) ? f.length === 0 : !f.min && !f.max)

export function useListAsked(register: Register): Asked {
  const [search, set] = useAsked()
  return useMemo(() => {
    // An address without a word means the first preset; one that says `filter={}` means everything.
    const first = NAMES.every((n) => search[n] === undefined) ? register.presets[0]?.query : undefined
    const now = { ...search, ...first } as Record<string, string | undefined>
    const filters = parse(now.filter)
    const { fields } = register.entity
    const columns = (now.columns?.split(',') ?? []).filter((n) => n in fields)
    const ask = (change: Record<string, string | undefined>) => set({ ...first, cursor: undefined, ...change })
    return {
      q: now.q ?? '', filters, filter: Object.keys(filters).length ? JSON.stringify(filters) : undefined, sort: now.sort,
      limit: PAGE_SIZES.includes(Number(now.limit)) ? Number(now.limit) : 20, cursor: now.cursor,
      columns: columns.length ? columns : Object.keys(fields).filter((n) => fields[n]!.list),
      query: Object.fromEntries(NAMES.flatMap((n) => (now[n] ? [[n, now[n]]] : []))),
      ask,
      setFilter: (field, filter) => {
        const next = { ...filters }
        if (isVoid(filter)) delete next[field]
        else next[field] = filter!
        ask({ filter: JSON.stringify(next) })
      },
      goTo: (cursor) => set({ cursor }),
    }
  }, [register, search, set])
}

/** Cursors of the pages seen on the way here, per question; a reload forgets them and offers the first page. */
const seen = new Map<string, string[]>()

export function usePages(asked: Asked, path: string, next: string | null | undefined) {
  const key = JSON.stringify([path, asked.q, asked.filter, asked.sort, asked.limit])
  const stack = seen.get(key) ?? ['']
  seen.set(key, stack)
  const at = stack.indexOf(asked.cursor ?? '')
  return {
    /** 1-based; undefined where the way here is not known. */
    page: at >= 0 ? at + 1 : undefined,
    previous: asked.cursor ? () => asked.goTo(at > 0 ? stack[at - 1] || undefined : undefined) : undefined,
    next: next ? () => {
      if (at >= 0) stack.splice(at + 1, Infinity, next)
      asked.goTo(next)
    } : undefined,
  }
}
