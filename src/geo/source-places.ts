import { countries, provinces } from '../statistics/places.ts'
import type { Place } from './ranges.ts'

/** A place unknown to the geographic data, in the contract's codes. */

export const unknownPlace: Place = { country: 'qita', province: '', carrier: 'qita' }

const outlying = new Set(['hk', 'mo', 'tw'])

/** Country names of ip2region that differ from the CLDR's. */
const countryAliases: Readonly<Record<string, string>> = {
  阿联酋: 'ae',
  波黑: 'ba',
  刚果金: 'cd',
  刚果布: 'cg',
  马其顿: 'mk',
  孟加拉: 'bd',
  留尼旺: 're',
  马恩岛: 'im',
  突尼斯: 'tn',
  中非: 'cf',
  老挝: 'la',
  多米尼加: 'do',
  东帝汶: 'tl',
  法国南部领地: 'tf',
  福克兰群岛: 'fk',
  南极洲: 'aq',
  荷属圣马丁: 'sx',
  圣马丁: 'mf',
  圣巴泰勒米: 'bl',
  斯威士兰: 'sz',
  安的列斯: 'cw',
  巴勒斯坦: 'ps',
  托克劳群岛: 'tk',
  瓦利斯和富图纳群岛: 'wf',
  英属印度洋领地: 'io',
  蒙塞拉特岛: 'ms',
  诺福克岛: 'nf',
  圣诞岛: 'cx',
  奥兰群岛: 'ax',
  阿森松岛: 'sh',
  南乔治亚岛和南桑威奇群岛: 'gs',
}

/** Chinese and English names of ISO 3166-1's countries, in lower case, to their codes. */
const countryNames: ReadonlyMap<string, string> = new Map([
  ...['zh', 'en'].flatMap((language) => {
    const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' })
    return allCodes().flatMap((code) => {
      const name = names.of(code.toUpperCase())
      return name ? [[name.toLowerCase(), code] as const] : []
    })
  }),
  ...Object.entries(countries).flatMap(([code, { zh, en }]) =>
    code === 'qita' ? [] : [[zh, code] as const, [en.toLowerCase(), code] as const],
  ),
  ...Object.entries(countryAliases),
])

/** Every pair of letters, except codes of former countries and outdated codes (SU, UK). */
function allCodes(): string[] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz']
  const pairs = letters.flatMap((first) => letters.map((second) => first + second))
  return pairs.filter((code) => currentCode(code) === code)
}

/** Replaces an outdated code: `gb` for `uk`, `ru` for `su`. */
function currentCode(code: string): string {
  return new Intl.Locale(`und-${code}`).region?.toLowerCase() ?? code
}

/** A country's code from its ISO 3166-1 code or its name; `qita` for any other text. */
export function countryCode(text: string): string {
  const known = text.trim().toLowerCase()
  if (/^[a-z]{2}$/.test(known)) return ['xx', 'zz', 'eu', 'ap'].includes(known) ? 'qita' : currentCode(known)
  return countryNames.get(known) ?? 'qita'
}

/** ISO 3166-2 codes of China's provinces, as MaxMind's databases have them. */
const isoProvinces: Readonly<Record<string, string>> = {
  ...{ ah: 'anhui', bj: 'beijing', cq: 'chongqing', fj: 'fujian', gs: 'gansu', gd: 'guangdong', gx: 'guangxi' },
  ...{ gz: 'guizhou', hi: 'hainan', he: 'hebei', hl: 'heilongjiang', ha: 'henan', hb: 'hubei', hn: 'hunan' },
  ...{ js: 'jiangsu', jx: 'jiangxi', jl: 'jilin', ln: 'liaoning', nm: 'neimenggu', nx: 'ningxia', qh: 'qinghai' },
  ...{ sn: 'shaanxi', sd: 'shandong', sh: 'shanghai', sx: 'shanxi', sc: 'sichuan', tj: 'tianjin', xj: 'xinjiang' },
  ...{ xz: 'xizang', yn: 'yunnan', zj: 'zhejiang' },
}

const provinceNames: ReadonlyMap<string, string> = new Map([
  ...Object.entries(provinces).flatMap(([code, { zh, en }]) => [
    [zh, code] as const,
    [code, code] as const,
    [en.toLowerCase(), code] as const,
  ]),
  ['inner mongolia autonomous region', 'neimenggu'],
  ['tibet', 'xizang'],
])

