import { expect, it, onTestFinished } from 'vitest'
import { theHour } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, sendSigned } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

const dayStart = Date.parse('2026-09-01T00:00:00+08:00')
const dayMs = 86_400_000
const www = 'www.example.test'
const img = 'img.example.test'
const line = (time: string, clientIp: string, domain = www) =>
  huaweiLine({ time: `01/Sep/2026:${time}:00 +0800`, domain, bytes: 1 }).replace('198.51.100.7', clientIp)
const log = [
  line('08:00', '198.51.100.1'),
  line('08:01', '198.51.100.1'),
  line('08:04', '198.51.100.2'),
  line('08:05', '198.51.100.1'),
  line('20:00', '2001:db8::1'),
  line('08:31', '198.51.100.2', img),
].join('')

/** Answers of a server with this privacy profile. */
async function askedOf(flags: Record<string, string>) {
  const server = await startTestServer(flags)
  onTestFinished(() => server.stop())
  const { json } = await server.load(log, { name: 'a.log', format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  return (query: string) => sendSigned(server, { target: `/v1.0/cdn/statistics/domain-client-stats?${query}` })
}

it.each([
  ['whole', {}],
  ['truncated', { clientAddresses: 'truncated' }],
])('counts each client once, by 5 minutes and by day; addresses kept %s', async (_how, flags) => {
  const ask = await askedOf(flags)
  const hour = `start_time=${theHour.start_time + 1}&end_time=${theHour.end_time}`
  expect((await ask(`${hour}&domain_name=all&stat_type=uv`)).json).toEqual({
    service_area: 'mainland_china',
    result: [
      { domain_name: img, uv: [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0] },
      { domain_name: www, uv: [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    ],
  })
  const days = `start_time=${dayStart - dayMs}&end_time=${dayStart + dayMs}`
  expect((await ask(`${days}&domain_name=${www}&stat_type=ip_num`)).json).toMatchObject({
    result: [{ domain_name: www, ip_num: [0, 3] }],
  })
  const outside = `${hour}&domain_name=all&stat_type=uv&service_area=outside_mainland_china`
  expect((await ask(outside)).json).toEqual({ service_area: 'outside_mainland_china', result: [] })
  expectError(await ask(`${hour}&domain_name=all&stat_type=flux`), 400, 'CDN.0001')
  expectError(await ask(`${hour}&domain_name=all&stat_type=uv&service_area=global`), 400, 'CDN.0015')
  expectError(await ask(`${days}&domain_name=all&stat_type=uv`), 400, 'CDN.0202')
  expectError(await ask(`${hour}&domain_name=absent.test&stat_type=uv`), 400, 'CDN.0105')
})
