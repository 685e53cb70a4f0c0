/** The list of domains in the browser. Only this file names them all. */
import type { Screens } from '../../kernel/ui/screens.web.ts'
import { attachmentScreens } from '../../kernel/attachments/web.tsx'
import { authorityScreens } from '../../kernel/authority/web.tsx'
import { organizationScreens } from '../../kernel/org/web.tsx'
import { importScreens } from '../../kernel/imports/web.tsx'
import { backupScreens } from '../../kernel/backup/web.tsx'
import { auditScreens } from '../../kernel/audit/web.tsx'
import { energyScreens } from '../../domains/energy/web.tsx'

export const screens: readonly Screens[] = [organizationScreens, importScreens, attachmentScreens, backupScreens, auditScreens, energyScreens, authorityScreens]
