/**
 * Which records take attachments. The database says who may (`files.attachable` in a migration: permission and scope);
 * here the record says whether now is the time: a form that was handed in takes none from its filler.
 */
import { invalid, notFound } from '../contract/problem.rules.ts'
import type { Transaction } from '../db/database.ts'

export interface Host {
  /** Whose it is, where it is somebody's: attachments move with the organisation and count for it. */
  organizationId: number | null
  orgPath: string
  may: boolean
  /** Why not, for who has the permission. */
  whyNot?: string
  /** What is attached proves something: only the organisation that brought it takes it away. */
  evidence?: boolean
  /** Parts that can be named, as cells of a form. */
  items?: readonly string[]
}

export interface Attachable {
  /** Name of the table. */
  entity: string
  /** What people call such a record. */
  label: string
  /** Under the actor's own row security: undefined is hidden and absent alike. */
  find: (trx: Transaction, id: number) => Promise<Host | undefined>
}

const all = new Map<string, Attachable>()
export function registerAttachable(attachable: Attachable): void {
  all.set(attachable.entity, attachable)
}
export const attachables = (): readonly Attachable[] => [...all.values()]

export async function hostOf(trx: Transaction, entity: string, id: number): Promise<Host & { label: string }> {
  const attachable = all.get(entity)
  if (!attachable) throw invalid('这种记录不能带附件。', [{ path: 'entity', message: '不能带附件' }])
  const host = await attachable.find(trx, id)
  if (!host) throw notFound(attachable.label)
  return { ...host, may: host.may && !!trx.actor?.permissions.includes('attachment.write'), label: attachable.label }
}
