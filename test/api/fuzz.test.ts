import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { firstAnswer, talk } from '../harness/raw-socket.ts'
import { expectErrorShape, type Got, type Sent, send, signHeaders } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { figureParameterOf, figurePaths } from './figure-requests.ts'

const answerMsMax = 10_000
const runs = Number(process.env['FUZZ_RUNS'] ?? 300)

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ batchBytesMax: '1000000' })
  await server.load(huaweiLine())
})
afterAll(() => server.stop())
afterEach(async () => {
  expect((await send(server.endpoint, { target: '/readyz' })).json).toMatchObject({ status: 'ok' })
})

/** No failure of the server's own; an error has its shape; every answer has its id; and it came in time. */
function expectSound(got: Got, method: string | undefined, sinceMs: number) {
  expect(got.status).toBeGreaterThanOrEqual(200)
  expect(got.status).toBeLessThan(500)
  expect(got.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
  if (got.status >= 400 && method !== 'HEAD') expectErrorShape(got)
  expect(Date.now() - sinceMs).toBeLessThan(answerMsMax)
}

const routes = [
  '/v1/cdn/statistics/export-tasks',
  '/api/v1/export-tasks/:id',
  '/api/v1/log-batches',
  '/api/v1/log-batches/:id',
  '/api/v1/log-batches/local-file',
  '/api/v1/log-batches/local-files',
  '/api/v1/accounts',
  '/api/v1/domains',
  '/api/v1/domains/:id',
  '/api/v1/access-keys/:id',
  '/v3/auth/domains',
  '/api/v1/usage',
  '/v1.0/cdn/statistics/domain-stats',
  '/downloads/:id/:id',
  '/healthz',
  '/:id',
  '/',
]
/** What a path or a query may hold on the wire, right or wrong. */
const wireText = fc.oneof(
  fc.stringMatching(/^[!-"$-~]{0,30}$/),
  fc.constantFrom('%', '%zz', '%00', '%C0%AF', '%2F', '%2e%2e', '..', '.', '', '%F0%9F%98%80', '%ED%A0%80', '1', '0'),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map(encodeURIComponent),
)
const target = fc
  .tuple(
    fc.constantFrom(...routes),
    wireText,
    fc.array(
      fc.tuple(fc.constantFrom('limit', 'offset', 'task_id', 'wait', 'force', 'format', 'state', 'x'), wireText),
      {
        maxLength: 4,
      },
    ),
    fc.constantFrom('', '?', '#', '?#', '//', '/'),
  )
  .map(([route, text, query, tail]) => {
    const pairs = query.map(([name, value]) => `${name}=${value}`).join('&')
    return route.replaceAll(':id', text.replaceAll('$', '%24')) + (pairs === '' ? '' : `?${pairs}`) + tail
  })

const headerText = fc.oneof(
  fc.stringMatching(/^[!-~][ -~]{0,40}$/),
  fc.constantFrom(
    'application/json',
    'multipart/form-data',
    ';;',
    'gzip',
    'bytes=0-1',
    'Bearer x',
    'Basic eA==',
    'text',
  ),
)
const headers = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'Content-Type',
        'Content-Encoding',
        'Accept',
        'Range',
        'Authorization',
        'X-Sdk-Date',
        'X-Sdk-Content-Sha256',
        'X-Request-Id',
        'Idempotency-Key',
        'Cookie',
        'X-Http-Method-Override',
        'Origin',
        'Upgrade',
        'Te',
        'If-None-Match',
        '__proto__',
        'constructor',
      ),
      headerText,
    ),
    { maxLength: 4 },
  )
  .map((pairs) => Object.fromEntries(pairs))

