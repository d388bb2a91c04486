import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, newKey } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { deliverBy, giveDomain, newTenant, type Tenant } from '../harness/tenants.ts'

let server: TestServer
let a: Tenant
let b: Tenant
let round = 0
/** Of the test's own: one of A's, one of B's, one that A gets later. */
let own: string
let others: string
let later: string
beforeAll(async () => {
  server = await startTestServer()
  a = await newTenant(server, 'a', [])
  b = await newTenant(server, 'b', [])
})
beforeEach(async () => {
  round += 1
  own = `a${round}.example.test`
  others = `b${round}.example.test`
  later = `later${round}.example.test`
  await giveDomain(server, a.accountId, own)
  await giveDomain(server, b.accountId, others)
})
afterAll(() => server.stop())

const lines = (domain: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => huaweiLine({ domain, path: `/${from + i}`, bytes: 100 })).join('')
/** An edge's log, with lines of everybody's domains. */
const edgeLog = (from = 0, to = 50) => [own, others, later].map((domain) => lines(domain, from, to)).join('')

/** Requests of a domain, as its owner's report has them. */
async function exported(domain: string, tenant: Tenant): Promise<number> {
  const text = await server.exportText(
    {
      ...{ domain_name: domain, service_area: 'global', language: 'en' },
      start_time: Date.parse('2026-09-01T08:00:00+08:00'),
      end_time: Date.parse('2026-09-01T08:05:00+08:00'),
    },
    tenant.key,
  )
  return Number(text.split('\r\n')[1]?.split(',')[3])
}

const loaded = ({ json, text }: Got, requests: number) => {
  expect({ state: json['state'], requests: json['requests'] }, text).toEqual({ state: 'loaded', requests })
  return Number(json['batch_id'])
}

describe('bytes that two accounts deliver', () => {
  it('count for each with its own domains', async () => {
    loaded(await a.deliver('edge.log', edgeLog()), 50)
    loaded(await b.deliver('edge.log', edgeLog()), 50)
    expect([await exported(own, a), await exported(others, b)]).toEqual([50, 50])
  })

  it('count though another was first on purpose, under whatever name and source, whole, cut or grown', async () => {
    const countsNot = (got: Got) => expectError(got, 422, 'FLUXPORT.0110')
    countsNot(await b.deliver('edge.log', lines(own, 0, 50)))
    countsNot(await b.deliver('edge.log', lines(own, 0, 60), { source: 'elsewhere', force: 'true' }))
    countsNot(await b.deliver('cut.log', lines(own, 0, 50).slice(0, -30), { source: 'cut', force: 'true' }))
    loaded(await a.deliver('edge.log', lines(own, 0, 50)), 50)
    loaded(await a.deliver('edge.log', lines(own, 0, 60)), 10)
    expect(await exported(own, a)).toBe(60)
  })

  it('are known as one account’s own duplicate, and no message names another’s batch', async () => {
    const theirs = loaded(await b.deliver('edge.log', edgeLog(), { source: 'secret' }), 50)
    const ours = loaded(await a.deliver('edge.log', edgeLog()), 50)
    const again = await a.deliver('edge.log.gz', gzipSync(edgeLog()))
    expect(again.json).toMatchObject({ state: 'duplicate', already_loaded_as: ours })
    const refused = await a.deliver('edge.log', edgeLog(), { source: 'another' })
    const text = expectError(refused, 409, 'FLUXPORT.0101')
    expect(text).toContain(`batch ${ours}`)
    expect(text).not.toMatch(new RegExp(`secret|batch ${theirs}\\b`))
  })

  it('do not overlap: equal requests of another account’s source of the same name are its own', async () => {
    const shared = `shared${round}.example.test`
    await giveDomain(server, b.accountId, shared)
    loaded(await b.deliver('one.log', lines(shared, 0, 40), { source: 'edge' }), 40)
    await server.call('DELETE', `/api/v1/domains/${shared}`)
    await giveDomain(server, a.accountId, shared)
    // The same requests in other bytes: a log that was cut anew.
    const anew = lines(shared, 5, 40)
    const first = await a.deliver('two.log', anew, { source: 'edge' })
    loaded(first, 35)
    expect(first.json['overlap']).toBeNull()
    const second = await a.deliver('three.log', lines(shared, 7, 40), { source: 'edge' })
    expect(expectError(second, 409, 'FLUXPORT.0106')).toContain(`batch ${first.json['batch_id']}.`)
  })
})

