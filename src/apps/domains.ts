/** The list of domains. Only this file names them all. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Domain } from '../kernel/domain.ts'
import type { MigrationSource } from '../kernel/db/migrate.ts'
import { attachmentsDomain } from '../kernel/attachments/index.ts'
import { organizationDomain } from '../kernel/org/index.ts'
import { registersDomain } from '../kernel/registers/index.ts'
import { backupDomain } from '../kernel/backup/index.ts'
import { reportsDomain } from '../kernel/reports/index.ts'
import { auditDomain } from '../kernel/audit/index.ts'
import { energyDomain } from '../domains/energy/index.ts'

export const domains: readonly Domain[] = [organizationDomain, registersDomain, reportsDomain, attachmentsDomain, auditDomain, backupDomain, energyDomain]

const kernelMigrations = fileURLToPath(new URL('../kernel/db/migrations', import.meta.url))
export const migrationSources: readonly MigrationSource[] = [
  { name: 'kernel', folder: kernelMigrations },
  ...domains.filter((d) => d.migrations).map((d) => ({ name: d.name, folder: path.resolve(d.migrations!) })),
]
