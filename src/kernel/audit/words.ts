/** Names instead of codes: what operations, entities and their columns are called, gathered from what everybody declares. */
import { sql } from 'kysely'
import type { Operation } from '../contract/contract.rules.ts'
import type { Transaction } from '../db/database.ts'
import type { Domain } from '../domain.ts'
import type { Entity, Field } from '../entity/entity.rules.ts'
import { displayValue } from '../registers/display.rules.ts'
import { COMMON_COLUMNS, DETAIL_VALUES, OWN_ENTITIES, OWN_OPERATIONS, VALUES } from './words.rules.ts'

const operations = new Map<string, string>(Object.entries(OWN_OPERATIONS))
const entities = new Map<string, { label: string; columns: Map<string, Field | string> }>()
/** Fields of all records by the name that contracts use: of what was to be changed the names are told, and numbers. */
const fields = new Map<string, string>()

export function declareWords(domains: readonly Domain[], declared: readonly Operation[]): void {
  for (const o of declared) operations.set(o.id, o.label)
  for (const [name, own] of [OWN_ENTITIES, ...domains.map((d) => d.trail ?? {})].flatMap((t) => Object.entries(t))) entities.set(name, { label: own.label, columns: new Map(Object.entries(own.columns)) })
  for (const e of domains.flatMap((d) => d.entities) as Entity<any>[])
    entities.set(e.name, { label: e.label, columns: new Map(Object.entries(e.columns as Record<string, string>).map(([n, c]) => [c, e.fields[n] as Field])) })
  for (const e of domains.flatMap((d) => d.entities) as Entity<any>[]) for (const [name, f] of Object.entries(e.fields as Record<string, Field>)) if (!fields.has(name)) fields.set(name, f.label)
}

export const operationLabel = (id: string): string => operations.get(id) ?? id
export const entityLabel = (name: string | null): string | null => (name === null ? null : (entities.get(name)?.label ?? (name.includes('.') ? name : '记录')))
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

const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$/
const SHANGHAI = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' })
/** Instants stand in the trail in the database's zone; beside the line's own time they are read in the office's. */
const here = (text: string): string => (INSTANT.test(text) ? SHANGHAI.format(new Date(text)) : text)
const words = (value: unknown, codes?: Readonly<Record<string, string>>): string | null => {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (Array.isArray(value) && value.every((v) => typeof v !== 'object')) return value.map((v) => words(v, codes)).join('、')
  return typeof value === 'object' ? JSON.stringify(value) : (codes?.[String(value)] ?? here(String(value)))
}

/** `{column: [before, after]}` of an update, `{column: value}` of a deletion, in words. */
export function changesOf(entity: string | null, action: string, changes: Record<string, unknown> | null, names: Names): Change[] {
  if (!changes) return []
  const known = entity === null ? undefined : entities.get(entity)
  const show = (column: string, value: unknown): string | null => {
    if (value === null || value === undefined) return null
    const of = NAMED[column]
    if (of && typeof value === 'number') return names[of].get(value) ?? `编号 ${value}`
    const field = known?.columns.get(column)
    if (column === 'entity' && typeof value === 'string') return entityLabel(value)
    return typeof field === 'object' ? here(displayValue(field, value, names.region) ?? '') || null : words(value, VALUES[`${entity}.${column}`] ?? VALUES[column])
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
  sort: '排序', values: '填写的内容', patch: '改动的内容', selection: '选中的', before: '早于编号', after: '晚于编号', aId: '甲机构编号', bId: '乙机构编号', change: '机构变更', target: '导入内容', headerRow: '表头所在行', mapping: '导入对照', accept: '写入范围', submit: '同时提交', replace: '覆盖同名的', prefill: '空栏取名录和台账的数',
  validFrom: '起', validTo: '止', subject: '问的对象', chosen: '选中的申请', successorId: '接手人编号', until: '到', mine: '只看本人', entity: '对象', by: '排列方式', unsure: '待核', page: '页面', item: '栏目', regionId: '区划编号', superiorId: '主管单位编号', offset: '从第几条', scope: '范围',
  cells: '单元格', organizationIds: '单位编号', recordId: '对象编号', replaces: '替换的附件编号', operation: '操作', result: '结果', keep: '保留份数', division: '区划口径', year: '年份', entries: '明细', title: '标题', region: '区划',
  fromIds: '原机构编号', fromId: '原机构编号', parts: '分出的机构', intoId: '并入的机构编号', into: '变更后的机构', effective: '生效日', skip: '跳过的行', institution: '机构所在的列', long: '逐笔账单', quantity: '数量', cost: '金额', add: '相加',
}
const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
const detailLabel = (key: string): string => DETAILS[key] ?? fields.get(key) ?? OWN_ENTITIES['auth.policy']!.columns[snake(key)] ?? COMMON_COLUMNS[snake(key)] ?? key
const detailText = (key: string, value: unknown): string => {
  if (Array.isArray(value)) return value.map((v) => detailText(key, v)).join(value.some((v) => typeof v === 'object') ? '；' : '、')
  if (value && typeof value === 'object') return Object.entries(value).map(([k, v]) => `${detailLabel(k)} ${detailText(k, v)}`).join('，')
  if (key === 'entity') return entityLabel(String(value)) ?? ''
  if (key === 'operation') return operationLabel(String(value))
  return words(value, DETAIL_VALUES[key]) ?? ''
}
export const detailWords = (detail: Record<string, unknown> | null): { label: string; value: string }[] =>
  Object.entries(detail ?? {}).map(([key, value]) => ({ label: detailLabel(key), value: detailText(key, value) }))
