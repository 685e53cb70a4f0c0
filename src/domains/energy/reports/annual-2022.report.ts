import { defineReport } from '../../../kernel/reports/report.rules.ts'
import { MEASURES, periodChecks } from './checks-periods.rules.ts'
import { valueChecks } from './checks-values.rules.ts'
import { sections2022 } from './sections-2022.rules.ts'

export const annual2022 = defineReport({
  domain: 'energy', form: 'annual', version: '2022', label: '公共机构能源资源消费统计年度报表（2022 版）',
  basis: '《公共机构能源资源消费统计调查制度》（国管节能〔2022〕301号，2022-09-23）',
  from: '2020-01-01', to: '2024-01-01', months: 12,
  deadline: { monthDay: '03-31', source: '《公共机构节能条例》第十五条' },
  reporters: '各级公共机构：全部或者部分使用财政性资金的国家机关、事业单位和团体组织（《公共机构节能条例》第二条）',
  reviewLevels: [{ code: 'superior', label: '主管部门或区县审核' }, { code: 'city', label: '市级审核' }],
  doubts: ['本版 2022-09-23 印发；2020、2021 年（基期和首年）的数按本版补录。', '表号、文号以当年正式制度为准，未核到。', '各栏与正式表样的逐项对应未核到。'],
  sections: sections2022('annual'),
  measures: MEASURES,
  checks: [...valueChecks('annual'), ...periodChecks('annual')],
})
