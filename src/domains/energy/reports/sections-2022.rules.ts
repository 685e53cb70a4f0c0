/**
 * The four base forms in the version printed on 2022-09-23 (国管节能〔2022〕301号): 太阳能光电系统发电量 came in,
 * 机房表“其他能源” went out. Which cells the full text has beyond the public descriptions is not verified.
 * Published: never edited, a new version starts as a copy.
 */
import { choice, integer, money, quantity } from '../../../kernel/entity/entity.rules.ts'
import type { Form, ReportItem, Section } from '../../../kernel/reports/report.rules.ts'

const AREA = '建筑面积：办公区建筑面积，不含住宅区、附属宿舍（能源资源消费统计调查制度指标解释）'
const PEOPLE = '用能人数：办公区实际使用的总人数，含各类编外人员（能源资源消费统计调查制度指标解释）'

/** Blank means: there is none. In quarterly and annual forms the monthly ledgers fill it in advance. */
function amount(form: Form, code: string, label: string, unit: string, more: Partial<ReportItem> = {}): ReportItem {
  return {
    code, label, unit, type: quantity(4), aggregation: 'sum',
    ...(form === 'monthly' ? {} : { prefill: { from: 'months' as const, field: code } }), ...more,
  }
}
const cost = (form: Form, code: string, label: string, more: Partial<ReportItem> = {}): ReportItem =>
  amount(form, code, label, '元', { type: money(), ...more })

