/**
 * Publishing freezes what was computed: rows, totals, factor codes, every form with its version, and who was expected,
 * counted, kept out and missing, under a SHA-256.
 * A correction makes a new edition beside the old one; nothing that was published moves.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { isRoot } from '../../../kernel/authority/root.rules.ts'
import { handle } from '../../../kernel/domain.ts'
import type { Transaction } from '../../../kernel/db/database.ts'
import { notFound, refused } from '../../../kernel/contract/problem.rules.ts'
import { periodAt, periodLabel } from '../../../kernel/reports/period.rules.ts'
import { coverageOf, freezeReporters, frozenReporters, listHash, movedReporters, reportersOf, type FrozenCoverage, type Reporter } from './coverage.ts'
import * as ops from './indicators.contract.ts'
import { totalOf } from './indicators.procedures.ts'
import { INDICATORS } from './indicators.rules.ts'
import { indicatorsBy, type IndicatorRow } from './indicators.ts'

interface Snapshot {
  rows: IndicatorRow[]
  total: IndicatorRow | null
  /** Absent in editions from before it was frozen. */
  coverage?: FrozenCoverage
}
const SUBJECT = 'energy.indicators'

const canonical = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(canonical)
  : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v)]))
  : value

export const snapshotHash = (snapshot: unknown, filings: readonly { id: number; version: number; counted: boolean }[]): string =>
  createHash('sha256').update(JSON.stringify(canonical({ snapshot, filings: filings.map((f) => [f.id, f.version, f.counted]) }))).digest('hex')

const MOVED_SHOWN = 200
const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
const same = (a: unknown, b: unknown): boolean => JSON.stringify(canonical(asStored(a))) === JSON.stringify(canonical(asStored(b)))

async function compute(trx: Transaction, start: string, months: 1 | 3 | 12, division: 'then' | 'now'): Promise<Snapshot> {
  const s = { start, months, division }
  return { rows: await indicatorsBy(trx, 'region', s), total: await totalOf(trx, s) }
}
const filingsOf = (trx: Transaction, publicationId: number) => trx.rows<{ id: number; version: number; counted: boolean }>(sql`
  SELECT filing_id AS id, filing_version AS version, counted FROM reports.publication_filing WHERE publication_id = ${publicationId} ORDER BY filing_id`)

interface Side {
  indicators: Record<string, string | null>
  counted: number
}
/** The row of a place in an edition; of a place where nobody reported there are no figures, of one that it does not list there is nothing. */
function sideOf({ rows, total, coverage }: Snapshot, key: string): Side | null {
  const row = key === 'city' ? total : rows.find((r) => r.key === key)
  if (!row && !coverage?.regions[key]) return null
  return { indicators: Object.fromEntries(INDICATORS.map((i) => [i.code, row?.indicators[i.code] ?? null])), counted: row?.counted ?? 0 }
}

/** Places that stand otherwise, that an edition lists anew or no longer lists, in the order of the register; the total at the end. */
async function movedRows(trx: Transaction, before: Snapshot, after: Snapshot) {
  const listed = ({ rows, coverage }: Snapshot) => [...rows.map((r) => r.key), ...Object.keys(coverage?.regions ?? {})]
  // Which places an old edition expected is not known: one without figures is then neither new nor gone.
  const known = before.coverage && after.coverage ? [...listed(before), ...listed(after)] : [...before.rows, ...after.rows].map((r) => r.key)
  const places = await trx.rows<{ key: string; name: string }>(sql`SELECT id::text AS key, name FROM org.region WHERE id::text = ANY (${[...new Set(known)]}::text[]) ORDER BY sort, id`)
  const frozen = new Map([...before.rows, ...after.rows].map((r) => [r.key, r.label]))
  return [...places.map(({ key, name }) => ({ key, label: frozen.get(key) ?? name })), { key: 'city', label: '合计' }].flatMap((place) => {
    const [a, b] = [sideOf(before, place.key), sideOf(after, place.key)]
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ ...place, before: a, after: b }]
  })
}

const columns = sql`p.id, p.title, p.period_start AS "periodStart", p.months, p.division, p.edition, p.previous_id AS "previousId", p.hash, p.reason, p.by_name AS "byName", p.at`
interface Row {
  id: number
  title: string
  periodStart: string
  months: 1 | 3 | 12
  division: 'then' | 'now'
  edition: number
  previousId: number | null
  hash: string
  reason: string
  byName: string
  at: string
}
const face = ({ periodStart, months, ...rest }: Row) => ({ ...rest, period: periodAt(periodStart, months).key })

