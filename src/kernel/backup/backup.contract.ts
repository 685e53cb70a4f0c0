/** Backups as the operator sees them: what exists, what can be restored, what is wrong. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'

export const KINDS = { backup: '备份', verify: '校验' } as const
export const STATES = { asked: '排队中', running: '进行中', done: '完成', failed: '失败' } as const

export const runRow = z.object({
  id: z.int(), kind: z.enum(['backup', 'verify']), reason: z.string(), state: z.enum(['asked', 'running', 'done', 'failed']), askedBy: z.string(), askedAt: z.string(), startedAt: z.string().nullable(), endedAt: z.string().nullable(),
  done: z.int(), total: z.int(), backup: z.string().nullable(), size: z.int().nullable(), problem: z.string().nullable(),
})
export type RunRow = z.output<typeof runRow>
export const backupRow = z.object({
  id: z.string(), readable: z.boolean(), kind: z.enum(['database', 'files']).nullable(), reason: z.string().nullable(), version: z.string().nullable(), startedAt: z.string().nullable(), seconds: z.number().nullable(), files: z.int().nullable(),
  bytes: z.int().nullable(), stored: z.int().nullable(), from: z.string().nullable(), until: z.string().nullable(), damaged: z.int().nullable(), keyId: z.string().nullable(),
})
export type BackupRow = z.output<typeof backupRow>

export const backupState = operation({
  id: 'backup.state', method: 'GET', path: '/backups', label: '查看备份', access: 'system.operate', whole: { alarms: 'one of a kind', backups: 'as many as are kept, at most 400', runs: 'the last 20' }, input: z.strictObject({}),
  output: z.object({
    /** Sentences; `error` needs somebody, `warning` a decision. */
    alarms: z.array(z.object({ level: z.enum(['error', 'warning']), message: z.string() })),
    place: z.string(), keyFile: z.string(), keyId: z.string().nullable(), embedded: z.boolean().nullable(), freeBytes: z.int().nullable(),
    plan: z.object({ version: z.int(), dailyAt: z.string(), keep: z.int() }),
    next: z.string(), keeperSeen: z.string().nullable(),
    /** The log: when its last piece left the server, how much waits, what failed. */
    log: z.object({ archivedAt: z.string().nullable(), failed: z.int(), failedAt: z.string().nullable(), waiting: z.int() }).nullable(),
    backups: z.array(backupRow), runs: z.array(runRow),
  }),
})
export const countBackupAlarms = operation({
  id: 'backup.alarms', method: 'GET', path: '/backups/alarms', label: '备份告警数', access: 'system.operate', input: z.strictObject({}), output: z.object({ count: z.int() }),
})
export const runBackup = operation({
  id: 'backup.run', method: 'POST', path: '/backups/run', label: '立即备份或校验', access: 'system.operate', input: z.strictObject({ kind: z.enum(['backup', 'verify']) }), output: runRow,
})
export const planBackups = operation({
  id: 'backup.plan', method: 'POST', path: '/backups/plan', label: '修改备份计划', access: 'system.operate',
  input: z.strictObject({
    version: z.int(), dailyAt: z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, '请填每天的时刻，如 02:30'), keep: z.int().min(1, '至少保留 1 份').max(400, '最多保留 400 份'),
    reason: z.string().trim().min(2, '请写明原因').max(300),
  }),
  output: z.object({ version: z.int(), dailyAt: z.string(), keep: z.int() }),
})
