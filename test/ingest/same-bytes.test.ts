import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { type Answer, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** Lines of a domain of the test's own, 100 bytes of flux each. */
const lines = (domain: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => huaweiLine({ domain, path: `/${from + i}`, bytes: 100 })).join('')

let domains = 0
const newDomain = () => `d${++domains}.example.test`

async function loaded(content: string | Buffer, query: Record<string, string> = {}): Promise<Json> {
  const { json, text } = await server.load(content, query)
  expect(['loaded', 'duplicate'], text).toContain(json['state'])
  return json
}

const expectAlreadyLoaded = ({ status, text, json }: Answer) => {
  expect([status, json['error_code']], text).toEqual([409, 'FLUXPORT.0101'])
  return String(json['error_msg'])
}

/** Requests and flux of a domain in its one bucket, as a report has them. */
async function exported(domain: string, serviceArea = 'global'): Promise<[requests: number, flux: number]> {
  const text = await server.exportText({
    domain_name: domain,
    service_area: serviceArea,
    start_time: Date.parse('2026-09-01T08:00:00+08:00'),
    end_time: Date.parse('2026-09-01T08:05:00+08:00'),
    language: 'en',
  })
  const [, flux, , requests] = text.split('\r\n')[1]?.split(',') ?? []
  return [Number(requests), Number(flux)]
}

describe('a file that was loaded', () => {
  it('is the same compressed, under another name, and in several gzip members', async () => {
    const domain = newDomain()
    const text = lines(domain, 0, 60)
    const first = await loaded(text, { name: 'access.log' })
    const half = text.length >> 1
    const members = [text.slice(0, half), text.slice(half)].map((part) => gzipSync(part))
    for (const [name, content] of [
      ['access.log', text],
      ['access.log.1', text],
      ['access.log.1.gz', gzipSync(text)],
      ['access.log.2.gz', gzipSync(text, { level: 1 })],
      ['access.log.3.gz', Buffer.concat(members)],
    ] as const) {
      const again = await loaded(content, { name })
      expect([name, again['state'], again['already_loaded_as']]).toEqual([name, 'duplicate', first['batch_id']])
    }
    expect(await exported(domain)).toEqual([60, 6_000])
  })

  it('loads once, delivered eight times at once', async () => {
    const domain = newDomain()
    const text = lines(domain, 0, 500)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => loaded(i % 2 ? text : gzipSync(text), { name: `at-once-${i}.log` })),
    )
    const states = answers.map((answer) => answer['state']).sort()
    expect(states).toEqual([...Array(7).fill('duplicate'), 'loaded'])
    const first = answers.find((answer) => answer['state'] === 'loaded')?.['batch_id']
    for (const answer of answers) expect([first, null]).toContain(answer['already_loaded_as'])
    expect(await exported(domain)).toEqual([500, 50_000])
  })

  it.each([
    ['3 lines', 3],
    ['300 lines', 300],
  ])('is refused under another domain, source or service area, unless forced: %s', async (_name, count) => {
    const domain = newDomain()
    const text = lines(domain, 0, count)
    const first = await loaded(text, { name: 'one.log' })
    for (const query of [
      { domain: 'other.example.test' },
      { source: 'other' },
      { service_area: 'outside_mainland_china' },
    ]) {
      const message = expectAlreadyLoaded(
        await server.load(text, { name: 'two.log', ...query } as Record<string, string>),
      )
      expect(message).toContain(`batch ${first['batch_id']}`)
      expect(message).toContain('--force')
    }
    expect(await exported(domain)).toEqual([count, count * 100])
    expect(await loaded(text, { name: 'two.log', source: 'other', force: 'true' })).toMatchObject({ state: 'loaded' })
    expect(await exported(domain)).toEqual([count * 2, count * 200])
  })

  it('is refused as an older copy of itself, cut', async () => {
    const domain = newDomain()
    const text = lines(domain, 0, 100)
    await loaded(text, { name: 'newer.log' })
    for (const end of [text.length - 1, text.length >> 1, 5_000]) {
      const message = expectAlreadyLoaded(await server.load(text.slice(0, end), { name: 'older.log' }))
      expect(message).toMatch(/ends earlier/)
    }
    expect(await exported(domain)).toEqual([100, 10_000])
  })

  it.each([
    ['a short one', 12],
    ['a long one', 100],
  ])(
    'is known as an older copy of itself that was cut at a line’s end within its head: of %s',
    async (_name, count) => {
      const domain = newDomain()
      const first = await loaded(lines(domain, 0, count), { name: 'newer.log' })
      for (const kept of [1, 2, 11]) {
        const again = await loaded(lines(domain, 0, kept), { name: 'older.log' })
        expect(again).toMatchObject({ state: 'duplicate', already_loaded_as: first['batch_id'] })
      }
      const halfLine = lines(domain, 0, 6).slice(0, -40)
      expect(expectAlreadyLoaded(await server.load(halfLine, { name: 'older.log' }))).toMatch(/ends earlier/)
      expect(await exported(domain)).toEqual([count, count * 100])
    },
  )

  it('is not known by its comments: files of a format share them', async () => {
    const domain = newDomain()
    const header = '#Version: 1.0\n#Fields: time\n\n'
    const format = 'huawei_offline'
    await loaded(header + lines(domain, 0, 5), { name: 'one.log', format })
    expect(await loaded(header, { name: 'none.log', format })).toMatchObject({ state: 'loaded' })
    const other = lines(domain, 5, 6).trimEnd()
    expect(await loaded(header + other, { name: 'two.log', format })).toMatchObject({ state: 'loaded', requests: 1 })
    expect((await exported(domain))[0]).toBe(6)
  })

  it('is known again beside another that began alike and was forced', async () => {
    const domain = newDomain()
    const one = lines(domain, 0, 100)
    const two = lines(domain, 0, 50) + lines(domain, 1_000, 1_050)
    const first = await loaded(one, { name: 'one.log' })
    const second = await loaded(two, { name: 'two.log', force: 'true' })
    expect(await loaded(one, { name: 'one.log' })).toMatchObject({ already_loaded_as: first['batch_id'] })
    expect(await loaded(two, { name: 'two.log' })).toMatchObject({ already_loaded_as: second['batch_id'] })
  })

  it('is refused as another that begins alike and then differs', async () => {
    const domain = newDomain()
    await loaded(lines(domain, 0, 100), { name: 'this.log' })
    const other = lines(domain, 0, 50) + lines(domain, 1_000, 1_050)
    expect(expectAlreadyLoaded(await server.load(other, { name: 'that.log' }))).toMatch(/then differs/)
    expect(await exported(domain)).toEqual([100, 10_000])
  })

  it('counts again once it was forgotten, and then once', async () => {
    const domain = newDomain()
    const text = lines(domain, 0, 40)
    const first = await loaded(text, { name: 'forgotten.log' })
    const forgotten = await server.call('DELETE', `/api/v1/log-batches/${first['batch_id']}`)
    expect(forgotten.json).toMatchObject({ state: 'forgotten' })
    expect((await exported(domain))[0]).toBe(0)
    const twice = await server.call('DELETE', `/api/v1/log-batches/${first['batch_id']}`)
    expect([twice.status, twice.json['error_code']]).toEqual([404, 'CDN.0003'])
    expect(await loaded(text, { name: 'forgotten.log' })).toMatchObject({ state: 'loaded', requests: 40 })
    expect(await loaded(text, { name: 'forgotten.log' })).toMatchObject({ state: 'duplicate' })
    expect(await exported(domain)).toEqual([40, 4_000])
  })
})

