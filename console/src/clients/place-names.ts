import { type Language, useLanguage } from '../language/language.ts'

/** The properties by which clients are grouped; the API's names. */
export const placeKinds = ['country', 'province', 'isp', 'ip_version'] as const
export type PlaceKind = (typeof placeKinds)[number]

type Names = Readonly<Record<string, Record<Language, string>>>

const others = { zh: '其他', en: 'Others' }

/** Provinces of China, by the API's codes, with the names that files have. */
const provinces: Names = {
  anhui: { zh: '安徽', en: 'Anhui' },
  beijing: { zh: '北京', en: 'Beijing' },
  chongqing: { zh: '重庆', en: 'Chongqing' },
  fujian: { zh: '福建', en: 'Fujian' },
  gansu: { zh: '甘肃', en: 'Gansu' },
  guangdong: { zh: '广东', en: 'Guangdong' },
  guangxi: { zh: '广西', en: 'Guangxi' },
  guizhou: { zh: '贵州', en: 'Guizhou' },
  hainan: { zh: '海南', en: 'Hainan' },
  hebei: { zh: '河北', en: 'Hebei' },
  heilongjiang: { zh: '黑龙江', en: 'Heilongjiang' },
  henan: { zh: '河南', en: 'Henan' },
  hubei: { zh: '湖北', en: 'Hubei' },
  hunan: { zh: '湖南', en: 'Hunan' },
  jiangsu: { zh: '江苏', en: 'Jiangsu' },
  jiangxi: { zh: '江西', en: 'Jiangxi' },
  jilin: { zh: '吉林', en: 'Jilin' },
  liaoning: { zh: '辽宁', en: 'Liaoning' },
  neimenggu: { zh: '内蒙古', en: 'Inner Mongolia' },
  ningxia: { zh: '宁夏', en: 'Ningxia' },
  qinghai: { zh: '青海', en: 'Qinghai' },
  shaanxi: { zh: '陕西', en: 'Shaanxi' },
  shandong: { zh: '山东', en: 'Shandong' },
  shanghai: { zh: '上海', en: 'Shanghai' },
  shanxi: { zh: '山西', en: 'Shanxi' },
  sichuan: { zh: '四川', en: 'Sichuan' },
  tianjin: { zh: '天津', en: 'Tianjin' },
  xinjiang: { zh: '新疆', en: 'Xinjiang' },
  xizang: { zh: '西藏', en: 'Xizang' },
  yunnan: { zh: '云南', en: 'Yunnan' },
  zhejiang: { zh: '浙江', en: 'Zhejiang' },
  gangaotai: { zh: '港澳台', en: 'Hong Kong, Macao and Taiwan (China)' },
}

const carriers: Names = {
  dianxin: { zh: '中国电信', en: 'China Telecom' },
  yidong: { zh: '中国移动', en: 'China Mobile' },
  liantong: { zh: '中国联通', en: 'China Unicom' },
  tietong: { zh: '中国铁通', en: 'China Tietong' },
  jiaoyuwang: { zh: '教育网', en: 'CERNET' },
  pengboshi: { zh: '鹏博士', en: 'Dr. Peng' },
}

const countryNames = {
  zh: new Intl.DisplayNames('zh-CN', { type: 'region' }),
  en: new Intl.DisplayNames('en-GB', { type: 'region' }),
}

/** A country's name of the browser; a code that is none stays as it is. */
const countryName = (code: string, language: Language): string =>
  /^[a-z]{2}$/.test(code) ? (countryNames[language].of(code.toUpperCase()) ?? code) : code

/** The name of a place or carrier by the API's code. `qita` stands for those that are not known or not listed. */
export function placeName(kind: PlaceKind, code: string, language: Language): string {
  if (code === 'qita') return others[language]
  if (kind === 'country') return countryName(code, language)
  if (kind === 'province') return provinces[code]?.[language] ?? code
  return kind === 'isp' ? (carriers[code]?.[language] ?? code) : code
}

/** Names in the person's language. */
export function usePlaceName(): (kind: PlaceKind, code: string) => string {
  const language = useLanguage()
  return (kind, code) => placeName(kind, code, language)
}
