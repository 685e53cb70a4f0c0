import { sql } from 'kysely'
import { Decimal } from 'decimal.js'
import { handle } from '../../domain.ts'
import type { Transaction } from '../../db/database.ts'
import { invalid, notFound, refused } from '../../contract/problem.rules.ts'
import { createOrganizationRow } from '../organization/organization.procedures.ts'
import { normalizeUscc, usccProblem } from '../organization/uscc.rules.ts'
import { seal } from '../../authority/rights/seal.ts'
import * as ops from './change.contract.ts'
import type { FreshOrganization, Restructuring } from './change.contract.ts'
import { tellOfOrganizations } from './followers.ts'

interface Standing {
  id: number
  name: string
  kind: string
  people: number | null
  buildingArea: string | null
  validFrom: string
  validTo: string | null
  /** First day on which it stands as it stands now. */
  placedFrom: string | null
}

async function take(trx: Transaction, ids: number[]): Promise<Standing[]> {
  const rows = await trx.rows<Standing>(sql`
    SELECT id, name, kind, people, building_area AS "buildingArea", valid_from AS "validFrom", valid_to AS "validTo",
      (SELECT max(p.valid_from) FROM org.placement p WHERE p.organization_id = org.organization.id) AS "placedFrom"
    FROM org.organization WHERE id = ANY (${ids}::integer[]) ORDER BY id FOR UPDATE`)
  if (rows.length !== new Set(ids).size) throw notFound('机构')
  return rows
}

const atDay = (message: string) => ({ fields: [{ path: 'change.effective', message }] })

function refuseEnded(rows: Standing[], effective: string): void {
  for (const r of rows) {
    if (r.validTo) throw refused(`“${r.name}”已于 ${r.validTo} 终止，不能再办理变更。`)
    if (r.validFrom >= effective) throw refused(`生效日期 ${effective} 早于“${r.name}”的成立日期 ${r.validFrom}，请核对。`, atDay(`不能早于“${r.name}”的成立日期 ${r.validFrom}`))
    // What happened later already stands in the books: an earlier change would have to rewrite it.
    if (r.placedFrom && r.placedFrom > effective) throw refused(`“${r.name}”在 ${r.placedFrom} 已经办理过变更，这次的生效日期 ${effective} 不能更早。`, atDay(`“${r.name}”在 ${r.placedFrom} 已经办理过变更，不能更早`))
  }
}

const sum = (rows: { people?: number | null; buildingArea?: string | null }[]) => ({
  organizations: rows.length,
  people: rows.reduce((n, r) => n + (r.people ?? 0), 0),
  buildingArea: rows.reduce((n, r) => n.plus(r.buildingArea ?? 0), new Decimal(0)).toFixed(2),
})

/** Nothing known stays nothing known: a sum of blanks is a blank, not a zero. */
const known = <T>(rows: { people: number | null; buildingArea: string | null }[], field: 'people' | 'buildingArea', value: T): T | null =>
  rows.some((r) => r[field] !== null) ? value : null

async function end(trx: Transaction, ids: number[], effective: string, reason: string): Promise<void> {
  const below = await trx.one<{ name: string; n: number }>(sql`
    SELECT min(s.name) AS name, count(*) AS n FROM org.organization o JOIN org.organization s ON s.id = o.superior_id
    WHERE o.superior_id = ANY (${ids}::integer[]) AND o.valid_to IS NULL AND NOT o.id = ANY (${ids}::integer[])`)
  if (below?.n) throw refused(`“${below.name}”下还有 ${below.n} 个机构，请先把它们划转到别的主管单位。`)
  await trx.run(sql`UPDATE org.organization SET valid_to = ${effective}, directory_to = coalesce(directory_to, ${effective}), end_reason = ${reason} WHERE id = ANY (${ids}::integer[])`)
  await trx.run(sql`UPDATE org.placement SET valid_to = ${effective} WHERE organization_id = ANY (${ids}::integer[]) AND valid_to IS NULL`)
  const posts = await trx.rows<{ id: number }>(sql`UPDATE auth.post SET valid_to = greatest(valid_from, ${effective}::date - 1) WHERE organization_id = ANY (${ids}::integer[]) AND (valid_to IS NULL OR valid_to >= ${effective}::date) RETURNING id`)
  await seal(trx, 'post', posts.map((p) => p.id))
}

