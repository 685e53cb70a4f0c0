import { sql, type RawBuilder } from 'kysely'
import type { Transaction } from '../../db/database.ts'
import { handle } from '../../domain.ts'
import { invalid, notFound, refused, versionConflict } from '../../contract/problem.rules.ts'
import { DESCRIBED, findDuplicates, keepDistinct, listDistinct, undoDistinct } from './duplicates.contract.ts'

const face = (a: string): RawBuilder<unknown> => sql.raw(`jsonb_build_object('id', ${a}.id, 'name', ${a}.name, 'uscc', ${a}.uscc, 'address', ${a}.address, 'regionName', r${a}.name)`)
const described = (a: string): RawBuilder<unknown> => sql.raw(`jsonb_build_object('name', ${a}.name, 'address', ${a}.address, 'uscc', ${a}.uscc)`)
const places = sql`JOIN org.region ra ON ra.id = a.region_id JOIN org.region rb ON rb.id = b.region_id`
/** Both are as they were when somebody found them to be two. */
const holds = sql`d.undone_at IS NULL AND d.described = jsonb_build_object('a', ${described('a')}, 'b', ${described('b')})`

type Described = Record<'a' | 'b', Record<keyof typeof DESCRIBED, string | null>>
interface Pair {
  why: 'code' | 'name' | 'address'
  similarity: number
  a: any
  b: any
  earlier: { reason: string; byName: string; at: string; described: Described } | null
}

const changedIn = (p: Pair): string[] => (['a', 'b'] as const).flatMap((side) =>
  (Object.keys(DESCRIBED) as (keyof typeof DESCRIBED)[]).filter((f) => p.earlier!.described[side][f] !== p[side][f]).map((f) => `“${p[side].name}”的${DESCRIBED[f]}`))

/** What two paths have in common: `1.5.12.` and `1.5.13.` share `1.5.`. */
function commonPath(a: string, b: string): string {
  const [one, two] = [a.split('.'), b.split('.')]
  const at = one.findIndex((step, i) => step !== two[i])
  return `${(at < 0 ? one.slice(0, -1) : one.slice(0, at)).join('.')}.`
}

async function isOpen(trx: Transaction, aId: number, bId: number): Promise<void> {
  const rows = await trx.rows<{ kind: string; ended: boolean }>(sql`SELECT kind, valid_to IS NOT NULL AS ended FROM org.organization WHERE id = ANY (${[aId, bId]}::integer[])`)
  if (rows.length < 2) throw notFound('机构')
  if (rows.some((r) => r.kind !== 'institution' || r.ended)) throw refused('只有现存的公共机构才需要认定。')
}

