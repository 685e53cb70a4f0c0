/** Checks across periods and forms: last year, last period, the monthly ledgers, the register, peers (rules.md §4.7). */
import type { Check } from '../../../kernel/reports/check.rules.ts'
import {
  constant, divide, identicalShare, item, lastYear, measure, months, monthsPresent, peerCount, peerMedian, previous, register, setting, times, type Expression,
} from '../../../kernel/reports/expression.rules.ts'
import type { Form, ReportDefinition } from '../../../kernel/reports/report.rules.ts'
import { PURCHASES } from './checks-values.rules.ts'

const ZERO = constant('0')
const positive = (left: Expression) => ({ left, operator: '>' as const, right: ZERO })

/** Ratios that are compared with organisations of the same category. */
export const MEASURES: ReportDefinition['measures'] = {
  electricityPerHead: { label: '人均用电', unit: 'kWh/人', expression: divide(item('electricity'), item('people')) },
  electricityPerArea: { label: '单位建筑面积用电', unit: 'kWh/㎡', expression: divide(item('electricity'), item('buildingArea')) },
  waterPerHead: { label: '人均用水', unit: 'm³/人', expression: divide(item('water'), item('people')) },
  naturalGasPerHead: { label: '人均天然气', unit: 'm³/人', expression: divide(item('naturalGas'), item('people')) },
}
const MEASURED: Record<string, { code: string; label: string }> = {
  electricityPerHead: { code: 'electricity', label: '电消费量' },
  electricityPerArea: { code: 'electricity', label: '电消费量' },
  waterPerHead: { code: 'water', label: '水消费量' },
  naturalGasPerHead: { code: 'naturalGas', label: '天然气消费量' },
}

type Then = { key: 'last-year' | 'previous'; label: string; of: (code: string) => Expression }
const LAST_YEAR: Then = { key: 'last-year', label: '上年同期', of: lastYear }
const PREVIOUS: Then = { key: 'previous', label: '上期', of: previous }
/** An annual form's previous period is last year: comparing twice would only say the same twice. */
const thens = (form: Form): Then[] => (form === 'annual' ? [{ ...LAST_YEAR, label: '上年' }] : [LAST_YEAR, PREVIOUS])

function magnitude(code: string, label: string, then: Then): Check[] {
  const common = { kind: 'magnitude', label: `${label}的计量单位`, items: [code], severity: 'soft', missing: 'skip', when: positive(then.of(code)), left: item(code), operator: 'outside' } as const
  return [
    {
      ...common, code: `magnitude.${code}.${then.key}.up`, right: [times(then.of(code), setting('energy.magnitude.low')), times(then.of(code), setting('energy.magnitude.high'))],
      message: `${label} {left} {unit}，大约是${then.label}的一万倍。`, instruction: `请核对单位：${then.label}可能按“万”填报，或本期多写了四个零。请改正填错的那一期；确实如此的请说明。`,
    },
    {
      ...common, code: `magnitude.${code}.${then.key}.down`, right: [divide(then.of(code), setting('energy.magnitude.high')), divide(then.of(code), setting('energy.magnitude.low'))],
      message: `${label} {left} {unit}，大约是${then.label}的一万分之一。`, instruction: '请核对单位：消费量不以“万”为单位（如填 kWh，不填万 kWh）。请改正；确实如此的请说明。',
    },
  ]
}

