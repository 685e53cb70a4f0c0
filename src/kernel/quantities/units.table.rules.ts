/**
 * Units of the things that government offices count, each with its exact factor to the base unit of its
 * dimension and the source of the factor. Aliases are matched without regard to case, width and blanks.
 *
 * A factor is `factor / over`, so that 亩 (10000/15 ㎡) is exact too.
 */
export type Dimension = 'energy' | 'power' | 'apparent' | 'coal' | 'volume' | 'mass' | 'area' | 'money' | 'usd'

export interface Unit {
  code: string
  dimension: Dimension
  /** How many base units one of these is. */
  factor: string
  over?: string
  source: string
  aliases: readonly string[]
}

/** Base units: energy MJ, power kW, apparent power kVA, standard coal tce, volume m³, mass kg, area ㎡, money 元. */
const SI = '国际单位制（GB 3100—1993）'
const BTU = '1 Btu(IT) = 1055.05585262 J，ISO 31-4 附录、NIST SP 811 附录 B.8'
const FOOT = '1 ft = 0.3048 m（1959 年国际码磅协议），NIST SP 811'
const POUND = '1 lb = 0.45359237 kg（1959 年国际码磅协议），NIST SP 811'
const GALLON = '1 US gal = 231 in³ = 3.785411784 L，NIST HB 44 附录 C'
const IMPERIAL = '1 UK gal = 4.54609 L，英国 Weights and Measures Act 1985'
const STEAM = '1 kLb 蒸汽 = 1194 kBtu，ENERGY STAR Portfolio Manager 技术参考 Thermal Energy Conversions'
const COOLING = '1 冷吨时 = 12 kBtu，ENERGY STAR Portfolio Manager 技术参考 Thermal Energy Conversions'
const DECIMAL = '十进倍数'

const unit = (
  dimension: Dimension,
  code: string,
  factor: string,
  source: string,
  ...aliases: string[]
): Unit => ({
  code,
  dimension,
  factor,
  source,
  aliases,
})

