import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** Referrer, path and user agent are the client's to choose. None of them may say what was sent, or for whom. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

let files = 0
async function load(content: string, query: Record<string, string> = {}): Promise<Json> {
  // Plain lines around it, so that the format is recognised.
  const { json, text } = await server.load(content, { name: `quotes-${++files}.log`, ...query })
  expect(json['state'], text).toBe('loaded')
  return json
}

const combined = (content: string) => load(content, { format: 'combined', domain: 'www.example.test' })
const huawei = (content: string) => load(content, { format: 'huawei_offline' })

/** As Apache writes it. */
const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')

describe('a combined line', () => {
  const texts = [
    'a "quoted" word',
    '"',
    '""',
    'ends in a backslash \\',
    '\\"',
    '" 200 999999 "',
    'x" 200 999999 "-" "-',
  ]
  it.each(texts)('has the status and bytes of the server, whatever the client says: %s', async (text) => {
    const fields = { bytes: 10, status: 404 }
    const variants = [
      { path: `/${escaped(text)}` },
      { referrer: escaped(text) },
      { userAgent: escaped(text) },
      { path: `/${escaped(text)}`, userAgent: escaped('a"b\\') },
      { referrer: escaped(text), userAgent: escaped(text) },
    ]
    const content = variants.map((variant) => combinedLine({ ...fields, ...variant })).join('')
    expect(await combined(content)).toMatchObject({ lines: 5, requests: 5, flux: 50 })
  })

  it('is rejected when it was cut, and never read at a quote of the client’s', async () => {
    const whole = combinedLine({ path: `/${escaped('x" 200 999999 "')}`, bytes: 10, userAgent: escaped('a"b') })
    for (const end of ['"-" ', '"-"', '"a\\"b', '404 10 ', '" 200']) {
      const content = `${whole.replace(' 200 10 ', ' 404 10 ').split(end)[0]}${end}\n`
      const batch = await combined(content + combinedLine({ bytes: 1 }))
      expect([end, batch['flux'], batch['rejected_lines']]).toEqual([end, 1, 1])
    }
  })

  it('is read to the first quote with figures behind it where a server escapes nothing', async () => {
    const content = combinedLine({ path: '/a"b', bytes: 10 }) + combinedLine({ userAgent: 'the "best" one', bytes: 20 })
    expect(await combined(content)).toMatchObject({ requests: 2, flux: 30 })
  })
})

describe('a Huawei line, whose escaping is not documented', () => {
  it('is read from both ends when a string has quotes in it', async () => {
    const content =
      huaweiLine({ userAgent: 'the "best" one', bytes: 10 }) +
      huaweiLine({ path: '/a"b"c', bytes: 20 }) +
      huaweiLine({ referrer: 'https://x/"y"', bytes: 30 })
    expect(await huawei(content)).toMatchObject({ requests: 3, flux: 60, rejected_lines: 0 })
  })

  const forged: [string, Parameters<typeof huaweiLine>[0]][] = [
    ['bytes in the user agent', { userAgent: 'x" 200 999999 HIT "y' }],
    ['bytes in the path', { path: '/x" 200 999999 HIT "y' }],
    ['bytes in the path, twice over', { path: '/x" 200 999999 HIT " 200 999999 HIT "y' }],
    ['another’s domain in the path', { path: '/x" "HTTP/1.1" "GET" "victim.example.test" "/y' }],
    [
      'a whole line in the user agent',
      { userAgent: 'x" "HTTP/1.1" "GET" "victim.example.test" "/y" 200 999999 HIT "z' },
    ],
    ['a whole line in the referrer', { referrer: 'x" "HTTP/1.1" "GET" "victim.example.test" "/y" 200 999999 HIT "z' }],
  ]
  it.each(forged)('is rejected when it can be read in two ways: %s', async (_name, fields) => {
    const batch = await huawei(huaweiLine({ bytes: 10, ...fields }) + huaweiLine({ bytes: 1 }))
    expect(batch).toMatchObject({ requests: 1, flux: 1, rejected_lines: 1 })
    const { json } = await server.call('GET', '/api/v1/domains')
    expect(JSON.stringify(json)).not.toContain('victim')
  })
})

it('an absolute URL is a proxy’s spelling of its path', async () => {
  const targets = ['http://a.test/x?y=1', 'https://a.test', 'HTTP://a.test?x=/b', 'ws+x://a.test:80/p', '//x/y', '*']
  const content = targets.map((path) => combinedLine({ path, bytes: 7 })).join('')
  await load(content, { format: 'combined', domain: 'targets.example.test' })
  const text = await server.exportText({
    action: 'top_url_detail',
    domain_name: 'targets.example.test',
    start_time: Date.parse('2026-09-01T08:00:00+08:00'),
    end_time: Date.parse('2026-09-01T09:00:00+08:00'),
    language: 'en',
  })
  const urls = text.split('\r\n').flatMap((line) => /^\d+,"[^"]*","targets.example.test([^"]*)"/.exec(line)?.[1] ?? [])
  expect(urls.sort()).toEqual(['', '/', '//x/y', '/?x=/b', '/p', '/x?y=1'].sort())
})
