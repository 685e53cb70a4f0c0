/** Pages of the indicators, targets and publications. */
import type { DeskCard, RecordTab, Screen } from '../../../kernel/ui/screens.web.ts'

export const indicatorScreens: readonly Screen[] = [
  { path: '/energy', label: '指标总览', area: 'energy', menu: true, permission: 'indicator.read', words: '人均综合能耗 人均用水量 单位建筑面积能耗 碳排放 排名 地图', load: () => import('./overview/OverviewPage.tsx') },
  { path: '/energy/behind', label: '背后的机构', area: 'energy', permission: 'indicator.read', load: () => import('./behind/BehindPage.tsx') },
  { path: '/energy/institutions/$id', label: '机构指标', area: 'energy', permission: 'indicator.read', load: () => import('./institution/InstitutionPage.tsx') },
  { path: '/energy/analysis', label: '指标分析', area: 'energy', menu: true, permission: 'indicator.read', words: '分布 离群 能源流向 桑基图 构成 逐月 完整情况', load: () => import('./pictures/AnalysisPage.tsx') },
  { path: '/energy/targets', label: '目标分解', area: 'energy', menu: true, permission: 'indicator.read', words: '目标 下达 分解 进展 红黄绿 十四五', load: () => import('./targets/TargetsPage.tsx') },
  { path: '/energy/publications', label: '数据发布', area: 'energy', menu: true, permission: 'indicator.read', words: '公布 快照 校验值 更正', load: () => import('./publications/PublicationsPage.tsx') },
  { path: '/energy/publications/$id', label: '已发布数据', area: 'energy', permission: 'indicator.read', load: () => import('./publications/PublicationPage.tsx') },
  { path: '/energy/factors', label: '系数与口径', area: 'energy', menu: true, permission: 'indicator.read', words: '折标系数 排放因子 参数 设置 待核', load: () => import('./factors/FactorsPage.tsx') },
  { path: '/cockpit', label: '驾驶舱', area: 'energy', menu: true, permission: 'indicator.read', bare: true, words: '大屏 领导 预警 地图', load: () => import('./cockpit/CockpitPage.tsx') },
]

/** On the page of an institution: its own figures. Offices above it have none of their own. */
export const indicatorTabs: readonly RecordTab[] = [
  { entity: 'org.organization', key: 'indicators', label: '能耗指标', permission: 'indicator.read', only: (row) => row.kind === 'institution', load: () => import('./institution/InstitutionFigures.tsx') },
]

export const indicatorCards: readonly DeskCard[] = [
  { id: 'energy-figures', permission: 'indicator.read', span: 'wide', order: 20, load: () => import('./desk/FiguresCard.tsx') },
]
