import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const packedBy =
  (command: string, ...flags: string[]) =>
  (content: string | Buffer): Buffer =>
    spawnSync(command, ['-c', ...flags], { input: content, maxBuffer: 1 << 28 }).stdout

const lines = (count: number, tag: string) =>
  Array.from({ length: count }, (_, n) => huaweiLine({ path: `/${tag}/${n}`, domain: `${tag}.example.test` })).join('')

const packers = [
  { compression: 'gzip', pack: (content: string | Buffer) => gzipSync(content) },
  { compression: 'zstd', pack: packedBy('zstd', '-q') },
  { compression: 'bzip2', pack: packedBy('bzip2') },
  { compression: 'xz', pack: packedBy('xz', '-0') },
]

describe.each(packers)('a log in $compression', ({ compression, pack }) => {
  it('is the same log as the plain one, and as one in several parts', async () => {
    const plain = lines(3_000, compression)
    const loaded = await server.load(pack(plain), { name: 'a.log' })
    expect([loaded.status, loaded.json]).toMatchObject([200, { state: 'loaded', requests: 3_000, rejected_lines: 0 }])
    const again = await server.load(plain, { name: 'b.log' })
    expect(again.json).toMatchObject({ state: 'duplicate', already_loaded_as: loaded.json['batch_id'] })
    const parts = [plain.slice(0, 10_001), plain.slice(10_001)].map(pack)
    expect((await server.load(Buffer.concat(parts), { name: 'c.log' })).json).toMatchObject({ state: 'duplicate' })
  })

  const whole = pack(lines(20_000, `broken-${compression}`))
  const flipped = Buffer.from(whole)
  flipped[whole.length >> 1] = (flipped[whole.length >> 1] as number) ^ 0xff
  it.each([
    ['without its last bytes', whole.subarray(0, -3)],
    ['by half', whole.subarray(0, whole.length >> 1)],
    ['with one byte changed', flipped],
    ['with other bytes behind it', Buffer.concat([whole, Buffer.from('and more and more of it')])],
  ])('is refused %s, and nothing of it counts', async (_why, content) => {
    const { status, json } = await server.load(content, { name: 'broken.log' })
    expect([status, json]).toMatchObject([422, { error_code: 'FLUXPORT.0102' }])
    const listed = await server.call('GET', '/api/v1/log-batches?state=loaded&limit=1000')
    const names = (listed.json['batches'] as { name: string }[]).map(({ name }) => name)
    expect(names).not.toContain('broken.log')
  })
})
