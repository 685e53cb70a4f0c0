import { sql, type RawBuilder } from 'kysely'
import { handle } from '../domain.ts'
import type { Transaction } from '../db/database.ts'
import { notFound, refused } from '../contract/problem.rules.ts'
import * as ops from './review.contract.ts'
import { expectedReporters } from './expected.ts'
import { factColumns, factJoins, levelOf, mayDo, readFacts, type FactRow } from './facts.ts'
import { logDecision, settle } from './filing.ts'
import { deadlineFor, allReports, inCourseOf, inCourseOfFilings, periodOf, reportFor, reportNamed, settingsAt } from './registry.ts'

interface Chosen { id: number; version: number }
interface Skipped { id: number; organizationName: string; why: string }

/** Splits what was chosen into what may be decided and what not, with the reason. Hidden ones do not exist. */
async function sort(trx: Transaction, given: readonly Chosen[], decision: 'accept' | 'return'): Promise<{ fit: FactRow[]; skipped: Skipped[] }> {
  const chosen = [...new Map(given.map((c) => [c.id, c])).values()]
  const ids = chosen.map((c) => c.id)
  await trx.rows(sql`SELECT id FROM reports.filing WHERE id = ANY (${ids}::bigint[]) ORDER BY id FOR UPDATE`)
  const rows = new Map((await trx.rows<FactRow>(sql`SELECT ${factColumns} FROM reports.filing f ${factJoins} WHERE f.id = ANY (${ids}::bigint[])`)).map((r) => [r.id, r]))
  const fit: FactRow[] = []
  const skipped: Skipped[] = []
  for (const c of chosen) {
    const row = rows.get(c.id)
    if (!row) throw notFound('报表')
    const no = (why: string) => skipped.push({ id: row.id, organizationName: row.organizationName, why })
    if (row.version !== c.version) no('您打开之后有变化，请重新查看')
    else if (mayDo(trx, row).includes(decision)) {
      if (decision === 'accept' && row.hardFindings) no(`有 ${row.hardFindings} 处错误，应退回改正`)
      else fit.push(row)
    } else if (row.orgPath === trx.actor?.orgPath) no('不能审核本单位的报表')
    else if (row.standing === 'missing' || row.standing === 'draft' || row.standing === 'returned') no('还没有提交')
    else if (decision === 'accept' && levelOf(trx) === 2 && row.standing === 'submitted') no('主管单位还没有审核')
    else no(decision === 'accept' ? '已经审核通过' : '已由市级审核通过，须由市级退回')
  }
  return { fit, skipped }
}

async function refuseLockedRegion(trx: Transaction, rows: readonly FactRow[]): Promise<void> {
  for (const row of rows) {
    const locked = await trx.one(sql`
      SELECT 1 FROM reports.lock l WHERE l.form = ${row.form} AND l.period_start = ${row.periodStart} AND (l.region_id IS NULL OR l.region_id = (SELECT region_id FROM reports.filing WHERE id = ${row.id}))
        AND NOT EXISTS (SELECT FROM reports.lock_exception e WHERE e.form = l.form AND e.period_start = l.period_start AND e.organization_id = ${row.organizationId} AND e.until > now())`)
    if (locked) throw refused(`“${row.organizationName}”的这一期已经锁定，退回之后也不能修改。请先给它开锁定例外。`)
  }
}

const groups: Record<'region' | 'superior' | 'category', { id: RawBuilder<unknown>; name: RawBuilder<unknown>; group: RawBuilder<unknown>; sort: RawBuilder<unknown> }> = {
  region: { id: sql`e.region_id`, name: sql`max(r.name)`, group: sql`max(r.group_code)`, sort: sql`max(r.sort)` },
  superior: { id: sql`e.superior_id`, name: sql`max(s.name)`, group: sql`NULL`, sort: sql`max(s.org_path)` },
  category: { id: sql`NULL::int`, name: sql`max(e.category)`, group: sql`NULL`, sort: sql`max(e.category)` },
}

