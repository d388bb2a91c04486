import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { type OpenServer, type Place, startOpenServer } from '../harness/open-server.ts'
import { generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { answersTo, expectExported, formats } from './compare.ts'

const zone = 'Asia/Shanghai'

/** Unlike each other in number, so that each filter finds something else. */
const places: Place[] = [
  ['cn', 'beijing', 'dianxin'],
  ['cn', 'beijing', 'liantong'],
  ['cn', 'guangdong', 'yidong'],
  ['cn', 'guangdong', 'dianxin'],
  ['cn', 'xizang', 'tietong'],
  ['cn', 'shanghai', 'pengboshi'],
  ['cn', 'zhejiang', ''],
  ['cn', '', 'dianxin'],
  ['cn', '', ''],
  ['hk', '', 'yidong'],
  ['mo', '', ''],
  ['tw', '', 'jiaoyuwang'],
  ['us', '', ''],
  ['jp', '', 'dianxin'],
  ['fi', '', ''],
  ['', '', ''],
  ['', '', 'liantong'],
]

const day = { start_time: Date.parse('2025-09-09T23:50:00+08:00'), end_time: Date.parse('2025-09-11T06:00:00+08:00') }
const hour = { start_time: Date.parse('2025-09-10T09:12:00+08:00'), end_time: Date.parse('2025-09-10T10:20:00+08:00') }

const filters: Json[] = [
  { country: 'cn' },
  { country: 'us,jp' },
  { country: 'qita' },
  { country: 'cn,qita' },
  { country: 'cn', province: 'beijing,guangdong' },
  { country: 'cn', province: 'gangaotai' },
  { country: 'cn', province: 'qita' },
  { country: 'cn', province: 'all' },
  { country: 'all', isp: 'qita' },
  { isp: 'dianxin,yidong' },
  { country: 'cn', province: 'beijing,gangaotai,qita', isp: 'dianxin,qita' },
]

/** Carriers by place, of a day in hours, and of an hour in five minutes. */
const byCarrier = [300, 3600].flatMap((interval) =>
  [{}, { province: 'all' }, { province: 'beijing,gangaotai,qita' }].flatMap((province) =>
    [{}, { isp: 'dianxin,qita' }].flatMap((isp) =>
      [{}, { group_by: 'domain' }].map((group): Json => {
        const range = interval === 300 ? hour : day
        return { action: 'isp_detail', interval, ...range, ...province, ...isp, ...group }
      }),
    ),
  ),
)

const filtered = filters.flatMap((filter, n): Json[] => {
  const group = n % 2 === 0 ? {} : { group_by: 'domain' }
  const lists = ['top_ua_detail', 'top_ip_detail', 'top_path_detail', 'top_referer_detail'].map((action) => ({
    action,
  }))
  return [
    { action: 'reports_detail', interval: n % 3 === 0 ? 3600 : 300 },
    { action: 'uv', interval: n % 3 === 0 ? 300 : 3600 },
    { action: 'top_ua_detail', stat_type: n % 3 === 0 ? 'req_num' : 'flux' },
    { ...lists[n % 4], limit: 10_000 },
    ...(filter['country'] ? [] : [{ action: 'top_url_detail' }]),
  ].map((report) => ({ ...report, ...day, ...group, ...filter }))
})

/** More rows than are made in one piece, and so in each format. */
const long = formats.map(
  (): Json => ({
    action: 'isp_detail',
    interval: 300,
    ...day,
    end_time: day.start_time + 19 * 3_600_000,
    province: 'all',
  }),
)

const requests = [...byCarrier, ...filtered, ...long].map(
  (request, n): Json => ({
    service_area: n % 3 === 0 ? 'global' : 'mainland_china',
    language: n % 2 === 0 ? 'en' : 'zh',
    ...request,
    format: formats[n % formats.length],
  }),
)

const withUnlisted: Place[] = [...places, ['cn', 'beijing', 'starlink'], ['cn', 'atlantis', 'dianxin']]
const unlisted = [
  { action: 'isp_detail' },
  { action: 'isp_detail', province: 'all' },
  { action: 'uv', isp: 'qita' },
  { action: 'uv', country: 'cn', province: 'qita' },
].map((request): Json => ({ ...request, ...hour, interval: 300, format: 'csv' }))

const factsOf = (rule: Place[]) => ({ 'time-zone': zone, places: rule.map((place) => place.join('/')).join(',') })
const nameOf = ({ start_time, end_time, ...request }: Json) => Object.values(request).join(' ')
const named = (request: Json, i: number): [string, Json, number] => [nameOf(request), request, i]

describe.skipIf(!hasPython)(`requests that were located, counted twice${withoutPython}`, () => {
  let open: OpenServer
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let logs: Log[]
  let answers: string[][]
  let answersForUnlisted: string[][]
  let taskIds: string[]
  beforeAll(async () => {
    directory = await temporaryDirectory()
    open = await startOpenServer({ timeZone: zone })
    logs = await writeLogs(directory.path)
    answers = await answersTo(logs, requests, factsOf(places))
    answersForUnlisted = await answersTo(logs, unlisted, factsOf(withUnlisted))
    for (const log of logs) await loadLog(open.server, log)
    await open.rolledUp()
    await open.locate(places)
    await open.rollUpAgain()
    taskIds = await createAll(open.server, requests)
  }, 120_000)
  afterAll(async () => {
    await open.stop()
    await directory.remove()
  })

  it.each(requests.map(named))('%s', async (_name, request, i) => {
    await expectExported(await exportedBy(open.server, taskIds[i] ?? ''), request, zone, answers[i] ?? [])
  })

  it('are the same by the hour before they are rolled up', async () => {
    await open.forgetRollUps()
    const hourly = requests.filter(({ interval }) => interval === 3600)
    const ids = await createAll(open.server, hourly)
    for (const [n, request] of hourly.entries()) {
      const answer = answers[requests.indexOf(request)] ?? []
      await expectExported(await exportedBy(open.server, ids[n] ?? ''), request, zone, answer)
    }
  })

  it.each(unlisted.map(named))('count with the others where they are not listed: %s', async (_name, request, i) => {
    await open.locate(withUnlisted)
    const [id = ''] = await createAll(open.server, [request])
    await expectExported(await exportedBy(open.server, id), request, zone, answersForUnlisted[i] ?? [])
  })
})

async function writeLogs(directory: string): Promise<Log[]> {
  const logs: Log[] = [
    { path: join(directory, 'inside.log'), format: 'huawei_offline' },
    { path: join(directory, 'outside.log'), format: 'combined_vhost', isOutside: true },
  ]
  for (const [n, log] of logs.entries()) {
    const how = { start: '2025-09-10T00:00:00+08:00', 'duration-seconds': 29 * 3600, domains: 3 - n }
    await generate(log, { ...how, lines: 8_000, seed: 10 + n })
  }
  return logs
}
