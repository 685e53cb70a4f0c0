/** The register of institutions as an import target. */
import Decimal from 'decimal.js'
import { sql } from 'kysely'
import { isRoot } from '../../authority/root.rules.ts'
import type { Transaction } from '../../db/database.ts'
import { refused } from '../../contract/problem.rules.ts'
import type { Mapping } from '../../imports/mapping.rules.ts'
import { isError } from '../../imports/read-line.rules.ts'
import { finding, planned, type ImportTarget, type Planner } from '../../imports/target.ts'
import type { Finding, ImportField, PlannedLine } from '../../imports/target.rules.ts'
import { organization } from './organization.entity.ts'
import { tellOfOrganizations } from '../change/followers.ts'
import { organizationProblems, PLACED, replace } from './organization.procedures.ts'
import { normalizeUscc } from './uscc.rules.ts'

const fields: ImportField[] = organization.writable.map((name) => {
  const f = organization.fields[name]
  return { name, label: f.label, type: f.type, unit: 'unit' in f ? (f.unit as string) : undefined, required: 'required' in f && !!f.required, help: 'help' in f ? (f.help as string) : undefined, synonyms: 'synonyms' in f ? (f.synonyms as readonly string[]) : undefined, class: 'class' in f ? (f.class as 'personal') : undefined }
})

type Values = Record<string, any>

interface Known extends Values {
  id: number
  uscc: string | null
  code: string | null
  name: string
  regionId: number
}

