/** The energy survey as a domain: its forms, its reference data, and figures that follow filings and organisations. */
import { fileURLToPath } from 'node:url'
import { defineDomain } from '../../kernel/domain.ts'
import { followOrganizations } from '../../kernel/org/change/change.procedures.ts'
import { registerImportTarget } from '../../kernel/imports/import.procedures.ts'
import { registerReports } from '../../kernel/reports/registry.ts'
import { declareChoices, followSettings } from '../../kernel/settings/settings.procedures.ts'
import { entityOf } from '../../kernel/reports/report.rules.ts'
import { refreshConsumption, refreshPlacement } from './consumption/consumption.ts'
import { refreshCube } from './consumption/cube.ts'
import { recomputeAfter, recomputeJob } from './consumption/recompute.ts'
import { settingChoices } from './factors/setting-choices.ts'
import { energyImport } from './imports/energy.import.ts'
import { districtReportHandlers } from './indicators/district-report.ts'
import { exportHandlers } from './indicators/exports.procedures.ts'
import { indicatorHandlers } from './indicators/indicators.procedures.ts'
import { publicationHandlers } from './indicators/publications.procedures.ts'
import { targetsBelowHandlers } from './indicators/targets-below.procedures.ts'
import { targetHandlers } from './indicators/targets.procedures.ts'
import { loadEnergyReference } from './reference.ts'
import { energyReports } from './reports/versions.rules.ts'
import { rollupHandlers } from './rollup/rollup.procedures.ts'

registerReports(energyReports, refreshConsumption)
followOrganizations(refreshPlacement)
registerImportTarget(energyImport)
declareChoices(settingChoices())
followSettings(recomputeAfter)

export const energyDomain = defineDomain({
  name: 'energy',
  knows: [],
  entities: energyReports.map(entityOf),
  handlers: [...indicatorHandlers, ...targetHandlers, ...targetsBelowHandlers, ...publicationHandlers, ...districtReportHandlers, ...exportHandlers, ...rollupHandlers],
  migrations: fileURLToPath(new URL('./migrations', import.meta.url)),
  loadReference: loadEnergyReference,
  jobs: [
    // Readers make the cube fresh themselves; after a large import this job saves the first of them the wait.
    { name: 'energy.cube', run: async ({ db }) => void (await db.asSystem('energy.cube', refreshCube)) },
    recomputeJob,
  ],
  constraints: {
    factor_once: '同一年份、同一地区的这个因子已经有了；要更正请修改它，或写明新的生效日期。',
    factor_source: '请填写因子的来源。',
    target_once: '这个单位的这项目标已经下达过，请修改原来的目标。',
    target_years: '目标年必须晚于基期年。',
    target_value: '请填写下降百分比，或者填写总量上限，二者选一。',
    target_source: '请填写目标的依据。',
  },
})