/** A Chinese province's code from its name in any form, or from its ISO 3166-2 code; `qita` for any other text. */
export function provinceCode(text: string): string {
  const name = text.trim().toLowerCase()
  const short = name.replace(/(壮族|回族|维吾尔)?(省|市|自治区)$/, '').replace(/ (province|sheng|shi)$/, '')
  return provinceNames.get(short) ?? isoProvinces[short.replace(/^cn-/, '')] ?? 'qita'
}

/** The code of Hong Kong, Macao or Taiwan, where a source lists it as a province of China. */
function outlyingCode(province: string): string | null {
  const name = province.trim().toLowerCase()
  if (/^(香港|hong kong|cn-hk$|hk$)/.test(name)) return 'hk'
  if (/^(澳门|macao|macau|cn-mo$|mo$)/.test(name)) return 'mo'
  if (/^(台湾|taiwan|cn-tw$|tw$)/.test(name)) return 'tw'
  return null
}

/** China's carriers, by names of their networks and organisations. The first match counts. */
const carrierPatterns: readonly (readonly [RegExp, string])[] = [
  [/^(中国)?(铁通|tietong$)|tietong|china railcom|china railway (telecom|tietong)/i, 'tietong'],
  [/^(中国)?电信$|dianxin|china ?telecom|chinanet\b|china telecommunications/i, 'dianxin'],
  [/^(中国)?联通$|liantong|china ?unicom|\bunicom\b|china169|cncgroup|china netcom/i, 'liantong'],
  [/^(中国)?移动$|yidong|china ?mobile/i, 'yidong'],
  [/^(中国)?教育(和科研)?(计算机)?网$|jiaoyuwang|\bcernet2?\b|china education and research/i, 'jiaoyuwang'],
  [/^鹏博士$|^长城宽带$|pengboshi|dr\. ?peng|great wall broadband|\bgwbn\b/i, 'pengboshi'],
]

/** A carrier's code from its Chinese or English name, or an autonomous system's; `qita` for any other. */
export const carrierCode = (text: string): string =>
  carrierPatterns.find(([pattern]) => pattern.test(text.trim()))?.[1] ?? 'qita'

/** A source's own words for a place, codes or names; each is empty where the source has none. */
export type Said = Readonly<{ country: string; province: string; carrier: string }>

/** The place that a source's words name. */
export function placeOf(said: Said): Place {
  const stated = countryCode(said.country)
  const country = (stated === 'cn' && outlyingCode(said.province)) || stated
  if (country === 'qita') return unknownPlace
  return {
    country,
    province: outlying.has(country) ? 'gangaotai' : country === 'cn' ? provinceCode(said.province) : '',
    carrier: isOfChina(country) ? carrierCode(said.carrier) : 'qita',
  }
}

const isOfChina = (country: string) => country === 'cn' || outlying.has(country)

/** Cache: sources repeat the same words. */
const placesOfWords = new WeakMap<Said, Place>()

function knownPlaceOf(said: Said): Place {
  const known = placesOfWords.get(said) ?? placeOf(said)
  placesOfWords.set(said, known)
  return known
}

/** A known place, with the province and the carrier of a source that says the same country. */
export function detailsOver(said: Said | undefined, before: Place | undefined): Place | undefined {
  if (!said || !before) return before ?? placeOver(said, undefined)
  const place = knownPlaceOf(said)
  if (place.country !== before.country) return before
  return {
    country: before.country,
    province: said.province === '' ? before.province : place.province,
    carrier: said.carrier === '' ? before.carrier : place.carrier,
  }
}

/** A source's words over the previous place: details that it omits stay, where the country is the same. */
export function placeOver(said: Said | undefined, before: Place | undefined): Place | undefined {
  if (!said) return before
  const place = knownPlaceOf(said)
  if (place.country === 'qita') {
    if (!before || said.carrier === '' || !isOfChina(before.country)) return before
    return { ...before, carrier: carrierCode(said.carrier) }
  }
  if (before?.country !== place.country) return place
  return {
    country: place.country,
    province: said.province === '' ? before.province : place.province,
    carrier: said.carrier === '' ? before.carrier : place.carrier,
  }
}
