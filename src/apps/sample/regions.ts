/** The regions that organisations of the sample report to, with the spelling of their logins and their weight. */
import fs from 'node:fs'

export interface SampleRegion {
  id: number
  code: string
  name: string
  validTo: string | null
  /** Latin spelling for logins. */
  latin: string
  /** Roughly ten thousand inhabitants; only the share of institutions follows from it. */
  weight: number
  /** Six digits in the codes of organisations registered there. */
  registration: string
  /** Districts of the map in which its points lie. */
  mapped: readonly string[]
}

/** The day of the boundary change: 江北, 渝北 and the functional 两江新区 became the district 两江新区. */
export const CHANGE_DAY = '2025-11-06'
export const CHANGE_BASIS = '2025-11-06 公布的重庆市行政区划调整'
export const CITY = 1
export const JIANGBEI = 6
export const BEIBEI = 10
export const YUBEI = 13
export const LIANGJIANG_ZONE = 40
export const LIANGJIANG = 43

/** Towns that changed hands on that day, rules.md §8.3. */
export const YUBEI_TO_BEIBEI = ['大湾镇', '统景镇', '大盛镇', '兴隆镇', '茨竹镇']
export const BEIBEI_TO_LIANGJIANG = ['水土街道', '复兴街道', '蔡家岗街道', '施家梁镇', '童家溪镇']

const LATIN: Record<number, [string, number]> = {
  1: ['shi', 0], 2: ['wanzhou', 156], 3: ['fuling', 111], 4: ['yuzhong', 59], 5: ['dadukou', 42], 6: ['jiangbei', 93], 7: ['shapingba', 130],
  8: ['jiulongpo', 130], 9: ['nanan', 120], 10: ['beibei', 84], 11: ['qijiang', 76], 12: ['dazu', 83], 13: ['yubei', 180], 14: ['banan', 118],
  15: ['qianjiang', 49], 16: ['changshou', 69], 17: ['jiangjin', 136], 18: ['hechuan', 124], 19: ['yongchuan', 115], 20: ['nanchuan', 57],
  21: ['bishan', 76], 22: ['tongliang', 69], 23: ['tongnan', 69], 24: ['rongchang', 67], 25: ['kaizhou', 120], 26: ['liangping', 65], 27: ['wulong', 36],
  28: ['chengkou', 20], 29: ['fengdu', 56], 30: ['dianjiang', 65], 31: ['zhongxian', 72], 32: ['yunyang', 93], 33: ['fengjie', 74], 34: ['wushan', 46],
  35: ['wuxi', 39], 36: ['shizhu', 39], 37: ['xiushan', 50], 38: ['youyang', 61], 39: ['pengshui', 53], 40: ['liangjiang.gongneng', 40],
  41: ['gaoxin', 40], 42: ['wansheng', 25], 43: ['liangjiang', 0],
}
// Zones have no code of GB/T 2260: their organisations register with the city, Wansheng's with Qijiang.
const ZONES: Record<string, { registration: string; mapped: string[] }> = {
  '500000': { registration: '500000', mapped: ['500103', '500105', '500112', '500106', '500107', '500108'] },
  'CQ-LJ': { registration: '500000', mapped: ['500112', '500105'] },
  'CQ-LJXQ': { registration: '500000', mapped: ['500112', '500105'] },
  'CQ-GX': { registration: '500000', mapped: ['500106', '500107'] },
  'CQ-WS': { registration: '500110', mapped: ['500110'] },
}

interface RegionLine {
  id: number
  code: string
  name: string
  validTo: string | null
}

export function loadSampleRegions(): SampleRegion[] {
  const file = new URL('../../../data/regions.json', import.meta.url)
  const { regions } = JSON.parse(fs.readFileSync(file, 'utf8')) as { regions: RegionLine[] }
  return regions.map(({ id, code, name, validTo }) => {
    const known = LATIN[id]
    if (!known) throw new Error(`region ${id} ${name} has no login spelling in the sample`)
    const { registration, mapped } = ZONES[code] ?? { registration: code, mapped: [code] }
    const plain = name.replace(/（.*）$/, '')
    return { id, code, name: plain, validTo, latin: known[0], weight: known[1], registration, mapped }
  })
}
