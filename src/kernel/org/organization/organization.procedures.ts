import { sql, type RawBuilder } from 'kysely'
import { handle, handleFreely } from '../../domain.ts'
import { fixed, question, type Transaction } from '../../db/database.ts'
import { invalid, notFound, refused, type FieldProblem } from '../../contract/problem.rules.ts'
import { classified, maskRow } from '../../entity/mask.rules.ts'
import { conditions, listRows, searchCondition, selectList, type ListShape } from '../../registers/list.ts'
import { parseFilters } from '../../registers/list.rules.ts'
import { totalsOf } from '../../registers/totals.ts'
import { insertion, updateRecord } from '../../registers/write.ts'
import { displayValue } from '../../registers/display.rules.ts'
import { exportRows } from '../../registers/export.ts'
import { exportWhole } from '../../authority/personal/reveal.contract.ts'
import { noteReveal } from '../../authority/personal/reveal.procedures.ts'
import { tellOfOrganizations } from '../change/followers.ts'
import * as ops from './organization.contract.ts'
import { organization } from './organization.entity.ts'
import { normalizeUscc, usccProblem } from './uscc.rules.ts'
import { locationProblem } from '../region/border.ts'

export const organizationShape: ListShape = {
  extra: { regionName: sql`r.name`, superiorName: sql`s.name` },
  joins: fixed(sql`JOIN org.region r ON r.id = t.region_id LEFT JOIN org.organization s ON s.id = t.superior_id`),
  search: { grams: 'name_grams', text: 'name', exact: ['uscc', 'code'], candidates: (part) => sql`org.organizations_named(${part})` },
  defaultSort: 'id',
  ordered: ['regionId', 'category'],
}

const canOf = (trx: Transaction) => (trx.actor?.permissions ?? []).filter((p) => p.startsWith('organization.')).map((p) => p.slice(13))

type Values = Record<string, unknown>

/** Rules that need more than one field; the same for a form, a bulk edit and a file. */
export function organizationProblems(values: Values, regionCode?: string | null): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (typeof values.uscc === 'string') {
    const wrong = usccProblem(values.uscc)
    if (wrong) problems.push({ path: 'uscc', message: wrong })
  }
  const { longitude, latitude } = values as { longitude?: string | null; latitude?: string | null }
  if ((longitude == null) !== (latitude == null)) problems.push({ path: longitude == null ? 'longitude' : 'latitude', message: '经度和纬度要一起填写。' })
  else if (longitude != null && latitude != null && regionCode) {
    const wrong = locationProblem(Number(longitude), Number(latitude), regionCode)
    if (wrong) problems.push({ path: 'longitude', message: wrong })
  }
  return problems
}

async function refuseProblems(trx: Transaction, values: Values): Promise<void> {
  const code = values.regionId ? (await trx.one<{ code: string }>(sql`SELECT code FROM org.region WHERE id = ${values.regionId}`))?.code : null
  const problems = organizationProblems(values, code)
  if (problems.length) throw invalid(problems[0]!.message, problems)
}

const normalize = (values: Values): Values => (typeof values.uscc === 'string' ? { ...values, uscc: normalizeUscc(values.uscc) } : values)

const one = question<any, [number]>('organization.read', (id) => sql`SELECT ${selectList(organization, organizationShape)} FROM org.organization t ${organizationShape.joins} WHERE t.id = ${id}`)
export async function readOrganization(trx: Transaction, id: number) {
  const [row] = await trx.ask(one, id)
  if (!row) throw notFound('机构')
  // Whoever sees only what is below the superior still may know to whom the institution answers.
  if (row.superiorId !== null && row.superiorName === null) row.superiorName = (await trx.one<{ name: string | null }>(sql`SELECT org.name_above(${id}) AS name`))!.name
  return { ...maskRow(organization, row), can: canOf(trx) }
}

const noSuperior = () => invalid('主管单位不存在，或不在您的管理范围内。', [{ path: 'superiorId', message: '请选择您管理范围内的主管单位' }])
/** An institution supervises nobody, and neither does what has ended. */
async function refuseSuperior(trx: Transaction, id: unknown): Promise<void> {
  if (!(await trx.one(sql`SELECT id FROM org.organization WHERE id = ${id} AND kind <> 'institution' AND valid_to IS NULL`))) throw noSuperior()
}

const districtOf = question<{ id: number }, [unknown]>('organization.district-of', (region) => sql`
  SELECT id FROM org.organization WHERE kind = 'district' AND region_id = ${region} AND valid_to IS NULL
  UNION ALL SELECT id FROM org.organization WHERE kind = 'city' LIMIT 1`)

