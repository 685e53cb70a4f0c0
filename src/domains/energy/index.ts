/** The energy survey as a domain: its forms, its reference data, and figures that follow filings and organisations. */
import { fileURLToPath } from 'node:url'
import { defineDomain } from '../../kernel/domain.ts'
import { followOrganizations } from '../../kernel/org/change/followers.ts'
import { registerImportTarget } from '../../kernel/imports/import.procedures.ts'
import { registerReports } from '../../kernel/reports/registry.ts'
import { declareChoices, declareTexts, followSettings } from '../../kernel/settings/settings.procedures.ts'
import { entityOf } from '../../kernel/reports/report.rules.ts'
import { followFilings, refreshPlacement } from './consumption/consumption.ts'
import { refreshAll } from './consumption/cube.ts'
import { recomputeAfter, recomputeJob } from './consumption/recompute.ts'
import { settingChoices, settingTexts } from './factors/setting-choices.ts'
import { energyImport } from './imports/energy.import.ts'
import { districtReportHandlers } from './indicators/district-report.ts'
import { exportHandlers } from './indicators/exports.procedures.ts'
import { indicatorHandlers } from './indicators/indicators.procedures.ts'
import { institutionHandlers } from './indicators/institution/institution.procedures.ts'
import { publicationHandlers } from './indicators/publications.procedures.ts'
import { targetsBelowHandlers } from './indicators/targets-below.procedures.ts'
import { targetHandlers } from './indicators/targets.procedures.ts'
import { loadEnergyReference } from './reference.ts'
import { energyReports } from './reports/versions.rules.ts'
import { rollupHandlers } from './rollup/rollup.procedures.ts'

registerReports(energyReports, followFilings)
followOrganizations(refreshPlacement)
registerImportTarget(energyImport)
declareChoices(settingChoices())
declareTexts(settingTexts())
followSettings(recomputeAfter)

export const energyDomain = defineDomain({
  name: 'energy',
  knows: [],
  entities: energyReports.map(entityOf),
  handlers: [...indicatorHandlers, ...institutionHandlers, ...targetHandlers, ...targetsBelowHandlers, ...publicationHandlers, ...districtReportHandlers, ...exportHandlers, ...rollupHandlers],
  trail: {
    'energy.factor': { label: '折算系数', columns: { kind: '种类', energy: '能源', scope: '范围', method: '计算方法', year: '年份', value: '数值', unit: '单位', notice: '文号', valid_from: '起', valid_to: '止', source: '来源', unsure: '待核', note: '说明' } },
    'energy.target': {
      label: '节能目标',
      columns: {
        indicator: '指标', scope: '范围', region_id: '区划', organization_id: '单位', base_year: '基期', base_value: '基期值', target_year: '目标年', handed_down_from: '分解自', reduction_percent: '下降率', total: '总量', source: '来源', unsure: '待核', note: '说明', confirmed_at: '确认时间',
        confirmed_by_name: '确认人',
      },
    },
  },
  migrations: fileURLToPath(new URL('./migrations', import.meta.url)),
  loadReference: loadEnergyReference,
  jobs: [
    // Readers make figures and cube fresh themselves; after a large import this job saves the first of them the wait.
    { name: 'energy.cube', run: async ({ db }) => db.asSystem('energy.cube', refreshAll) },
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
