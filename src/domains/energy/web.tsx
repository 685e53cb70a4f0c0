/** Pages of the energy survey. The definitions of its forms are loaded when a page first needs them. */
import { defineScreens } from '../../kernel/ui/screens.web.ts'
import { registerForms } from '../../kernel/reports/forms.web.ts'
import { reportCards, reportCounters, reportScreens, reportTabs } from '../../kernel/reports/screens.web.ts'
import { indicatorCards, indicatorScreens, indicatorTabs } from './indicators/screens.web.ts'

registerForms(async () => (await import('./reports/versions.rules.ts')).energyReports)

export const energyScreens = defineScreens({
  screens: [...indicatorScreens, ...reportScreens('energy')],
  desk: [...reportCards, ...indicatorCards],
  counters: reportCounters,
  recordTabs: [...reportTabs, ...indicatorTabs],
})
