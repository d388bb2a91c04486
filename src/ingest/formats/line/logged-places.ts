import { countries } from '../../../statistics/places.ts'

/** SQL that turns a CDN's text for a client's place into the codes of statistics/places.ts. */

/** Codes of no country: Cloudflare's XX, and T1 for Tor. */
const noCountry = `('xx', 'zz', 't1', '--')`

/** A country by two letters of ISO 3166-1, in any case. */
export const countryOfCodeSql = (text: string): string =>
  `if(lower(${text}) IN ${noCountry}, '', extract(lower(${text}), '^[a-z]{2}$'))`

/** A country by its English name or its code. An unlisted name yields none, and the address decides. */
export function countryOfNameSql(text: string): string {
  const listed = Object.entries(countries).filter(([code]) => code !== 'qita')
  const names = listed.map(([, { en }]) => `'${en.toLowerCase()}'`).join(', ')
  const codes = listed.map(([code]) => `'${code}'`).join(', ')
  return `if(length(${text}) = 2, ${countryOfCodeSql(text)}, transform(lowerUTF8(${text}), [${names}], [${codes}], ''))`
}

/** Tencent's province numbers. 0 is elsewhere and 1 one of Hong Kong, Macao and Taiwan: there the address decides. */
const tencentProvinces: Readonly<Record<number, string>> = {
  2: 'fujian',
  4: 'guangdong',
  22: 'beijing',
  86: 'neimenggu',
  118: 'guizhou',
  119: 'ningxia',
  120: 'jiangsu',
  121: 'anhui',
  122: 'shandong',
  145: 'heilongjiang',
  146: 'shanxi',
  152: 'shaanxi',
  153: 'yunnan',
  173: 'guangxi',
  182: 'henan',
  1050: 'shanghai',
  1051: 'chongqing',
  1068: 'sichuan',
  1069: 'hebei',
  1135: 'hubei',
  1155: 'xizang',
  1177: 'tianjin',
  1208: 'gansu',
  1441: 'hainan',
  1442: 'zhejiang',
  1445: 'jilin',
  1464: 'liaoning',
  1465: 'jiangxi',
  1466: 'hunan',
  1467: 'qinghai',
  1468: 'xinjiang',
}

/** Tencent's carrier numbers; -1 is a carrier abroad. 43 is Great Wall Broadband, which belongs to Dr. Peng. */
const tencentCarriers: Readonly<Record<number, string>> = {
  2: 'dianxin',
  26: 'liantong',
  38: 'jiaoyuwang',
  43: 'pengboshi',
  1046: 'yidong',
  3947: 'tietong',
}

const ofNumberSql = (text: string, codes: Readonly<Record<number, string>>) =>
  `transform(${text}, [${Object.keys(codes).map((number) => `'${number}'`)}], [${Object.values(codes).map((code) => `'${code}'`)}], '')`

/** A line's place from Tencent's two numbers. A province implies China. */
export const tencentPlaceSql = (province: string, carrier: string) => ({
  country: `if(${ofNumberSql(province, tencentProvinces)} = '', '', 'cn')`,
  province: ofNumberSql(province, tencentProvinces),
  carrier: ofNumberSql(carrier, tencentCarriers),
})
