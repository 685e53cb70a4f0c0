import { describe, expect, it } from 'vitest'
import { detectHeader, splitHeading, type KnownHeading } from './header.rules.ts'
import type { Cell, SheetRow } from './intake/sheet.rules.ts'

const rows = (...lines: (string | number | null)[][]): SheetRow[] =>
  lines.map((line, i) => ({
    line: i + 1,
    cells: line.map((v): Cell => (v === null ? null : { kind: typeof v === 'number' ? 'number' : 'text', text: String(v) })),
  }))

describe('one heading', () => {
  it.each([
    ['用电量（kWh）', { name: '用电量', unit: 'kWh' }], ['用电量\n(万千瓦时)*', { name: '用电量', unit: '万千瓦时' }], ['Usage\r\n(Required)', { name: 'Usage', note: 'Required' }],
    ['建筑面积（单位：㎡）', { name: '建筑面积', unit: '㎡' }], ['PropertyGFABuilding(s)', { name: 'PropertyGFABuilding(s)', odd: 's' }], ['用水量（桶）', { name: '用水量（桶）', odd: '桶' }], ['电费（含税）（元）', { name: '电费', unit: '元', note: '含税' }], ['Site EUI (kBtu/ft²)', { name: 'Site EUI', unit: 'kBtu/ft²' }],
    ['用水量（吨水）（必填）', { name: '用水量', unit: '吨水', note: '必填' }], ['Demand (kW) (Optional)', { name: 'Demand', unit: 'kW', note: 'Optional' }], ['Cost ($)', { name: 'Cost', unit: '$' }],
    ['人数（人）', { name: '人数', unit: '人' }], ['Year Built/Year Planned (Required)', { name: 'Year Built/Year Planned', note: 'Required' }], ['＊单位名称', { name: '单位名称' }], ['（kWh）', { name: '（kWh）' }],
  ])('%j', (raw, expected) => expect(splitHeading(raw)).toEqual(expected))
})

const known: KnownHeading[] = [
  { key: 'name', names: ['单位名称', '机构名称'], required: true },
  { key: 'power', names: ['用电量', 'Electricity(kWh)'], required: true },
  { key: 'powerCost', names: ['用电量（元）'] },
  { key: 'remark', names: ['备注'] },
]

describe('the row of headings', () => {
  it('stands under titles and notes', () => {
    const found = detectHeader(rows(['2026年公共机构能耗统计表'], ['填报单位：', '市档案馆'], [], ['机构名称', '用电量 （ｋＷｈ）', '用电量（元）', '序号'], ['甲', 1, 2, 3]), known)!
    expect(found).toMatchObject({ line: 4, index: 3, columns: { name: 0, power: 1, powerCost: 2 } })
    expect(found.headings[1]).toMatchObject({ unit: 'kWh', key: 'power' })
    expect(found.missing).toEqual([{ key: 'remark', name: '备注', required: false }])
  })
  it('reports repeated headings and keeps them apart', () => {
    const found = detectHeader(rows(['单位名称', '备注', '备注', null, '备注']), known)!
    expect(found.headings.map((h) => h.label)).toEqual(['单位名称', '备注', '备注#2', '备注#3'])
    expect(found.duplicates).toEqual([{ raw: '备注', indexes: [1, 2, 4] }])
    expect(found.columns['remark']).toBe(1)
    expect(found.missing).toMatchObject([{ key: 'power', required: true }, { key: 'powerCost' }])
  })
  it('without known headings is the first full row of texts', () => {
    expect(detectHeader(rows(['表一'], ['A', 'B', 'C'], ['x', 1, 2]))!.line).toBe(2)
    expect(detectHeader(rows(['表一'], []), known)).toBeUndefined()
    expect(detectHeader([])).toBeUndefined()
  })
  it('recognises a quantity whose unit nobody knows, so that it is said; a count is not taken for another', () => {
    const some = [...known, { key: 'water', names: ['用水量'], measured: true }, { key: 'people', names: ['人数'] }]
    const found = detectHeader(rows(['单位名称', '用水量（桶）', '人数（在编）', '用电量(Mcf)']), some)!
    expect(found.columns).toEqual({ name: 0, water: 1 })
    expect(found.headings.map((h) => h.odd)).toEqual([undefined, '桶', '在编', 'Mcf'])
    expect(detectHeader(rows(['单位名称', '用水量 ( 单位：桶 )']), some)!.columns).toEqual({ name: 0, water: 1 })
  })
  it('a heading named like a property of objects is only a heading', () => {
    expect(detectHeader(rows(['单位名称', '__proto__', 'constructor']), known)!.columns).toEqual({ name: 0 })
  })
})