/** From the effective day on the organisation stands as it does now; before, as it did. */
async function place(trx: Transaction, ids: number[], effective: string): Promise<void> {
  await trx.run(sql`UPDATE org.placement SET valid_to = ${effective} WHERE organization_id = ANY (${ids}::integer[]) AND valid_to IS NULL AND valid_from < ${effective}`)
  await trx.run(sql`
    INSERT INTO org.placement (organization_id, valid_from, name, region_id, superior_id, category, org_path)
    SELECT id, ${effective}, name, region_id, superior_id, category, org_path FROM org.organization WHERE id = ANY (${ids}::integer[])
    ON CONFLICT (organization_id, valid_from) DO UPDATE SET name = excluded.name, region_id = excluded.region_id, superior_id = excluded.superior_id, category = excluded.category, org_path = excluded.org_path, valid_to = NULL`)
}

async function create(trx: Transaction, f: FreshOrganization, effective: string): Promise<number> {
  const id = await createOrganizationRow(trx, { ...f, uscc: f.uscc || null, directoryFrom: effective })
  await trx.run(sql`UPDATE org.organization SET valid_from = ${effective} WHERE id = ${id}`)
  await trx.run(sql`UPDATE org.placement SET valid_from = ${effective} WHERE organization_id = ${id}`)
  return id
}

interface Outcome {
  before: ReturnType<typeof sum>
  after: ReturnType<typeof sum>
  created: number[]
  ended: Standing[]
  touched: number[]
  successions: [number, number][]
}

