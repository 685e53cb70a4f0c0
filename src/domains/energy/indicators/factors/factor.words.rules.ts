/** Words for the factors' codes, and for settings that are a choice. */
export const KINDS: Readonly<Record<string, string>> = { 'coal-equivalent': '折标系数', density: '密度', co2: '二氧化碳排放因子', 'heating-value': '平均低位发热量' }
export const SCOPES: Readonly<Record<string, string>> = { national: '全国', southwest: '西南', chongqing: '重庆' }
export const METHODS: Readonly<Record<string, string>> = { calorific: '当量值', equivalent: '等价值' }
/** Settings are grouped by the beginning of their keys. */
export const SETTING_GROUPS: readonly { prefix: string; label: string }[] = [
  { prefix: 'energy.factor.', label: '系数怎样选' }, { prefix: 'energy.carbon.', label: '碳排放口径' }, { prefix: 'energy.indicator.', label: '指标口径' }, { prefix: 'energy.target.', label: '目标与颜色' }, { prefix: 'energy.base.', label: '与基期比较' },
  { prefix: 'report.', label: '计入汇总' }, { prefix: 'energy.deadline.', label: '报送期限' }, { prefix: 'energy.form.', label: '表号、制定机关、批准文号和有效期' },
  { prefix: 'energy.price.', label: '单价合理范围' }, { prefix: 'energy.', label: '数据校核' },
]