export const reviewHandlers = [
  handle(ops.progress, async (trx, { form, period, by }) => {
    const report = reportFor(form, period)
    await settingsAt(trx, period)
    const deadline = deadlineFor(report, period.start)
    const g = groups[by]
    const key = by === 'category' ? sql`e.category` : g.id
    const rows = await trx.rows<any>(sql`
      SELECT ${by === 'category' ? sql`NULL::int` : g.id} AS id, ${key}::text AS key, ${g.name} AS name, ${g.group} AS "groupCode",
        count(*)::int AS expected, count(f.id)::int AS filled, count(f.submitted_at)::int AS submitted,
        count(*) FILTER (WHERE f.first_submitted_at < (${deadline}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')::int AS "onTime",
        count(*) FILTER (WHERE f.accepted_level >= 1)::int AS accepted1, count(*) FILTER (WHERE f.accepted_level >= 2)::int AS accepted2,
        count(*) FILTER (WHERE f.submitted_at IS NULL AND f.returned_at IS NOT NULL)::int AS returned, count(*) FILTER (WHERE f.submitted_at IS NULL)::int AS missing,
        count(*) FILTER (WHERE f.hard_findings + f.open_findings + f.explained_findings > 0)::int AS doubtful,
        count(*) FILTER (WHERE f.submitted_at IS NOT NULL AND NOT f.counted)::int AS "keptOut"
      FROM (${expectedReporters(period)}) e
      JOIN org.region r ON r.id = e.region_id LEFT JOIN org.organization s ON s.id = e.superior_id
      LEFT JOIN reports.filing f ON f.organization_id = e.id AND f.form = ${form} AND f.period_start = ${period.start}
      GROUP BY ${key} ORDER BY ${g.sort}`)
    return { deadline, rows }
  }),
  handle(ops.acceptFilings, async (trx, { filings, remarks }) => {
    const { fit, skipped } = await sort(trx, filings, 'accept')
    const level = levelOf(trx)
    const ids = fit.map((f) => f.id)
    await inCourseOfFilings(trx, fit)
    if (ids.length) {
      await trx.run(sql`UPDATE reports.filing SET accepted_level = ${level} WHERE id = ANY (${ids}::bigint[])`)
      await logDecision(trx, ids, level, 'accept', remarks || null)
      await settle(trx, ids)
    }
    return { accepted: ids.length, skipped }
  }),
  handle(ops.returnFiling, async (trx, { filings, remarks, cells }) => {
    const { fit, skipped } = await sort(trx, filings, 'return')
    if (cells.length && filings.length > 1) throw refused('指出单元格的意见只能针对一张报表。')
    const ids = fit.map((f) => f.id)
    await inCourseOfFilings(trx, fit)
    if (ids.length) {
      await refuseLockedRegion(trx, fit)
      for (const c of cells) {
        if (!reportNamed(fit[0]!.form, fit[0]!.formVersion).items.some((i) => i.code === c.item)) throw notFound('单元格')
        await trx.run(sql`
          INSERT INTO reports.remark (filing_id, org_path, item, text, by_id, by_name) VALUES (${fit[0]!.id}, ${fit[0]!.orgPath}, ${c.item}, ${c.text}, ${trx.actor!.personId}, ${trx.actor!.name})`)
      }
      await trx.run(sql`
        UPDATE reports.filing SET submitted_at = NULL, submitted_by = NULL, submitted_by_name = NULL, responsible_name = NULL, accepted_level = 0,
          returned_at = now(), returned_by_name = ${trx.actor!.name}, return_remarks = ${remarks} WHERE id = ANY (${ids}::bigint[])`)
      await logDecision(trx, ids, levelOf(trx), 'return', remarks)
      await settle(trx, ids)
    }
    return { returned: ids.length, skipped }
  }),
  handle(ops.remind, async (trx, { form, period, organizationIds, text }) => {
    await inCourseOf(trx, reportFor(form, period), period)
    return { reminded: await trx.run(sql`
      INSERT INTO reports.reminder (organization_id, org_path, form, period_start, text, by_id, by_name)
      SELECT o.id, o.org_path, ${form}, ${period.start}::date, ${text}, ${trx.actor!.personId}, ${trx.actor!.name} FROM org.organization o
      WHERE o.id = ANY (${organizationIds}::integer[]) AND o.kind = 'institution'`) }
  }),
  handle(ops.remarkCell, async (trx, { id, item, text }) => {
    const row = await readFacts(trx, id)
    await inCourseOfFilings(trx, [row])
    if (!reportNamed(row.form, row.formVersion).items.some((i) => i.code === item)) throw notFound('单元格')
    return (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.remark (filing_id, org_path, item, text, by_id, by_name) VALUES (${id}, ${row.orgPath}, ${item}, ${text}, ${trx.actor!.personId}, ${trx.actor!.name}) RETURNING id`))!
  }),
  handle(ops.lockPeriod, async (trx, { form, period, regionId, reason }) => {
    await inCourseOf(trx, reportFor(form, period), period)
    return (await trx.one<{ id: number }>(sql`
      INSERT INTO reports.lock (form, period_start, region_id, reason, by_id, by_name) VALUES (${form}, ${period.start}, ${regionId}, ${reason}, ${trx.actor!.personId}, ${trx.actor!.name}) RETURNING id`))!
  }),
  handle(ops.unlockPeriod, async (trx, { id }) => {
    if (!(await trx.run(sql`DELETE FROM reports.lock WHERE id = ${id}`))) throw notFound('锁定')
    return { ok: true as const }
  }),
  handle(ops.grantException, async (trx, { form, period, organizationId, reason, until }) => {
    await inCourseOf(trx, reportFor(form, period), period)
    if (new Date(until) <= new Date()) throw refused('例外的截止时间要晚于现在。')
    const row = await trx.one<{ id: number }>(sql`
      INSERT INTO reports.lock_exception (form, period_start, organization_id, org_path, reason, until, by_id, by_name)
      SELECT ${form}, ${period.start}::date, o.id, o.org_path, ${reason}, ${until}::timestamptz, ${trx.actor!.personId}, ${trx.actor!.name} FROM org.organization o WHERE o.id = ${organizationId} RETURNING id`)
    if (!row) throw notFound('机构')
    return row
  }),
  handle(ops.listLocks, async (trx, { form }) => {
    const key = (l: any) => ({ ...l, period: periodOf(l.periodStart, allReports().find((r) => r.formName === l.form)?.months ?? 1).key })
    const locks = await trx.rows<any>(sql`
      SELECT l.id, l.form, l.period_start AS "periodStart", r.name AS "regionName", l.reason, l.by_name AS "byName", l.at FROM reports.lock l LEFT JOIN org.region r ON r.id = l.region_id
      WHERE ${form ?? null}::text IS NULL OR l.form = ${form ?? null} ORDER BY l.period_start DESC, l.id DESC LIMIT 500`)
    const exceptions = await trx.rows<any>(sql`
      SELECT e.id, e.form, e.period_start AS "periodStart", o.name AS "organizationName", e.reason, e.until, e.by_name AS "byName", e.at FROM reports.lock_exception e JOIN org.organization o ON o.id = e.organization_id
      WHERE ${form ?? null}::text IS NULL OR e.form = ${form ?? null} ORDER BY e.id DESC LIMIT 200`)
    return { locks: locks.map(key), exceptions: exceptions.map(key) }
  }),
]
