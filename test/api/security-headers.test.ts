import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstAnswer, talk } from '../harness/raw-socket.ts'
import { send, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const safe = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': expect.stringContaining('no-store'),
}

it('every answer has the headers that keep it from being framed, sniffed, kept or told of', async () => {
  const { json } = await server.call('GET', '/openapi.json')
  const paths = json['paths'] as Record<string, Record<string, unknown>>
  const asked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '1')] as const),
  )
  expect(asked.length).toBeGreaterThan(40)
  for (const [method, target] of [...asked, ['GET', '/openapi.json'], ['GET', '/nowhere']] as const) {
    const got = await sendSigned(server, { method, target })
    expect(got.headers, `${method} ${target}`).toMatchObject(safe)
    expect(got.headers, 'TLS is off').not.toHaveProperty('strict-transport-security')
  }
})

it('so has the answer that makes a secret', async () => {
  const got = await sendSigned(server, {
    ...{ method: 'POST', target: '/api/v1/access-keys', body: JSON.stringify({ role: 'ingest' }) },
  })
  expect([got.status, got.headers]).toEqual([200, expect.objectContaining(safe)])
})

it('so has a refusal of what never reaches a route', async () => {
  for (const target of ['/%zz', '/healthz#x']) {
    expect((await send(server.endpoint, { target })).headers, target).toMatchObject(safe)
  }
  for (const bytes of ['hello\r\n\r\n', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`]) {
    const { headers } = firstAnswer((await talk(server.endpoint, bytes)).text)
    expect(headers).toMatchObject(safe)
  }
})
