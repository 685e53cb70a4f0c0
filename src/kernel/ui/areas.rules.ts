/** Business areas in the order of the city's plan for government-office administration; the menu groups pages by them. */
export const AREAS = {
  energy: '公共机构节能',
  cost: '机关运行成本',
  assets: '国有资产与公物仓',
  offices: '办公用房',
  vehicles: '公务用车',
  services: '后勤服务',
  reception: '公务接待',
  standards: '法规标准',
  planning: '规划',
  emergency: '应急',
  training: '培训',
  cooperation: '区域协同',
  foundation: '基础信息',
  system: '系统管理',
} as const
export type AreaId = keyof typeof AREAS