export const duplicateHandlers = [
  handle(findDuplicates, async (trx, { limit }) => {
    // Same code; or in one region the pieces of two names (or of two addresses) mostly agree.
    const pairs = await trx.rows<Pair>(sql`
      WITH live AS (
        SELECT t.id, t.name, t.uscc, t.address, t.region_id, t.name_grams,
               regexp_replace(t.name, '(重庆市|有限公司|[（(].*?[)）]|\\s)', '', 'g') AS core
        FROM org.organization t WHERE t.kind = 'institution' AND t.valid_to IS NULL),
      found AS (
        SELECT a.id AS a, b.id AS b, 'code' AS why, 1.0 AS similarity FROM live a JOIN live b ON a.uscc = b.uscc AND a.id < b.id
        UNION ALL
        SELECT a.id, b.id, 'name', 1.0 FROM live a JOIN live b ON a.region_id = b.region_id AND a.core = b.core AND a.id < b.id
        UNION ALL
        SELECT a.id, b.id, 'address', 0.9 FROM live a JOIN live b ON a.region_id = b.region_id AND a.address = b.address AND a.id < b.id
          AND (SELECT count(*) FROM unnest(a.name_grams) g WHERE g = ANY (b.name_grams)) * 10 >= 7 * greatest(cardinality(a.name_grams), cardinality(b.name_grams)))
      SELECT why, similarity::float8 AS similarity, ${face('a')} AS a, ${face('b')} AS b,
        (SELECT jsonb_build_object('reason', d.reason, 'byName', d.by_name, 'at', d.at, 'described', d.described) FROM org.distinct_pair d WHERE d.a_id = a.id AND d.b_id = b.id AND d.undone_at IS NULL) AS earlier
      FROM (SELECT DISTINCT ON (a, b) * FROM found ORDER BY a, b, similarity DESC) f
      JOIN live a ON a.id = f.a JOIN live b ON b.id = f.b ${places}
      WHERE NOT EXISTS (SELECT FROM org.distinct_pair d WHERE d.a_id = a.id AND d.b_id = b.id AND ${holds})
      ORDER BY similarity DESC, a.id LIMIT ${limit}`)
    const distinct = (await trx.one<{ n: number }>(sql`
      SELECT count(*)::int AS n FROM org.distinct_pair d JOIN org.organization a ON a.id = d.a_id JOIN org.organization b ON b.id = d.b_id WHERE ${holds}`))!.n
    return {
      pairs: pairs.map((p) => ({ ...p, earlier: p.earlier && { reason: p.earlier.reason, byName: p.earlier.byName, at: new Date(p.earlier.at).toISOString(), changed: changedIn(p) } })),
      distinct,
    }
  }),
  handle(listDistinct, async (trx, { before, limit }) => {
    const rows = await trx.rows<any>(sql`
      SELECT d.id, d.version, ${face('a')} AS a, ${face('b')} AS b, d.reason, d.by_name AS "byName", d.at, d.undone_at AS "undoneAt", d.undone_by_name AS "undoneBy", d.undone_reason AS "undoneReason"
      FROM org.distinct_pair d JOIN org.organization a ON a.id = d.a_id JOIN org.organization b ON b.id = d.b_id ${places}
      WHERE ${before ? sql`d.id < ${before}` : sql`true`} ORDER BY d.id DESC LIMIT ${limit + 1}`)
    const more = rows.length > limit
    if (more) rows.pop()
    return {
      pairs: rows.map(({ undoneAt, undoneBy, undoneReason, ...r }) => ({ ...r, undone: undoneAt ? { at: undoneAt, byName: undoneBy, reason: undoneReason } : null })),
      next: more ? (rows.at(-1).id as number) : null,
    }
  }),
  handle(keepDistinct, async (trx, { aId, bId, reason }) => {
    if (aId === bId) throw invalid('请选择两个不同的机构。', [{ path: 'bId', message: '请选择另一个机构' }])
    const [first, second] = aId < bId ? [aId, bId] : [bId, aId]
    await isOpen(trx, first, second)
    const known = await trx.one<{ id: number; holds: boolean }>(sql`
      SELECT d.id, ${holds} AS holds FROM org.distinct_pair d JOIN org.organization a ON a.id = d.a_id JOIN org.organization b ON b.id = d.b_id
      WHERE d.a_id = ${first} AND d.b_id = ${second} AND d.undone_at IS NULL`)
    if (known?.holds) throw refused('这一对已经认定不是重复。')
    // A decision on what they were called before makes room for the one on what they are called now.
    if (known) await trx.run(sql`UPDATE org.distinct_pair SET undone_at = now(), undone_by_name = ${trx.actor!.name}, undone_reason = '名称、地址或代码改动后重新认定' WHERE id = ${known.id}`)
    const paths = await trx.rows<{ path: string }>(sql`SELECT org_path AS path FROM org.organization WHERE id = ANY (${[first, second]}::integer[])`)
    return (await trx.one<{ id: number }>(sql`
      INSERT INTO org.distinct_pair (a_id, b_id, described, reason, by_id, by_name, org_path)
      SELECT a.id, b.id, jsonb_build_object('a', ${described('a')}, 'b', ${described('b')}), ${reason}, ${trx.actor!.personId}, ${trx.actor!.name}, ${commonPath(paths[0]!.path, paths[1]!.path)}
      FROM org.organization a, org.organization b WHERE a.id = ${first} AND b.id = ${second} RETURNING id`))!
  }),
  handle(undoDistinct, async (trx, { id, version, reason }) => {
    const row = await trx.one<{ version: number; undone: boolean }>(sql`SELECT version, undone_at IS NOT NULL AS undone FROM org.distinct_pair WHERE id = ${id}`)
    if (!row) throw notFound('认定')
    if (row.undone) throw refused('这个认定已经撤销。')
    if (row.version !== version) throw versionConflict()
    await trx.run(sql`UPDATE org.distinct_pair SET undone_at = now(), undone_by_name = ${trx.actor!.name}, undone_reason = ${reason} WHERE id = ${id}`)
    return { id }
  }),
]
