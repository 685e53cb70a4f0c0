import { PassThrough } from 'node:stream'
import { sql } from 'kysely'
import { snake } from '../entity/entity.rules.ts'
import { handle, handleFreely } from '../domain.ts'
import type { Transaction } from '../db/database.ts'
import { notFound, refused, versionConflict } from '../contract/problem.rules.ts'
import { writeTable } from '../documents/workbook-out.ts'
import { partsOf } from '../org/organization/categories.rules.ts'
import * as ops from './filing.contract.ts'
import { factColumns, factJoins, factsOf, findingColumns, mayDo, readFacts, readFindings, standingSql, type FactRow } from './facts.ts'
import { readDuties } from './duties.ts'
import { expectedReporters } from './expected.ts'
import { blocked, isLocked, LOCKED, lockFor, logDecision, outsidePeriod, readReporters, settle, surroundings, writeFilings } from './filing.ts'
import { lastEnded } from './period.rules.ts'
import { deadlineFor, inCourseOf, inCourseOfFilings, periodOf, reportFor, reportNamed, settingsAt, versionsOf } from './registry.ts'
import type { Report } from './report.rules.ts'
import { placeKey, readValues } from './values.ts'
import type { Values } from './expression.rules.ts'

type Cells = Record<string, string | null>
/** On the wire every cell is a text or null. */
const cells = (report: Report, values: Values | null | undefined): Cells =>
  Object.fromEntries(report.items.map((i) => [i.code, values?.[i.code] === null || values?.[i.code] === undefined ? null : String(values[i.code])]))

/** A cell whose text is no number is shown as it was typed: its finding remembers it, its column cannot. */
function withTyped(shown: Cells, findings: readonly { checkCode: string; item: string; detail: Record<string, unknown> | null }[]): Cells {
  for (const f of findings)
    if ((f.checkCode === `number.${f.item}` || f.checkCode === `choice.${f.item}`) && shown[f.item] === null && typeof f.detail?.left === 'string') shown[f.item] = f.detail.left
  return shown
}

async function saved(trx: Transaction, filingId: number) {
  const row = await readFacts(trx, filingId)
  const values = (await readValues(trx, row.form, [{ organizationId: row.organizationId, start: row.periodStart }])).get(placeKey({ organizationId: row.organizationId, start: row.periodStart }))
  const findings = await readFindings(trx, filingId)
  return { facts: factsOf(trx, row), findings, values: withTyped(cells(reportNamed(row.form, row.formVersion), values), findings) }
}

/** Locks the row and compares what the person saw. */
async function seen(trx: Transaction, id: number, version: number): Promise<FactRow> {
  const locked = await trx.one<{ version: number }>(sql`SELECT version FROM reports.filing WHERE id = ${id} FOR UPDATE`)
  if (!locked) throw notFound('报表')
  if (locked.version !== version) throw versionConflict()
  const row = await readFacts(trx, id)
  await inCourseOfFilings(trx, [row])
  return row
}

async function refuseLocked(trx: Transaction, row: FactRow): Promise<void> {
  if (await isLocked(trx, row.form, periodOf(row.periodStart, row.months), row.organizationId)) throw refused(LOCKED)
}

