import { choice, day, decimal, entity, field, integer, longText, reference, text, yesNo } from '../../entity/entity.rules.ts'

/** 机构类型代码，能源资源消费统计调查制度（2009 年版式样，rules.md §4.2）。 */
export const CATEGORIES = {
  '01': '国家机关',
  '021': '教育类事业单位',
  '022': '科技类事业单位',
  '023': '文化类事业单位',
  '024': '卫生类事业单位',
  '025': '体育类事业单位',
  '026': '其他事业单位',
  '03': '社会团体',
} as const

export const KINDS = { city: '市级主管部门', district: '区县主管部门', department: '主管部门', institution: '公共机构' } as const

export const organization = entity('org.organization', '公共机构名录库', {
  name: field(text(120), { label: '机构名称', required: true, list: true, filter: true, sort: true, synonyms: ['单位名称', '名称', 'name', 'property name', 'PropertyName'] }),
  uscc: field(text(18), { label: '统一社会信用代码', list: true, filter: true, basis: 'GB 32100-2015', synonyms: ['信用代码', 'uscc', '社会信用代码'] }),
  code: field(text(40), { label: '内部编码', filter: true, help: '没有统一社会信用代码的机构用它辨认，如外部系统的编号。', synonyms: ['编码', '编号', 'code', 'id', 'property id', 'OSEBuildingID'] }),
  shortName: field(text(60), { label: '简称' }),
  kind: field(choice(KINDS), { label: '机构性质', system: true, filter: true }),
  category: field(choice(CATEGORIES), { label: '机构类型', list: true, filter: true, required: 'at-creation', synonyms: ['类型', '机构类别', 'category'] }),
  governmentLevel: field(choice({ city: '市级', district: '区县级', township: '乡镇（街道）级' }), { label: '隶属级次', filter: true }),
  regionId: field(reference('org.region'), { label: '区划', required: true, list: true, filter: true, synonyms: ['区县', '所属区县', '行政区划', 'region'] }),
  superiorId: field(reference('org.organization'), { label: '主管单位', list: true, filter: true, help: '报表由它先行审核。', synonyms: ['主管部门', '上级单位', 'superior'] }),
  address: field(text(200), { label: '地址', synonyms: ['详细地址', 'address'] }),
  longitude: field(decimal(6, { precision: 9 }), { label: '经度', unit: '°', synonyms: ['longitude', 'lng'] }),
  latitude: field(decimal(6, { precision: 9 }), { label: '纬度', unit: '°', synonyms: ['latitude', 'lat'] }),
  contactPerson: field(text(40), { label: '联系人', synonyms: ['联系人姓名'] }),
  contactPhone: field(text(40), { label: '联系电话', class: 'personal', synonyms: ['电话', '手机'] }),
  buildingArea: field(decimal(2, { precision: 18, min: '0' }), { label: '建筑面积', unit: '㎡', list: true, filter: true, sort: true, total: true, help: '办公区建筑面积，不含住宅区和附属宿舍。', synonyms: ['总建筑面积', 'PropertyGFATotal', 'gross floor area', 'building area'] }),
  people: field(integer(0), { label: '用能人数', unit: '人', list: true, filter: true, sort: true, total: true, help: '办公区实际使用的总人数，含各类编外人员。', synonyms: ['人数', 'people', 'occupants'] }),
  hasDataCenter: field(yesNo(), { label: '有数据中心机房', filter: true }),
  hasHeating: field(yesNo(), { label: '有集中采暖', filter: true }),
  directoryFrom: field(day(), { label: '纳入名录日期', filter: true, basis: '能源资源消费统计调查制度（2025-11-10 印发）' }),
  directoryTo: field(day(), { label: '移出名录日期' }),
  validFrom: field(day(), { label: '成立日期', system: true }),
  validTo: field(day(), { label: '终止日期', system: true, filter: true }),
  endReason: field(text(200), { label: '终止原因', system: true }),
  remarks: field(longText(1000), { label: '备注' }),
  sample: field(yesNo(), { label: '示例数据', system: true }),
})
