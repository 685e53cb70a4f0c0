/** Figures as columns of a workbook: the same whichever way they were grouped. */
import type { OutColumn } from '../../../kernel/documents/workbook-out.ts'
import { FUEL_LABELS, FUELS, tceOf } from '../consumption/measures.rules.ts'
import { INDICATORS, unitOf } from './indicators.rules.ts'
import type { IndicatorRow } from './indicators.ts'

export const wordColumn = (key: string, heading: string, width = 20): OutColumn => ({ key, heading, width, kind: 'text' })
export const numberColumn = (key: string, heading: string, unit?: string): OutColumn => ({ key, heading, unit, width: 16, kind: 'number' })

export const figureColumns = (first: string, months: number): OutColumn[] => [
  wordColumn('label', first, 30),
  numberColumn('counted', '计入机构', '家'), numberColumn('keptOut', '未计入机构', '家'), numberColumn('people', '用能人数', '人'), numberColumn('buildingArea', '建筑面积', '㎡'), numberColumn('tce', '综合能耗', 'tce'),
  ...FUELS.map((f) => numberColumn(tceOf(f), `其中：${FUEL_LABELS[f]}`, 'tce')), numberColumn('water', '用水量', 'm³'), numberColumn('co2', '碳排放', 't'),
  ...INDICATORS.map((i) => numberColumn(i.code, i.label, unitOf(i, months))), wordColumn('factorSets', '因子版本'),
]
/** Without a figure the cell stays empty: missing is not zero. */
export const figureCells = (r: IndicatorRow, label = r.label): Record<string, unknown> => ({ label, counted: String(r.counted), keptOut: String(r.keptOut), ...r.sums, ...r.indicators, factorSets: r.factorSets.join(' ') })