async function perform(trx: Transaction, c: Restructuring): Promise<Outcome> {
  if (c.effective > (await trx.one<{ d: string }>(sql`SELECT app.today() AS d`))!.d) throw invalid('生效日期不能晚于今天；到了那一天再办理。', [{ path: 'change.effective', message: '不能晚于今天' }])
  switch (c.kind) {
    case 'merge': {
      if (!!c.intoId === !!c.into) throw invalid('请选择并入哪个机构，或填写新设的机构（二者选一）。')
      const others = c.fromIds.filter((i) => i !== c.intoId)
      if (!others.length) throw invalid('不能并入它自己，请另选一个机构。', [{ path: 'change.intoId', message: '不能并入它自己' }])
      const from = await take(trx, others)
      const into = c.intoId ? await take(trx, [c.intoId]) : []
      refuseEnded([...from, ...into], c.effective)
      const before = sum([...from, ...into])
      const name = c.into?.name ?? into[0]!.name
      // They end first: the new one may carry on with a code of theirs.
      await end(trx, from.map((r) => r.id), c.effective, `并入${name}`)
      const all = [...from, ...into]
      const people = known(all, 'people', before.people)
      const buildingArea = known(all, 'buildingArea', before.buildingArea)
      const target = c.intoId ?? (await create(trx, { ...c.into!, people, buildingArea }, c.effective))
      if (c.intoId) await trx.run(sql`UPDATE org.organization SET people = ${people}, building_area = ${buildingArea} WHERE id = ${target}`)
      return { before, after: sum(await take(trx, [target])), created: c.intoId ? [] : [target], ended: from, touched: [target, ...from.map((r) => r.id)], successions: from.map((r) => [r.id, target]) }
    }
    case 'split': {
      const from = await take(trx, [c.fromId])
      refuseEnded(from, c.effective)
      const before = sum(from)
      const parts = sum(c.parts)
      for (const [i, part] of c.parts.entries()) {
        const wrong = part.uscc && usccProblem(normalizeUscc(part.uscc))
        if (wrong) throw invalid(wrong, [{ path: `change.parts.${i}.uscc`, message: wrong }])
        if (part.uscc && c.parts.findIndex((other) => other.uscc && normalizeUscc(other.uscc) === normalizeUscc(part.uscc!)) !== i) throw invalid('两个部分填了同一个统一社会信用代码。', [{ path: `change.parts.${i}.uscc`, message: '与前面一部分的代码相同' }])
        if (c.parts.findIndex((other) => other.name === part.name) !== i) throw invalid('两个部分的名称相同，请区分。', [{ path: `change.parts.${i}.name`, message: '与前面一部分的名称相同' }])
      }
      if (parts.people !== before.people || parts.buildingArea !== before.buildingArea)
        throw refused(`拆分前后总量不一致：拆分前 ${before.people} 人、${before.buildingArea} ㎡，拆分后 ${parts.people} 人、${parts.buildingArea} ㎡。请调整各部分，使合计相等。`)
      await end(trx, [c.fromId], c.effective, `拆分为${c.parts.map((p) => p.name).join('、')}`)
      const created: number[] = []
      for (const part of c.parts) created.push(await create(trx, part, c.effective))
      return { before, after: sum(await take(trx, created)), created, ended: from, touched: [c.fromId, ...created], successions: created.map((t) => [c.fromId, t]) }
    }
    case 'rename': {
      const rows = await take(trx, [c.id])
      refuseEnded(rows, c.effective)
      const uscc = c.uscc ? normalizeUscc(c.uscc) : null
      const wrong = uscc && usccProblem(uscc)
      if (wrong) throw invalid(wrong, [{ path: 'change.uscc', message: wrong }])
      await trx.run(sql`UPDATE org.organization SET name = ${c.name}, uscc = coalesce(${uscc}, uscc) WHERE id = ${c.id}`)
      await place(trx, [c.id], c.effective)
      return { before: sum(rows), after: sum(await take(trx, [c.id])), created: [], ended: [], touched: [c.id], successions: [] }
    }
    case 'move': {
      const rows = await take(trx, c.ids)
      refuseEnded(rows, c.effective)
      const [superior] = await take(trx, [c.superiorId])
      if (superior!.kind === 'institution' || superior!.validTo) throw invalid('只能划转到现存的主管单位之下。', [{ path: 'change.superiorId', message: '请选择主管单位' }])
      await trx.run(sql`UPDATE org.organization SET superior_id = ${c.superiorId}, region_id = coalesce(${c.regionId ?? null}, region_id) WHERE id = ANY (${c.ids}::integer[])`)
      await place(trx, c.ids, c.effective)
      return { before: sum(rows), after: sum(await take(trx, c.ids)), created: [], ended: [], touched: c.ids, successions: [] }
    }
    case 'abolish': {
      const rows = await take(trx, c.ids)
      refuseEnded(rows, c.effective)
      if (c.successorId) {
        if (c.ids.includes(c.successorId)) throw invalid('承接机构不能是被撤销的机构。')
        refuseEnded(await take(trx, [c.successorId]), c.effective)
      }
      await end(trx, c.ids, c.effective, c.reason)
      // Abolished organisations leave the living; what they had is stated as before, nothing is carried over silently.
      return { before: sum(rows), after: sum([]), created: [], ended: rows, touched: c.ids, successions: c.successorId ? c.ids.map((f) => [f, c.successorId!]) : [] }
    }
  }
}

/** Who ends with the act. */
const ending = (c: Restructuring): number[] =>
  c.kind === 'abolish' ? c.ids : c.kind === 'merge' ? c.fromIds.filter((id) => id !== c.intoId) : c.kind === 'split' ? [c.fromId] : []

