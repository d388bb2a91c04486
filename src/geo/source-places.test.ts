import { describe, expect, it } from 'vitest'
import { carrierCode, countryCode, placeOf, provinceCode } from './source-places.ts'

const codes = (code: (text: string) => string, texts: Record<string, string>) => {
  for (const [text, expected] of Object.entries(texts)) expect([text, code(text)]).toEqual([text, expected])
}

describe('a source’s words', () => {
  it('of a country are its code, whatever the language', () => {
    codes(countryCode, { CN: 'cn', cn: 'cn', 中国: 'cn', China: 'cn', 美国: 'us', 'United States': 'us' })
    codes(countryCode, {
      俄罗斯: 'ru',
      SU: 'ru',
      UK: 'gb',
      塞尔维亚: 'rs',
      贝宁: 'bj',
      刚果金: 'cd',
      波黑: 'ba',
      捷克: 'cz',
    })
    codes(countryCode, { '': 'qita', 0: 'qita', 欧洲: 'qita', XX: 'qita', EU: 'qita', 'no country': 'qita' })
  })

  it('of a province are the contract’s, in all its forms', () => {
    codes(provinceCode, {
      河南: 'henan',
      河南省: 'henan',
      Henan: 'henan',
      HA: 'henan',
      'CN-HA': 'henan',
      henan: 'henan',
    })
    codes(provinceCode, { 北京: 'beijing', 北京市: 'beijing', 内蒙古: 'neimenggu', 内蒙古自治区: 'neimenggu' })
    codes(provinceCode, { 广西壮族自治区: 'guangxi', 新疆维吾尔自治区: 'xinjiang', 宁夏回族自治区: 'ningxia' })
    codes(provinceCode, { 'Inner Mongolia': 'neimenggu', Tibet: 'xizang', 陕西省: 'shaanxi', 山西省: 'shanxi' })
    codes(provinceCode, { '': 'qita', 0: 'qita', 东京: 'qita' })
  })

  it('of a carrier are the contract’s; others’ networks are others', () => {
    codes(carrierCode, {
      电信: 'dianxin',
      中国电信: 'dianxin',
      Chinanet: 'dianxin',
      'China Telecom (Group)': 'dianxin',
    })
    codes(carrierCode, { 联通: 'liantong', 'CHINA UNICOM China169 Backbone': 'liantong', 移动: 'yidong' })
    codes(carrierCode, { 'China Mobile Communications Corporation': 'yidong', 铁通: 'tietong', 鹏博士: 'pengboshi' })
    codes(carrierCode, {
      教育网: 'jiaoyuwang',
      'China Next Generation Internet CERNET2': 'jiaoyuwang',
      'CERNET New Technology Co., Ltd': 'jiaoyuwang',
    })
    codes(carrierCode, {
      '': 'qita',
      中华电信: 'qita',
      阿里云: 'qita',
      'T-Mobile': 'qita',
      'Deutsche Telekom AG': 'qita',
    })
  })

  it('make a place: provinces and carriers are China’s alone', () => {
    const of = (country: string, province: string, carrier: string) =>
      Object.values(placeOf({ country, province, carrier })).join('/')
    expect(of('中国', '福建省', '电信')).toBe('cn/fujian/dianxin')
    expect(of('中国', '香港', '')).toBe('hk/gangaotai/qita')
    expect(of('China', 'Taiwan', '中华电信')).toBe('tw/gangaotai/qita')
    expect(of('MO', '', '')).toBe('mo/gangaotai/qita')
    expect(of('中国', '', '')).toBe('cn/qita/qita')
    expect(of('美国', '加利福尼亚', '电信')).toBe('us//qita')
    expect(of('', '福建省', '电信')).toBe('qita//qita')
  })
})
