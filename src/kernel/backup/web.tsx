/** The operator's page of backups, and the number of alarms in the top bar. */
import { call } from '../ui/client.web.ts'
import { defineScreens } from '../ui/screens.web.ts'
import { countBackupAlarms } from './backup.contract.ts'

export const backupScreens = defineScreens({
  screens: [{ path: '/backups', label: '备份', area: 'system', menu: true, permission: 'system.operate', words: '备份 恢复 校验 灾备 日志归档', load: () => import('./BackupsPage.tsx') }],
  desk: [{ id: 'backup-alarms', permission: 'system.operate', span: 'half', order: 15, load: () => import('./BackupAlarmsCard.tsx') }],
  counters: [{ id: 'backup-alarms', label: '备份告警', permission: 'system.operate', to: '/backups', count: async () => (await call(countBackupAlarms, {})).count }],
})