/** The narrowest place that holds all of them: whoever sees that place sees the act. */
async function placeOf(trx: Transaction, ids: number[]): Promise<string> {
  const rows = await trx.rows<{ path: string }>(sql`SELECT org_path AS path FROM org.organization WHERE id = ANY (${ids}::integer[])`)
  const steps = rows.map((r) => r.path.split('.').filter(Boolean))
  const shared = steps[0]!.filter((_, i) => steps.every((other) => other.slice(0, i + 1).join('.') === steps[0]!.slice(0, i + 1).join('.')))
  return `${shared.join('.')}.`
}

async function carryOut(trx: Transaction, c: Restructuring) {
  await trx.because({ reason: c.kind === 'abolish' ? c.reason : (c.note ?? null), basis: c.basis })
  const posts = await trx.one<{ n: number }>(sql`
    SELECT count(*) AS n FROM auth.post WHERE organization_id = ANY (${ending(c)}::integer[]) AND (valid_to IS NULL OR valid_to >= ${c.effective}::date)`)
  const done = await perform(trx, c)
  if (c.kind !== 'abolish' && (done.before.people !== done.after.people || done.before.buildingArea !== done.after.buildingArea))
    throw refused('变更前后的人数或面积合计不一致，没有办理。')
  const change = await trx.one<{ id: number }>(sql`
    INSERT INTO org.change (kind, effective, basis, note, totals_before, totals_after, org_path, by_id, by_name)
    VALUES (${c.kind}, ${c.effective}, ${c.basis}, ${c.note ?? null}, ${JSON.stringify(done.before)}, ${JSON.stringify(done.after)},
      ${await placeOf(trx, done.touched)}, ${trx.actor?.personId ?? null}, ${trx.actor?.name ?? '系统'}) RETURNING id`)
  for (const [from, to] of done.successions)
    await trx.run(sql`INSERT INTO org.succession (change_id, from_id, to_id, org_path) SELECT ${change!.id}, ${from}, ${to}, org_path FROM org.organization WHERE id = ${to}`)
  const forms = await tellOfOrganizations(trx, done.touched)
  const face = (rows: { id: number; name: string }[]) => rows.map((r) => ({ id: r.id, name: r.name }))
  return {
    id: change!.id, totalsBefore: done.before, totalsAfter: done.after,
    created: done.created.length ? face(await take(trx, done.created)) : [], ended: face(done.ended),
    changed: done.touched.length, postsAffected: posts!.n, forms,
  }
}

export const changeHandlers = [
  handle(ops.previewRestructuring, async (trx, { change }) => {
    // The rehearsal is the act itself, rolled back to a savepoint: what is shown is what would happen.
    await trx.run(sql`SAVEPOINT rehearsal`)
    const { id: _, ...outcome } = await carryOut(trx, change)
    await trx.run(sql`ROLLBACK TO SAVEPOINT rehearsal`)
    return outcome
  }),
  handle(ops.restructure, (trx, { change }) => carryOut(trx, change)),
  handle(ops.listRestructurings, async (trx, { organizationId, limit }) => ({
    changes: await trx.rows<any>(sql`
      SELECT c.id, c.kind, c.effective, c.basis, c.note, c.by_name AS "byName", c.at, c.totals_before AS "totalsBefore", c.totals_after AS "totalsAfter",
        coalesce((SELECT jsonb_agg(jsonb_build_object('fromId', s.from_id, 'fromName', f.name, 'toId', s.to_id, 'toName', t.name))
          FROM org.succession s JOIN org.organization f ON f.id = s.from_id JOIN org.organization t ON t.id = s.to_id WHERE s.change_id = c.id), '[]') AS successions
      FROM org.change c
      ${organizationId ? sql`WHERE EXISTS (SELECT FROM org.succession s WHERE s.change_id = c.id AND ${organizationId} IN (s.from_id, s.to_id))` : sql``}
      ORDER BY c.id DESC LIMIT ${limit}`),
  })),
]
