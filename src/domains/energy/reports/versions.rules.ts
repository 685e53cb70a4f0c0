/** Every version of every form of the energy survey. */
import { versionFor, type Form, type Report } from '../../../kernel/reports/report.rules.ts'
import { annual2022 } from './annual-2022.report.ts'
import { annual2025 } from './annual-2025.report.ts'
import { monthly2022 } from './monthly-2022.report.ts'
import { monthly2025 } from './monthly-2025.report.ts'
import { quarterly2022 } from './quarterly-2022.report.ts'
import { quarterly2025 } from './quarterly-2025.report.ts'

export const energyReports: readonly Report[] = [monthly2022, monthly2025, quarterly2022, quarterly2025, annual2022, annual2025]

/** The version on which a period is reported; undefined before 2020, from which on the platform keeps figures. */
export const energyReport = (form: Form, periodStart: string): Report | undefined => versionFor(energyReports, `energy.${form}`, periodStart)
