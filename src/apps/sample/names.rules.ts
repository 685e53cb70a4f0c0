/** What an institution of a category is called. A name is asked for until it is new in its region. */
import type { Category } from './category.rules.ts'
import type { Stream } from './random.rules.ts'
import { placeName } from './words.rules.ts'

const BUREAUS = ['财政局', '民政局', '司法局', '审计局', '统计局', '人力资源和社会保障局', '住房和城乡建设委员会', '交通运输委员会', '水利局', '农业农村委员会',
  '商务委员会', '文化和旅游发展委员会', '应急管理局', '市场监督管理局', '医疗保障局', '信访办公室', '人民法院', '人民检察院', '林业局', '生态环境局',
  '规划和自然资源局', '城市管理局', '退役军人事务局', '发展和改革委员会', '经济和信息化委员会', '公安局', '科学技术局']
const SEATS: Record<Exclude<Category, '01'>, readonly string[]> = {
  '021': ['教师进修学校', '职业教育中心', '特殊教育学校', '实验中学', '实验小学'],
  '022': ['农业科学研究所', '生产力促进中心', '科技信息研究所'],
  '023': ['图书馆', '文化馆', '博物馆', '档案馆'],
  '024': ['人民医院', '中医院', '妇幼保健院', '疾病预防控制中心'],
  '025': ['体育馆', '少年儿童业余体育学校', '全民健身中心'],
  '026': ['公共资源交易中心', '不动产登记中心', '社会保险事务中心', '融媒体中心', '公路养护中心', '园林绿化管理所', '检验检测中心'],
  '03': ['残疾人联合会', '红十字会', '总工会', '工商业联合会', '慈善会', '志愿服务联合会'],
}
// Repetition is frequency.
const LOCAL: Record<Category, readonly string[]> = {
  '01': ['街道办事处', '街道办事处', '镇人民政府', '镇人民政府', '乡人民政府'],
  '021': ['小学', '小学', '小学', '小学', '小学', '中学', '中学', '幼儿园', '幼儿园', '学校', '职业中学'],
  '022': ['农业试验站', '科普服务中心', '林业科学试验站'],
  '023': ['文化服务中心', '文化站', '美术馆', '图书馆'],
  '024': ['社区卫生服务中心', '社区卫生服务中心', '卫生院', '卫生院', '卫生院', '医院'],
  '025': ['体育馆', '体育公园管理处', '游泳馆'],
  '026': ['社会保障服务所', '农业服务中心', '退役军人服务站', '综合行政执法大队', '市政设施维护所', '便民服务中心', '敬老院', '林场', '水利管理站', '村镇建设服务中心'],
  '03': ['商会', '老年协会', '科普协会', '农业技术协会', '志愿者协会'],
}
/** Organisations of the people whose staffing the state provides register under 13, other associations under 51. */
export const isStaffedBody = (name: string): boolean => /(残疾人联合会|红十字会|总工会|工商业联合会)$/.test(name)

export function nameSource(): (region: string, category: Category, town: string | null, draw: Stream) => string {
  const taken = new Set<string>()
  const seats = new Map<string, number>()
  return (region, category, town, draw) => {
    const offered = category === '01' ? BUREAUS : SEATS[category]
    const key = `${region}/${category}`
    const next = seats.get(key) ?? 0
    // Bureaus first, then offices of streets; of schools and clinics only some are the district's one of a kind.
    if (!town && next < offered.length && (category === '01' ? next < 12 || draw.chance(0.5) : draw.chance(0.3))) {
      seats.set(key, next + 1)
      const name = region + offered[next]
      if (!taken.has(name)) {
        taken.add(name)
        return name
      }
    }
    for (let ordinal = 0; ; ordinal++) {
      const number = ordinal > 3 ? `第${draw.int(1, 60 + ordinal * ordinal)}` : ''
      const name = `${region}${town ?? ''}${placeName(draw)}${number}${draw.pick(LOCAL[category])}`
      if (taken.has(name)) continue
      taken.add(name)
      return name
    }
  }
}
