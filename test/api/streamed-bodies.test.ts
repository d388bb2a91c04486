import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeMmdb } from '../harness/geo-files.ts'
import { type LocatedServer, startLocatedServer } from '../harness/located-server.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, newKey, send, sendSigned, signHeaders } from '../harness/requests.ts'
import type { Key, TestServer } from '../harness/server.ts'

const sha256 = (body: string | Buffer) => createHash('sha256').update(body).digest('hex')
const long = huaweiLine().repeat(Math.ceil((2 << 20) / huaweiLine().length))

let world: LocatedServer
let server: TestServer
let ingest: Key & { ingest_token: string }
beforeAll(async () => {
  world = await startLocatedServer({ '1.0.0.0/24': 'au//qita' })
  server = world.server
  ingest = await newKey(server, { role: 'ingest' })
})
afterAll(() => world.stop())

const mmdbOf = (country: string) =>
  writeMmdb([{ first: 0x01000000n, bits: 120, value: { country: { iso_code: country } } }])

/** Every way in which a body is streamed: where to, and two bodies of one length that would each take effect. */
const ways: [string, string, string | Buffer, string | Buffer][] = [
  ['a small push', '/api/v1/log-batches?wait=true', huaweiLine({ path: '/a' }), huaweiLine({ path: '/b' })],
  [
    'a small push in gzip',
    '/api/v1/log-batches?wait=true',
    gzipSync(huaweiLine({ path: '/a' })),
    gzipSync(huaweiLine({ path: '/b' })),
  ],
  ['a long push', '/api/v1/log-batches?wait=true', long, long.replace('GET', 'PUT')],
  ['a named file', '/api/v1/log-batches?name=a.log', huaweiLine({ path: '/c' }), huaweiLine({ path: '/d' })],
  ['an empty file that tells its hour', '/api/v1/log-batches?name=2026090108-a.test-cn.gz', 'x', ''],
  ['geographic data', '/api/v1/geo/imports?name=a.mmdb', mmdbOf('DE'), mmdbOf('FR')],
]

/** All that a body could have changed. */
const effects = async () => [
  (await server.call('GET', '/api/v1/log-batches')).json['total'],
  (await server.call('GET', '/api/v1/geo')).json['geo_version'],
  await readdir(join(server.dataDir, 'spool')),
]

describe('a body that is not the signed one', () => {
  it.each(ways)('never takes effect: %s', async (_name, target, signed, sent) => {
    const before = await effects()
    const headers = signHeaders(server, {
      ...{ method: 'POST', target, headers: { 'X-Sdk-Content-Sha256': sha256(signed) } },
    })
    const got = await send(server.endpoint, { method: 'POST', target, headers, body: sent })
    expect(expectError(got, 401, 'APIGW.0301')).toMatch(/body/)
    expect(await effects()).toEqual(before)
  })

  it('is refused of a preview as well', async () => {
    const target = '/api/v1/log-batches/preview'
    const bodies = ['/a', '/b'].map((path) => JSON.stringify({ lines: [huaweiLine({ path }).trim()] }))
    const headers = { 'X-Sdk-Content-Sha256': sha256(bodies[0] ?? '') }
    const signed = signHeaders(server, { method: 'POST', target, headers, key: ingest })
    const got = await send(server.endpoint, { method: 'POST', target, headers: signed, body: bodies[1] ?? '' })
    expectError(got, 401, 'APIGW.0301')
  })

  it('is refused in upper case where the signed one is taken in it', async () => {
    const body = huaweiLine({ path: '/upper' })
    const push = (hash: string) =>
      sendSigned(server, {
        ...{ method: 'POST', target: '/api/v1/log-batches?wait=true', body, key: ingest },
        headers: { 'X-Sdk-Content-Sha256': hash.toUpperCase() },
      })
    expectError(await push(sha256('else')), 401, 'APIGW.0301')
    expect((await push(sha256(body))).json).toMatchObject({ state: 'loaded' })
  })
})

it('every route that streams its body is among those above', async () => {
  const { json } = await server.call('GET', '/openapi.json')
  const paths = json['paths'] as Record<string, Record<string, { requestBody?: object }>>
  const streamed: string[] = []
  for (const [path, methods] of Object.entries(paths)) {
    const post = methods['post']
    if (!post || post.requestBody) continue
    // A route without a JSON body either streams it, which needs a signed hash, or takes none.
    const got = await sendSigned(server, { method: 'POST', target: path.replaceAll(/\{\w+\}/g, '1') })
    // The signed query of this one has the digest of each file: geo-update.test.ts.
    if (path === '/api/v1/geo/updates') continue
    if (/X-Sdk-Content-Sha256/.test(got.text)) streamed.push(path)
  }
  expect(streamed.sort()).toEqual([...new Set(ways.map(([, target]) => target.split('?', 1)[0]))].sort())
})
