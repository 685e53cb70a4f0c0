/** Invented names of places and people, and telephone numbers that ring nowhere. */
import type { Stream } from './random.rules.ts'

const FIRST = [...'青云翠金龙石白清桂松枫柳竹兰梅银玉凤鹤星明永安福和瑞祥泰新双']
const SECOND = [...'湖岭溪坪桥河山坝湾林园泉峰塘屏滩门沟井丘']
/** A place that could be anywhere: 翠湖, 云岭… */
export const placeName = (draw: Stream): string => draw.pick(FIRST) + draw.pick(SECOND)

const SURNAMES = [...'李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文']
const GIVEN = [...'明建国志伟文华俊杰海涛丽敏静芳玲燕娟霞艳梅兰英红雪琳倩佳欣雨晨宇航浩然子涵思远博雅清源安宁启航晓东晓燕成林立群永强德胜春生秋月']
export const personName = (draw: Stream): string => draw.pick(SURNAMES) + draw.pick(GIVEN) + (draw.chance(0.75) ? draw.pick(GIVEN) : '')

/** 5550 is no exchange of Chongqing's. */
export const phoneNumber = (draw: Stream): string => `023-5550${String(draw.int(0, 9999)).padStart(4, '0')}`

const ROADS = ['路', '大道', '街', '巷', '横街', '支路']
export const streetAddress = (region: string, town: string | null, draw: Stream): string =>
  `${region}${town ?? ''}${placeName(draw)}${draw.pick(ROADS)}${draw.int(1, 480)}号`