// prettier-ignore
export const UNITS: readonly Unit[] = [
  unit('energy', 'MJ', '1', SI, '兆焦', '兆焦耳', 'megajoule', 'megajoules'),
  unit('energy', 'kJ', '0.001', SI, '千焦', '千焦耳'),
  unit('energy', 'GJ', '1000', SI, '吉焦', '百万千焦', 'gigajoule', 'gigajoules'),
  unit('energy', 'TJ', '1000000', SI, '太焦'),
  unit('energy', 'kWh', '3.6', SI, '度', '千瓦时', '千瓦小时', '千瓦·时', 'kw·h', 'kw.h', 'kWh (thousand Watt-hours)'),
  unit('energy', 'Wh', '0.0036', SI, '瓦时'),
  unit('energy', 'MWh', '3600', SI, '兆瓦时', 'MWh (million Watt-hours)'),
  unit('energy', 'GWh', '3600000', SI, '吉瓦时'),
  unit('energy', '万kWh', '36000', SI, '万千瓦时', '万千瓦小时', '万度', '万kw·h'),
  unit('energy', 'kBtu', '1.05505585262', BTU, 'kBtu (thousand Btu)', 'thousand btu', '千英热单位'),
  unit('energy', 'Btu', '0.00105505585262', BTU, '英热单位'),
  unit('energy', 'MMBtu', '1055.05585262', BTU, 'million btu', 'MBtu/MMBtu (million Btu)', 'MBtu (million Btu)',
    'MBtu/ MMBtu/ Dth (million Btu/ dekatherm)', 'Dth', 'dekatherm', 'dekatherms', '百万英热单位'),
  unit('energy', 'therm', '105.505585262', `1 therm = 100 kBtu；${BTU}`, 'therms', '色姆', '撒姆'),
  unit('energy', 'kcal', '0.0041868', '1 cal(IT) = 4.1868 J，GB/T 2589', '千卡', '大卡'),
  unit('energy', '冷吨时', '12.66067023144', `${COOLING}；${BTU}`, 'ton hours', 'ton hour', 'ton-hours'),
  unit('energy', 'kLb蒸汽', '1259.73668802828', `${STEAM}；${BTU}`, 'kLbs', 'kLb', 'kLbs. (thousand pounds)', 'kLbs steam'),
  unit('energy', 'MLb蒸汽', '1259736.68802828', `${STEAM}；${BTU}`, 'MLbs', 'MLbs. (million pounds)'),
  unit('power', 'kW', '1', SI, '千瓦'),
  unit('power', 'MW', '1000', SI, '兆瓦'),
  unit('apparent', 'kVA', '1', SI, '千伏安'),
  unit('apparent', 'VA', '0.001', SI, '伏安'),
  unit('apparent', 'MVA', '1000', SI, '兆伏安'),
  // What others call a tonne of coal equivalent is computed by factors, never converted from megajoules here.
  unit('coal', 'tce', '1', DECIMAL, '吨标准煤', '吨标煤', '吨标准煤当量'),
  unit('coal', 'kgce', '0.001', DECIMAL, '千克标准煤', '公斤标准煤', '千克标煤', '公斤标煤'),
  unit('coal', '万tce', '10000', DECIMAL, '万吨标准煤', '万吨标煤'),

  unit('volume', 'm³', '1', SI, '立方米', '立方', '方', 'cubic meters', 'cubic metres', 'cubic meter', 'cm (cubic meters)', 'Nm³', '标准立方米', '标立方米', '标方'),
  unit('volume', '万m³', '10000', DECIMAL, '万立方米', '万方', '万立方', '万Nm³', '万标准立方米'),
  unit('volume', '千m³', '1000', DECIMAL, '千立方米', 'kcm (thousand cubic meters)', 'kcm'),
  unit('volume', '吨水', '1', '水费结算惯例：1 吨水按 1 m³ 计', '水吨', '吨(水)', 't水'),
  unit('volume', '万吨水', '10000', '水费结算惯例：1 吨水按 1 m³ 计', '万吨(水)'),
  unit('volume', 'L', '0.001', SI, '升', '公升', 'liter', 'liters', 'litre', 'litres', 'ltr'),
  unit('volume', 'mL', '0.000001', SI, '毫升'),
  unit('volume', '万L', '10', DECIMAL, '万升'),
  unit('volume', 'cf', '0.028316846592', FOOT, 'ft³', 'cubic feet', 'cubic foot', 'cu ft', 'cf (cubic feet)', '立方英尺'),
  unit('volume', 'ccf', '2.8316846592', FOOT, 'hundred cubic feet', 'ccf (hundred cubic feet)', '百立方英尺'),
  unit('volume', 'kcf', '28.316846592', FOOT, 'thousand cubic feet', 'kcf (thousand cubic feet)', 'Mcf (thousand cubic feet)', '千立方英尺'),
  unit('volume', 'MMcf', '28316.846592', FOOT, 'million cubic feet', 'Mcf (million cubic feet)', 'MMcf (million cubic feet)', '百万立方英尺'),
  unit('volume', 'gal', '0.003785411784', GALLON, 'gallon', 'gallons', 'us gal', 'Gallons (US)', 'gal (US)', '美加仑', '加仑(美)'),
  unit('volume', 'cGal', '0.3785411784', GALLON, 'cGal (hundred gallons) (US)'),
  unit('volume', 'kGal', '3.785411784', GALLON, 'thousand gallons', 'kGal (thousand gallons) (US)', 'kGal (thousand gallons)'),
  unit('volume', 'MGal', '3785.411784', GALLON, 'million gallons', 'MGal (million gallons) (US)', 'MGal (million gallons)'),
  unit('volume', 'UKgal', '0.00454609', IMPERIAL, 'Gallons (UK)', 'imperial gallon', '英加仑'),
  unit('volume', 'UKcGal', '0.454609', IMPERIAL, 'cGal (hundred gallons) (UK)'),
  unit('volume', 'UKkGal', '4.54609', IMPERIAL, 'kGal (thousand gallons) (UK)'),
  unit('volume', 'UKMGal', '4546.09', IMPERIAL, 'MGal (million gallons) (UK)'),

  unit('mass', 'kg', '1', SI, '千克', '公斤', 'kilogram', 'kilograms', 'kg (kilograms)'),
  unit('mass', 'g', '0.001', SI, '克', 'gram', 'grams'),
  unit('mass', 't', '1000', SI, '吨', '公吨', 'tonne', 'tonnes', 'metric ton', 'metric tons', 'Tonnes (metric)'),
  unit('mass', '万t', '10000000', DECIMAL, '万吨'),
  unit('mass', '斤', '0.5', '国务院关于在我国统一实行法定计量单位的命令（1984）', '市斤'),
  unit('mass', 'lb', '0.45359237', POUND, 'lbs', 'pound', 'pounds', 'Lbs. (pounds)', '磅'),
  unit('mass', '短吨', '907.18474', `1 short ton = 2000 lb；${POUND}`, 'short ton', 'short tons', '美吨', 'tons (short)'),

  unit('area', '㎡', '1', SI, '平方米', '平米', 'm²', 'sqm', 'sq. m.', 'square meters', 'square metres', '平方'),
  unit('area', '万㎡', '10000', DECIMAL, '万平方米', '万平米', '公顷', 'ha', 'hectare'),
  unit('area', 'km²', '1000000', SI, '平方千米', '平方公里'),
  unit('area', 'ft²', '0.09290304', FOOT, 'sf', 'sq. ft.', 'sqft', 'square feet', 'square foot', '平方英尺'),
  { ...unit('area', '亩', '10000', '1 公顷 = 15 亩', 'mu'), over: '15' },

  unit('money', '元', '1', '《人民币管理条例》', '人民币元', 'rmb', 'cny', '¥', 'yuan'),
  unit('money', '角', '0.1', '《人民币管理条例》'),
  unit('money', '分', '0.01', '《人民币管理条例》'),
  unit('money', '千元', '1000', DECIMAL),
  unit('money', '万元', '10000', DECIMAL),
  unit('money', '百万元', '1000000', DECIMAL),
  unit('money', '亿元', '100000000', DECIMAL),
  unit('usd', 'USD', '1', '外币，不折算', '$', 'us$', '美元', 'usd ($)'),
]

/** Abbreviations that mean a thousand to one writer and a million to another: never guessed. */
export const AMBIGUOUS: Readonly<Record<string, string>> = {
  mcf: '“Mcf”有千立方英尺和百万立方英尺两种用法，请改写为 kcf（千立方英尺）或 MMcf（百万立方英尺）。',
  mbtu: '“MBtu”有千英热单位和百万英热单位两种用法，请改写为 kBtu（千）或 MMBtu（百万）。',
  ton: '“ton”有公吨和短吨两种用法，请改写为 t（公吨）或 short ton（短吨）。',
  tons: '“tons”有公吨和短吨两种用法，请改写为 t（公吨）或 short ton（短吨）。',
}