const fieldNames = [
  'action',
  'domain_name',
  'start_time',
  'end_time',
  'interval',
  'service_area',
  'language',
  'name',
  'role',
  'domains',
  'account_id',
  'path',
  'force',
  '__proto__',
  'toString',
]
const fieldValue = fc.oneof(
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  fc.constantFrom('all', 'reports_detail', 'operator', 'en', 300, 3600, -1, 1e308, '\0', '\ud800', 1_788_192_000_000),
)
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...fieldNames), fieldValue, { maxKeys: 6 }).map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.constantFrom(undefined, '', '{', 'null', '[]', huaweiLine(), Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])),
)
const method = fc.constantFrom(
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'LINK',
)

describe('no request gets a 5xx, a hang, or an error of another shape', () => {
  const request = fc.record({ method, target, headers, body })
  const sound = async (sent: Sent) => {
    const sinceMs = Date.now()
    expectSound(await send(server.endpoint, sent), sent.method, sinceMs)
  }
  /** Absent keys instead of undefined ones. */
  const sentOf = ({
    body: content,
    ...sent
  }: { method: string; target: string } & { body: Sent['body'] | undefined }) =>
    content === undefined ? sent : { ...sent, body: content }

  it('unsigned', async () => {
    await fc.assert(
      fc.asyncProperty(request, (asked) => sound(sentOf(asked))),
      { numRuns: runs },
    )
  })

  it('signed by an operator', async () => {
    const signed = fc.asyncProperty(request, async (asked) => {
      const sent = sentOf(asked)
      const url = new URL(server.endpoint + sent.target.replaceAll('#', ''))
      // What a URL cannot say is signed as something else, and refused for it.
      const own = { ...(asked.headers['X-Sdk-Content-Sha256'] ? {} : { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }) }
      const isPush = url.pathname === '/api/v1/log-batches' && sent.method === 'POST'
      const signing = { ...sent, target: url.pathname + url.search, headers: isPush ? own : {} }
      await sound({ ...sent, headers: { ...asked.headers, ...signHeaders(server, signing) } })
    })
    await fc.assert(signed, { numRuns: runs })
  })

  it('signed, asking for figures of all kinds', async () => {
    const path = fc.constantFrom(...figurePaths)
    const asked = fc.asyncProperty(
      path,
      fc.array(figureParameterOf(wireText), { maxLength: 9 }),
      async (start, parameters) => {
        const sent = {
          target: `${start}${start.includes('?') ? '&' : '?'}${parameters.map(([name, value]) => `${name}=${value}`).join('&')}`,
        }
        await sound({ ...sent, headers: signHeaders(server, sent) })
      },
    )
    await fc.assert(asked, { numRuns: runs })
  })

  it('signed, creating tasks and keys of all kinds', async () => {
    const paths = fc.constantFrom('/v1/cdn/statistics/export-tasks', '/api/v1/accounts', '/api/v1/access-keys')
    const created = fc.asyncProperty(paths, body, async (path, content) => {
      const sent = sentOf({ method: 'POST', target: path, body: content })
      await sound({ ...sent, headers: signHeaders(server, sent) })
    })
    await fc.assert(created, { numRuns: runs })
  })
})

/** A bare connection is answered, if at all, with a 4xx of the house's shape, and ended. */
function expectRefusal(reply: Awaited<ReturnType<typeof talk>>) {
  expect(reply.ended).toBe(true)
  const { status, headers: received, body: text } = firstAnswer(reply.text)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expectErrorShape({ status, headers: received, bytes: Buffer.from(text), text, json: JSON.parse(text) })
}

const host = 'Host: x\r\nConnection: close\r\n'

