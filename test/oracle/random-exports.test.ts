import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actions } from '../../src/exports/request/actions.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { type OpenServer, type Place, startOpenServer } from '../harness/open-server.ts'
import { addEdges, generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { answersTo, expectExported, formats } from './compare.ts'

/** Half an hour off UTC's hours, and its clocks go forward at 16:30 UTC on 2025-10-04, from 2 to 3. */
const zone = 'Australia/Adelaide'
const firstMs = Date.parse('2025-10-03T20:00:00+09:30')
const hours = 40
const minuteMs = 60_000
const places: Place[] = [
  ['cn', 'beijing', 'dianxin'],
  ['cn', '', 'yidong'],
  ['cn', 'gansu', ''],
  ['hk', '', 'yidong'],
  ['us', '', ''],
  ['fi', '', ''],
  ['', '', 'qita'],
]
const domains = ['www.example.test', 'img.example.test', 'video.example.test', 'static.example.com']

/** The rule of the server's bills. */
const rule = { discardPercent: '12.5', validDayBytes: '3000000', overheadPercent: '7.25' }
const facts = {
  'time-zone': zone,
  places: places.map((place) => place.join('/')).join(','),
  'discard-percent': rule.discardPercent,
  'valid-day-bytes': rule.validDayBytes,
  'overhead-percent': rule.overheadPercent,
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const someOf = (codes: string[]) => fc.subarray(codes, { minLength: 1 }).map((some) => some.join(','))
const provinces = someOf(['beijing', 'gansu', 'gangaotai', 'qita'])

/** A create as the contract allows it: what an action does not take is left out. */
const anyRequest = fc
  .record({
    action: fc.constantFrom(...actions.filter((action) => action !== 'bill')), // bill.test.ts has those
    start: fc.integer({ min: -120, max: (hours + 1) * 60 }),
    minutes: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 90, max: 40 * 60 })),
    domain_name: maybe(someOf(domains)),
    group_by: maybe(fc.constant('domain')),
    interval: fc.constantFrom(300, 3600),
    service_area: fc.constantFrom('global', 'global', 'mainland_china', 'outside_mainland_china'),
    stat_type: fc.constantFrom('flux', 'req_num'),
    limit: fc.integer({ min: 1, max: 60 }),
    country: maybe(someOf(['cn', 'us', 'qita'])),
    province: maybe(provinces),
    isp: maybe(someOf(['dianxin', 'yidong', 'qita'])),
    language: fc.constantFrom('zh', 'en'),
  })
  .map(({ start, minutes, country, province, ...more }): Json => {
    const startMs = firstMs + start * minuteMs + 1
    const isOfChina = more.action === 'isp_detail' || country === 'cn'
    const request: Json = {
      ...more,
      start_time: startMs,
      end_time: startMs + minutes * minuteMs,
      country: ['isp_detail', 'top_url_detail'].includes(more.action) ? undefined : country,
      province: isOfChina && more.action !== 'top_url_detail' ? province : undefined,
    }
    const untaken = more.action === 'billing_summary' ? ['country', 'province', 'isp'] : []
    const given = Object.entries(request).filter(([name, value]) => value !== undefined && !untaken.includes(name))
    return Object.fromEntries(given)
  })

const asked = fc.sample(anyRequest, { numRuns: 30, seed: 20_251_004 })
const compressions = ['none', 'gzip', 'zip']
const inFormats = (request: Json, n: number): Json[] =>
  formats.map((format, f) => ({ ...request, format, compression: compressions[(n + f) % 3] }))
const named = (request: Json, n: number): [string, Json, number] => [Object.values(request).join(' '), request, n]

describe.skipIf(!hasPython)(`exports asked for at random, counted twice${withoutPython}`, () => {
  let open: OpenServer
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let answers: string[][]
  /** Of each request its four formats, and the same again when all of the first have been asked for. */
  let taskIds: string[][]
  beforeAll(async () => {
    directory = await temporaryDirectory()
    open = await startOpenServer({
      timeZone: zone,
      billingDiscardPercent: rule.discardPercent,
      billingValidDayBytes: rule.validDayBytes,
      billingOverheadPercent: rule.overheadPercent,
    })
    const logs = await writeLogs(directory.path)
    answers = await answersTo(logs, asked, facts)
    for (const log of logs) await loadLog(open.server, log)
    await open.rolledUp()
    await open.locate(places)
    const once = asked.flatMap(inFormats)
    taskIds = [await createAll(open.server, once), await createAll(open.server, once)]
  }, 120_000)
  afterAll(async () => {
    await open.stop()
    await directory.remove()
  })

  it.each(asked.map(named))('%s: the same rows in each format, and the same bytes again', async (_name, request, n) => {
    for (const [f, one] of inFormats(request, n).entries()) {
      const [first, second] = await Promise.all(
        taskIds.map((ids) => exportedBy(open.server, ids[n * formats.length + f] ?? '')),
      )
      if (!first || !second) throw new Error('asked for twice')
      await expectExported(first, one, zone, answers[n] ?? [])
      for (const [i, file] of first.files.entries())
        expect(second.files[i]?.sent.equals(file.sent), `${file.name} again`).toBe(true)
    }
  })
})

async function writeLogs(directory: string): Promise<Log[]> {
  const logs: Log[] = [
    { path: join(directory, 'inside.log'), format: 'huawei_offline' },
    { path: join(directory, 'outside.log'), format: 'combined_vhost', isOutside: true },
  ]
  for (const [n, log] of logs.entries()) {
    const how = { start: new Date(firstMs).toISOString(), 'duration-seconds': hours * 3600, domains: 4 - n }
    await generate(log, { ...how, lines: 6_000 - n * 3_000, seed: 20 + n })
    if (n === 0) await addEdges(log, { fromMs: firstMs, toMs: firstMs + hours * 3_600_000, stepMs: 300_000 })
  }
  return logs
}
