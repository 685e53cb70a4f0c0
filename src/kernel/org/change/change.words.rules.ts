/** Words for the acts by which organisations change. */
import type { Restructuring } from './change.contract.ts'

export const ACTS: Record<Restructuring['kind'], string> = { merge: '合并', split: '拆分', rename: '更名', move: '划转', abolish: '撤销' }
export const actName = (kind: string): string => ACTS[kind as Restructuring['kind']] ?? '变更'
