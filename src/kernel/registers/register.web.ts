/** What a register's pages need to know beside its entity: operations, addresses, where references come from. */
import type { Subject } from '../authority/access/access.contract.ts'
import type { Operation } from '../contract/contract.rules.ts'
import type { Entity } from '../entity/entity.rules.ts'

export type RecordRow = { id: number; version: number; can?: string[] } & Record<string, unknown>

export interface ReferenceOption {
  value: number
  label: string
  /** Says which one of several with the same name. */
  detail?: string
}

/** Where the choices of a reference come from. A hook, because most are read from the server. */
export interface ReferenceSource {
  useOptions: (search: string) => { options: ReferenceOption[]; loading: boolean }
  /** The server searches while one types. */
  remote?: boolean
}

/** A view that everybody has, e.g. 现存 / 已终止 / 全部. */
export interface Preset {
  name: string
  query: Record<string, string>
}

export interface Register {
  entity: Entity
  /** Address of the list; a record stands at `${path}/$id`. */
  path: string
  /** How the question “who can see this” names a record of it. */
  subject?: Subject
  title: string
  /** 个, 辆, 间… */
  counted: string
  nameField: string
  operations: {
    list: Operation<any, any>
    /** Sums of the entity's fields with `total`, over the whole list. */
    totals?: Operation<any, any>
    get: Operation<any, any>
    create?: Operation<any, any>
    update?: Operation<any, any>
    history?: Operation<any, any>
    export?: Operation<any, any>
    bulkPreview?: Operation<any, any>
    bulkUpdate?: Operation<any, any>
  }
  references: Record<string, ReferenceSource>
  /** The first one holds where the address says nothing. */
  presets: readonly Preset[]
  searchHint: string
  /** Fields that may be set to one value for many records. */
  bulkFields: readonly string[]
  /** Fields in the order and groups of the form; what is not named stands in the last group. */
  groups: readonly { title: string; fields: readonly string[] }[]
}

/** The server sends a reference's name beside it: `regionId` → `regionName`. */
export const shownName = (field: string): string => field.replace(/Id$/, 'Name')