function change(code: string, label: string, then: Then, form: Form): Check[] {
  const doubts = thens(form).flatMap((t) => [`magnitude.${code}.${t.key}.up`, `magnitude.${code}.${t.key}.down`])
  const tenfold: Check = {
    code: `tenfold.${code}`, kind: 'outlier', label: `${label}是${then.label}的十倍`, items: [code], severity: 'soft', missing: 'skip', unless: doubts,
    when: positive(then.of(code)), left: item(code), operator: '<', right: times(then.of(code), setting('energy.change.tenfold')),
    message: `${label} {left} {unit}，达到${then.label}的十倍以上。`, instruction: '请核对小数点、倍率和抄表起止数；确实如此的请说明原因。',
  }
  const swing: Check = {
    code: `change.${code}.${then.key}`, kind: 'cross-period', label: `${label}与${then.label}相差过大`, items: [code], severity: 'soft', missing: 'skip',
    unless: [...doubts, `tenfold.${code}`], when: positive(then.of(code)), left: item(code), operator: '≈', right: then.of(code), tolerance: setting(`energy.change.${then.key}`),
    message: `${label} {left} {unit}，比${then.label} {right} {unit} {change}。`, instruction: '请核对抄表数；确实如此的请说明原因（如人员增减、设备改造、天气、抄表日期变化）。',
  }
  return then.key === 'last-year' ? [tenfold, swing] : [swing]
}

function identical(then: Then, codes: string[]): Check {
  return {
    code: `identical.${then.key}`, kind: 'identical', label: `与${then.label}完全相同`, items: codes, severity: 'soft', missing: 'skip', unit: '',
    left: identicalShare(then.key === 'previous' ? 'previous' : 'lastYear', codes, 3), operator: '<', right: constant('1'),
    message: `各项消费量与${then.label}完全相同。`, instruction: '实际消费几乎不会分毫不差，请核对是否照抄了旧数；确实如此的请说明。',
  }
}

const vanished = (code: string, label: string, then: Then): Check => ({
  code: `vanished.${code}`, kind: 'missing', label: `${label}${then.label}有数本期空白`, items: [code], severity: 'soft', missing: 'skip',
  when: positive(then.of(code)), left: item(code), operator: 'given',
  message: `${then.label}填了${label}，本期是空白。`, instruction: '请补填；本期没有消费的请填 0，不再使用的请说明。',
})

function ledgers(form: Form): Check[] {
  if (form === 'monthly') return []
  const count = form === 'annual' ? '12' : '3'
  const codes = [...PURCHASES.flatMap((p) => [[p.code, `${p.label}消费量`], [`${p.code}Cost`, `${p.label}费用`]]), ['otherEnergy', '其他能源消费量'], ['dataCenterElectricity', '机房电消费量'], ['pvGeneration', '光伏发电量']] as [string, string][]
  return [
    {
      code: 'missing-months', kind: 'missing-months', label: '月度台账不全', items: ['electricity'], severity: 'soft', missing: 'skip', unit: '个月',
      left: monthsPresent, operator: '>=', right: constant(count), message: `报告期内只有 {left} 个月的台账，应有 ${count} 个月。`,
      instruction: '请先补齐缺少的月度台账再核对本表；无法补齐的请说明。', basis: '《公共机构节能条例》第十五条（如实记录、建立统计台账）',
    },
    ...codes.map(([code, label]): Check => ({
      code: `months.${code}`, kind: 'cross-period', label: `${label}与各月合计不符`, items: [code], severity: 'soft', missing: 'zero',
      when: { left: monthsPresent, operator: '=', right: constant(count) }, left: item(code), operator: '≈', right: months(code), tolerance: setting('energy.months.tolerance'),
      message: `${label} {left} {unit}，各月台账合计 {right} {unit}。`, instruction: '请核对是哪个月漏报或改过：以台账为准的改本表，台账有误的改那个月；有其他原因的请说明。',
    })),
  ]
}

const registered = (code: string, label: string): Check => ({
  code: `register.${code}`, kind: 'register', label: `${label}与名录库不符`, items: [code], severity: 'soft', missing: 'skip',
  when: positive(register(code)), left: item(code), operator: '≈', right: register(code), tolerance: setting('energy.register.tolerance'),
  message: `${label} {left} {unit}，名录库登记的是 {right} {unit}，{change}。`, instruction: '请核对：情况变了的请更新名录库，填错的请改正；报告期与现在确有不同的请说明。',
})

