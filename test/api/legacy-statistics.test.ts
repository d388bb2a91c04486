import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { theHour } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const img = 'img.example.test'
const start = theHour.start_time
const hourMs = 3_600_000
const dayStart = Date.parse('2026-09-01T00:00:00+08:00')
const line = (minute: number, bytes: number, more: object = {}) =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain: www, ...more })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const log = [line(0, 3_000), line(1, 4_500, { status: 404, cache: 'MISS' }), line(31, 9_000, { domain: img })]
  const { json } = await server.load(log.join(''), { name: 'a.log', format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
})
afterAll(() => server.stop())

const get = (target: string, prefix = '/v1.0') => sendSigned(server, { target: `${prefix}/cdn/statistics/${target}` })
const got = async (target: string, prefix?: string): Promise<Json> => {
  const { json, text, status } = await get(target, prefix)
  expect(status, text).toBe(200)
  return json
}
const hour = `start_time=${start}&end_time=${theHour.end_time}`
const all = `${hour}&domain_name=ALL&service_area=global`
const echo = { start_time: start, end_time: theHour.end_time }
const points = (first: number, seventh: number) => [first, 0, 0, 0, 0, 0, seventh, 0, 0, 0, 0, 0]

describe('the legacy queries', () => {
  it('have one figure of a range', async () => {
    expect(await got(`flux?${all}`)).toEqual({ flux: { ...echo, stat_type: 'flux', value: 16_500 } })
    expect(await got(`bandwidth?${all}`, '/v1')).toEqual({
      bandwidth: { ...echo, stat_type: 'bw', value: 240, peak_time: start + 30 * 60_000 },
    })
    expect(await got(`domain-summary?${all}&stat_type=hit_num`)).toEqual({
      domain_summary: { ...echo, stat_type: 'hit_num', service_area: 'global', value: 2 },
    })
  })

  it('have rates in percent, and requests a second', async () => {
    const value = async (statType: string, more = '') =>
      ((await got(`domain-summary?${all}&stat_type=${statType}${more}`))['domain_summary'] as Json)['value']
    expect(await value('req_hit_rate')).toBe(66.67)
    expect(await value('flux_hit_rate')).toBe(72.73)
    expect(await value('qps')).toBe(0)
    const { domain_summary_detail: detail } = await got(`domain-summary-detail?${all}&stat_type=qps&interval=300`)
    expect(detail).toMatchObject({ interval: 300, values: points(0.01, 0) })
    expect(await value('bs_fail_rate')).toBeUndefined()
  })

  it('have arrays by interval, of which four and eight hours are made of hours', async () => {
    expect(await got(`flux-detail?${all}`)).toEqual({
      flux_detail: { ...echo, stat_type: 'flux', interval: 300, values: points(7_500, 9_000) },
    })
    const day = `start_time=${dayStart + 1}&end_time=${dayStart + 24 * hourMs}&domain_name=all&service_area=global`
    const values = async (path: string, interval: number) => {
      const [answer] = Object.values(await got(`${path}?${day}&interval=${interval}`)) as Json[]
      expect(answer).toMatchObject({ start_time: dayStart, end_time: dayStart + 24 * hourMs, interval })
      return answer?.['values']
    }
    expect(await values('flux-detail', 14_400)).toEqual([0, 0, 16_500, 0, 0, 0])
    expect(await values('bandwidth-detail', 28_800)).toEqual([0, 240, 0])
    expect(await values('bandwidth-detail', 86_400)).toEqual([240])
    expect(await got(`flux-detail?${all}&stat_type=bs_flux`)).toMatchObject({ flux_detail: { values: [] } })
  })

  it('have rows of domains, provinces and carriers with data', async () => {
    const row = { ...echo, stat_type: 'flux', service_area: 'global' }
    expect(await got(`domain?${all}`)).toEqual({
      domain: [
        { domain_name: img, value: 9_000, ...row },
        { domain_name: www, value: 7_500, ...row },
      ],
    })
    expect(await got(`domain?${all}&stat_type=bs_num`)).toEqual({ domain: [] })
    expect(await got(`region-detail-summary?${all}`)).toEqual({ region_data: [] })
    expect(await got(`carrier-detail-summary?${all}`)).toEqual({ carrier_data: [{ carrier: 'qita', value: 16_500 }] })
    expect(await got(`carrier-detail-summary?${all}&carrier=CTCC`)).toEqual({ carrier_data: [] })
    expect(await got(`region-carrier-domain?${all}`)).toEqual({
      domain: [
        { domain_name: img, value: 9_000 },
        { domain_name: www, value: 7_500 },
      ],
    })
    expect(await got(`region-carrier-detail?${all}&region=beijing,shanghai&carrier=CMCC`)).toEqual({
      ...{ region: ['beijing', 'shanghai'], carrier: ['CMCC'], ...echo },
      ...{ stat_type: 'flux', interval: 300, values: Array(12).fill(0) },
    })
  })

  it('are of today without times, and of whole days from seven days on', async () => {
    const { flux } = (await got('flux?domain_name=all')) as { flux: Json }
    expect(Number(flux['end_time']) - Number(flux['start_time'])).toBe(24 * hourMs)
    expect((Number(flux['start_time']) + 8 * hourMs) % (24 * hourMs)).toBe(0)
    const week = `start_time=${dayStart + hourMs}&end_time=${dayStart + 8 * 24 * hourMs}&domain_name=all`
    expect(await got(`flux?${week}&service_area=global`)).toMatchObject({
      flux: { start_time: dayStart, end_time: dayStart + 8 * 24 * hourMs, value: 16_500 },
    })
  })

  it.each([
    ['CDN.0001', `flux?${hour}`],
    ['CDN.0001', `flux?${all}&stat_type=bw`],
    ['CDN.0001', `flux-detail?${all}&interval=600`],
    ['CDN.0001', `carrier-detail-summary?${all}&carrier=X`],
    ['CDN.0005', `flux?${hour}&domain_name=${Array.from({ length: 101 }, (_, n) => `${n}.test`)}`],
    ['CDN.0105', `flux?${hour}&domain_name=absent.test`],
    ['CDN.0202', `flux?start_time=${start}&end_time=${start}&domain_name=all`],
    ['CDN.0202', `flux?start_time=${start}&end_time=${start + 32 * 24 * hourMs}&domain_name=all`],
    [
      'CDN.0202',
      `domain-item-details?start_time=${start}&end_time=${start + 8 * 24 * hourMs}&domain_name=all&stat_type=bw`,
    ],
    ['CDN.0001', `domain-item-location-details?${all}&stat_type=bw&region=all`],
  ])('refuse with %s: %s', async (code, target) => {
    expectError(await get(target), 400, code)
  })
})

describe('the details of the older SDK', () => {
  it('have points of each domain', async () => {
    expect(await got(`domain-item-details?${all}&stat_type=flux,bw`)).toEqual({
      domain_item_details: {
        ...echo,
        stat_type: 'flux,bw',
        domains: [
          { domain_name: img, flux: points(0, 9_000), bw: points(0, 240) },
          { domain_name: www, flux: points(7_500, 0), bw: points(200, 0) },
        ],
      },
    })
    const none = `start_time=${start - 24 * hourMs}&end_time=${start - 23 * hourMs}&domain_name=all&stat_type=flux`
    expect(await got(`domain-item-details?${none}`)).toMatchObject({ domain_item_details: { domains: [] } })
  })

  it('have points of each province and carrier', async () => {
    const asked = `domain-item-location-details?${hour}&domain_name=${www}&stat_type=flux&region=all&isp=all`
    expect(await got(asked)).toMatchObject({ domain_item_location_details: { ...echo, domains: [] } })
  })
})
