import { afterAll, beforeAll, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** Files that come, beside those that are expected: both are told by the rules of coverage. */

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const two = (n: number) => String(n).padStart(2, '0')
const state = async (source: string, stated: Json) => {
  const { status, text } = await server.call('PUT', `/api/v1/coverage/cadences/${source}`, stated)
  expect(status, text).toBe(200)
}
const line = (domain: string, day: number, clock: string) =>
  huaweiLine({ domain, time: `${two(day)}/Sep/2026:${clock} +0000`, path: `/${day}/${clock}` })
async function load(source: string, name: string, text: string) {
  const { json, text: answer } = await server.load(text, { name, source, format: 'huawei_offline' })
  expect(json['state'], answer).toBe('loaded')
}
type Day = { date: string; files_expected: number | null; files_come: number; buckets: Record<string, number> }
async function daysOf(domain: string, timeZone = 'UTC'): Promise<Day[]> {
  const query = `month=2026-09&time_zone=${timeZone}&domain_name=${domain}`
  const { json, status, text } = await server.call('GET', `/api/v1/month-deliveries?${query}`)
  expect(status, text).toBe(200)
  return json['days'] as Day[]
}
/** `01: 1/1 final`: come of expected, and the states that the day's buckets have. */
const told = (days: Day[]) =>
  days.map(({ date, files_come: come, files_expected: due, buckets }) => {
    const states = Object.keys(buckets).filter((name) => (buckets[name] ?? 0) > 0)
    return `${date.slice(8)}: ${come}/${due ?? '-'} ${states.join('+')}`
  })

it('counts a daily file for each domain that its source reports, whether it asked anything that day or not', async () => {
  const [busy, quiet] = ['busy.daily.test', 'quiet.daily.test']
  await state('daily', { files_per_day: 1, day_zone: 'UTC', delay_seconds: 3_600 })
  for (const day of [1, 2, 4]) {
    const ofBoth = day === 1 ? line(quiet, day, '12:00:00') : ''
    await load('daily', `access-2026-09-${two(day)}.log`, line(busy, day, '11:00:00') + ofBoth)
  }
  for (const domain of [busy, quiet])
    expect(told(await daysOf(domain)).slice(0, 4), domain).toEqual([
      '01: 1/1 final',
      '02: 1/1 final',
      '03: 0/1 missing',
      '04: 1/1 final',
    ])
})

it('counts a file that changes in the morning on the day that most of it is of', async () => {
  const domain = 'www.morning.test'
  await state('morning', { files_per_day: 1, day_zone: 'UTC', delay_seconds: 3_600 })
  for (const day of [10, 11, 12])
    await load('morning', `access.log-202609${day}`, line(domain, day - 1, '06:30:00') + line(domain, day, '06:20:00'))
  const days = told(await daysOf(domain))
  expect(days.slice(8, 12).map((text) => text.slice(0, 7))).toEqual(['09: 1/1', '10: 1/1', '11: 1/1', '12: 0/1'])
  expect(days.filter((text) => /: 0\/1 .*final/.test(text))).toEqual([])
})

it('expects no number of hourly files where empty hours have none', async () => {
  const domain = 'www.hourly.test'
  await state('hourly', { files_per_hour: 1, skips_empty_hours: true, delay_seconds: 3_600 })
  // Such names have hours of UTC+8.
  const add = (day: number, hour: number) => {
    const text = line(domain, day, `${two(hour)}:10:00`).replace('+0000', '+0800')
    return load('hourly', `202609${two(day)}${two(hour)}-${domain}-cn.log`, text)
  }
  for (const hour of [0, 1, 5, 23]) await add(1, hour)
  await add(3, 0)
  const [first, second] = told(await daysOf(domain, 'Asia/Shanghai'))
  expect([first, second]).toEqual(['01: 4/- final', '02: 0/- final'])
})

it('never has a day final that lacks an expected file, in any zone', async () => {
  for (const domain of ['busy.daily.test', 'quiet.daily.test', 'www.morning.test'])
    for (const zone of ['UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kolkata']) {
      const final = (await daysOf(domain, zone)).filter(({ buckets }) => buckets['final'] === 288)
      for (const { date, files_expected: due, files_come: come } of final)
        expect(come, `${domain} ${date} ${zone}`).toBeGreaterThanOrEqual(due ?? 0)
    }
})
