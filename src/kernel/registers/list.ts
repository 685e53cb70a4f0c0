/** The one query behind every register's list: filters, search by pieces of a name, keyset paging, total. */
import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import { isRoot } from '../authority/root.rules.ts'
import type { Entity, FieldKind } from '../entity/entity.rules.ts'
import { compile, type Compiled } from '../db/compile.ts'
import { classified, maskRow } from '../entity/mask.rules.ts'
import { fixed, type Transaction } from '../db/database.ts'
import { invalid } from '../contract/problem.rules.ts'
import { type Filters, type ListInput, parseFilters } from './list.rules.ts'

export interface ListShape {
  /** Columns beside the entity's own, e.g. names of references: `{ regionName: sql`r.name` }`. */
  extra?: Record<string, RawBuilder<unknown>>
  /** JOINs for `extra`; the entity's table is `t`. */
  joins?: RawBuilder<unknown>
  /** Conditions that always hold. */
  where?: RawBuilder<unknown>[]
  /** Column of `text[]` with the pieces of the searched text (see app.grams), and the texts it stands for. */
  search?: {
    grams?: string
    text: string
    exact: string[]
    /** Ids of the rows whose text has this part, found by an index that row security would not let be used. */
    candidates?: (part: string) => RawBuilder<unknown>
  }
  defaultSort: string
  /** Filters for each of which, on one value, there is an index in every order that the list offers. */
  ordered?: readonly string[]
}

type Fragment = RawBuilder<unknown>
const and = (parts: Fragment[]): Fragment => (parts.length ? sql`WHERE ${sql.join(parts, sql` AND `)}` : sql``)
const column = (name: string): Fragment => sql.ref(`t.${name}`)

const ARRAY_OF: Partial<Record<FieldKind, string>> = { integer: 'integer', reference: 'integer', decimal: 'numeric', day: 'date', instant: 'timestamptz', yesNo: 'boolean' }

/** SQL conditions of the filters alone, also used by bulk edit and export. */
export function conditions(e: Entity<any>, filters: Filters): Fragment[] {
  return Object.entries(filters).map(([name, filter]) => {
    const f = e.fields[name]!
    const c = column(e.columns[name]!)
    if (Array.isArray(filter)) {
      const wanted = filter.filter((v) => v !== null)
      const typed = sql.raw(`${ARRAY_OF[f.type.kind as FieldKind] ?? 'text'}[]`)
      const one: Fragment[] = []
      if (wanted.length === 1) one.push(sql`${c} = ${wanted[0]}`)
      else if (wanted.length) one.push(sql`${c} = ANY (${wanted}::${typed})`)
      if (wanted.length < filter.length) one.push(sql`${c} IS NULL`)
      return one.length ? sql`(${sql.join(one, sql` OR `)})` : sql`true`
    }
    const range: Fragment[] = []
    const check = (v: string) => {
      if (!/^-?\d+(\.\d+)?$|^\d{4}-\d\d-\d\d$/.test(v)) throw invalid(`“${f.label}”的筛选范围不是数字或日期。`, [{ path: `filter.${name}`, message: '请填数字或日期' }])
      return v
    }
    if (filter.min) range.push(sql`${c} >= ${check(filter.min)}`)
    if (filter.max) range.push(sql`${c} <= ${check(filter.max)}`)
    return range.length ? sql`(${sql.join(range, sql` AND `)})` : sql`true`
  })
}

const containing = (q: string, search: NonNullable<ListShape['search']>): Fragment =>
  sql`lower(${column(search.text)}) LIKE ${`%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`}`
// A code is asked for whole; it has an index of its own.
const orCode = (byText: Fragment, q: string, search: NonNullable<ListShape['search']>): Fragment =>
  /^[\x21-\x7e]+$/.test(q) && search.exact.length ? sql`(${byText} OR ${sql.join(search.exact.map((c) => sql`${column(c)} = ${q}`), sql` OR `)})` : byText

/** SQL conditions of a search, also used by bulk edit and export. */
export function searchCondition(q: string | undefined, search: ListShape['search']): Fragment[] {
  if (!q || !search) return []
  if (search.candidates && q.length > 1) return [orCode(sql`t.id = ANY (ARRAY(SELECT ${search.candidates(q)}))`, q, search)]
  return [orCode(search.grams ? sql`(${column(search.grams)} @> app.grams(${q}) AND ${containing(q, search)})` : containing(q, search), q, search)]
}

/** Where more rows than these match, a page is found sooner by reading on than by collecting all of them. */
const COLLECTED = 5000

