import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

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

const forget = async (batch: Json) => {
  const { status, text } = await server.call('DELETE', `/api/v1/log-batches/${batch['batch_id']}`)
  expect(status, text).toBe(200)
}

describe('forgetting and loading again', () => {
  it.each([
    ['small', 5],
    ['large', 60],
  ])('any part of a file that grew, by any of its copies: %s', async (_name, step) => {
    const domain = newDomain()
    const copies = [1, 2, 3, 4].map((n) => lines(domain, 0, n * step))
    const parts: Json[] = []
    for (const copy of copies) parts.push(await loaded(copy, { name: 'grows.log' }))
    for (const [index, part] of parts.entries()) {
      await forget(part)
      expect((await exported(domain))[0]).toBe(3 * step)
      // The very copy that brought it, not the newest one.
      parts[index] = await loaded(copies[index] ?? '', { name: 'grows.log.old' })
      expect(parts[index]).toMatchObject({ state: 'loaded', requests: step })
      expect(await exported(domain)).toEqual([4 * step, 400 * step])
    }
    await forget(parts[0] as Json)
    await forget(parts[1] as Json)
    expect(await loaded(copies[0] ?? '', { name: 'grows.log' })).toMatchObject({ requests: step })
    expect(await loaded(copies[3] ?? '', { name: 'grows.log' })).toMatchObject({ requests: step })
    expect(await exported(domain)).toEqual([4 * step, 400 * step])
  })

  it('a file whose half line was replaced: the older copy is known, and counts when the newer one is forgotten', async () => {
    const domain = newDomain()
    const older = lines(domain, 0, 50).slice(0, -30)
    const newer = lines(domain, 0, 70)
    await loaded(older, { name: 'cut.log' })
    const whole = await loaded(newer, { name: 'cut.log' })
    expect(await loaded(older, { name: 'cut.log' })).toMatchObject({ already_loaded_as: whole['batch_id'] })
    await forget(whole)
    expect((await exported(domain))[0]).toBe(0)
    expect(await loaded(older, { name: 'cut.log' })).toMatchObject({ state: 'loaded', lines: 50 })
    expect(await loaded(newer, { name: 'cut.log' })).toMatchObject({ state: 'loaded', requests: 70 })
    expect(await exported(domain)).toEqual([70, 7_000])
  })

  it('a duplicate whose original is forgotten, by its own key', async () => {
    const domain = newDomain()
    const text = lines(domain, 0, 9)
    const deliver = async (key: string) => (await deliverAs(`copy-of-${domain}.log`, text, `${domain}-${key}`)).json
    const original = await deliver('1')
    expect(await deliver('2')).toMatchObject({ state: 'duplicate', already_loaded_as: original['batch_id'] })
    await forget(original)
    expect(await deliver('2')).toMatchObject({ state: 'loaded', requests: 9 })
    expect(await deliver('1')).toMatchObject({ state: 'duplicate' })
    expect(await exported(domain)).toEqual([9, 900])
  })

  it('an empty log', async () => {
    const empty = await loaded('', { name: 'empty.log' })
    expect(empty).toMatchObject({ size: 0, content_size: 0, rejected_by_reason: [] })
    await forget(empty)
    const { json } = await server.call('GET', `/api/v1/log-batches/${empty['batch_id']}`)
    expect(json).toMatchObject({ state: 'forgotten' })
  })
})

/** The bytes over the wire, as a shipper sends a file. */
async function deliverAs(name: string, text: string, key: string) {
  const headers = { 'Idempotency-Key': key, 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
  const target = `/api/v1/log-batches?name=${encodeURIComponent(name)}`
  return await sendSigned(server, { method: 'POST', target, body: text, headers })
}

describe('the ledger', () => {
  it('says of a batch what came, what counts, what does not, and of which time', async () => {
    const domain = newDomain()
    const text = `${lines(domain, 0, 7)}rubbish\nrubbish\n\n${huaweiLine({ domain, time: '01/Sep/2026:08:03:59 +0800' })}`
    const bytes = gzipSync(text)
    const batch = await loaded(bytes, { name: 'kept.log.gz', source: 'edge-7' })
    const kept = {
      name: 'kept.log.gz',
      source: 'edge-7',
      size: bytes.length,
      content_size: text.length,
      content_sha256: createHash('sha256').update(text).digest('hex'),
      format: 'huawei_offline',
      lines: 11,
      requests: 8,
      rejected_lines: 2,
      header_lines: 1,
      rejected_by_reason: [{ reason: 'fields', lines: 2 }],
      flux: 1_700,
      first_time: Date.parse('2026-09-01T08:00:01+08:00'),
      last_time: Date.parse('2026-09-01T08:03:59+08:00'),
      loaded_by: server.credentials.access_key,
    }
    expect(batch).toMatchObject(kept)
    await forget(batch)
    const { json } = await server.call('GET', `/api/v1/log-batches/${batch['batch_id']}`)
    expect(json).toMatchObject({ ...kept, state: 'forgotten' })
    const same = { size: bytes.length, content_size: text.length, content_sha256: kept.content_sha256 }
    const again = await loaded(bytes, { name: 'again.log.gz', source: 'edge-7' })
    expect(await loaded(bytes, { name: 'more.gz', source: 'edge-7' })).toMatchObject({
      ...same,
      state: 'duplicate',
      already_loaded_as: again['batch_id'],
    })
  })
})