class OrganizationPlanner implements Planner {
  private readonly mapping: Mapping
  private readonly regions: Map<string, { id: number; code: string }>
  private readonly superiors: Map<string, number[]>
  private readonly districts: Map<number, number>
  /** Regions in which the importer has an office; null at the root, where all are. The database asks again. */
  private readonly within: ReadonlySet<number> | null
  private readonly seen = new Map<string, { line: number; content: string }>()
  constructor(mapping: Mapping, regions: { id: number; code: string; gbCode: string | null; name: string }[], superiors: { id: number; name: string; uscc: string | null; kind: string; regionId: number }[], everywhere: boolean) {
    this.mapping = mapping
    this.within = everywhere ? null : new Set(superiors.map((s) => s.regionId))
    this.regions = new Map()
    for (const r of regions) for (const k of [r.code, r.gbCode, r.name, r.name.replace(/[（(].*$/, '')]) if (k && !this.regions.has(k)) this.regions.set(k, r)
    this.superiors = new Map()
    this.districts = new Map()
    for (const s of superiors) {
      for (const k of [s.name, s.uscc, String(s.id)]) if (k) this.superiors.set(k, [...(this.superiors.get(k) ?? []), s.id])
      if (s.kind === 'district' || s.kind === 'city') this.districts.set(s.regionId, s.id)
    }
  }

  async take(trx: Transaction, lines: Parameters<Planner['take']>[1], reader: Parameters<Planner['take']>[2]): Promise<PlannedLine[]> {
    const reads = lines.map((l) => {
      const read = reader.read(l.line, l.cells as never, fields)
      if (!read.skipped) this.resolve(read.values, read.findings)
      return read
    })
    const known = await this.lookUp(trx, reads.map((r) => r.values))
    return reads.map((read) => {
      if (read.skipped) return planned(read, 'skipped')
      const v = read.values
      const match = this.match(known, v)
      const before = match ?? null
      if (!before) for (const f of fields) if (f.required && v[f.name] == null && !read.findings.some((x) => x.field === f.name))
        read.findings.push(finding(f.name, 'required', `${f.label}没有填写，请补填。`))
      const code = [...this.regions.values()].find((r) => r.id === (v.regionId ?? before?.regionId))?.code
      for (const p of organizationProblems({ longitude: before?.longitude, latitude: before?.latitude, ...v }, code))
        read.findings.push(finding(p.path, p.path === 'uscc' ? 'bad_uscc' : 'bad_location', p.message, p.path === 'uscc' ? 'error' : 'warning'))
      const key = String(v.uscc ?? v.code ?? `${v.regionId}|${v.name}`)
      const content = JSON.stringify(v)
      const twin = this.seen.get(key)
      if (twin) {
        if (twin.content === content) return planned({ ...read, findings: [...read.findings, finding('', 'duplicate_line', `与第 ${twin.line} 行完全相同，只导入一次。`, 'note')] }, 'duplicate')
        return planned({ ...read, findings: [...read.findings, finding('', 'conflicting_line', `与第 ${twin.line} 行是同一机构，但内容不同。请保留正确的一行。`)] }, 'error')
      }
      this.seen.set(key, { line: read.line, content })
      if (read.findings.some(isError)) return planned(read, 'error')
      // One line names it by its code, another by its name.
      const other = before && this.seen.get(`#${before.id}`)
      if (other) return planned({ ...read, findings: [...read.findings, finding('', 'conflicting_line', `与第 ${other.line} 行是同一机构。请保留正确的一行。`)] }, 'error')
      if (before) this.seen.set(`#${before.id}`, { line: read.line, content })
      if (!before) return planned(read, 'create', { mapped: v })
      const changed = Object.fromEntries(Object.entries(v).filter(([n, value]) => value !== null && !same(value, before[n])))
      return Object.keys(changed).length ? planned(read, 'update', { mapped: { ...changed, version: before.version }, recordId: before.id }) : planned(read, 'unchanged', { recordId: before.id })
    })
  }
  async finish(): Promise<PlannedLine[]> {
    return []
  }

  private resolve(v: Values, findings: Finding[]): void {
    if (typeof v.uscc === 'string') v.uscc = normalizeUscc(v.uscc)
    if (v.regionId != null) {
      const region = this.regions.get(String(v.regionId).trim())
      if (region) v.regionId = region.id
      else {
        findings.push(finding('regionId', 'unknown_region', `没有“${String(v.regionId)}”这个区划，请填区县名称或代码，如“渝中区”或 500103。`))
        v.regionId = null
      }
    }
    if (v.superiorId != null) {
      const found = this.superiors.get(String(v.superiorId).trim()) ?? []
      if (found.length !== 1) findings.push(finding('superiorId', found.length ? 'ambiguous_superior' : 'unknown_superior', found.length ? `有 ${found.length} 个叫“${String(v.superiorId)}”的主管单位，请填统一社会信用代码。` : `没有“${String(v.superiorId)}”这个主管单位，或不在您的管理范围内。请先登记它，或留空由区县主管。`))
      v.superiorId = found.length === 1 ? found[0] : null
    } else if (v.regionId) v.superiorId = this.districts.get(v.regionId) ?? null
    if (v.regionId && (this.within?.has(v.regionId) === false || !v.superiorId) && !findings.some((f) => f.field === 'superiorId'))
      findings.push(finding('regionId', 'outside_scope', '这个区划不在您的管理范围内。请确认没有拿错别的区县的文件。'))
    if (v.hasDataCenter === null) delete v.hasDataCenter
    if (v.hasHeating === null) delete v.hasHeating
  }

  private async lookUp(trx: Transaction, values: Values[]): Promise<Known[]> {
    const of = (n: string) => [...new Set(values.map((v) => v[n]).filter((x): x is string => typeof x === 'string'))]
    const columns = sql.join([sql`id`, sql`version`, ...organization.writable.map((n) => sql`${sql.ref(organization.columns[n])} AS ${sql.id(n)}`)])
    return trx.rows<Known>(sql`
      SELECT ${columns} FROM org.organization
      WHERE kind = 'institution' AND valid_to IS NULL AND (uscc = ANY (${of('uscc')}::text[]) OR code = ANY (${of('code')}::text[]) OR name = ANY (${of('name')}::text[]))`)
  }

  private match(known: Known[], v: Values): Known | undefined {
    const key = this.mapping.key
    if ((!key || key === 'uscc') && v.uscc) {
      const found = known.find((k) => k.uscc === v.uscc)
      if (found || key) return found
    }
    if ((!key || key === 'code') && v.code) {
      const found = known.find((k) => k.code === v.code)
      if (found || key) return found
    }
    if (key && key !== 'name') return undefined
    // A name recognises only what carries no other code than the file's.
    return known.find((k) => k.name === v.name && k.regionId === v.regionId && (!v.uscc || !k.uscc || k.uscc === v.uscc) && (!v.code || !k.code || k.code === v.code))
  }
}

const PLAIN = /^-?\d+(\.\d+)?$/
/** 1500 and 1500.00 are one figure. */
const same = (a: unknown, b: unknown): boolean =>
  a === b || (a != null && b != null && PLAIN.test(String(a)) && PLAIN.test(String(b)) && new Decimal(String(a)).eq(String(b)))

const columnList = (names: string[]) => sql.join(names.map((n) => sql.ref(organization.columns[n as 'name'])))
const sqlType: Record<string, string> = { text: 'text', longText: 'text', choice: 'text', integer: 'integer', reference: 'integer', decimal: 'numeric', day: 'date', yesNo: 'boolean' }

/** A code that is taken where the importer cannot look: the line is named, the place is not. */
async function taken(trx: Transaction, fresh: PlannedLine[]) {
  const made = await trx.rows<{ uscc: string | null; code: string | null }>(sql`
    SELECT uscc, code FROM org.organization WHERE xmin = pg_current_xact_id()::xid AND (uscc = ANY (${fresh.map((l) => (l.mapped as Values).uscc ?? null)}::text[]) OR code = ANY (${fresh.map((l) => (l.mapped as Values).code ?? null)}::text[]))`)
  const [codes, own] = [new Set(made.map((m) => m.uscc)), new Set(made.map((m) => m.code))]
  const lines = fresh.filter((l) => { const v = l.mapped as Values; return (v.uscc && !codes.has(v.uscc)) || (v.code && !own.has(v.code)) }).map((l) => l.line)
  return refused(`${lines.length ? `第 ${lines.slice(0, 10).join('、')} 行` : '有几行'}的代码已经被别的机构登记（可能在别的区县），没有写入任何内容。请核对代码后重新上传。`)
}

export const organizationImport: ImportTarget = {
  name: 'institutions',
  label: '公共机构名录',
  permission: 'organization.update',
  fields: () => fields,
  problems(mapping) {
    const wrong = Object.keys(mapping.columns).filter((n) => !fields.some((f) => f.name === n))
    return [
      ...(wrong.length ? [`导入对照里有不认识的栏目：${wrong.join('、')}。`] : []),
      ...(mapping.columns.name ? [] : ['导入对照里没有指明“机构名称”是哪一列。']),
    ]
  },
  async planner(trx, mapping) {
    const regions = await trx.rows<any>(sql`SELECT id, code, gb_code AS "gbCode", name FROM org.region ORDER BY (valid_to IS NOT NULL), id`)
    const superiors = await trx.rows<any>(sql`
      SELECT id, name, uscc, kind, region_id AS "regionId" FROM org.organization WHERE kind <> 'institution' AND valid_to IS NULL`)
    return new OrganizationPlanner(mapping, regions, superiors, !trx.actor || isRoot(trx.actor.orgPath))
  },
  async apply(trx, _mapping, lines) {
    const records = new Map<number, number>()
    const fresh = lines.filter((l) => l.outcome === 'create')
    if (fresh.length) {
      const names = organization.writable.filter((n) => n !== 'hasDataCenter' && n !== 'hasHeating')
      const shape = sql.raw([...names, 'hasDataCenter', 'hasHeating'].map((n) => `"${n}" ${sqlType[organization.fields[n as 'name'].type.kind]}`).join(', '))
      const made = await trx.rows<{ id: number }>(sql`
        INSERT INTO org.organization (kind, has_data_center, has_heating, valid_from, ${columnList(names)})
        SELECT 'institution', coalesce("hasDataCenter", false), coalesce("hasHeating", false), coalesce("directoryFrom", '1997-06-18'), ${sql.join(names.map((n) => sql.id(n)))}
        FROM jsonb_to_recordset(${JSON.stringify(fresh.map((l) => ({ ...l.mapped, line: l.line })))}::jsonb) AS v(line int, ${shape}) ORDER BY line
        ON CONFLICT DO NOTHING RETURNING id`)
      if (made.length < fresh.length) throw await taken(trx, fresh)
      fresh.forEach((l, i) => records.set(l.line, made[i]!.id))
      await trx.run(sql`
        INSERT INTO org.placement (organization_id, valid_from, name, region_id, superior_id, category, org_path)
        SELECT id, valid_from, name, region_id, superior_id, category, org_path FROM org.organization WHERE id = ANY (${made.map((m) => m.id)}::integer[])`)
    }
    for (const l of lines.filter((x) => x.outcome === 'update')) {
      const { version, ...patch } = l.mapped as Values
      const set = Object.entries(patch).map(([n, v]) => sql`${sql.ref(organization.columns[n as 'name'])} = ${v}`)
      const n = await trx.run(sql`UPDATE org.organization SET ${sql.join(set)} WHERE id = ${l.recordId} AND version = ${version}`)
      if (!n) throw refused(`第 ${l.line} 行的机构在检查之后又被别人修改，没有写入任何内容。请重新上传检查。`)
      records.set(l.line, l.recordId!)
    }
    const placed = lines.flatMap((l) => (l.outcome === 'update' && PLACED.some((n) => n in (l.mapped as Values)) ? [l.recordId!] : []))
    await replace(trx, placed)
    await tellOfOrganizations(trx, placed)
    return records
  },
  undoReadsTrail: true,
  async undo(trx, batchId) {
    const changes = await trx.rows<any>(sql`
      SELECT id, record_id AS "recordId", action,
        CASE action WHEN 'update' THEN ARRAY(SELECT jsonb_object_keys(changes)) END AS columns
      FROM audit.change WHERE batch_id = ${batchId} AND entity = 'org.organization' ORDER BY id DESC`)
    const later = await trx.rows<{ name: string }>(sql`
      SELECT DISTINCT o.name FROM audit.change c JOIN org.organization o ON o.id = c.record_id
      WHERE c.entity = 'org.organization' AND c.batch_id IS DISTINCT FROM ${batchId}
        AND c.id > (SELECT max(id) FROM audit.change WHERE batch_id = ${batchId})
        AND c.record_id IN (SELECT record_id FROM audit.change WHERE batch_id = ${batchId} AND entity = 'org.organization') LIMIT 5`)
    if (later.length) throw refused(`导入之后，有机构又被修改过（${later.map((l) => l.name).join('、')}），不能整批撤销。`)
    const created = changes.filter((c) => c.action === 'create').map((c) => c.recordId)
    const used = await trx.rows<{ name: string }>(sql`
      SELECT o.name FROM org.organization o WHERE o.id = ANY (${created}::integer[])
        AND (EXISTS (SELECT FROM reports.filing f WHERE f.organization_id = o.id) OR EXISTS (SELECT FROM auth.post p WHERE p.organization_id = o.id)
          OR EXISTS (SELECT FROM org.organization b WHERE b.superior_id = o.id AND NOT b.id = ANY (${created}::integer[]))) LIMIT 5`)
    if (used.length) throw refused(`有机构已经有报表、人员或下级单位（${used.map((u) => u.name).join('、')}等），不能整批撤销。请先处理它们。`)
    await trx.run(sql`DELETE FROM org.organization WHERE id = ANY (${created}::integer[])`)
    // The former values go back inside the database: through a program's numbers an exact decimal could lose digits.
    for (const c of changes.filter((x) => x.action === 'update')) {
      const set = (c.columns as string[]).map((column) => {
        const field = Object.keys(organization.columns).find((n) => organization.columns[n as 'name'] === column)!
        return sql`${sql.ref(column)} = (SELECT (changes -> ${column}::text ->> 0)::${sql.raw(organization.fields[field as 'name'].type.sql)} FROM audit.change WHERE id = ${c.id})`
      })
      if (set.length) await trx.run(sql`UPDATE org.organization SET ${sql.join(set)} WHERE id = ${c.recordId}`)
    }
    const restored = [...new Set(changes.filter((c) => c.action === 'update').map((c) => c.recordId as number))]
    await replace(trx, restored)
    await tellOfOrganizations(trx, restored)
    return created.length + restored.length
  },
}
