import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectError, newKey, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const stated = 'op-site.example.com'
const evilHost = 'shop-b.example.com'
let seconds = 0
/** A line as nginx writes it; each is another. */
const line = (target: string) => {
  const at = new Date(Date.parse('2026-09-01T00:00:00Z') + ++seconds * 1_000).toISOString().slice(11, 19)
  return `198.51.100.7 - - [01/Sep/2026:${at} +0000] "GET ${target} HTTP/1.1" 200 10240 "-" "curl/8.0"\n`
}
const evil = (count = 1) => Array.from({ length: count }, () => line(`http://${evilHost}/evil`)).join('')
const usual = (count = 1) => Array.from({ length: count }, () => line('/usual')).join('')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
})
afterAll(() => server.stop())

const newToken = async () => String((await newKey(server, { role: 'ingest' })).ingest_token)

async function deliver(token: string, query: string, body: string) {
  const target = `/api/v1/log-batches?wait=true&domain=${stated}${query}`
  return await send(server.endpoint, { method: 'POST', target, body, headers: { Authorization: `Bearer ${token}` } })
}

/** Requests by domain, of what was loaded since the last look. */
let loadsBefore = 0
async function counted() {
  const sql = `SELECT domain, toUInt32(count()) AS requests, max(load_id) AS last FROM request WHERE load_id > ${loadsBefore} GROUP BY domain`
  const rows = await server.warehouse.rows<{ domain: string; requests: number; last: number }>(sql)
  loadsBefore = Math.max(loadsBefore, ...rows.map((row) => Number(row.last)))
  return Object.fromEntries(rows.map(({ domain, requests }) => [domain, requests]))
}

describe('where a delivery states a domain, no client’s request line says another:', () => {
  it.each<[string, string, () => string[]]>([
    ['one such line of a key that pushed nothing before', '', () => [evil()]],
    ['one such line behind others of its key', '', () => [usual(), evil(), usual()]],
    ['a file with that line alone', '&name=a.log', () => [evil()]],
    ['200 such lines, then 2,000 others', '', () => [evil(200) + usual(2_000)]],
    ['the same as a file', '&name=b.log', () => [evil(200) + usual(2_000)]],
    ['a minority of such lines', '', () => [usual(10) + evil(3)]],
    ['a format that is named', '&format=combined', () => [evil(), usual(2) + evil(2)]],
  ])('%s', async (_, query, bodiesOf) => {
    const token = await newToken()
    const bodies = bodiesOf()
    for (const body of bodies) expect((await deliver(token, query, body)).json).toMatchObject({ state: 'loaded' })
    expect(await counted()).toEqual({ [stated]: bodies.join('').trimEnd().split('\n').length })
  })

  it('nor do HAProxy’s captures, or the URL in a line of a format of one’s own', async () => {
    const haproxy = (request: string, captured: string) =>
      `198.51.100.7:50123 [01/Sep/2026:08:00:${10 + (++seconds % 50)}.655] fe be/srv1 10/0/30/69/109 200 10588 - - ---- 1/1/1/1/0 0/0 ` +
      `{${captured}} "GET ${request} HTTP/1.1"\n`
    const body = haproxy(`http://${evilHost}/`, '') + haproxy('/', evilHost)
    expect((await deliver(await newToken(), '', body)).json).toMatchObject({ format: 'haproxy', requests: 2 })
    expect(await counted()).toEqual({ [stated]: 2 })
    const json = `{"time_iso8601":"2026-09-01T08:00:01+08:00","request":"GET http://${evilHost}/ HTTP/1.1","status":"200","bytes_sent":"1"}\n`
    expect((await deliver(await newToken(), '', json)).json).toMatchObject({ format: 'nginx_json', requests: 1 })
    expect(await counted()).toEqual({ [stated]: 1 })
  })

  it('nor against the name of a file, whose lines then name none', async () => {
    const target = `/api/v1/log-batches?wait=true&name=2026090100-${stated}.log`
    const headers = { Authorization: `Bearer ${await newToken()}` }
    const got = await send(server.endpoint, { method: 'POST', target, body: evil(3), headers })
    expect(JSON.stringify(got.json)).toContain('The parameter domain is missing')
    expect(await counted()).toEqual({})
  })

  it('and a proxy’s log, whose lines have nothing else, has to be named', async () => {
    const squid = `1788220801.123      4 198.51.100.7 TCP_HIT/200 10588 GET http://${evilHost}/a - NONE/- image/jpeg\n`
    const message = expectError(await deliver(await newToken(), '', squid), 422, 'FLUXPORT.0103')
    expect(message).toContain('look like squid')
    expect((await deliver(await newToken(), '&format=squid', squid)).json).toMatchObject({ state: 'loaded' })
    expect(await counted()).toEqual({ [evilHost]: 1 })
  })
})

it('the same push is understood the same way, whatever its key pushed before', async () => {
  const token = await newToken()
  const push = async (body: string) => {
    const target = '/api/v1/log-batches?wait=true'
    const headers = { Authorization: `Bearer ${token}` }
    return (await send(server.endpoint, { method: 'POST', target, body, headers })).json['format']
  }
  const varnish = () => line('http://www.example.com/a')
  const vhost = () => `www.example.com ${line('/a')}`
  const understood = [await push(varnish()), await push(vhost()), await push(varnish()), await push(vhost())]
  expect(understood).toEqual(['varnish', 'combined_vhost', 'varnish', 'combined_vhost'])
  // One line fits several formats: the most particular is taken, and not the one that the key pushed last.
  await deliver(token, '', usual())
  expect(await push(varnish())).toBe('varnish')
})