export async function createOrganizationRow(trx: Transaction, given: Values): Promise<number> {
  const values = normalize(given)
  // Asked together: on a request's connection both are one journey.
  const [, superior] = await Promise.all([
    refuseProblems(trx, values),
    values.superiorId ? refuseSuperior(trx, values.superiorId).then(() => ({ id: values.superiorId })) : trx.ask(districtOf, values.regionId).then((rows) => rows[0]),
  ])
  if (!superior) throw noSuperior()
  const insert = insertion(organization, { ...values, kind: 'institution', superiorId: superior.id, validFrom: values.directoryFrom ?? undefined })
  const made = await trx.one<{ id: number }>(sql`
    WITH made AS (${insert} RETURNING id, valid_from, name, region_id, superior_id, category, org_path),
    placed AS (INSERT INTO org.placement (organization_id, valid_from, name, region_id, superior_id, category, org_path) SELECT * FROM made)
    SELECT id FROM made`)
  return made!.id
}

/** Name, region, superior and category are dated facts: changing them by hand corrects today's placement. */
export const PLACED = ['name', 'regionId', 'superiorId', 'category']

export async function patchOrganizationRow(trx: Transaction, id: number, version: number | null, given: Values): Promise<void> {
  const patch = normalize(given)
  const before = await trx.one<any>(sql`SELECT region_id AS "regionId", longitude, latitude, kind FROM org.organization WHERE id = ${id}`)
  if (!before) throw notFound('机构')
  const touched = ['uscc', 'longitude', 'latitude', 'regionId'].some((n) => n in patch)
  if (touched) await refuseProblems(trx, { regionId: before.regionId, longitude: before.longitude, latitude: before.latitude, ...patch })
  if (patch.superiorId === null && before.kind !== 'city') throw invalid('必须有主管单位。', [{ path: 'superiorId', message: '请选择主管单位' }])
  if (patch.superiorId) await refuseSuperior(trx, patch.superiorId)
  await updateRecord(trx, organization, id, version, patch)
  if (PLACED.some((n) => n in patch)) await replace(trx, [id])
}

export async function replace(trx: Transaction, ids: readonly number[]): Promise<void> {
  await trx.run(sql`
    UPDATE org.placement p SET name = o.name, region_id = o.region_id, superior_id = o.superior_id, category = o.category, org_path = o.org_path
    FROM org.organization o WHERE o.id = ANY (${[...ids]}::integer[]) AND p.organization_id = o.id AND p.valid_to IS NULL`)
}

/** What is kept by place and category follows a correction as it follows an act. */
export async function tellOfCorrection(trx: Transaction, ids: number[], patch: Values): Promise<void> {
  if (PLACED.some((n) => n !== 'name' && n in patch)) await tellOfOrganizations(trx, ids)
}

function selected(selection: { ids?: number[]; q?: string; filter?: string }): RawBuilder<unknown> {
  const parts = selection.ids
    ? [sql`t.id = ANY (${selection.ids}::integer[])`]
    : [...conditions(organization, parseFilters(organization, selection.filter)), ...searchCondition(selection.q, organizationShape.search)]
  return sql.join([sql`t.kind = 'institution'`, ...parts], sql` AND `)
}

/** Ids whose row would really change, and what would change in them. */
async function plan(trx: Transaction, selection: Parameters<typeof selected>[0], patch: Values) {
  const fields = Object.keys(patch).filter((n) => n in organization.columns)
  if (!fields.length) throw invalid('没有选择要修改的栏目。')
  if ('uscc' in patch || 'name' in patch || 'code' in patch) throw invalid('名称和代码各不相同，不能批量修改成同一个值。')
  // How many would change tells whether a number is the one that is hidden.
  const hidden = fields.find((n) => classified(organization).includes(n))
  if (hidden) throw invalid(`“${organization.fields[hidden as 'name'].label}”是个人信息，各不相同，不能批量修改。`, [{ path: `patch.${hidden}`, message: '请逐个修改' }])
  const where = selected(selection)
  const differs = sql.join(fields.map((n) => sql`${sql.ref(`t.${organization.columns[n as 'name']}`)} IS DISTINCT FROM ${patch[n]}`), sql` OR `)
  const matched = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization t WHERE ${where}`))!.n
  const rows = await trx.rows<any>(sql`SELECT ${selectList(organization, {})} FROM org.organization t WHERE ${where} AND (${differs}) ORDER BY t.id LIMIT 20001`)
  if (rows.length > 20000) throw refused('一次最多批量修改 20000 个机构，请缩小筛选范围。')
  return { matched, fields, rows }
}

const names = async (trx: Transaction) => {
  const regions = await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM org.region`)
  return new Map(regions.map((r) => [r.id, r.name]))
}

