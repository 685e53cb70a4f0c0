/** Names instead of codes: what operations, entities and their columns are called, gathered from what everybody declares. */
import { sql } from 'kysely'
import type { Operation } from '../contract/contract.rules.ts'
import type { Transaction } from '../db/database.ts'
import type { Domain } from '../domain.ts'
import type { Entity, Field } from '../entity/entity.rules.ts'
import { displayValue } from '../registers/display.rules.ts'
import { COMMON_COLUMNS, OWN_ENTITIES, OWN_OPERATIONS } from './words.rules.ts'

const operations = new Map<string, string>(Object.entries(OWN_OPERATIONS))
const entities = new Map<string, { label: string; columns: Map<string, Field | string> }>()

export function declareWords(domains: readonly Domain[], declared: readonly Operation[]): void {
  for (const o of declared) operations.set(o.id, o.label)
  for (const [name, own] of [OWN_ENTITIES, ...domains.map((d) => d.trail ?? {})].flatMap((t) => Object.entries(t))) entities.set(name, { label: own.label, columns: new Map(Object.entries(own.columns)) })
  for (const e of domains.flatMap((d) => d.entities) as Entity<any>[])
    entities.set(e.name, { label: e.label, columns: new Map(Object.entries(e.columns as Record<string, string>).map(([n, c]) => [c, e.fields[n] as Field])) })
}

export const operationLabel = (id: string): string => operations.get(id) ?? id
export const entityLabel = (name: string | null): string | null => (name === null ? null : (entities.get(name)?.label ?? name))
export const knownOperations = (): { value: string; label: string }[] => [...operations].map(([value, label]) => ({ value, label }))
export const knownEntities = (): { value: string; label: string }[] => [...entities].map(([value, e]) => ({ value, label: e.label }))

/** Columns that refer to something, and where its name stands. */
const NAMED: Readonly<Record<string, 'region' | 'organization' | 'person'>> = {
  region_id: 'region', superior_id: 'organization', organization_id: 'organization', person_id: 'person', reviewed_by: 'person',
  by_id: 'person', proposed_by: 'person', decided_by: 'person', successor_id: 'person', a_id: 'organization', b_id: 'organization',
}

export interface Change {
  field: string
  label: string
  before: string | null
  after: string | null
}
export interface Names {
  region: Map<number, string>
  organization: Map<number, string>
  person: Map<number, string>
}

const words = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'boolean' ? (value ? '是' : '否') : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** `{column: [before, after]}` of an update, `{column: value}` of a deletion, in words. */
export function changesOf(entity: string | null, action: string, changes: Record<string, unknown> | null, names: Names): Change[] {
  if (!changes) return []
  const known = entity === null ? undefined : entities.get(entity)
  const show = (column: string, value: unknown): string | null => {
    if (value === null || value === undefined) return null
    const of = NAMED[column]
    if (of && typeof value === 'number') return names[of].get(value) ?? `编号 ${value}`
    const field = known?.columns.get(column)
    return typeof field === 'object' ? displayValue(field, value, names.region) : words(value)
  }
  return Object.entries(changes).map(([column, value]) => {
    const field = known?.columns.get(column)
    const label = typeof field === 'string' ? field : (field?.label ?? COMMON_COLUMNS[column] ?? column)
    const [before, after] = action === 'update' && Array.isArray(value) ? value : [value, null]
    return { field: column, label, before: show(column, before), after: show(column, after) }
  })
}

/** Names of whatever the changes of these entries refer to. */
export async function namesFor(trx: Transaction, all: readonly { changes: Record<string, unknown> | null }[]): Promise<Names> {
  const wanted = { region: new Set<number>(), organization: new Set<number>(), person: new Set<number>() }
  for (const { changes } of all)
    for (const [column, value] of Object.entries(changes ?? {})) {
      const of = NAMED[column]
      if (of) for (const v of [value].flat()) if (typeof v === 'number') wanted[of].add(v)
    }
  const read = async (table: string, ids: Set<number>) =>
    new Map(ids.size ? (await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM ${sql.table(table)} WHERE id = ANY (${[...ids]}::integer[])`)).map((r) => [r.id, r.name]) : [])
  return { region: await read('org.region', wanted.region), organization: await read('org.organization', wanted.organization), person: await read('auth.person', wanted.person) }
}

/** What is told of an act beside its record, by the names of its contract; the few that people ask for have words. */
const DETAILS: Readonly<Record<string, string>> = {
  file: '文件', format: '格式', filter: '筛选', columns: '栏目', form: '报表', period: '报告期', organizationId: '单位编号', ids: '记录编号', postId: '岗位编号', personId: '人员编号', version: '版本',
  times: '次数', arguments: '命令', login: '登录名', role: '角色', kind: '种类', from: '起', to: '止', status: '状态', id: '编号', expected: '预计条数', filings: '报表编号与版本', limit: '每页条数', basis: '依据',
}
export const detailWords = (detail: Record<string, unknown> | null): { label: string; value: string }[] =>
  Object.entries(detail ?? {}).map(([key, value]) => ({ label: DETAILS[key] ?? key, value: words(value) ?? '' }))