describe('a file of which lines were rejected because the key might not deliver their domains', () => {
  it('is the same once more while nothing changed', async () => {
    const first = loaded(await a.deliver('edge.log', edgeLog()), 50)
    expect((await a.deliver('edge.log', edgeLog())).json).toMatchObject({
      state: 'duplicate',
      already_loaded_as: first,
    })
  })

  it('is loaded anew, in one step, when the account has more domains', async () => {
    const first = loaded(await a.deliver('edge.log', edgeLog()), 50)
    await giveDomain(server, a.accountId, later)
    const second = loaded(await a.deliver('edge.log', edgeLog()), 100)
    expect([await exported(own, a), await exported(later, a)]).toEqual([50, 50])
    const shown = await server.call('GET', `/api/v1/log-batches/${first}`)
    expect(shown.json['state']).toBe('forgotten')
    const again = await a.deliver('edge.log', gzipSync(edgeLog()))
    expect(again.json).toMatchObject({ state: 'duplicate', already_loaded_as: second })
  })

  it('is loaded anew with what was added to it', async () => {
    const whole = edgeLog(0, 20) + edgeLog(20, 30)
    loaded(await a.deliver('edge.log', edgeLog(0, 20)), 20)
    loaded(await a.deliver('edge.log', whole), 10)
    const more = whole + edgeLog(30, 40)
    await giveDomain(server, a.accountId, later)
    loaded(await a.deliver('edge.log', more), 80)
    expect([await exported(own, a), await exported(later, a)]).toEqual([40, 40])
  })

  it('stays the same for a key that may deliver less', async () => {
    await giveDomain(server, a.accountId, later)
    const first = loaded(await a.deliver('edge.log', edgeLog()), 100)
    const { ingest_token: token } = await newKey(server, { role: 'ingest', account_id: a.accountId, domains: [own] })
    const got = await deliverBy(server, token, edgeLog(), { name: 'edge.log' })
    expect(got.json).toMatchObject({ state: 'duplicate', already_loaded_as: first })
  })

  it('is refused to a key that may deliver others but not all of these, with the account’s own batch', async () => {
    await giveDomain(server, a.accountId, later)
    const [one, two] = await Promise.all(
      [own, later].map((domain) => newKey(server, { role: 'ingest', account_id: a.accountId, domains: [domain] })),
    )
    const theirs = loaded(await b.deliver('edge.log', edgeLog()), 50)
    const first = loaded(await deliverBy(server, one?.ingest_token ?? '', edgeLog(), { name: 'edge.log' }), 50)
    const refused = await deliverBy(server, two?.ingest_token ?? '', edgeLog(), { name: 'edge.log' })
    const text = expectError(refused, 409, 'FLUXPORT.0101')
    expect(text).toContain(`batch ${first}`)
    expect(text).not.toMatch(new RegExp(`batch ${theirs}\\b`))
    expect([await exported(own, a), await exported(later, a)]).toEqual([50, 0])
    // A key for both has both.
    loaded(await a.deliver('edge.log', edgeLog()), 100)
    expect([await exported(own, a), await exported(later, a)]).toEqual([50, 50])
  })

  it('is not replaced by less of it', async () => {
    const first = loaded(await a.deliver('edge.log', edgeLog()), 50)
    await giveDomain(server, a.accountId, later)
    const cut = edgeLog().slice(0, lines(own, 0, 10).length)
    const refused = await a.deliver('edge.log', cut)
    expect(expectError(refused, 409, 'FLUXPORT.0101')).toContain(`batch ${first}`)
    expect(await exported(own, a)).toBe(50)
  })
})
