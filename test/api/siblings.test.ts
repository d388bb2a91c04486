import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assign, linesOf, newTenant, push, type Tenant, theHour } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const img = 'img.example.test'
const start = theHour.start_time
const dayStart = Date.parse('2026-09-01T00:00:00+08:00')
const day = 86_400_000
const line = (minute: number, bytes: number, more: object = {}) =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain: www, ...more })

let server: TestServer
let tenant: Tenant
beforeAll(async () => {
  server = await startTestServer({ billingDiscardPercent: '5' })
  tenant = await newTenant(server, 'siblings')
  const log = [
    line(0, 3_000, { path: '/a.mp4?x=1', referrer: 'https://r.example/', userAgent: 'agent/1' }),
    line(1, 4_500, { status: 404, cache: 'MISS', path: '/b' }),
    line(31, 7_500, { domain: img, status: 206, path: '/c' }),
  ]
  const { json } = await server.load(log.join(''), { name: 'a.log', format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  await assign(server, 'own.example.test', tenant.accountId)
  await push(server, tenant.token, linesOf('own.example.test', 3))
})
afterAll(() => server.stop())

const hour = `start_time=${start}&end_time=${theHour.end_time}`
const wholeDay = `start_time=${dayStart}&end_time=${dayStart + day}`
const get = (target: string, key: Key = server.credentials, prefix = '/v1.0') =>
  sendSigned(server, { target: `${prefix}/cdn/statistics/${target}`, key })
const got = async (target: string): Promise<Json> => {
  const { json, text, status } = await get(target)
  expect(status, text).toBe(200)
  return json
}
const base = `${hour}&domain_name=all&service_area=global`

describe('domain-stats', () => {
  it('has arrays of every bucket, and what was asked', async () => {
    expect(await got(`domain-stats?action=detail&${base}&interval=300&stat_type=flux,req_num`)).toEqual({
      start_time: start,
      end_time: theHour.end_time,
      interval: 300,
      stat_type: 'flux,req_num',
      action: 'detail',
      result: {
        flux: [7_500, 0, 0, 0, 0, 0, 7_500, 0, 0, 0, 0, 0],
        req_num: [2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
      },
    })
  })

  it('has numbers of the whole range; bandwidth is the highest point, also of a day', async () => {
    const asked = `${base}&stat_type=bw,flux,hit_num,http_code_4xx,bs_flux`
    const { result } = await got(`domain-stats?action=summary&${asked}`)
    expect(result).toEqual({ bw: 200, flux: 15_000, hit_num: 2, http_code_4xx: 1 })
    const days = await got(
      `domain-stats?action=detail&domain_name=${www}&service_area=global&${wholeDay}&interval=86400&stat_type=bw,flux`,
    )
    expect(days['result']).toEqual({ bw: [200], flux: [7_500] })
  })

  it('groups by domain, and leaves out domains without data', async () => {
    const { result, group_by } = await got(`domain-stats?action=summary&${base}&group_by=domain&stat_type=flux`)
    expect([group_by, result]).toEqual(['domain', { [img]: { flux: 7_500 }, [www]: { flux: 7_500 } }])
    const late = `start_time=${start + day}&end_time=${start + day + 3_600_000}`
    expect((await got(`domain-stats?action=detail&${late}&domain_name=all&stat_type=flux`))['result']).toEqual({})
  })

  it('has the single codes of a class as keys', async () => {
    const asked = `domain-stats?action=summary&${base}&stat_type=status_code_2xx,status_code_4xx,status_code_5xx`
    expect((await got(asked))['result']).toEqual({ 200: 1, 206: 1, 404: 1 })
    expect((await got(`${asked}&group_by=domain`))['result']).toEqual({ [img]: { 206: 1 }, [www]: { 200: 1, 404: 1 } })
  })

  it('widens times, clips the future, and takes either prefix', async () => {
    const now = Date.now()
    const misaligned = `start_time=${start + 1}&end_time=${start + 300_001}&domain_name=all&service_area=global`
    const { result } = await got(`domain-stats?&action=detail&${misaligned}&stat_type=req_num`)
    expect(result).toEqual({ req_num: [2, 0] })
    const future = `start_time=${now - 7_200_000}&end_time=${now + day}&interval=3600&domain_name=all&stat_type=flux`
    expect((await got(`domain-stats?action=detail&${future}`))['result']).toEqual({})
    const { json } = await get(`domain-stats?action=summary&${base}&stat_type=flux`, server.credentials, '/v1')
    expect(json['result']).toEqual({ flux: 15_000 })
  })

  it.each([
    ['CDN.0001', `domain-stats?${base}&stat_type=flux`],
    ['CDN.0001', `domain-stats?action=x&${base}&stat_type=flux`],
    ['CDN.0001', `domain-stats?action=summary&${base}&stat_type=`],
    ['CDN.0001', `domain-stats?action=summary&${base}&stat_type=flux,nothing`],
    ['CDN.0001', `domain-stats?action=summary&${base}&stat_type=bw,flux,req_num,hit_num,hit_flux,bs_num`],
    ['CDN.0001', `domain-stats?action=summary&${base}&stat_type=status_code_2xx,bs_status_code_2xx`],
    ['CDN.0001', `domain-stats?action=summary&${hour}&stat_type=flux`],
    [
      'CDN.0005',
      `domain-stats?action=summary&${hour}&stat_type=flux&domain_name=${Array.from({ length: 21 }, (_, n) => `${n}.test`)}`,
    ],
    ['CDN.0015', `domain-stats?action=summary&${hour}&domain_name=all&service_area=x&stat_type=flux`],
    ['CDN.0105', `domain-stats?action=summary&${hour}&domain_name=absent.test&stat_type=flux`],
    ['CDN.0201', `domain-stats?action=summary&${hour}&domain_name=a/b&stat_type=flux`],
    ['CDN.0202', `domain-stats?action=summary&start_time=${start}&end_time=${start}&domain_name=all&stat_type=flux`],
    [
      'CDN.0202',
      `domain-stats?action=summary&start_time=${start}&end_time=${start + 33 * day}&domain_name=all&stat_type=flux`,
    ],
    ['CDN.0203', `domain-stats?action=summary&${base}&stat_type=flux&interval=60`],
    [
      'CDN.0203',
      `domain-stats?action=summary&start_time=${start}&end_time=${start + 8 * day}&domain_name=all&stat_type=flux&interval=300`,
    ],
    ['CDN.0202', `bandwidth-calc?start_time=${start}&end_time=${start + 32 * day}&domain_name=all&calc_type=bw_95`],
    ['CDN.0001', `bandwidth-calc?${hour}&domain_name=all&calc_type=bw_50`],
    ['CDN.0202', `top-domain-names?start_time=${start}&end_time=${start + 25 * 3_600_000}&stat_type=flux`],
    ['CDN.0001', `top-uas?${wholeDay}&domain_name=all&stat_type=flux&group_by=domain&include_ratio=true`],
    ['CDN.0001', `domain-location-stats?action=location_summary&${hour}&domain_name=all&stat_type=flux&ip_version=v4`],
    [
      'CDN.0001',
      `domain-location-stats?action=location_summary&${hour}&domain_name=all&stat_type=flux&province=beijing`,
    ],
    ['CDN.0001', `domain-country-stats?action=summary&${hour}&domain_name=all&stat_type=flux&group_by=province`],
  ])('refuses with %s: %s', async (code, target) => {
    expectError(await get(target), 400, code)
  })

  it('answers alike for foreign and unknown domains, and a customer of its own', async () => {
    const ask = (domain: string) =>
      get(`domain-stats?action=summary&${hour}&service_area=global&stat_type=req_num&domain_name=${domain}`, tenant.key)
    expect((await ask('all')).json['result']).toEqual({ req_num: 3 })
    const foreign = expectError(await ask(www), 400, 'CDN.0105')
    expect(foreign).toBe(expectError(await ask('absent.test'), 400, 'CDN.0105').replace('absent.test', www))
  })
})

describe('lists', () => {
  const asked = `${wholeDay}&domain_name=all&service_area=global`
  it('have items with values, the highest first', async () => {
    const urls = await got(`top-url?${asked}&stat_type=flux`)
    const more = { start_time: dayStart, end_time: dayStart + day, stat_type: 'flux' }
    expect(urls).toEqual({
      service_area: 'global',
      top_url_summary: [
        { url: `${img}/c`, value: 7_500, ...more },
        { url: `${www}/b`, value: 4_500, ...more },
        { url: `${www}/a.mp4?x=1`, value: 3_000, ...more },
      ],
    })
    expect((await got(`top-path?${asked}&stat_type=req_num`))['top_path_summary']).toContainEqual({
      path: `${www}/a.mp4`,
      value: 1,
    })
    expect((await got(`top-refers?${asked}&stat_type=flux`))['top_refer_summary']).toEqual([
      { refer: '-', value: 12_000 },
      { refer: 'https://r.example/', value: 3_000 },
    ])
    expect((await got(`top-ips?${asked}&stat_type=req_num&include_ratio=true`))['top_ip_summary']).toEqual([
      { ip: '198.51.100.7', value: 3, ratio: 1 },
    ])
    expect(await got(`top-origin-urls?${asked}&stat_type=flux`)).toEqual({ top_origin_url_summary: [] })
    const domains = await got(`top-domain-names?${hour}&service_area=global&stat_type=bw&limit=1`)
    expect(domains).toEqual({ top_domain_names: [{ domain_name: img, value: 200, bw: 200 }] })
  })

  it('have ratios of the total, or rows of each domain; and no row of a day without data', async () => {
    const uas = await got(`top-uas?${asked}&stat_type=flux&include_ratio=true`)
    expect(uas['top_ua_summary']).toEqual([
      { ua: 'curl/8.0', value: 12_000, ratio: 0.8 },
      { ua: 'agent/1', value: 3_000, ratio: 0.2 },
    ])
    const grouped = await got(`top-uas?${asked}&stat_type=flux&group_by=domain`)
    expect(grouped['top_ua_summary']).toContainEqual({ ua: 'curl/8.0', value: 7_500, domain_name: img })
    const other = `start_time=${dayStart - day}&end_time=${dayStart}&domain_name=all&stat_type=flux`
    expect((await got(`top-url?${other}`))['top_url_summary']).toEqual([])
  })
})

describe('places and bills', () => {
  it('have groups nested in the order asked', async () => {
    const asked = `domain-location-stats?action=location_summary&${hour}&domain_name=${www}&stat_type=flux`
    expect(await got(`${asked}&group_by=domain,country`)).toEqual({
      group_by: 'domain,country',
      result: { [www]: { qita: { flux: 7_500 } } },
    })
    expect(await got(`${asked}&ip_version=IPv4`)).toEqual({ result: { flux: 7_500 } })
    expect(await got(`${asked}&country=cn`)).toEqual({ result: {} })
    const countries = await got(
      `domain-country-stats?action=summary&${hour}&domain_name=${www}&stat_type=flux,status_code_4xx`,
    )
    expect(countries['result']).toEqual({ qita: { flux: 7_500, 404: 1 } })
  })

  it('have the bandwidth of a bill', async () => {
    const asked = `bandwidth-calc?${hour}&domain_name=all&service_area=mainland_china`
    const bill = await server.exportText({
      action: 'billing_summary',
      ...theHour,
      language: 'en',
      time_zone: 'Etc/GMT-8',
    })
    const total =
      bill
        .split('\r\n')
        .find((row) => row.includes('Total'))
        ?.split(',') ?? []
    for (const [type, column] of [
      ['bw_95', 6],
      ['bw_peak', 7],
    ] as const) {
      const calc = (await got(`${asked}&calc_type=${type}`))['bandwidth_calc'] as Json
      expect(calc).toMatchObject({ calc_type: type, value: Number(total[column]) })
    }
    expect((await got(`${asked}&calc_type=bw_95`))['bandwidth_calc']).toMatchObject({ value: 200, time_point: start })
    expect((await got(`${asked}&calc_type=bw_95_average`))['bandwidth_calc']).toMatchObject({
      value: 200,
      time_point: theHour.end_time,
    })
    const none = `bandwidth-calc?start_time=${start - day}&end_time=${start - day + 300_000}&domain_name=all&calc_type=bw_95`
    expect((await got(none))['bandwidth_calc']).toMatchObject({ value: 0 })
  })
})