/** The same for one page: few matches by their ids, many by looking at the rows in the order of the page. */
async function searched(trx: Transaction, q: string | undefined, search: ListShape['search']): Promise<{ where: Fragment[]; common: boolean }> {
  if (!q || !search?.candidates) return { where: searchCondition(q, search), common: false }
  const ids = q.length > 1 ? (await trx.rows<{ id: number }>(sql`SELECT ${search.candidates(q)} AS id LIMIT ${COLLECTED + 1}`)).map((r) => r.id) : null
  const few = ids && ids.length <= COLLECTED
  return { where: [orCode(few ? sql`t.id = ANY (${ids}::integer[])` : containing(q, search), q, search)], common: !few }
}

interface Sort {
  name: string
  column: string
  descending: boolean
  nullable: boolean
}

function sortOf(e: Entity<any>, wanted: string): Sort {
  const descending = wanted.startsWith('-')
  const name = descending ? wanted.slice(1) : wanted
  if (name === 'id') return { name, column: 'id', descending, nullable: false }
  const f = Object.hasOwn(e.fields, name) ? e.fields[name] : undefined
  if (!f?.sort) throw invalid(`不能按“${f?.label ?? name}”排序。`, [{ path: 'sort', message: '请选择其他排序' }])
  return { name, column: e.columns[name]!, descending, nullable: f.required !== true }
}

// An index on (column DESC NULLS LAST, id) read forwards serves descending, read backwards ascending:
// ascending therefore puts the empty ones first and runs against the ids.
function orderBy(s: Sort): Fragment {
  if (s.column === 'id') return s.descending ? sql`ORDER BY t.id DESC` : sql`ORDER BY t.id`
  if (!s.nullable) return s.descending ? sql`ORDER BY ${column(s.column)} DESC, t.id DESC` : sql`ORDER BY ${column(s.column)}, t.id`
  return s.descending ? sql`ORDER BY ${column(s.column)} DESC NULLS LAST, t.id` : sql`ORDER BY ${column(s.column)} ASC NULLS FIRST, t.id DESC`
}

const cursorShape = z.tuple([z.union([z.string(), z.number(), z.boolean(), z.null()]), z.int()])

function after(s: Sort, cursor: string): Fragment {
  let decoded: z.output<typeof cursorShape>
  try {
    decoded = cursorShape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw invalid('翻页标记无效，请从第一页重新查看。')
  }
  const [v, id] = decoded
  const c = column(s.column)
  if (s.column === 'id') return s.descending ? sql`t.id < ${id}` : sql`t.id > ${id}`
  if (!s.nullable) return s.descending ? sql`(${c}, t.id) < (${v}, ${id})` : sql`(${c}, t.id) > (${v}, ${id})`
  if (s.descending) return v === null ? sql`(${c} IS NULL AND t.id > ${id})` : sql`(${c} < ${v} OR (${c} = ${v} AND t.id > ${id}) OR ${c} IS NULL)`
  return v === null ? sql`((${c} IS NULL AND t.id < ${id}) OR ${c} IS NOT NULL)` : sql`(${c} > ${v} OR (${c} = ${v} AND t.id < ${id}))`
}

const columns = (e: Entity<any>): Fragment =>
  sql.join([sql`t.id`, sql`t.version`, ...Object.entries(e.columns).map(([n, c]) => sql`${column(c as string)} AS ${sql.id(n)}`)])

const lists = new WeakMap<Entity<any>, WeakMap<object, Fragment>>()
const NOTHING_MORE = {}
export function selectList(e: Entity<any>, shape: Pick<ListShape, 'extra'>): Fragment {
  const extra = shape.extra ?? NOTHING_MORE
  const known = lists.get(e) ?? new WeakMap<object, Fragment>()
  lists.set(e, known)
  let list = known.get(extra)
  if (!list) known.set(extra, (list = fixed(sql.join([columns(e), ...Object.entries(extra).map(([n, x]) => sql`${x} AS ${sql.id(n)}`)]))))
  return list
}

/** The first page of a list, and its count, as text and values. */
interface Composed {
  sort: Sort
  narrow: boolean
  ordered: boolean
  page: Compiled
  count: Compiled
}
const first = new WeakMap<ListShape, Map<string, Composed>>()
const KEPT = 500

