/** For figures: how a row names its institution and its period, and whether a row is a form or a bill. */
import { Radio, Select, Input } from 'antd'
import type { Inspected, Target } from './mapping-edit.web.ts'
import type { ColumnSpec, Mapping } from './mapping.rules.ts'
import { specOf } from './mapping.rules.ts'
import { WordPairs } from './WordPairs.tsx'

interface Props {
  target: Target
  seen: Inspected
  mapping: Mapping
  set: (mapping: Mapping) => void
}
const BY = { uscc: '统一社会信用代码', code: '内部编码', name: '机构名称' } as const

export function PlaceFields({ target, seen, mapping, set }: Props) {
  const headings = seen.headings.map((h) => ({ value: h.name, label: h.name }))
  const constant = typeof mapping.period === 'string' && /^\d{4}/.test(mapping.period) ? mapping.period : undefined
  const periodFrom = constant || !mapping.period ? undefined : [specOf(mapping.period).from ?? []].flat()[0]
  const { long } = mapping
  return (
    <div className="mapping-fields">
      <label>填报单位在<Select allowClear showSearch value={[mapping.institution?.from ?? []].flat()[0]} placeholder="选择列" options={headings} onChange={(from?: string) => set({ ...mapping, institution: from ? { from, by: mapping.institution?.by ?? 'uscc' } : undefined })} /></label>
      <label>按什么认机构<Select value={mapping.institution?.by ?? 'uscc'} disabled={!mapping.institution} options={Object.entries(BY).map(([value, label]) => ({ value, label }))} onChange={(by: keyof typeof BY) => set({ ...mapping, institution: { from: mapping.institution!.from, by } })} /></label>
      <label>报告期在<Select allowClear showSearch value={periodFrom} placeholder="选择列" disabled={Boolean(constant)} options={headings} onChange={(period?: string) => set({ ...mapping, period })} /></label>
      <label>或整个文件是<Input value={constant ?? ''} placeholder="如 2025、2025Q1、2025-03" onChange={(e) => set({ ...mapping, period: e.target.value.trim() || undefined })} /></label>
      <div className="mapping-layout">
        <span>一行是</span>
        <Radio.Group value={long ? 'long' : 'wide'} onChange={(e) => set(e.target.value === 'long' ? { ...mapping, columns: {}, long: { item: { from: '' }, quantity: {}, assign: 'days' } } : { ...mapping, long: undefined })}
          options={[{ value: 'wide', label: '一家单位一期的一张表' }, { value: 'long', label: '一张账单（能源种类、用量、费用各一列）' }]} />
      </div>
      {long && <LongFields target={target} headings={headings} long={long} set={(next) => set({ ...mapping, long: next })} />}
    </div>
  )
}

type Long = NonNullable<Mapping['long']>

function LongFields({ target, headings, long, set }: { target: Target; headings: { value: string; label: string }[]; long: Long; set: (long: Long) => void }) {
  const from = (c: string | ColumnSpec | undefined) => (c === undefined ? undefined : [specOf(c).from ?? []].flat()[0])
  const column = (label: string, value: string | undefined, change: (heading: string | undefined) => void) => (
    <label>{label}<Select allowClear showSearch value={value || undefined} placeholder="选择列" options={headings} onChange={change} /></label>
  )
  const choices = Object.fromEntries(target.fields.map((f) => [f.name, f.unit ? `${f.label}（${f.unit}）` : f.label]))
  return (
    <>
      {column('能源种类在', long.item.from, (h) => set({ ...long, item: { ...long.item, from: h ?? '' } }))}
      {column('用量在', from(long.quantity), (h) => set({ ...long, quantity: { ...long.quantity, from: h } }))}
      {column('单位在', long.quantity.unitFrom, (h) => set({ ...long, quantity: { ...long.quantity, unitFrom: h } }))}
      <label>或单位都是<Input value={long.quantity.unit ?? ''} placeholder="如 kWh" onChange={(e) => set({ ...long, quantity: { ...long.quantity, unit: e.target.value || undefined } })} /></label>
      {column('费用在', from(long.cost), (h) => set({ ...long, cost: h ? { ...long.cost, from: h } : undefined }))}
      {long.cost && <label>费用的单位<Input value={long.cost.unit ?? ''} placeholder="表头没有写明时填，如 元、万元" onChange={(e) => set({ ...long, cost: { ...long.cost, unit: e.target.value || undefined } })} /></label>}
      {column('账期起始日在', from(long.start), (h) => set({ ...long, start: h }))}
      {column('账期截止日在', from(long.end), (h) => set({ ...long, end: h }))}
      {column('表号在', long.meter, (h) => set({ ...long, meter: h }))}
      <label>跨月账单<Select value={long.assign} options={[{ value: 'days', label: '按天数分到各月' }, { value: 'start', label: '全部归起始日所在的月' }, { value: 'end', label: '全部归截止日所在的月' }]} onChange={(assign) => set({ ...long, assign })} /></label>
      <WordPairs title="能源种类的写法对应哪个指标" pairs={long.item.values ?? {}} choices={choices} set={(values) => set({ ...long, item: { ...long.item, values: values as Record<string, string | null> } })} />
    </>
  )
}
