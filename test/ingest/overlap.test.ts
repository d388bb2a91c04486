import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestsOf } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { sendSigned } from '../harness/requests.ts'
import { type Answer, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
})
afterAll(() => server.stop())

let domains = 0
const newDomain = () => `d${++domains}.example.test`

/** Lines of a domain, told apart by their paths; 100 bytes of flux each. */
const linesOf = (domain: string, from: number, to: number, time = '01/Sep/2026:08:00:01 +0800') =>
  Array.from({ length: to - from }, (_, i) => huaweiLine({ domain, path: `/${from + i}`, bytes: 100, time }))

let files = 0
const load = (lines: string[], query: Record<string, string> = {}) =>
  server.load(lines.join(''), { name: `file-${++files}.log`, ...query })

async function loaded(lines: string[], query: Record<string, string> = {}) {
  const { json, text } = await load(lines, query)
  expect(json['state'], text).toBe('loaded')
  return json
}

/** The lines again, as many times as they are pushed. */
async function push(lines: string[]) {
  const sent = { method: 'POST', target: '/api/v1/log-batches?wait=true', body: lines.join('') }
  const { json, text } = await sendSigned(server, { ...sent, headers: { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' } })
  expect(json['state'], text).toBe('loaded')
  return json
}

function expectRefused({ status, json, text }: Answer, requests: number, batches: unknown[]) {
  expect([status, json['error_code']], text).toEqual([409, 'FLUXPORT.0106'])
  const message = String(json['error_msg'])
  expect(message).toMatch(new RegExp(`: ${requests} of its \\d+ requests are loaded already`))
  expect(message).toMatch(new RegExp(`batch(es)? ${batches.join(', ')}\\.`))
}

describe('a log with requests that other files of its source have', () => {
  it('is refused when it was cut anew, and loaded when that is accepted', async () => {
    const domain = newDomain()
    const first = await loaded(linesOf(domain, 0, 100))
    const second = await loaded(linesOf(domain, 100, 220))
    const cutAnew = linesOf(domain, 40, 130)
    expectRefused(await load(cutAnew), 90, [first['batch_id'], second['batch_id']])
    expect(await requestsOf(server, domain)).toBe(220)
    const accepted = await loaded(cutAnew, { overlap: 'accept' })
    expect(accepted['overlap']).toEqual({ requests: 90, batch_ids: [first['batch_id'], second['batch_id']] })
    expect(await requestsOf(server, domain)).toBe(310)
  })

  it('is refused when it is merged out of one that is loaded and others', async () => {
    const domain = newDomain()
    const one = await loaded(linesOf(domain, 0, 30))
    const others = linesOf(domain, 30, 230)
    const merged = [...linesOf(domain, 0, 30), ...others].sort()
    expectRefused(await load(merged), 30, [one['batch_id']])
    await loaded(others)
    expect(await requestsOf(server, domain)).toBe(230)
  })

  it('is told by the hour that repeats, however long the rest is', async () => {
    const domain = newDomain()
    const hour = linesOf(domain, 0, 20)
    const { batch_id: id } = await loaded(hour)
    const day = linesOf(domain, 20, 2_000, '01/Sep/2026:14:00:01 +0800')
    expectRefused(await load([...day, ...hour]), 20, [id])
  })

  it('counts equal lines as often as they are there', async () => {
    const domain = newDomain()
    const ping = linesOf(domain, 0, 1)
    const { batch_id: id } = await loaded([...Array(12).fill(ping[0]), ...linesOf(domain, 1, 3)])
    expectRefused(await load([...linesOf(domain, 90, 91), ...Array(30).fill(ping[0])]), 12, [id])
  })

  it('loads once that is forgotten', async () => {
    const domain = newDomain()
    const { batch_id: id } = await loaded(linesOf(domain, 0, 50))
    const cutAnew = linesOf(domain, 10, 70)
    expectRefused(await load(cutAnew), 40, [id])
    await server.call('DELETE', `/api/v1/log-batches/${id}`)
    expect((await loaded(cutAnew))['overlap']).toBeNull()
    expect(await requestsOf(server, domain)).toBe(60)
  })

  it('is compared with what was pushed; a push is compared with nothing', async () => {
    const domain = newDomain()
    const lines = linesOf(domain, 0, 40)
    const pushed = await push(lines)
    expectRefused(await load(linesOf(domain, 5, 45)), 35, [pushed['batch_id']])
    await push(lines)
    expect(await requestsOf(server, domain)).toBe(80)
  })
})

describe('a log loads without a word', () => {
  it('when the other file is of another source, another domain or another time', async () => {
    const domain = newDomain()
    await loaded(linesOf(domain, 0, 50))
    await loaded(linesOf(domain, 1, 51), { source: 'other' })
    await loaded(linesOf(newDomain(), 1, 51))
    await loaded(linesOf(domain, 1, 51, '01/Sep/2026:08:05:00 +0800'))
    expect(await requestsOf(server, domain)).toBe(100)
  })

  it('when few requests are equal, or less than half', async () => {
    const domain = newDomain()
    await loaded([...linesOf(domain, 0, 9), ...linesOf(domain, 500, 501)])
    await loaded([...linesOf(domain, 0, 9).reverse(), ...linesOf(domain, 600, 601)])
    const busy = newDomain()
    await loaded(linesOf(busy, 0, 100))
    await loaded(linesOf(busy, 60, 160))
    expect(await requestsOf(server, busy)).toBe(200)
  })

  it('when it is the growth of one that is loaded', async () => {
    const domain = newDomain()
    await loaded(linesOf(domain, 0, 50))
    // The same requests came again, says the log itself.
    const grown = await loaded([...linesOf(domain, 0, 50), ...linesOf(domain, 0, 20)])
    expect(grown['requests']).toBe(20)
  })
})

it('another rule than refuse or accept is told', async () => {
  const { status, json } = await load(linesOf(newDomain(), 0, 1), { overlap: 'maybe' })
  expect([status, json['error_code']]).toEqual([400, 'CDN.0001'])
  expect(json['error_msg']).toContain('overlap')
})