describe('what is no request is refused in the same shape', () => {
  const lines: [string, string][] = [
    ['words', 'hello\r\n\r\n'],
    ['a method that there is not', `FETCH / HTTP/1.1\r\n${host}\r\n`],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/9.9', `GET / HTTP/9.9\r\n${host}\r\n`],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a proxy’s CONNECT', `CONNECT example.test:443 HTTP/1.1\r\n${host}\r\n`],
    ['no Host', 'GET /v1/cdn/statistics/export-tasks HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['an expectation', `GET /nowhere HTTP/1.1\r\n${host}Expect: a miracle\r\n\r\n`],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}\r\n`],
    ['a proxy’s URL', `GET http://example.test/nowhere HTTP/1.1\r\n${host}\r\n`],
    ['a bad escape', `GET /%zz HTTP/1.1\r\n${host}\r\n`],
    ['half an escape', `GET /v1/% HTTP/1.1\r\n${host}\r\n`],
    ['an escape that is no UTF-8', `GET /downloads/%C0%AF/%FF HTTP/1.1\r\n${host}\r\n`],
    ['a bad escape where a task belongs', `GET /api/v1/export-tasks/%E0%A4%A HTTP/1.1\r\n${host}\r\n`],
    ['a fragment', `GET /healthz#x HTTP/1.1\r\n${host}\r\n`],
    ['bytes above ASCII', `GET /\xff\xfe HTTP/1.1\r\n${host}\r\n`],
    ['a parameter of 1,000 characters', `GET /api/v1/export-tasks/${'a'.repeat(1_000)} HTTP/1.1\r\n${host}\r\n`],
    ['a target of 15 KB', `GET /${'a'.repeat(15_000)} HTTP/1.1\r\n${host}\r\n`],
    ['a query of 15 KB', `GET /v1/cdn/statistics/export-tasks?${'a=b&'.repeat(3_700)} HTTP/1.1\r\n${host}\r\n`],
    ['a target of 200 KB', `GET /${'a'.repeat(200_000)} HTTP/1.1\r\n${host}\r\n`],
    ['a header of 200 KB', `GET / HTTP/1.1\r\n${host}X-Bomb: ${'a'.repeat(200_000)}\r\n\r\n`],
    ['20,000 headers', `GET / HTTP/1.1\r\n${host}${'X-Bomb: 1\r\n'.repeat(20_000)}\r\n`],
    ['1,000 headers', `GET /nowhere HTTP/1.1\r\n${host}${'A: 1\r\n'.repeat(1_000)}\r\n`],
    ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a negative length', `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`],
    ['an endless length', `POST / HTTP/1.1\r\n${host}Content-Length: ${'9'.repeat(40)}\r\n\r\n`],
    ['another transfer coding', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\nabc`],
    ['a bad chunk', `POST /v1/cdn/statistics/export-tasks HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`],
    ['NUL in a header', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`],
    ['a line folded', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`],
    ['a space before the colon', `GET / HTTP/1.1\r\n${host}X : a\r\n\r\n`],
    ['half a head', `GET / HTTP/1.1\r\nHos`],
    ['half a body', `POST /nowhere HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`],
  ]
  it.each(lines)('%s', async (_name, bytes) => {
    expectRefusal(await talk(server.endpoint, Buffer.from(bytes, 'latin1')))
  })

  it('any bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((array) => Buffer.from(array)),
      fc
        .tuple(fc.constantFrom('GET', 'POST', 'PUT'), fc.string({ unit: 'binary-ascii', maxLength: 60 }))
        .map(([verb, text]) => Buffer.from(`${verb} /${text} HTTP/1.1\r\n${host}\r\n`, 'latin1')),
    )
    const ended = fc.asyncProperty(bytes, async (sent) => {
      const reply = await talk(server.endpoint, sent)
      expect(reply.ended).toBe(true)
      if (reply.text !== '') expect(reply.text).toMatch(/^HTTP\/1\.1 [234]\d\d .*x-request-id: [0-9a-f]{32}\r\n/is)
    })
    await fc.assert(ended, { numRuns: runs / 2 })
  })

  it('answers at once, without waiting for more, when the client waits too', async () => {
    expectRefusal(await talk(server.endpoint, 'hello\r\n\r\n', { keepsOpen: true }))
    expectRefusal(await talk(server.endpoint, `CONNECT a:1 HTTP/1.1\r\n${host}\r\n`, { keepsOpen: true }))
  })
})