export const filingHandlers = [
  handle(ops.openFiling, async (trx, { form, period, organizationId }) => {
    const report = reportFor(form, period)
    const reporters = await readReporters(trx, [organizationId], period)
    const r = reporters.get(organizationId)
    if (!r) throw notFound('机构')
    const region = await trx.one<{ name: string }>(sql`SELECT name FROM org.region WHERE id = ${r.regionId}`)
    const row = await trx.one<FactRow>(sql`
      SELECT ${factColumns} FROM reports.filing f ${factJoins} WHERE f.organization_id = ${organizationId} AND f.form = ${form} AND f.period_start = ${period.start}`)
    const { contexts } = await surroundings(trx, report, period, reporters)
    const context = contexts.get(organizationId)!
    const values = (await readValues(trx, form, [{ organizationId, start: period.start }])).get(placeKey({ organizationId, start: period.start }))
    const prefill: Cells = {}
    for (const i of report.items) {
      const from = i.prefill && { register: context.register, lastPeriod: context.previous, months: context.months }[i.prefill.from]
      const value = i.prefill && from?.[i.prefill.field]
      if (i.prefill?.from === 'months' && context.monthsLacking?.includes(i.prefill.field)) continue
      if (value !== null && value !== undefined) prefill[i.code] = String(value)
    }
    const { lock, exceptions } = await lockFor(trx, form, period, [organizationId])
    const locked = lock.find((l) => l.regionId === null || l.regionId === r.regionId) ?? null
    const closed = !!locked && !exceptions.has(organizationId)
    const outside = outsidePeriod(r, period)
    const findings = row ? await readFindings(trx, row.id) : []
    const superior = await trx.one<{ kind: string }>(sql`SELECT s.kind FROM org.organization o JOIN org.organization s ON s.id = o.superior_id WHERE o.id = ${organizationId}`)
    return {
      facts: row ? factsOf(trx, row, closed) : null, formVersion: report.version,
      organization: { id: r.id, name: r.name, category: r.category ?? '', regionName: region?.name ?? '', people: r.people, buildingArea: r.buildingArea, hasDataCenter: r.hasDataCenter, hasHeating: r.hasHeating },
      values: withTyped(cells(report, values), findings), prefill, previous: context.previous ? cells(report, context.previous) : null, lastYear: context.lastYear ? cells(report, context.lastYear) : null,
      months: context.months ? cells(report, context.months) : null, peer: context.peer ? { ...context.peer.medians } : null, peerCount: context.peer?.count ?? 0, monthsPresent: context.monthsPresent ?? null,
      findings,
      remarks: row ? await trx.rows<any>(sql`SELECT id, item, text, by_name AS "byName", at, settled_at AS "settledAt" FROM reports.remark WHERE filing_id = ${row.id} ORDER BY id`) : [],
      reviews: row ? await trx.rows<any>(sql`SELECT level, decision, remarks, by_name AS "byName", at FROM reports.review WHERE filing_id = ${row.id} ORDER BY id`) : [],
      settings: context.settings, outside,
      deadline: deadlineFor(report, period.start), locked: closed && locked ? { reason: locked.reason, byName: locked.byName, at: locked.at } : null, exceptionUntil: exceptions.get(organizationId) ?? null,
      can: outside ? [] : mayDo(trx, row ?? { standing: 'missing', acceptedLevel: 0, orgPath: r.orgPath, superiorKind: superior?.kind ?? null, hardFindings: 0, openFindings: 0 }, closed),
    }
  }),
  handle(ops.saveFiling, async (trx, { form, period, organizationId, version, values, prefill }) => {
    await inCourseOf(trx, reportFor(form, period), period)
    const [written] = await writeFilings(trx, form, period, [{ organizationId, values, version }], { source: 'form', prefill: prefill === true && version === null })
    return saved(trx, written!.filingId)
  }),
  handle(ops.explainFinding, async (trx, { id, checkCode, item, reason }) => {
    await trx.one(sql`SELECT id FROM reports.filing WHERE id = ${id} FOR UPDATE`)
    const row = await readFacts(trx, id)
    await inCourseOfFilings(trx, [row])
    if (!mayDo(trx, row).includes('explain')) throw refused('报表已提交，不能再补充说明；请先撤回。')
    await refuseLocked(trx, row)
    const n = await trx.run(sql`
      UPDATE reports.finding SET reason = ${reason}, reason_by = ${trx.actor?.name ?? '系统'}, reason_at = now() WHERE filing_id = ${id} AND check_code = ${checkCode} AND item = ${item} AND severity = 'soft'`)
    if (!n) throw notFound('异常提示')
    await settle(trx, [id])
    return saved(trx, id)
  }),
  handle(ops.submitFiling, async (trx, { id, version }) => {
    const row = await seen(trx, id, version)
    if (row.standing !== 'draft' && row.standing !== 'returned') throw refused('这张报表已经提交。')
    await refuseLocked(trx, row)
    // Other periods may have changed since the draft was saved: it is checked once more as it stands.
    const period = periodOf(row.periodStart, row.months)
    await writeFilings(trx, row.form, period, [{ organizationId: row.organizationId, values: {} }], { source: 'form', recheck: true })
    const now = await readFacts(trx, id)
    if (now.hardFindings) {
      const findings = (await readFindings(trx, id)).filter((f) => f.severity === 'hard')
      throw refused(`还有 ${findings.length} 处必须改正：${findings[0].message}`, { fields: findings.map((f) => ({ path: `values.${f.item}`, message: f.message })) })
    }
    if (now.openFindings) {
      const findings = (await readFindings(trx, id)).filter((f) => f.severity === 'soft' && !f.reason)
      throw refused(`还有 ${findings.length} 处异常没有说明原因。请核对数字，确实如此的写明原因。`, { fields: findings.map((f) => ({ path: `values.${f.item}`, message: f.message })) })
    }
    await trx.run(sql`
      UPDATE reports.filing SET submitted_at = now(), submitted_by = ${trx.actor?.personId ?? null}, submitted_by_name = ${trx.actor?.name ?? '系统'}, responsible_name = ${trx.actor?.role === 'responsible' ? trx.actor.name : null},
        first_submitted_at = coalesce(first_submitted_at, now()), returned_at = NULL, returned_by_name = NULL, return_remarks = NULL WHERE id = ${id}`)
    await trx.run(sql`UPDATE reports.remark SET settled_at = now() WHERE filing_id = ${id} AND settled_at IS NULL`)
    await trx.run(sql`UPDATE reports.reminder SET seen_at = now() WHERE organization_id = ${row.organizationId} AND form = ${row.form} AND period_start = ${row.periodStart} AND seen_at IS NULL`)
    await logDecision(trx, [id], 0, 'submit', null)
    await settle(trx, [id])
    return saved(trx, id)
  }),
  handle(ops.withdrawFiling, async (trx, { id, version, reason }) => {
    const row = await seen(trx, id, version)
    if (row.standing !== 'submitted') throw refused(row.acceptedLevel ? '这张报表已审核通过，请联系审核人退回。' : '这张报表没有提交，不需要撤回。')
    await refuseLocked(trx, row)
    await trx.run(sql`UPDATE reports.filing SET submitted_at = NULL, submitted_by = NULL, submitted_by_name = NULL, responsible_name = NULL WHERE id = ${id}`)
    await logDecision(trx, [id], 0, 'withdraw', reason)
    await settle(trx, [id])
    return saved(trx, id)
  }),
  handle(ops.listFilings, async (trx, input) => {
    const report = reportFor(input.form, input.period)
    await settingsAt(trx, input.period)
    const deadline = deadlineFor(report, input.period.start)
    const where = [sql`true`]
    if (input.regionId) where.push(sql`e.region_id = ${input.regionId}`)
    if (input.superiorId) where.push(sql`e.superior_id = ${input.superiorId}`)
    if (input.category) where.push(sql`e.category = ANY (${partsOf(input.category)}::text[])`)
    if (input.standing) where.push(sql`${standingSql} = ${input.standing}`)
    if (input.doubtful) where.push(sql`f.hard_findings + f.open_findings + f.explained_findings > 0`)
    if (input.late) where.push(sql`coalesce(f.first_submitted_at, now()) >= (${deadline}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'`)
    if (input.q) where.push(sql`e.name LIKE ${`%${input.q.replace(/[\\%_]/g, '\\$&')}%`}`)
    const order = { doubt: sql`f.hard_findings DESC NULLS LAST, f.open_findings DESC NULLS LAST, f.explained_findings DESC NULLS LAST, e.id`, name: sql`e.name, e.id`, submitted: sql`f.submitted_at NULLS LAST, e.id` }[input.sort]
    const from = sql`FROM (${expectedReporters(input.period)}) e LEFT JOIN reports.filing f ON f.organization_id = e.id AND f.form = ${input.form} AND f.period_start = ${input.period.start} WHERE ${sql.join(where, sql` AND `)}`
    const total = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n ${from}`))!.n
    const page = await trx.rows<any>(sql`SELECT e.id, f.id AS "filingId" ${from} ORDER BY ${order} LIMIT ${input.limit} OFFSET ${input.offset}`)
    const ids = page.map((p) => p.id)
    const facts = new Map((await trx.rows<FactRow>(sql`SELECT ${factColumns} FROM reports.filing f ${factJoins} WHERE f.id = ANY (${page.map((p) => p.filingId).filter(Boolean)}::bigint[])`)).map((f) => [f.organizationId, f]))
    const who = new Map((await trx.rows<any>(sql`
      SELECT e.id, e.name, e.category, r.name AS "regionName", s.name AS "superiorName" FROM (${expectedReporters(input.period)}) e JOIN org.region r ON r.id = e.region_id LEFT JOIN org.organization s ON s.id = e.superior_id
      WHERE e.id = ANY (${ids}::integer[])`)).map((w) => [w.id, w]))
    const found = Map.groupBy(await trx.rows<any>(sql`
      SELECT filing_id AS id, ${findingColumns} FROM reports.finding WHERE filing_id = ANY (${page.map((p) => p.filingId).filter(Boolean)}::bigint[]) ORDER BY severity, item, check_code`), (d) => d.id as number)
    const values = input.withValues ? await readValues(trx, input.form, ids.map((organizationId) => ({ organizationId, start: input.period.start }))) : null
    return {
      total,
      rows: page.map((p) => {
        const f = facts.get(p.id)
        const w = who.get(p.id)!
        const findings = (found.get(p.filingId) ?? []).map(({ id: _id, ...finding }) => finding)
        return {
          organizationId: p.id, organizationName: w.name, regionName: w.regionName, superiorName: w.superiorName, category: w.category,
          standing: f?.standing ?? ('missing' as const), facts: f ? factsOf(trx, f) : null, doubts: findings.map((d) => d.message as string), findings: values ? findings : null,
          values: values ? withTyped(cells(report, values.get(placeKey({ organizationId: p.id, start: input.period.start }))), findings) : null,
        }
      }),
    }
  }),
  handle(ops.filingsOfOrganization, async (trx, { id, form, offset, limit }) => {
    if (!(await trx.one(sql`SELECT 1 FROM org.organization WHERE id = ${id}`))) throw notFound('机构')
    if (form && !versionsOf(form).length) throw refused('没有这张报表。')
    await settingsAt(trx, lastEnded(1))
    const where = sql`f.organization_id = ${id} ${form ? sql`AND f.form = ${form}` : sql``}`
    const { n: total } = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM reports.filing f WHERE ${where}`))!
    // By the end of the period: a year stands above its months. Who accepted is named while the acceptance holds.
    const rows = await trx.rows<FactRow & { keptOut: keyof typeof ops.KEPT_OUT | null; acceptedByName: string | null; acceptedAt: string | null }>(sql`
      SELECT ${factColumns}, a.by_name AS "acceptedByName", a.at AS "acceptedAt",
        CASE WHEN f.counted THEN NULL WHEN f.submitted_at IS NULL THEN 'not-submitted' WHEN ${blocked} THEN 'hard-findings' ELSE 'not-accepted' END AS "keptOut"
      FROM reports.filing f ${factJoins}
      LEFT JOIN LATERAL (SELECT by_name, at FROM reports.review WHERE filing_id = f.id AND decision = 'accept' ORDER BY id DESC LIMIT 1) a ON f.accepted_level > 0
      WHERE ${where} ORDER BY f.period_start + make_interval(months => f.months) DESC, f.months DESC, f.form, f.id LIMIT ${limit} OFFSET ${offset}`)
    return { total, rows: rows.map((r) => ({ ...factsOf(trx, r), keptOut: r.keptOut, acceptedByName: r.acceptedByName, acceptedAt: r.acceptedAt })) }
  }),
  handle(ops.myDuties, readDuties),
  handle(ops.filingHistory, async (trx, { id, item }) => {
    const row = await readFacts(trx, id)
    const report = reportNamed(row.form, row.formVersion)
    const labels = new Map(report.items.map((i) => [snake(i.code), i]))
    const entries = await trx.rows<any>(sql`
      SELECT c.at, c.actor_name AS "actorName", c.operation, c.reason, k.key AS item, k.value ->> 0 AS before, k.value ->> 1 AS after
      FROM audit.change c, jsonb_each(CASE c.action WHEN 'update' THEN c.changes ELSE '{}' END) k
      WHERE c.entity = ${report.name} AND c.record_id = ${id} ${item ? sql`AND k.key = ${snake(item)}` : sql``} ORDER BY c.id DESC LIMIT 200`)
    return { entries: entries.filter((e) => labels.has(e.item)).map((e) => ({ ...e, item: labels.get(e.item)!.code, label: labels.get(e.item)!.label })) }
  }),
  handleFreely(ops.filingTemplate, async (context, { form, period, scope }) => {
    const report = reportFor(form, period)
    const rows = await context.db.asActor(context.actor, { operation: 'filing.template' }, async (trx) => {
      if (scope === 'blank') return []
      const reporters = await trx.rows<any>(sql`SELECT e.id, e.name, o.uscc, o.code FROM (${expectedReporters(period)}) e JOIN org.organization o ON o.id = e.id ORDER BY e.id LIMIT 20000`)
      const values = await readValues(trx, form, reporters.map((r) => ({ organizationId: r.id, start: period.start })))
      return reporters.map((r) => ({ ...cells(report, values.get(placeKey({ organizationId: r.id, start: period.start }))), _institution: r.uscc ?? r.code ?? r.name, _name: r.name, _period: period.key }))
    })
    const body = new PassThrough()
    writeTable(body, {
      sheetName: report.label,
      columns: [
        { key: '_institution', heading: '统一社会信用代码', width: 24, kind: 'text' }, { key: '_name', heading: '机构名称', width: 36, kind: 'text' }, { key: '_period', heading: '报告期', width: 12, kind: 'text' },
        ...report.items.map((i) => ({ key: i.code, heading: i.label, unit: i.unit, width: 16, kind: i.type.kind === 'decimal' || i.type.kind === 'integer' ? ('number' as const) : ('text' as const) })),
      ],
      rows,
    }).catch((e: Error) => body.destroy(e))
    return { body, fileName: `${report.label}-${period.key}.xlsx`, contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }
  }),
]
