import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'
import { deliverBy, newTenant, type Tenant } from '../harness/tenants.ts'

const own = 'www.a.example.test'
const second = 'two.a.example.test'

let server: TestServer
let a: Tenant
let b: Tenant
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '1' })
  a = await newTenant(server, 'a', [own, second])
  b = await newTenant(server, 'b', ['www.b.example.test'])
})
afterAll(() => server.stop())

const lines = (path: string, count: number, domain = own) =>
  Array.from({ length: count }, (_, n) => huaweiLine({ domain, path: `/${path}/${n}` })).join('')
/** A push that is a batch of its own: more than a mebibyte. */
const long = (path: string) => lines(path, 9_000)

type PushKey = Key & { ingest_token: string }
const keyOfA = (limits: Record<string, unknown> = {}): Promise<PushKey> =>
  newKey(server, { role: 'ingest', account_id: a.accountId, ...limits })
const push = (key: PushKey, body: string | Buffer, name: string, query: Record<string, string> = {}) =>
  deliverBy(server, key.ingest_token, body, { wait: 'true', ...query }, { 'Idempotency-Key': name })
const requests = ({ json, text }: Got, count: number) => {
  expect({ state: json['state'], requests: json['requests'] }, text).toEqual({ state: 'loaded', requests: count })
  return Number(json['batch_id'])
}
const show = (key: Key, batchId: number) => sendSigned(server, { target: `/api/v1/log-batches/${batchId}`, key })

describe('an Idempotency-Key of a push', () => {
  it.each([
    ['short', lines],
    ['long', long],
  ])('is its account’s and source’s own: %s', async (kind, made) => {
    const [one, two] = [await keyOfA({ source: 'edge-a' }), await keyOfA({ source: 'edge-a2' })]
    const [of1, of2] = [made(`${kind}-1`, 100), made(`${kind}-2`, 100)]
    const counts = [of1, of2].map((text) => text.split('\n').length - 1)
    const name = `key of ${kind}`
    const first = requests(await push(two, of2, name), counts[1] ?? 0)
    const other = requests(await push(one, of1, name), counts[0] ?? 0)
    expect(first).not.toBe(other)
    // It is taken as a new body, of which no line is of the other account's domains.
    expectError(await b.push(of1, name, { source: 'edge-a' }), 422, 'FLUXPORT.0110')
    expect(Number((await push(one, of1, name)).json['batch_id'])).toBe(other)
  })

  it.each([
    ['short', lines],
    ['long', long],
  ])('with another body is refused, and nothing of it is taken: %s', async (kind, made) => {
    const key = await keyOfA({ source: `other-body-${kind}` })
    const name = `body of ${kind}`
    const first = await push(key, made(`${kind}-a`, 20), name)
    const total = (await server.call('GET', '/api/v1/log-batches')).json['total']
    for (const body of [made(`${kind}-b`, 20), `${made(`${kind}-a`, 20)}more\n`, lines('short', 1), long('long'), ''])
      expect(expectError(await push(key, body, name), 422, 'FLUXPORT.0203')).toContain('Idempotency-Key')
    expect((await server.call('GET', '/api/v1/log-batches')).json['total']).toBe(total)
    expect((await push(key, made(`${kind}-a`, 20), name)).json['batch_id']).toBe(first.json['batch_id'])
  })

  it('has the same lines for the same, however they are compressed', async () => {
    const key = await keyOfA({ source: 'compressed' })
    const text = lines('compressed', 30)
    const id = requests(await push(key, text, 'z'), 30)
    for (const body of [gzipSync(text), gzipSync(text, { level: 1 }), text.trimEnd()])
      expect((await push(key, body, 'z')).json['batch_id']).toBe(id)
  })

  it('has one body taken of two that come at once, and says so to who sent the other', async () => {
    const key = await keyOfA({ source: 'at-once' })
    const bodies = [lines('x', 10), lines('y', 10)]
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => push(key, bodies[n % 2] ?? '', 'race')))
    const byBody = [0, 1].map((one) => answers.filter((_, n) => n % 2 === one).map(({ status }) => status))
    const taken = byBody.findIndex((statuses) => statuses.every((status) => status === 200))
    expect(byBody[taken]).toEqual(Array(10).fill(200))
    expect(byBody[1 - taken]).toEqual(Array(10).fill(422))
    const ids = new Set(answers.filter(({ status }) => status === 200).map(({ json }) => json['batch_id']))
    expect(ids.size).toBe(1)
  })

  it('is another thing to a key of other domains: their lines would count otherwise', async () => {
    const source = 'limited'
    const [one, two] = [await keyOfA({ source, domains: [own] }), await keyOfA({ source, domains: [second] })]
    const text = lines('limited', 5) + lines('limited', 5, second)
    requests(await push(one, text, 'k'), 5)
    expectError(await push(two, text, 'k'), 422, 'FLUXPORT.0203')
    requests(await push(two, text, 'k2'), 5)
  })

  it.each([
    ['short', lines],
    ['long', long],
  ])('answers another access key of the source with a batch that it may ask about: %s', async (kind, made) => {
    const source = `rotated-${kind}`
    const [before, after, stranger] = [await keyOfA({ source }), await keyOfA({ source }), await keyOfA({ source })]
    const text = made(`rotated-${kind}`, 10)
    const first = await push(before, text, 'k')
    const id = Number(first.json['batch_id'])
    expectError(await show(after, id), 404, 'CDN.0003')
    expect((await push(after, text, 'k')).json['batch_id']).toBe(id)
    const shown = await show(after, id)
    expect(shown.json).toMatchObject({ batch_id: id, state: 'loaded', rejected: null, pushed: [] })
    for (const key of [stranger, b.key]) expect((await show(key, id)).status).toBeGreaterThanOrEqual(403)
    expectError(await show(stranger, id), 404, 'CDN.0003')
  })
})