function composed(e: Entity<any>, input: ListInput, shape: ListShape, found: Fragment[] = []): Composed {
  const filters = parseFilters(e, input.filter)
  const sort = sortOf(e, input.sort ?? shape.defaultSort)
  const narrow = [...(shape.where ?? []), ...conditions(e, filters)]
  const where = [...narrow, ...found]
  const table = sql.table(e.name)
  const page = [...where, ...(input.cursor ? [after(sort, input.cursor)] : [])]
  return {
    sort, narrow: narrow.length > 0,
    ordered: !!shape.ordered?.every((name) => Array.isArray(filters[name]) && filters[name].length === 1 && filters[name][0] !== null),
    page: compile(sql`SELECT ${selectList(e, shape)} FROM ${table} t ${shape.joins ?? sql``} ${and(page)} ${orderBy(sort)} LIMIT ${sql.raw(String(input.limit + 1))}`),
    count: compile(sql`SELECT count(*) AS n FROM ${table} t ${and(where)}`),
  }
}
/** Everybody opens the same few lists: what is asked for is put into words once. */
function firstPage(e: Entity<any>, input: ListInput, shape: ListShape): Composed {
  let known = first.get(shape)
  if (!known) first.set(shape, (known = new Map()))
  const key = `${input.limit} ${input.sort ?? ''} ${input.filter ?? ''}`
  let made = known.get(key)
  if (!made) {
    if (known.size >= KEPT) known.clear()
    known.set(key, (made = composed(e, input, shape)))
  }
  return made
}

export async function listRows<R extends { id: number }>(
  trx: Transaction, e: Entity<any>, input: ListInput, shape: ListShape,
): Promise<{ rows: R[]; next: string | null; total: number; totalKind: 'exact' | 'estimated' }> {
  const search = await searched(trx, input.q, shape.search)
  const asked = input.q || input.cursor ? composed(e, input, shape, search.where) : firstPage(e, input, shape)
  const { sort: s, narrow } = asked
  // A district and its own region are the same rows twice, which PostgreSQL cannot know: it expects few, collects all of
  // them and sorts, where the first page of an index in the right order would do. A unit's few rows are collected. Which
  // district and which category it is makes no difference to that: one plan serves all.
  const steps = trx.actor?.orgPath.split('.').length ?? 0
  if (asked.ordered && steps >= 3) void trx.client.query(`SET LOCAL enable_bitmapscan = off${steps === 3 ? '; SET LOCAL enable_sort = off; SET LOCAL plan_cache_mode = force_generic_plan' : ''}`).catch(() => {})
  const reading: Promise<R[]> = input.q ? trx.rows<R>(asked.page) : trx.often<R>(asked.page)
  // Sent right behind the page, without waiting for it: the filtered list of a district mostly has more than one.
  const counting = narrow && !input.q && trx.actor && steps <= 3 ? totalOf(trx, e, asked, 0, false, false) : null
  counting?.catch(() => {})
  const rows = await reading
  const more = rows.length > input.limit
  if (more) rows.pop()
  const classes = classified(e).length > 0
  const last = rows.at(-1)
  const next = more && last
    ? Buffer.from(JSON.stringify([s.column === 'id' ? null : (last as Record<string, unknown>)[s.name], last.id])).toString('base64url')
    : null
  const complete = !input.cursor && !more
  const total = counting && !complete ? await counting : await totalOf(trx, e, asked, rows.length, complete, search.common && !narrow, search.where)
  return { rows: classes ? rows.map((r) => maskRow(e, r)) : rows, next, ...total }
}

/** Below this many rows counting is quicker than explaining an estimate. */
const WORTH_ESTIMATING = 50_000

const seesAll = (trx: Transaction): boolean => trx.actor === null || isRoot(trx.actor.orgPath)
/** One page of the table in a hundred, always the same ones. */
const SAMPLED = 100

async function totalOf(trx: Transaction, e: Entity<any>, asked: Composed, seen: number, complete: boolean, common: boolean, where: Fragment[] = []) {
  if (complete) return { total: seen, totalKind: 'exact' as const }
  // Only who sees the whole tree is told the whole table's size.
  if (((!asked.narrow && where.length === 0) || common) && seesAll(trx)) {
    const kept = await trx.one<{ n: number }>(sql`SELECT reltuples::bigint AS n FROM pg_class WHERE oid = ${e.name}::regclass`)
    if ((kept?.n ?? 0) > WORTH_ESTIMATING) {
      if (!common) return { total: kept!.n, totalKind: 'estimated' as const }
      const part = await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.table(e.name)} t TABLESAMPLE SYSTEM (${sql.lit(100 / SAMPLED)}) REPEATABLE (1) ${and(where)}`)
      if (part!.n >= 30) return { total: Number((part!.n * SAMPLED).toPrecision(2)), totalKind: 'estimated' as const }
    }
  }
  const [counted] = await trx.often<{ n: number }>(asked.count)
  return { total: counted?.n ?? 0, totalKind: 'exact' as const }
}
