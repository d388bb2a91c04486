import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { combinedLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

async function guessed(lines: readonly string[], ...args: string[]) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'unknown.log.gz')
  await writeFile(path, gzipSync(`${lines.join('\n')}\n`))
  return await runCommand(server.dataDir, 'formats', 'guess', path, ...args)
}

const proposed = (out: string) => JSON.parse(out.slice(out.indexOf('['), out.indexOf('\n]') + 2)) as object[]
const twelve = Array.from({ length: 12 }, (_, n) => n)

describe('formats guess', () => {
  it('proposes a pattern for lines of text, and shows ten lines read with it', async () => {
    const lines = twelve.map(
      (n) =>
        `edge7 [01/Sep/2026:08:00:0${n % 10} +0800] 203.0.113.${n} www.example.test "GET /a/${n} HTTP/2.0" 200 ${1_000 + n} 31${n} 0.00${n % 10} HIT "https://r.test/" "curl/8.0"`,
    )
    const { code, out } = await guessed(lines)
    expect(code).toBe(0)
    expect(proposed(out)).toEqual([
      {
        name: 'mine',
        nginx:
          '$field_1 [$time_local] $remote_addr $host "$request" $status $bytes_sent $field_8 $request_time $upstream_cache_status "$http_referer" "$http_user_agent"',
        ignore: ['field_1', 'field_8'],
      },
    ])
    expect(out).toContain('   1  2026-09-01 00:00:00 UTC · www.example.test · GET /a/0 · status 200 · 1,000 bytes')
    expect(out).toContain('  10  ')
    expect(out).not.toContain('does not count')
  })

  it('proposes a mapping for JSON, also in a wrapping', async () => {
    const lines = twelve.map((n) => {
      const object = {
        at: { time: `2026-09-01T00:00:0${n % 10}Z` },
        req: { ip: `203.0.113.${n}`, host: 'www.example.test', uri: `/a/${n}`, bytes_in: 77, method: 'GET' },
        res: { status: 200, bytes_out: 2_000 + n },
        took_ms: 1.5,
      }
      return `2026-09-01T00:00:01.123456789Z stdout F ${JSON.stringify(object)}`
    })
    const { out } = await guessed(lines, '--name', 'app')
    expect(proposed(out)).toEqual([
      {
        name: 'app',
        json: {
          time: 'at.time',
          host: 'req.host',
          client: 'req.ip',
          method: 'req.method',
          target: 'req.uri',
          status: 'res.status',
          bytes: 'res.bytes_out',
          duration_ms: 'took_ms',
        },
      },
    ])
    expect(out).toContain('www.example.test · GET /a/0 · status 200 · 2,000 bytes')
    expect(out).not.toContain('does not count')
  })

  it.each([
    [
      'the size of an answer before that of a request',
      { size_in: 9, content_length: 7, response_size: 5 },
      'response_size',
      [],
    ],
    [
      'a size of no side, and says so',
      { bytes: 5, content_length: 7 },
      'bytes',
      ['bytes was taken', 'Not taken: content_length'],
    ],
    [
      'no size that was received',
      { bytes_received: 5, request_length: 7 },
      undefined,
      ['bytes_received, request_length'],
    ],
  ])('takes %s', async (_, sizes, taken, told) => {
    const base = { when: '2026-09-01T00:00:01Z', vhost: 'www.example.test', path: '/a', code: 200 }
    const { out } = await guessed(twelve.map(() => JSON.stringify({ ...base, ...sizes })))
    expect((proposed(out)[0] as { json: Record<string, string> }).json['bytes']).toBe(taken)
    for (const text of told) expect(out).toContain(text)
    expect(out.includes('was taken')).toBe(told.some((text) => text.includes('was taken')))
  })

  it('says which number of a text it took for the size', async () => {
    const lines = twelve.map((n) => `[01/Sep/2026:08:00:01 +0800] 203.0.113.${n} "GET /a HTTP/1.1" 9000 5${n} 200`)
    const { out } = await guessed(lines, '--domain', 'www.example.test')
    expect(out).toContain('bytes: field 4 was taken; see that it is what the server sent. Numbers are also in field 5')
  })

  it('says that a log is of a known format', async () => {
    expect((await guessed([combinedLine().trimEnd()])).out).toContain('combined: nginx and Apache combined log')
  })

  it('says what it does not find', async () => {
    const words = await guessed(['hello', 'the quick brown fox'])
    expect([words.code, words.err]).toEqual([1, expect.stringContaining('no common form')])
    const { code, out } = await guessed(twelve.map((n) => `a|b|c|d|/x/${n}|200`))
    expect(code).toBe(1)
    expect(out).toContain('nothing in it is the time, the bytes of a request')
  })
})
