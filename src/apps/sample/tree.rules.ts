/**
 * The administration above the institutions: the city, one organisation per reporting region, the departments.
 * Ids are chosen, not drawn, so that a path can be written down before anything is stored:
 * a district organisation has its region's id, its education department 100 more, its health department 200 more.
 */
import { FOUNDED, settled, type SampleOrganization } from './organization.rules.ts'
import { CHANGE_DAY, CITY, LIANGJIANG, type SampleRegion } from './regions.ts'
import { inventedUscc } from './uscc-source.rules.ts'

const EDUCATION = 100
const HEALTH = 200
const MUNICIPAL = 300
export const FIRST_INSTITUTION = 1001

export const MUNICIPAL_DEPARTMENTS = ['教育委员会', '卫生健康委员会', '文化和旅游发展委员会', '体育局', '科学技术局', '财政局', '公安局', '民政局', '司法局',
  '人力资源和社会保障局', '规划和自然资源局', '生态环境局', '住房和城乡建设委员会', '城市管理局', '交通运输委员会', '水利局', '农业农村委员会', '商务委员会',
  '退役军人事务局', '应急管理局', '审计局', '国有资产监督管理委员会', '市场监督管理局', '统计局', '医疗保障局', '信访办公室', '林业局', '发展和改革委员会',
  '经济和信息化委员会', '民族宗教事务委员会', '人民防空办公室', '大数据应用发展管理局', '地方金融管理局', '招商投资促进局', '知识产权局', '药品监督管理局',
  '政府外事办公室', '政府口岸和物流办公室', '人民政府办公厅', '高级人民法院', '人民检察院', '监狱管理局', '戒毒管理局', '总工会', '妇女联合会', '科学技术协会',
  '工商业联合会', '残疾人联合会', '红十字会', '文学艺术界联合会', '社会科学界联合会', '归国华侨联合会', '贸易促进委员会', '档案馆', '社会科学院',
  '农业科学院', '地质矿产勘查开发局', '供销合作总社', '公共资源交易监督管理局', '中小企业局', '文物局', '政务服务管理办公室']

export const departmentPath = (id: number, superiorPath: string) => `${superiorPath}${id}.`
export const districtPath = (regionId: number) => (regionId === CITY ? `${CITY}.` : `${CITY}.${regionId}.`)

/** Who reviews first: the department for schools and clinics, otherwise the district itself. */
export function superiorIn(regionId: number, category: string, municipalCount: number, turn: number): number {
  const slot: Record<string, number> = { '021': 0, '024': 1, '023': 2, '025': 3, '022': 4 }
  if (regionId === CITY) return MUNICIPAL + 1 + (slot[category] ?? turn % municipalCount)
  return category === '021' ? EDUCATION + regionId : category === '024' ? HEALTH + regionId : regionId
}
export const pathUnder = (regionId: number, superiorId: number, id: number) =>
  superiorId === regionId ? `${districtPath(regionId)}${id}.` : `${districtPath(regionId)}${superiorId}.${id}.`

export function administration(regions: readonly SampleRegion[], municipalDepartments: number): SampleOrganization[] {
  const office = (o: Pick<SampleOrganization, 'id' | 'kind' | 'name' | 'shortName' | 'regionId' | 'superiorId' | 'orgPath'> & { region: SampleRegion; validFrom?: string; validTo?: string | null }) => {
    const { region, ...rest } = o
    const validTo = o.validTo ?? null
    return settled({
      code: null, category: null, address: null, point: null, contactPerson: null, contactPhone: null, buildingArea: null, people: null,
      hasDataCenter: false, hasHeating: false, directoryFrom: null, directoryTo: null, remarks: null,
      ...rest, uscc: inventedUscc('11', region.registration, o.id), level: o.regionId === CITY ? 'city' : 'district',
      validFrom: o.validFrom ?? FOUNDED, validTo, endReason: validTo ? '并入两江新区' : null,
    })
  }
  const city = regions.find((r) => r.id === CITY)!
  const made = [office({ id: CITY, kind: 'city', name: '重庆市机关事务管理局', shortName: '市机关事务局', regionId: CITY, superiorId: null, orgPath: '1.', region: city })]
  MUNICIPAL_DEPARTMENTS.slice(0, municipalDepartments).forEach((name, i) => {
    const id = MUNICIPAL + 1 + i
    made.push(office({ id, kind: 'department', name: `重庆市${name}`, shortName: `市${name}`, regionId: CITY, superiorId: CITY, orgPath: departmentPath(id, '1.'), region: city }))
  })
  for (const region of regions) {
    if (region.id === CITY) continue
    const life = { region, regionId: region.id, validFrom: region.id === LIANGJIANG ? CHANGE_DAY : FOUNDED, validTo: region.validTo }
    // The zone and the later district share a name; the zone's offices say what they are.
    const of = region.id === LIANGJIANG - 3 ? `${region.name}管委会` : region.name
    made.push(office({ ...life, id: region.id, kind: 'district', name: `${of}机关事务管理服务中心`, shortName: `${of}机关事务中心`, superiorId: CITY, orgPath: districtPath(region.id) }))
    for (const [offset, name] of [[EDUCATION, '教育委员会'], [HEALTH, '卫生健康委员会']] as const) {
      const id = offset + region.id
      made.push(office({ ...life, id, kind: 'department', name: `${of}${name}`, shortName: null, superiorId: region.id, orgPath: departmentPath(id, districtPath(region.id)) }))
    }
  }
  return made
}