export const organizationHandlers = [
  handle(ops.listOrganizations, async (trx, input) => {
    const page = await listRows<any>(trx, organization, input, organizationShape)
    const can = canOf(trx)
    for (const row of page.rows) row.can = can
    return page
  }),
  handle(ops.totalOrganizations, (trx, input) => totalsOf(trx, organization, input, organizationShape)),
  handle(ops.getOrganization, (trx, { id }) => readOrganization(trx, id)),
  handle(ops.createOrganization, async (trx, { values }) => readOrganization(trx, await createOrganizationRow(trx, values))),
  handle(ops.patchOrganization, async (trx, { id, version, patch }) => {
    await patchOrganizationRow(trx, id, version, patch)
    await tellOfCorrection(trx, [id], patch)
    return readOrganization(trx, id)
  }),
  handle(ops.previewBulk, async (trx, { selection, patch }) => {
    const { matched, fields, rows } = await plan(trx, selection, patch)
    const regionNames = await names(trx)
    const show = (n: string, v: unknown) => displayValue(organization.fields[n as 'name'], v, regionNames)
    return {
      matched, changed: rows.length, unchanged: matched - rows.length,
      examples: rows.slice(0, 20).map((r) => ({
        id: r.id, name: r.name,
        changes: fields.filter((n) => r[n] !== (patch as Values)[n]).map((n) => ({ field: organization.fields[n as 'name'].label, before: show(n, r[n]), after: show(n, (patch as Values)[n]) })),
      })),
    }
  }),
  handle(ops.applyBulk, async (trx, { selection, patch, expected }) => {
    const { rows } = await plan(trx, selection, patch)
    if (rows.length !== expected) throw refused(`预览之后数据有变化：预览时要改 ${expected} 个，现在是 ${rows.length} 个。请重新预览。`)
    for (const r of rows) await patchOrganizationRow(trx, r.id, r.version, patch as Values)
    await tellOfCorrection(trx, rows.map((r) => r.id), patch as Values)
    return { changed: rows.length }
  }),
  handle(ops.historyOf, async (trx, { id, field }) => {
    await readOrganization(trx, id)
    const entries = await trx.rows<any>(sql`
      SELECT id, at, actor_name AS "actorName", operation, action, reason, basis, batch_id AS "batchId",
        (SELECT jsonb_object_agg(key, jsonb_build_array(value ->> 0, value ->> 1)) FROM jsonb_each(CASE action WHEN 'update' THEN changes ELSE '{}' END)) AS changes
      FROM audit.change WHERE entity = 'org.organization' AND record_id = ${id}
      ${field ? sql`AND changes ? ${Object.hasOwn(organization.columns, field) ? organization.columns[field as 'name'] : field}` : sql``} ORDER BY id DESC LIMIT 200`)
    const regionNames = await names(trx)
    const byColumn = new Map(Object.entries(organization.columns).map(([n, c]) => [c, organization.fields[n as 'name']]))
    return {
      entries: entries.map((e) => ({
        ...e,
        changes: e.action !== 'update' ? [] : Object.entries((e.changes ?? {}) as Record<string, [unknown, unknown]>)
          .filter(([c]) => byColumn.has(c))
          .map(([c, [before, after]]) => ({ field: c, label: byColumn.get(c)!.label, before: displayValue(byColumn.get(c)!, before, regionNames), after: displayValue(byColumn.get(c)!, after, regionNames) })),
      })),
    }
  }),
  handle(ops.organizationTree, async (trx) => ({
    nodes: await trx.rows<any>(sql`
      SELECT id, superior_id AS "superiorId", name, kind, region_id AS "regionId", org_path AS "orgPath"
      FROM org.organization WHERE kind <> 'institution' AND valid_to IS NULL ORDER BY org_path`),
  })),
  handleFreely(ops.exportOrganizations, (context, input) =>
    exportRows(context, organization, organizationShape, { ...input, title: '公共机构名录' })),
  handleFreely(exportWhole, async (context, { reason, ...input }) => {
    await context.db.asActor(context.actor, { operation: exportWhole.id, reason }, async (trx) => {
      const where = [...conditions(organization, parseFilters(organization, input.filter)), ...searchCondition(input.q, organizationShape.search)]
      const { n } = (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM org.organization t ${where.length ? sql`WHERE ${sql.join(where, sql` AND `)}` : sql``}`))!
      await noteReveal(trx, { entity: organization.name, recordId: null, field: 'contactPhone', records: n, reason, path: context.actor.orgPath })
    })
    return exportRows(context, organization, organizationShape, { ...input, whole: true, title: '公共机构名录（含个人信息）' })
  }),
  handle(ops.listRegions, async (trx) => ({
    regions: await trx.rows<any>(sql`
      SELECT r.id, r.code, r.gb_code AS "gbCode", r.name, r.kind, r.group_code AS "groupCode", r.valid_from AS "validFrom", r.valid_to AS "validTo",
        r.reporting, r.basis,
        coalesce((SELECT jsonb_agg(jsonb_build_object('toId', s.to_id, 'effective', s.effective, 'part', s.part) ORDER BY s.to_id) FROM org.region_succession s WHERE s.from_id = r.id), '[]') AS successors
      FROM org.region r ORDER BY r.sort, r.id`),
  })),
]