describe('a file that grows', () => {
  it.each([
    ['small', 3],
    ['large', 300],
  ])('adds its rest, whatever the step: %s', async (_name, step) => {
    const domain = newDomain()
    for (const count of [1, 2, 3, 7].map((n) => n * step)) {
      await loaded(lines(domain, 0, count), { name: 'grows.log' })
      expect(await exported(domain)).toEqual([count, count * 100])
    }
  })

  it.each([[1], [5], [30], [70], [110], [130], [140]])(
    'whose last line was cut %i bytes before its end counts it once, as it is when whole',
    async (missing) => {
      const domain = newDomain()
      const text = lines(domain, 0, 50)
      const cut = text.slice(0, -missing)
      expect(await loaded(cut, { name: 'cut.log' })).toMatchObject({ lines: cut.trimEnd().split('\n').length })
      await loaded(text + lines(domain, 50, 60), { name: 'cut.log' })
      expect(await exported(domain)).toEqual([60, 6_000])
      expect(await loaded(gzipSync(text + lines(domain, 50, 60)), { name: 'cut.log.1.gz' })).toMatchObject({
        state: 'duplicate',
      })
      expect(await exported(domain)).toEqual([60, 6_000])
    },
  )

  it('says on which line of the whole file a rejected one of its rest stands', async () => {
    const domain = newDomain()
    const start = lines(domain, 0, 60)
    await loaded(start, { name: 'numbered.log' })
    const { batch_id: id } = await loaded(`${start}${lines(domain, 60, 62)}rubbish\n`, { name: 'numbered.log' })
    const { json } = await server.call('GET', `/api/v1/log-batches/${id}`)
    expect(json['rejected']).toMatchObject({ first_lines: [{ line_number: 63, reason: 'fields', line: 'rubbish' }] })
  })
})

describe('the service area of a file', () => {
  it('is that of its name, and the two areas add up to global', async () => {
    const domain = newDomain()
    const names = [`2026090108-${domain}-cn.gz`, `2026090108-${domain}-ov.gz`]
    const [cn, ov] = [lines(domain, 0, 30), lines(domain, 100, 107)]
    expect(await loaded(gzipSync(cn), { name: names[0] ?? '' })).toMatchObject({ service_area: 'mainland_china' })
    expect(await loaded(gzipSync(ov), { name: names[1] ?? '' })).toMatchObject({
      service_area: 'outside_mainland_china',
    })
    expect(await exported(domain, 'mainland_china')).toEqual([30, 3_000])
    expect(await exported(domain, 'outside_mainland_china')).toEqual([7, 700])
    expect(await exported(domain, 'global')).toEqual([37, 3_700])
  })

  it('is that of its name before that of the option, and that of the option before the configured one', async () => {
    const outside = { service_area: 'outside_mainland_china' }
    const domain = newDomain()
    const named = await loaded(lines(domain, 0, 1), { name: `2026090108-${domain}-cn.log`, ...outside })
    expect(named).toMatchObject({ service_area: 'mainland_china' })
    expect(await loaded(lines(domain, 1, 2), { name: 'plain.log', ...outside })).toMatchObject(outside)
    expect(await loaded(lines(domain, 2, 3), { name: 'plain-cn.log' })).toMatchObject({
      service_area: 'by_country',
    })
  })

  it('that says none is the one that is loaded, under whatever area it was', async () => {
    const domain = newDomain()
    const text = lines(domain, 0, 2)
    const first = await loaded(text, { name: 'stated.log', service_area: 'outside_mainland_china' })
    const again = await loaded(text, { name: 'unstated.log' })
    expect(again).toMatchObject({ state: 'duplicate', already_loaded_as: first['batch_id'] })
  })
})
