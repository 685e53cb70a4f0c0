/** Checks inside one form: charge and quantity, parts and wholes, unit prices, plausibility (rules.md §4.7). */
import type { Check } from '../../../kernel/reports/check.rules.ts'
import { constant, divide, item, setting, sum, times, type Expression } from '../../../kernel/reports/expression.rules.ts'
import type { Form } from '../../../kernel/reports/report.rules.ts'

/** What is bought by quantity: item, its cost, and the key of its price band in data/energy/settings.json. */
export const PURCHASES = [
  { code: 'electricity', label: '电', unit: 'kWh' },
  { code: 'water', label: '水', unit: 'm³' },
  { code: 'coal', label: '煤炭', unit: 't' },
  { code: 'naturalGas', label: '天然气', unit: 'm³' },
  { code: 'lpg', label: '液化石油气', unit: 'kg' },
  { code: 'petrol', label: '汽油', unit: 'L' },
  { code: 'diesel', label: '柴油', unit: 'L' },
  { code: 'kerosene', label: '煤油', unit: 'L' },
  { code: 'heat', label: '热力', unit: 'GJ' },
] as const

const ZERO = constant('0')

function purchase({ code, label, unit }: (typeof PURCHASES)[number]): Check[] {
  const quantity = item(code)
  const charge = item(`${code}Cost`)
  const [low, high] = [setting(`energy.price.${code}.low`), setting(`energy.price.${code}.high`)]
  return [
    {
      code: `charge-without-quantity.${code}`, kind: 'within', label: `有${label}费无用量`, items: [code, `${code}Cost`], severity: 'hard', missing: 'zero',
      when: { left: charge, operator: '>', right: ZERO }, left: quantity, operator: '>', right: ZERO,
      message: `填了${label}的费用，${label}消费量却是空白或 0。`, instruction: '请按账单补填消费量；费用填错栏的，请把费用改到对应的栏。',
    },
    {
      code: `quantity-without-charge.${code}`, kind: 'within', label: `有${label}用量无费用`, items: [`${code}Cost`, code], severity: 'soft', missing: 'zero',
      when: { left: quantity, operator: '>', right: ZERO }, left: charge, operator: '>', right: ZERO,
      message: `有${label}消费量，没有费用。`, instruction: '请补填费用；由产权单位统一支付等原因没有费用的，请说明。',
    },
    {
      code: `magnitude.${code}.price`, kind: 'magnitude', label: `${label}的计量单位`, items: [code, `${code}Cost`], severity: 'soft', missing: 'skip', unit: `元/${unit}`,
      when: { left: charge, operator: '>', right: ZERO }, left: divide(charge, quantity), operator: 'between', right: [divide(low, constant('500')), times(high, constant('500'))],
      message: `${label}单价（费用÷消费量）算出来是 {left} {unit}，与正常价格相差几百倍以上。`,
      instruction: `多半是计量单位用错了：消费量的单位是 ${unit}（不是万${unit}），费用的单位是元（不是万元）。请改正；确实如此的请说明。`,
    },
    {
      code: `unit-price.${code}`, kind: 'unit-price', label: `${label}单价`, items: [code, `${code}Cost`], severity: 'soft', missing: 'skip', unit: `元/${unit}`, unless: [`magnitude.${code}.price`],
      when: { left: charge, operator: '>', right: ZERO }, left: divide(charge, quantity), operator: 'between', right: [low, high],
      message: `${label}单价（费用÷消费量）是 {left} {unit}，不在 {low}～{high} {unit} 之间。`, instruction: '请核对费用和消费量是否同一时段、单位是否正确；确实如此的请说明原因（如含基本电费、补缴、阶梯加价）。',
    },
  ]
}

function part(code: string, label: string, wholeCode: string, wholeLabel: string, left: Expression = item(code)): Check {
  return {
    code: `part.${code}`, kind: 'cross-table', label: `${label}不超过${wholeLabel}`, items: [code, wholeCode], severity: 'hard', missing: 'zero',
    when: { left, operator: '>', right: ZERO }, left, operator: '<=', right: item(wholeCode),
    message: `${label} {left} {unit}，大于${wholeLabel} {right} {unit}。`, instruction: '部分不能大于总量：请核对分表和总表的抄表数与倍率，改正填错的一项。',
  }
}

