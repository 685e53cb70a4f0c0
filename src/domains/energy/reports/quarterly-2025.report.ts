import { defineReport } from '../../../kernel/reports/report.rules.ts'
import { MEASURES, periodChecks } from './checks-periods.rules.ts'
import { valueChecks } from './checks-values.rules.ts'
import { sections2025 } from './sections-2025.rules.ts'

export const quarterly2025 = defineReport({
  domain: 'energy', form: 'quarterly', version: '2025', label: '公共机构能源资源消费统计季度报表（2025 版）',
  basis: '《公共机构能源资源消费统计调查制度》（2025-11-10 印发）',
  from: '2026-01-01', months: 3,
  deadline: { days: 15, source: '报送日期以当年布置为准，一般知识，待业务方核对', unsure: true },
  reporters: '纳入公共机构名录库的机构',
  reviewLevels: [{ code: 'superior', label: '主管部门或区县审核' }, { code: 'city', label: '市级审核' }],
  doubts: ['2025-11-10 印发，从哪一期起用新表未核到：年报按 2025 年度起，月度台账和季报按 2026 年起。', '太阳能光电系统发电量未见删除，仍保留。', '表号、文号以当年正式制度为准，未核到。'],
  sections: sections2025('quarterly'),
  measures: MEASURES,
  checks: [...valueChecks('quarterly'), ...periodChecks('quarterly')],
})