export function sections2022(form: Form): Section[] {
  const annual = form === 'annual'
  const q = (code: string, label: string, unit: string, more?: Partial<ReportItem>) => amount(form, code, label, unit, more)
  const c = (code: string, label: string, more?: Partial<ReportItem>) => cost(form, code, label, more)
  return [
    {
      code: 'basics', label: '公共机构基本信息',
      items: [
        { code: 'buildingArea', label: '建筑面积', unit: '㎡', type: quantity(2), aggregation: 'last', required: true, gap: 'measure', prefill: { from: 'register', field: 'buildingArea' }, help: '办公区建筑面积，不含住宅区和附属宿舍。', basis: AREA, synonyms: ['总建筑面积', 'PropertyGFATotal', 'Gross Floor Area'] },
        { code: 'people', label: '用能人数', unit: '人', type: integer(0), aggregation: 'mean', required: true, gap: 'measure', prefill: { from: 'register', field: 'people' }, help: '办公区实际使用的总人数，含各类编外人员；说不准的填平均人数。', basis: PEOPLE, synonyms: ['人数', '总人数'] },
        ...(annual
          ? ([
              { code: 'landArea', label: '用地面积', unit: '㎡', type: quantity(2), aggregation: 'last', prefill: { from: 'lastPeriod', field: 'landArea' } },
              { code: 'newEnergyVehicles', label: '新能源汽车数量', unit: '辆', type: integer(0), aggregation: 'last', prefill: { from: 'lastPeriod', field: 'newEnergyVehicles' }, synonyms: ['新能源车数量'] },
              { code: 'chargingPoints', label: '充电桩数量', unit: '个', type: integer(0), aggregation: 'last', prefill: { from: 'lastPeriod', field: 'chargingPoints' } },
              { code: 'renewableEnergy', label: '可再生能源应用', type: choice({ none: '无', photovoltaic: '太阳能光电', solarHeat: '太阳能光热', heatPump: '地源、水源、空气源热泵', several: '两种以上', other: '其他' }), aggregation: 'none' },
            ] satisfies ReportItem[])
          : []),
      ],
    },
    {
      code: 'consumption', label: '能源资源消费状况',
      items: [
        q('electricity', '电消费量', 'kWh', { required: true, help: '包括自发自用的光伏电量。单位是千瓦时（度），不是万千瓦时。', synonyms: ['用电量', '电量', '电（千瓦时）', 'Electricity Use - Grid Purchase (kWh)', 'Electricity(kWh)'] }),
        c('electricityCost', '电费', { synonyms: ['用电费用', '电费用'] }),
        q('pvGeneration', '太阳能光电系统发电量', 'kWh', { basis: '国管节能〔2022〕301号', synonyms: ['光伏发电量'] }),
        q('water', '水消费量', 'm³', { required: true, gap: 'measure', help: '水单列，不计入综合能耗。', synonyms: ['用水量', '水（立方米）', '水(吨)'] }),
        c('waterCost', '水费', { synonyms: ['用水费用'] }),
        q('coal', '煤炭消费量', 't', { synonyms: ['原煤', '煤（吨）', '用煤量'] }),
        c('coalCost', '煤炭费用', { synonyms: ['煤费'] }),
        q('naturalGas', '天然气消费量', 'm³', { synonyms: ['用气量', '天然气（立方米）'] }),
        c('naturalGasCost', '天然气费用', { synonyms: ['气费', '燃气费'] }),
        q('lpg', '液化石油气消费量', 'kg', { synonyms: ['液化气', '液化石油气（千克）'] }),
        c('lpgCost', '液化石油气费用'),
        q('petrol', '汽油消费量', 'L', { synonyms: ['汽油（升）', '汽油用量'] }),
        q('petrolVehicle', '其中：公务用车汽油消费量', 'L', { synonyms: ['车辆用汽油', '公务用车用汽油'] }),
        c('petrolCost', '汽油费用'),
        q('diesel', '柴油消费量', 'L', { synonyms: ['柴油（升）', '柴油用量'] }),
        q('dieselVehicle', '其中：公务用车柴油消费量', 'L', { synonyms: ['车辆用柴油', '公务用车用柴油'] }),
        c('dieselCost', '柴油费用'),
        q('kerosene', '煤油消费量', 'L', { synonyms: ['煤油（升）'] }),
        c('keroseneCost', '煤油费用'),
        q('heat', '热力消费量', 'GJ', { help: '单位是吉焦；热费单上是兆焦的，除以 1000。', synonyms: ['热力（吉焦）', '热量'] }),
        c('heatCost', '热力费用', { synonyms: ['热费'] }),
        q('otherEnergy', '其他能源消费量', 'tce', { help: '先折算成吨标准煤再填。', synonyms: ['其他能源（吨标准煤）'] }),
        c('otherEnergyCost', '其他能源费用'),
      ],
    },
    {
      code: 'dataCenter', label: '数据中心机房能源消费状况', appliesWhen: 'hasDataCenter',
      items: [
        ...(annual
          ? ([
              { code: 'dataCenterArea', label: '机房建筑面积', unit: '㎡', type: quantity(2), aggregation: 'last', required: true, prefill: { from: 'lastPeriod', field: 'dataCenterArea' } },
              { code: 'upsCapacity', label: 'UPS 装机容量', unit: 'kVA', type: quantity(2), aggregation: 'last', prefill: { from: 'lastPeriod', field: 'upsCapacity' } },
            ] satisfies ReportItem[])
          : []),
        q('dataCenterElectricity', '机房电消费量', 'kWh', { required: true, help: '机房总用电，已包括在电消费量里。', synonyms: ['机房用电量'] }),
        q('itElectricity', '其中：信息设备电消费量', 'kWh', { required: true, help: 'PUE = 机房电消费量 ÷ 信息设备电消费量。', synonyms: ['IT设备用电量'] }),
        c('dataCenterElectricityCost', '机房电费'),
      ],
    },
    {
      code: 'heating', label: '采暖能源资源消费状况', appliesWhen: 'hasHeating',
      items: [
        ...(annual ? ([{ code: 'heatingArea', label: '采暖面积', unit: '㎡', type: quantity(2), aggregation: 'last', required: true, prefill: { from: 'lastPeriod', field: 'heatingArea' } }] satisfies ReportItem[]) : []),
        q('heatingHeat', '采暖热力消费量', 'GJ', { synonyms: ['采暖用热力'] }),
        q('heatingElectricity', '采暖电消费量', 'kWh', { synonyms: ['采暖用电'] }),
        q('heatingNaturalGas', '采暖天然气消费量', 'm³', { synonyms: ['采暖用气'] }),
        q('heatingCoal', '采暖煤炭消费量', 't', { synonyms: ['采暖用煤'] }),
        q('heatingOther', '采暖其他能源消费量', 'tce'),
        c('heatingCost', '采暖费用'),
      ],
    },
  ]
}
