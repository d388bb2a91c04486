import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeConsole, fakePage, fakeScript } from '../harness/console.ts'
import { expectError, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let build: Awaited<ReturnType<typeof fakeConsole>>
let server: TestServer
beforeAll(async () => {
  build = await fakeConsole()
  server = await startTestServer({}, { consoleDirectory: build.path })
})
afterAll(async () => {
  await server.stop()
  await build.remove()
})

const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
  send(server.endpoint, { target, headers, method })

describe('the page', () => {
  it('is at / and at every page and below it, and is asked for each time', async () => {
    const pages = ['usage', 'places', 'top', 'exports', 'completeness', 'logs', 'accounts', 'system']
    for (const target of ['/', '/?month=2026-09', ...pages.flatMap((page) => [`/${page}`, `/${page}/a%2Fb/c?d=e`])]) {
      const got = await get(target)
      expect([got.status, got.text], target).toEqual([200, fakePage])
      expect(got.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        vary: 'Accept-Encoding',
        'content-security-policy':
          "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
    }
  })

  it('is not sent again to who has it', async () => {
    const { etag = '' } = (await get('/')).headers
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await get('/usage', { 'If-None-Match': tag })
      expect([again.status, again.bytes.length], tag).toEqual([304, 0])
      expect(again.headers).toMatchObject({ etag, 'cache-control': 'no-cache' })
    }
    expect((await get('/', { 'If-None-Match': '"other"' })).status).toBe(200)
  })

  it('is at no other path, and by no other method', async () => {
    for (const target of ['/usages', '/index.html', '/nowhere', '/console', '/unlisted.txt'])
      expectError(await get(target), 404, 'APIGW.0101')
    for (const method of ['POST', 'PUT', 'DELETE']) expectError(await get('/usage', {}, method), 404, 'APIGW.0101')
  })
})

describe('a file of the page', () => {
  const target = '/assets/app-1a2b3c4d.js'

  it('comes in the smallest form that the client takes, and is kept for ever', async () => {
    const forms: [string | null, string | undefined, (bytes: Buffer) => Buffer][] = [
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['br;q=0.5, gzip', 'br', brotliDecompressSync],
      ['GZIP', 'gzip', gunzipSync],
      ['br;q=0, gzip;q=1.0', 'gzip', gunzipSync],
      ['br;q=0.0, gzip;q=0', undefined, (bytes) => bytes],
      ['identity', undefined, (bytes) => bytes],
      ['brotli', undefined, (bytes) => bytes],
      [null, undefined, (bytes) => bytes],
    ]
    for (const [accepted, encoding, plain] of forms) {
      const got = await get(target, accepted === null ? {} : { 'Accept-Encoding': accepted })
      expect([got.status, got.headers['content-encoding']], String(accepted)).toEqual([200, encoding])
      expect(plain(got.bytes).toString()).toBe(fakeScript)
      expect(got.headers).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
        'content-length': String(got.bytes.length),
      })
    }
    expect((await get('/assets/app-1a2b3c4d.css')).headers['content-type']).toBe('text/css; charset=utf-8')
  })

  it('answers HEAD with the same head, and without a body', async () => {
    for (const one of [target, '/', '/exports/1']) {
      const [head, whole] = [await get(one, {}, 'HEAD'), await get(one)]
      expect([head.status, head.bytes.length]).toEqual([200, 0])
      expect(head.headers['content-length'], one).toBe(String(whole.bytes.length))
      expect(head.headers['content-type']).toBe(whole.headers['content-type'])
    }
  })

  it('is of the build alone: every other path is unknown, and is no page', async () => {
    const ways = ['../index.html', '../../secret.txt', '..%2findex.html', '..%2f..%2fsecret.txt', '%2e%2e/index.html']
    const odd = ['', '.', '..', '%00', 'app-1a2b3c4d.js%00', 'nowhere.js', 'a/b.js', '__proto__', 'constructor']
    const double = ['..%252f..%252fsecret.txt', '..%5c..%5csecret.txt', '%c0%ae%c0%ae/secret.txt']
    for (const name of [...ways, ...odd, ...double, `${build.path}/index.html`, 'x'.repeat(400)]) {
      const got = await get(`/assets/${name}`)
      expect([400, 404, 414], `/assets/${name} ${got.status}`).toContain(got.status)
      expect(got.text).not.toContain('<!doctype')
      expect(got.headers['cache-control']).toBe('no-store')
    }
    expectError(await get('/assets/nowhere.js'), 404, 'APIGW.0101')
    expectError(await get('/assets/..%2f..%2fsecret.txt'), 404, 'APIGW.0101')
  })

  it('that came after the start is unknown: the list is read once', async () => {
    await writeFile(join(build.path, 'assets', 'late.js'), 'late')
    expectError(await get('/assets/late.js'), 404, 'APIGW.0101')
  })
})

it('a build without a page says what makes it; the API answers as ever', async () => {
  const bare = await startTestServer({}, { consoleDirectory: join(build.path, 'nowhere') })
  try {
    const got = await send(bare.endpoint, { target: '/' })
    expect([got.status, got.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(got.text).toContain('npm run build')
    expectError(await send(bare.endpoint, { target: '/assets/app-1a2b3c4d.js' }), 404, 'APIGW.0101')
    expect((await send(bare.endpoint, { target: '/healthz' })).status).toBe(200)
  } finally {
    await bare.stop()
  }
})

it('with the console off nothing of it is there, and a cookie is no authority', async () => {
  const off = await startTestServer({ console: 'off' }, { consoleDirectory: build.path })
  try {
    const targets = ['/', '/usage', '/exports/1', '/assets/app-1a2b3c4d.js', '/console/session', '/console/branding']
    for (const target of targets) expectError(await send(off.endpoint, { target }), 404, 'APIGW.0101')
    for (const target of ['/console/session', '/console/links'])
      expectError(await send(off.endpoint, { method: 'POST', target, body: '{}' }), 404, 'APIGW.0101')
    const headers = { Cookie: 'fluxport_session=v1.a.b.c' }
    const refused = await send(off.endpoint, { target: '/api/v1/account', headers })
    expect(expectError(refused, 401, 'APIGW.0301')).toContain('Authorization is missing')
  } finally {
    await off.stop()
  }
})