/** A form without a last year still shows a slip of four zeros: against its peers. */
function magnitudeOfPeers(code: string, earlier: ReadonlySet<string>): Check[] {
  const m = MEASURES[code]!
  const { code: cell, label } = MEASURED[code]!
  const unless = ['last-year', 'previous'].flatMap((t) => [`magnitude.${cell}.${t}.up`, `magnitude.${cell}.${t}.down`]).filter((c) => earlier.has(c))
  const enough = { left: peerCount, operator: '>=' as const, right: setting('energy.peer.least') }
  const common = { kind: 'magnitude', label: `${label}的计量单位`, items: [cell], severity: 'soft', missing: 'skip', unit: m.unit, unless, when: enough, left: measure(code), operator: 'outside' } as const
  const instruction = '请核对消费量的单位（不以“万”为单位）和多写、少写的零。请改正；确实如此的请说明。'
  return [
    { ...common, code: `magnitude.${cell}.peers.up`, right: [times(peerMedian(code), setting('energy.magnitude.low')), times(peerMedian(code), setting('energy.magnitude.high'))], message: `${m.label} {left} {unit}，大约是同类机构的一万倍。`, instruction },
    { ...common, code: `magnitude.${cell}.peers.down`, right: [divide(peerMedian(code), setting('energy.magnitude.high')), divide(peerMedian(code), setting('energy.magnitude.low'))], message: `${m.label} {left} {unit}，大约是同类机构的一万分之一。`, instruction },
  ]
}

function peers(code: string, earlier: ReadonlySet<string>): Check {
  const m = MEASURES[code]!
  const { code: cell, label } = MEASURED[code]!
  const unless = ['last-year', 'previous', 'peers'].flatMap((t) => [`magnitude.${cell}.${t}.up`, `magnitude.${cell}.${t}.down`]).filter((c) => earlier.has(c))
  return {
    code: `peers.${code}`, kind: 'outlier', label: `${m.label}偏离同类`, items: [cell], severity: 'soft', missing: 'skip', unit: m.unit, unless,
    when: { left: peerCount, operator: '>=', right: setting('energy.peer.least') }, left: measure(code), operator: 'between',
    right: [divide(peerMedian(code), setting('energy.peer.factor')), times(peerMedian(code), setting('energy.peer.factor'))],
    message: `${m.label} {left} {unit}，与同类机构差别很大（同类的正常范围是 {low}～{high} {unit}）。`, instruction: `请核对${label}和人数、面积；确实如此的请说明（如承担公共服务、设备特殊）。`,
  }
}

/** Compared in every period; fuels that few use are only looked at when they vanish. */
const STEADY = PURCHASES.filter((p) => ['electricity', 'water', 'naturalGas', 'coal', 'petrol', 'diesel', 'heat'].includes(p.code))

export function periodChecks(form: Form): Check[] {
  const quantities = PURCHASES.map((p) => p.code as string)
  const slips = STEADY.flatMap((p) => thens(form).flatMap((t) => magnitude(p.code, `${p.label}消费量`, t)))
  const known = new Set(slips.map((c) => c.code))
  const slipsOfPeers = ['electricityPerHead', 'waterPerHead', 'naturalGasPerHead'].flatMap((code) => magnitudeOfPeers(code, known))
  const earlier = new Set([...slips, ...slipsOfPeers].map((c) => c.code))
  return [
    ...slips, ...slipsOfPeers,
    ...STEADY.flatMap((p) => thens(form).flatMap((t) => change(p.code, `${p.label}消费量`, t, form))),
    ...thens(form).map((t) => identical(t, [...quantities, 'electricityCost', 'waterCost'])),
    ...PURCHASES.slice(2).map((p) => vanished(p.code, `${p.label}消费量`, LAST_YEAR)),
    ...ledgers(form),
    registered('buildingArea', '建筑面积'), registered('people', '用能人数'),
    ...Object.keys(MEASURES).map((code) => peers(code, earlier)),
  ]
}
