/** Pages of the indicators, targets and publications. */
import type { Screen } from '../../../kernel/ui/screens.web.ts'

export const indicatorScreens: readonly Screen[] = [
  { path: '/energy', label: '指标总览', area: 'energy', menu: true, permission: 'indicator.read', words: '人均综合能耗 人均用水量 单位建筑面积能耗 碳排放 排名 地图', load: () => import('./overview/OverviewPage.tsx') },
  { path: '/energy/behind', label: '背后的机构', area: 'energy', permission: 'indicator.read', load: () => import('./behind/BehindPage.tsx') },
  { path: '/energy/analysis', label: '指标分析', area: 'energy', menu: true, permission: 'indicator.read', words: '分布 离群 能源流向 桑基图 构成 逐月 完整情况', load: () => import('./pictures/AnalysisPage.tsx') },
]