const PARTS: Check[] = [
  part('petrolVehicle', '公务用车汽油', 'petrol', '汽油消费量'),
  part('dieselVehicle', '公务用车柴油', 'diesel', '柴油消费量'),
  part('dataCenterElectricity', '机房用电', 'electricity', '电消费量'),
  part('dataCenterElectricityCost', '机房电费', 'electricityCost', '电费'),
  part('heatingHeat', '采暖热力', 'heat', '热力消费量'),
  part('heatingNaturalGas', '采暖天然气', 'naturalGas', '天然气消费量'),
  part('heatingCoal', '采暖煤炭', 'coal', '煤炭消费量'),
  part('heatingOther', '采暖其他能源', 'otherEnergy', '其他能源消费量'),
  part('heatingElectricity', '机房与采暖用电合计', 'electricity', '电消费量', sum(item('heatingElectricity'), item('dataCenterElectricity'))),
  {
    code: 'photovoltaic', kind: 'within', label: '光伏发电不超过用电', items: ['pvGeneration', 'electricity'], severity: 'soft', missing: 'skip',
    left: item('pvGeneration'), operator: '<=', right: item('electricity'),
    message: '光伏发电量 {left} kWh，大于电消费量 {right} kWh。', instruction: '电消费量应包括自发自用的光伏电量，请核对；有余电上网的，请说明上网电量。',
  },
]

const ENERGY = sum(...PURCHASES.map((p) => item(p.code)), item('otherEnergy'))
const denominator = (code: string, label: string): Check => ({
  code: `denominator.${code}`, kind: 'cross-table', label: `有消费须有${label}`, items: [code], severity: 'hard', missing: 'skip',
  when: { left: ENERGY, operator: '>', right: ZERO }, left: item(code), operator: '>', right: ZERO,
  message: `有能源资源消费，${label}却是 0。`, instruction: `请填写${label}；本单位没有独立办公区的，请联系主管部门并入所在单位填报。`,
})

const EFFECTIVENESS: Check[] = [
  {
    code: 'pue.low', kind: 'within', label: 'PUE 不小于 1', items: ['itElectricity', 'dataCenterElectricity'], severity: 'hard', missing: 'skip',
    left: item('itElectricity'), operator: '<=', right: item('dataCenterElectricity'),
    message: '信息设备用电 {left} kWh，大于机房总用电 {right} kWh，PUE 小于 1。', instruction: '机房总用电包括信息设备用电，PUE 不可能小于 1，请核对两块表的抄表数。', basis: 'GB 40879-2021',
  },
  {
    code: 'pue.high', kind: 'implausible', label: 'PUE 过高', items: ['dataCenterElectricity', 'itElectricity'], severity: 'soft', missing: 'skip', unit: '',
    left: divide(item('dataCenterElectricity'), item('itElectricity')), operator: '<=', right: setting('energy.implausible.pue.high'),
    message: 'PUE 是 {left}，超过 {right}。', instruction: '请核对机房总用电与信息设备用电是否同一时段、是否混入了其他用电；确实如此的请说明。', basis: 'GB 40879-2021',
  },
]

function plausible(form: Form): Check[] {
  const months = constant({ monthly: '1', quarterly: '3', annual: '12' }[form])
  const perHead = (code: string, label: string, unit: string, key: string): Check => ({
    code: `implausible.${code}-per-head`, kind: 'implausible', label: `人均${label}过高`, items: [code, 'people'], severity: 'soft', missing: 'skip', unit,
    left: divide(item(code), item('people')), operator: '<=', right: times(setting(key), months),
    message: `人均${label} {left} {unit}，超过 {right} {unit}。`, instruction: '请核对消费量的单位、小数点和用能人数；确实如此的（如医院、游泳馆、漏损）请说明。',
  })
  return [
    perHead('water', '用水', 'm³', 'energy.implausible.water-per-head.high'),
    perHead('electricity', '用电', 'kWh', 'energy.implausible.electricity-per-head.high'),
    {
      code: 'implausible.area-per-head', kind: 'implausible', label: '人均建筑面积不合常理', items: ['buildingArea', 'people'], severity: 'soft', missing: 'skip', unit: '㎡', unless: ['denominator.buildingArea', 'denominator.people'],
      left: divide(item('buildingArea'), item('people')), operator: 'between', right: [setting('energy.implausible.area-per-head.low'), setting('energy.implausible.area-per-head.high')],
      message: '人均建筑面积 {left} ㎡，不在 {low}～{high} ㎡ 之间。', instruction: '请核对建筑面积（单位是 ㎡，不是万㎡）和用能人数（包括编外人员）；确实如此的请说明。',
    },
  ]
}

export const valueChecks = (form: Form): Check[] => [
  ...PURCHASES.flatMap(purchase), ...PARTS, denominator('buildingArea', '建筑面积'), denominator('people', '用能人数'), ...EFFECTIVENESS, ...plausible(form),
]