export const publicationHandlers = [
  handle(ops.listPublications, async (trx) => ({
    publications: (await trx.rows<Row>(sql`SELECT ${columns} FROM reports.publication p WHERE p.subject = ${SUBJECT} ORDER BY p.period_start DESC, p.edition DESC LIMIT 500`)).map(face),
  })),
  handle(ops.publish, async (trx, { period, division, title, reason }) => {
    await trx.run(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`publish ${SUBJECT} ${period.key} ${division}`}, 0))`)
    const snapshot = await compute(trx, period.start, period.months, division)
    if (!snapshot.total?.counted) throw refused(`${periodLabel(period)}还没有计入的数据，不能发布。`)
    const previous = await trx.one<{ id: number; edition: number; hash: string }>(sql`
      SELECT id, edition, hash FROM reports.publication WHERE subject = ${SUBJECT} AND period_start = ${period.start} AND months = ${period.months} AND division = ${division} ORDER BY edition DESC LIMIT 1`)
    const filings = await trx.rows<{ id: number; version: number; counted: boolean; path: string }>(sql`
      SELECT f.id, f.version, f.counted, f.org_path AS path FROM reports.filing f
      WHERE f.form LIKE 'energy.%' AND f.period_start >= ${period.start}::date AND f.period_start < ${period.end}::date AND f.submitted_at IS NOT NULL ORDER BY f.id`)
    const reporters = await reportersOf(trx, period, division)
    const stored = asStored<Snapshot>({ ...snapshot, coverage: coverageOf(reporters) })
    const hash = snapshotHash(stored, filings)
    if (previous?.hash === hash) throw refused(`与已发布的第 ${previous.edition} 版完全相同，不需要再发布。`)
    const row = (await trx.one<Row>(sql`
      INSERT INTO reports.publication AS p (subject, title, period_start, months, division, edition, previous_id, snapshot, hash, reason, org_path, by_id, by_name)
      VALUES (${SUBJECT}, ${title}, ${period.start}, ${period.months}, ${division}, ${(previous?.edition ?? 0) + 1}, ${previous?.id ?? null}, ${JSON.stringify(stored)}, ${hash}, ${reason}, ${trx.actor?.orgPath ?? '1.'}, ${trx.actor?.personId ?? null}, ${trx.actor?.name ?? '系统'})
      RETURNING ${columns}`))!
    await trx.run(sql`
      INSERT INTO reports.publication_filing (publication_id, filing_id, filing_version, counted, org_path)
      SELECT ${row.id}, id, version, counted, path FROM jsonb_to_recordset(${JSON.stringify(filings)}::jsonb) AS f(id bigint, version int, counted boolean, path text)`)
    await freezeReporters(trx, row.id, reporters)
    return face(row)
  }),
  handle(ops.publicationReporters, async (trx, { id, state, region, offset, limit }) => {
    if (!(await trx.one(sql`SELECT id FROM reports.publication WHERE id = ${id} AND subject = ${SUBJECT}`))) throw notFound('发布')
    const rows = await trx.rows<any>(sql`
      SELECT p.organization_id AS "organizationId", p.name, r.name AS "regionName", p.category, p.expected, p.state, p.why, count(*) OVER ()::int AS total
      FROM reports.publication_reporter p JOIN org.region r ON r.id = p.region_id
      WHERE p.publication_id = ${id} ${state ? sql`AND p.state = ${state}` : sql``} ${region ? sql`AND p.region_id = ${region}` : sql``}
      ORDER BY r.sort, p.name, p.organization_id LIMIT ${limit} OFFSET ${offset}`)
    return { total: rows[0]?.total ?? 0, rows: rows.map(({ total: _total, ...r }) => r) }
  }),
  handle(ops.getPublication, async (trx, { id }) => {
    const row = await trx.one<Row & { snapshot: Snapshot }>(sql`SELECT ${columns}, p.snapshot FROM reports.publication p WHERE p.id = ${id} AND p.subject = ${SUBJECT}`)
    if (!row) throw notFound('发布')
    const { snapshot } = row
    // Only who sees every form of the publication can recompute its hash.
    const filings = await filingsOf(trx, id)
    const wide = !trx.actor || isRoot(trx.actor.orgPath)
    let difference = null
    if (row.previousId) {
      const before = (await trx.one<any>(sql`SELECT snapshot FROM reports.publication WHERE id = ${row.previousId}`))!.snapshot as Snapshot
      const rows = await movedRows(trx, before, snapshot)
      const changed = await trx.one<{ n: number }>(sql`
        SELECT count(*)::int AS n FROM reports.publication_filing a FULL JOIN (SELECT * FROM reports.publication_filing WHERE publication_id = ${row.previousId}) b ON b.filing_id = a.filing_id
        WHERE (a.publication_id = ${id} OR a.publication_id IS NULL) AND (a.filing_version IS DISTINCT FROM b.filing_version OR a.counted IS DISTINCT FROM b.counted)`)
      const moved = before.coverage && snapshot.coverage ? await movedReporters(trx, row.previousId, id, MOVED_SHOWN) : null
      difference = {
        coverage: { before: before.coverage?.total ?? null, after: snapshot.coverage?.total ?? null },
        reporters: moved && { total: moved[0]?.total ?? 0, rows: moved.map(({ total: _total, ...r }) => r) },
        rows, filingsChanged: changed!.n,
      }
    }
    const now = await compute(trx, row.periodStart, row.months, row.division)
    const { coverage } = snapshot
    const listed: Reporter[] = coverage && wide ? await frozenReporters(trx, id) : []
    return {
      ...face(row), rows: snapshot.rows, total: snapshot.total, coverage: coverage ? { total: coverage.total, regions: coverage.regions } : null,
      hashHolds: wide ? snapshotHash(snapshot, filings) === row.hash && (!coverage || listHash(listed) === coverage.list) : null, difference,
      now: { same: same(now, { rows: snapshot.rows, total: snapshot.total }), total: now.total, coverage: coverage && wide ? coverageOf(await reportersOf(trx, periodAt(row.periodStart, row.months), row.division)).total : null },
    }
  }),
]
