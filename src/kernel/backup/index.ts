/** Backups on the list of domains: the operator's page and what stands behind it. */
import { defineDomain } from '../domain.ts'
import { backupHandlers } from './backup.procedures.ts'

export const backupDomain = defineDomain({
  name: 'backup', knows: [], entities: [], handlers: backupHandlers,
  constraints: { backup_run_once: '已有一次备份或校验在进行，请等它结束。', backup_plan_daily_at: '请填每天的时刻，如 02:30。', backup_plan_keep: '保留份数应在 1 到 400 之间。' },
})
